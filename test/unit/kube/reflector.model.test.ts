// The reflector under random commands: its copy never goes back behind our own writes, and equals the server in the end.
import { expect } from 'chai';
import fc from 'fast-check';
import { TransientError } from '../../../lib/errors.ts';
import { Reflector } from '../../../lib/kube/reflector.ts';
import type { Change } from '../../../lib/kube/store.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { FakeKube } from '../../contract/fake-kube.ts';
import { WIDGET, type Widget } from '../../contract/kube-client.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { SEQUENCES_TIMEOUT_MS, trySequences } from '../../support/sequences.ts';

type Command =
  | { readonly do: 'put' | 'write'; readonly name: string; readonly size: number }
  | { readonly do: 'remove' | 'replace'; readonly name: string }
  | { readonly do: 'reset' | 'end' | 'compact' | 'bookmark' | 'oldBookmark' | 'fail' | 'mend' }
  | { readonly do: 'advance'; readonly ms: number };

const COMMANDS = 3_000;
const LENGTH = { min: 60, max: 120 };

/** Longer than a deadline of a request and the longest pause between attempts. */
const CONVERGENCE_MS = 35_000;

const RESET = new TransientError('APIUnavailable', 'Connection reset.');

const name = fc.constantFrom('a', 'b', 'c', 'd');
const size = fc.nat(3);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put'), name, size }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write'), name, size }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('remove', 'replace'), name }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('reset', 'end', 'compact', 'bookmark', 'oldBookmark', 'fail', 'mend'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance'), ms: fc.integer({ min: 1, max: 20_000 }) }),
  },
);

describe('Reflector, beside the server', () => {
  it('never shows an object older than it has been shown, and equals the server when all is well', async function () {
    this.timeout(SEQUENCES_TIMEOUT_MS);
    await trySequences({ command, length: LENGTH, commands: COMMANDS }, async (sequence) => {
      const pair = new Pair();
      for (const one of sequence) await pair.apply(one);
      await pair.finish();
    });
  });
});

class Pair {
  readonly #clock = new ManualClock();
  readonly #kube = new FakeKube(this.#clock);
  readonly #reflector = new Reflector({
    ...{ client: this.#kube, resource: WIDGET, clock: this.#clock, logger: silentLogger },
  });
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  /** What somebody knows who was told only of the changes. */
  readonly #told = new Map<string, Widget>();
  /** The newest version shown of each object, by UID. */
  readonly #shown = new Map<string, bigint>();
  #isDown = false;

  constructor() {
    this.#kube.intercept = ({ verb }) => {
      if (this.#isDown && (verb === 'list' || verb === 'watch')) throw RESET;
    };
    this.#reflector.subscribe((change) => {
      this.#hear(change);
    });
    this.#running = this.#reflector.run(this.#stop.signal);
  }

  async apply(one: Command): Promise<void> {
    await this.#do(one);
    await settle();
    expect(this.#kube.openWatches, 'open watches').to.be.at.most(1);
    for (const { metadata } of this.#reflector.list()) {
      const version = BigInt(metadata.resourceVersion);
      expect(version >= (this.#shown.get(metadata.uid) ?? 0n), `${metadata.name} went back`).to.equal(true);
      this.#shown.set(metadata.uid, version);
    }
  }

  async finish(): Promise<void> {
    this.#isDown = false;
    await this.#clock.advance(CONVERGENCE_MS);
    const { signal } = this.#stop;
    const { items } = await this.#kube.list(WIDGET, { limit: 100, signal });
    const served = items.map(describeWidget).sort();
    expect(this.#reflector.list().map(describeWidget).sort()).to.deep.equal(served);
    expect([...this.#told.values()].map(describeWidget).sort()).to.deep.equal(served);
    this.#stop.abort();
    await this.#running;
    expect({ watches: this.#kube.openWatches, sleeping: this.#clock.sleeping }).to.deep.equal({
      ...{ watches: 0, sleeping: 0 },
    });
  }

  async #do(one: Command): Promise<void> {
    switch (one.do) {
      case 'put':
        this.#put(one.name, one.size);
        break;
      case 'write':
        await this.#write(one.name, one.size);
        break;
      case 'remove':
        this.#remove(one.name);
        break;
      case 'replace':
        this.#remove(one.name);
        this.#put(one.name, 9);
        break;
      case 'reset':
        this.#kube.endWatches(RESET);
        break;
      case 'end':
        this.#kube.endWatches();
        break;
      case 'compact':
        this.#kube.compact();
        break;
      case 'bookmark':
        this.#kube.sendBookmarks();
        break;
      case 'oldBookmark':
        this.#kube.sendBookmarks('1000');
        break;
      case 'fail':
        this.#isDown = true;
        this.#kube.endWatches(RESET);
        break;
      case 'mend':
        this.#isDown = false;
        break;
      case 'advance':
        await this.#clock.advance(one.ms);
        break;
    }
  }

  #put(name: string, size: number): void {
    this.#kube.put(WIDGET, { metadata: { namespace: 'default', name }, spec: { size } });
  }

  #remove(name: string): void {
    const place = { namespace: 'default', name };
    if (this.#kube.read(WIDGET, place) !== undefined) this.#kube.remove(WIDGET, place);
  }

  /** As a visit does: the next one must see what was written, or something newer. */
  async #write(name: string, size: number): Promise<void> {
    const place = { namespace: 'default', name };
    if (this.#reflector.get(place) === undefined || this.#kube.read(WIDGET, place) === undefined) return;
    const written = await this.#kube.patch(WIDGET, place, {
      ...{ patch: { spec: { size } }, signal: this.#stop.signal },
    });
    this.#reflector.wrote(written);
    const seen = this.#reflector.get(place)?.metadata;
    expect(BigInt(seen?.resourceVersion ?? 0) >= BigInt(written.metadata.resourceVersion)).to.equal(true);
  }

  /** Each change is a real one, and says what was known before. */
  #hear({ type, object, before }: Change<Widget>): void {
    const { name, uid, resourceVersion } = object.metadata;
    const known = this.#told.get(name);
    if (type === 'Deleted') {
      expect(known?.metadata.uid, `${name} was deleted`).to.equal(uid);
      this.#told.delete(name);
      return;
    }
    expect(before?.metadata.resourceVersion, `${name} before`).to.equal(known?.metadata.resourceVersion);
    expect(known?.metadata.resourceVersion, `${name} has not changed`).to.not.equal(resourceVersion);
    expect(known?.metadata.uid ?? uid, `${name} is another`).to.equal(uid);
    this.#told.set(name, object);
  }
}

function describeWidget({ metadata, spec }: Widget): string {
  return `${metadata.name} ${metadata.uid} ${spec.size}`;
}
