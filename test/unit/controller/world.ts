// A world in memory for whole visits: a source with refs, a workspace with one plugins folder, an API server.
import { PLUGIN_UPDATE, WORKSPACE, WORKSPACE_PLUGIN } from '../../../controller/api/group.ts';
import type { WorkspacePlugin } from '../../../controller/api/workspace-plugin.ts';
import type { Workspace } from '../../../controller/api/workspace.ts';
import type { Candidate } from '../../../controller/workspace-plugin/observed.ts';
import type { WorkspacePluginTools } from '../../../controller/workspace-plugin/reconciler.ts';
import { Unhurried } from '../../../controller/workspace-plugin/unhurried.ts';
import type { Bundle } from '../../../lib/bundle/bundle.ts';
import { untilAborted } from '../../../lib/deadline.ts';
import { TransientError } from '../../../lib/errors.ts';
import type { Cache, KubeObject, Resource } from '../../../lib/kube/kube.ts';
import { silentLogger } from '../../../lib/logger.ts';
import type {
  FetchRequest,
  RefSelector,
  ResolveRequest,
  Source,
  SourceLocation,
} from '../../../lib/sources/source.ts';
import { parseTrack } from '../../../lib/sources/track.ts';
import { FakeKube } from '../../contract/fake-kube.ts';
import { settle } from '../../support/manual-clock.ts';
import { markerOf, type Modifier } from '../builders.ts';
import { FakePlace } from './fake-place.ts';

export class World {
  now = Date.parse('2026-05-08T14:15:30Z');
  /** Who sleeps wakes up once nothing else can go on. */
  readonly clock = { now: () => new Date(this.now), sleep: settle };
  readonly kube = new FakeKube(this.clock);
  readonly source = new FakeSource(this.clock);
  readonly place = new FakePlace(this.clock, this.kube);
  readonly events: string[] = [];
  readonly unhurried = new Unhurried(this.clock);

  tools(): WorkspacePluginTools & { readonly drop: (uid: string) => void } {
    return {
      clock: this.clock,
      kube: this.kube,
      plugins: cacheOf(this.kube, WORKSPACE_PLUGIN),
      workspaces: cacheOf(this.kube, WORKSPACE),
      updates: cacheOf(this.kube, PLUGIN_UPDATE),
      reach: () => this.place.reach(),
      unhurried: this.unhurried,
      sources: { parse, of: () => this.source },
      parseTrack,
      events: { record: (_, { type, reason }) => this.events.push(`${type} ${reason}`) },
      logger: silentLogger,
      random: () => 0.5,
      drop: (uid) => this.place.calls.push(`drop ${uid}`),
    };
  }

  putPlugin(object: WorkspacePlugin): WorkspacePlugin {
    return this.kube.put(WORKSPACE_PLUGIN, { ...object, metadata: settable(object) });
  }

  /** Somebody edits the one plugin that there is. */
  edit(...modifiers: Modifier<WorkspacePlugin>[]): WorkspacePlugin {
    const object = this.kube.read(WORKSPACE_PLUGIN, { namespace: 'team', name: 'browser' });
    if (object === undefined) throw new Error('there is no plugin to edit');
    const edited = modifiers.reduce((built, modify) => modify(built), object);
    const generation = object.metadata.generation + 1;
    return this.putPlugin({ ...edited, metadata: { ...edited.metadata, generation } });
  }

  putWorkspace(object: Workspace): Workspace {
    return this.kube.put(WORKSPACE, { ...object, metadata: settable(object) });
  }
}

/** What others may say of an object: its identity and version are the server's. */
export function settable({ metadata }: KubeObject) {
  const { uid: _uid, resourceVersion: _resourceVersion, ...rest } = metadata;
  return rest;
}

/** Always up to date: what the API server has. */
function cacheOf<T extends KubeObject>(kube: FakeKube, resource: Resource<T>): Cache<T> {
  const names = new Map<string, { namespace: string; name: string }>();
  const all = () => [...names.values()].flatMap((name) => kube.read(resource, name) ?? []);
  const put = kube.put.bind(kube);
  kube.put = (kind, object) => {
    const stored = put(kind, object);
    if (stored.kind === resource.kind) names.set(stored.metadata.name, stored.metadata);
    return stored;
  };
  return {
    get: (name) => kube.read(resource, name),
    list: (namespace) =>
      all().filter(({ metadata }) => metadata.namespace === (namespace ?? metadata.namespace)),
    listOf: ({ namespace, name }) =>
      all().filter((one) => one.metadata.namespace === namespace && resource.ownerOf?.(one) === name),
    synced: true,
    wrote: ({ metadata }) => {
      names.set(metadata.name, metadata);
    },
  };
}

function parse(url: string): SourceLocation {
  const [repository = '', ref] = url.split('#');
  if (repository.startsWith('local:')) return { kind: 'local', repository };
  if (ref === undefined) return { kind: 'git', repository };
  const selector = ref.includes(':') ? parseTrack(ref) : undefined;
  const isNamed = selector !== undefined && selector.kind !== 'none';
  return { kind: 'git', repository, ref: isNamed ? selector : { kind: 'any', name: ref } };
}

type Clock = World['clock'];

export class FakeSource implements Source {
  readonly kind = 'git';
  /** By name of tag or branch; `latest` for tag:latest. */
  readonly refs = new Map<string, Candidate>();
  readonly contents = new Map<string, Candidate>();
  readonly resolves: ResolveRequest[] = [];
  readonly fetches: FetchRequest[] = [];
  down = false;
  /** Requests are neither answered nor refused until `answer`. */
  isSilent = false;
  readonly #answered = Promise.withResolvers<undefined>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Speaks again, also to those who wait. */
  answer(): void {
    this.isSilent = false;
    this.#answered.resolve(undefined);
  }

  has(...contents: Candidate[]): void {
    for (const content of contents) {
      this.refs.set(content.ref, content);
      this.contents.set(content.revision, content);
    }
  }

  async resolve(request: ResolveRequest): ReturnType<Source['resolve']> {
    this.resolves.push(request);
    if (this.isSilent) await untilAborted(this.#answered.promise, request.signal);
    if (this.down) throw new TransientError('FetchFailed', 'the server does not answer');
    const name = nameOf(request.selector);
    const found = this.refs.get(name) ?? this.contents.get(name);
    if (found === undefined) throw new TransientError('RefNotFound', `the repository has no ${name}`);
    const { revision, ref, refKind = 'tag' } = found;
    return { revision, ref, refKind, time: this.#clock.now() };
  }

  fetch(request: FetchRequest): Promise<Bundle> {
    this.fetches.push(request);
    const content = this.contents.get(request.revision);
    return this.down || content === undefined
      ? Promise.reject(new TransientError('FetchFailed', 'the server does not answer'))
      : Promise.resolve(bundleOf(content));
  }
}

function nameOf(selector: RefSelector | undefined): string {
  if (selector === undefined) return 'HEAD';
  if ('name' in selector) return selector.name;
  if ('sha' in selector) return selector.sha;
  return 'latest';
}

function bundleOf(content: Candidate): Bundle {
  const { revision, digest, version } = { ...content, digest: markerOf(content).digest };
  const sizes = { pluginYAMLSHA256: null, files: 1, bytes: 1, skippedSymlinks: 0, tarBytes: 512 };
  return { revision, digest, version, ...sizes, open: () => ReadableStream.from([new Uint8Array(512)]) };
}
