// What one revision of a plugin changes in another, from their packed contents.
import type { PluginUpdate } from '../api/plugin-update.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import { getContent, type ContentTools } from '../content.ts';
import type { ManifestEntry } from '../../lib/bundle/bundle.ts';
import { Manifests } from '../../lib/bundle/contents.ts';
import { differenceOf, type Difference } from '../../lib/bundle/difference.ts';

/** Files of the contents that are remembered: many updates propose the same. */
const REMEMBERED = 50_000;

export class Differences {
  readonly #tools: ContentTools;
  readonly #manifests = new Manifests(REMEMBERED);

  constructor(tools: ContentTools) {
    this.#tools = tools;
  }

  /** @throws what `Source.fetch` throws, for contents that are not packed and cannot be had */
  async of(plugin: WorkspacePlugin, { spec }: PluginUpdate, signal: AbortSignal): Promise<Difference> {
    const { fromRevision, toRevision, ref } = spec;
    const resolvedRef = plugin.status?.approved?.resolvedRef;
    const [before, after] = await Promise.all([
      fromRevision === undefined ? [] : this.#manifest(plugin, fromRevision, resolvedRef, signal),
      this.#manifest(plugin, toRevision, ref, signal),
    ]);
    return differenceOf(before, after);
  }

  async #manifest(
    object: WorkspacePlugin,
    revision: string,
    ref: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly ManifestEntry[]> {
    const location = this.#tools.sources.parse(object.spec.source.url);
    const bundle = await getContent(this.#tools, { object, location, revision, ref, signal });
    return this.#manifests.of(bundle);
  }
}
