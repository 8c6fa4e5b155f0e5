// Somebody else who edits the same objects as the controller, always between its reading and its writing.
import { expect } from 'chai';
import type { WorkspacePlugin } from '../../../controller/api/workspace-plugin.ts';
import { pick, type Random } from '../random.ts';

const EDITOR = 'editor.example.com';

/** Fields that the controller has no business with, by where they are. */
interface Foreign {
  readonly annotations: Record<string, string>;
  readonly labels: Record<string, string>;
  readonly finalizers: string[];
  readonly source: Record<string, string>;
}

export class ForeignEditor {
  readonly #random: Random;
  readonly #known = new Map<string, Foreign>();
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The next edit of an object, as a merge patch. */
  edit({ metadata }: WorkspacePlugin): object {
    const { name, deletionTimestamp, finalizers = [], resourceVersion } = metadata;
    const foreign = this.#of(name);
    const text = String((this.#count += 1));
    const kinds = ['annotation', 'label', 'source', 'finalizer'] as const;
    // The server takes no new finalizer for an object that is being deleted.
    switch (pick(this.#random, deletionTimestamp === undefined ? kinds : kinds.slice(0, 2))) {
      case 'annotation':
        foreign.annotations[`${EDITOR}/${text}`] = text;
        return { metadata: { annotations: { [`${EDITOR}/${text}`]: text } } };
      case 'label':
        foreign.labels[`${EDITOR}/${text}`] = text;
        return { metadata: { labels: { [`${EDITOR}/${text}`]: text } } };
      case 'source':
        foreign.source['timeout'] = `${60 + this.#count}s`;
        return { spec: { source: { timeout: foreign.source['timeout'] } } };
      case 'finalizer':
        foreign.finalizers.push(`${EDITOR}/${text}`);
        return { metadata: { resourceVersion, finalizers: [...finalizers, `${EDITOR}/${text}`] } };
    }
  }

  /** @throws AssertionError for a field that is lost */
  expectKept({ metadata, spec }: WorkspacePlugin): void {
    const { annotations, labels, finalizers, source } = this.#of(metadata.name);
    expect(metadata.annotations ?? {}, 'annotations').to.include(annotations);
    expect(metadata.labels ?? {}, 'labels').to.include(labels);
    expect(metadata.finalizers ?? [], 'finalizers').to.include.members(finalizers);
    expect(spec.source, 'source').to.include(source);
  }

  /** The object is gone. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  #of(name: string): Foreign {
    const known = this.#known.get(name) ?? { annotations: {}, labels: {}, finalizers: [], source: {} };
    this.#known.set(name, known);
    return known;
  }
}
