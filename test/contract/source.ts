// The suite that every source passes: what it resolves, what it packs, and how it fails.
import { expect } from 'chai';
import type { Bundle } from '../../lib/bundle/bundle.ts';
import type {
  FetchRequest,
  RefSelector,
  Resolved,
  ResolveRequest,
  Source,
} from '../../lib/sources/source.ts';
import { failureFrom } from '../unit/bundle/expect-failure.ts';
import { bundleOf, type Files, revisionOf, tarOf } from './bundles.ts';

/** A source with one repository in it that the suite may publish to. */
export interface SourceWorld {
  readonly source: Source;
  readonly repository: string;
  /** Follows what was published last; undefined for a source without refs. */
  readonly selector: RefSelector | undefined;
  /** Makes these files, and a symlink `link` where the source can hold one, the newest content. */
  publish(files: Files): Promise<void>;
  /** Nothing can be asked of the repository until `mend`. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** The source again, as after a restart of the controller: same cache, nothing in memory. */
  restart(): SourceWorld;
  close(): Promise<void>;
}

const FILES: Files = {
  'plugin.yaml': 'name: demo\nversion: 1.2.0\n',
  'rules/a.md': 'be kind',
  'skills/x/SKILL.md': 'do x',
  'skills/x/run.sh': { content: '#!/bin/sh\n', executable: true },
};

export function describeSource(name: string, open: () => Promise<SourceWorld>): void {
  describe(`the source ${name}`, () => {
    let world: SourceWorld;

    beforeEach(async () => {
      world = await open();
      await world.publish(FILES);
    });
    afterEach(() => world.close());

    it('resolves what it follows to one revision, and says when', async () => {
      const before = Date.now();
      const resolved = await resolve(world);
      expect(resolved.revision).to.match(/^([0-9a-f]{40}|sha256:[0-9a-f]{64})$/);
      expect(resolved.ref).to.have.length.within(1, 255);
      expect(resolved.time.getTime()).to.be.within(before, Date.now());
      expect((await resolve(world)).revision).to.equal(resolved.revision);
    });

    it('resolves to another revision when the content changed', async () => {
      const before = await resolve(world);
      await world.publish({ ...FILES, 'rules/a.md': 'be kinder' });
      expect((await resolve(world)).revision).not.to.equal(before.revision);
    });

    it('packs the same content as anybody, modes included, and counts symlinks', async () => {
      const resolved = await resolve(world);
      const [bundle, expected] = [await fetch(world, resolved), await bundleOf(FILES)];
      expect(bundle.digest).to.equal(expected.digest);
      expect(bundle).to.include({
        revision: resolved.revision,
        version: '1.2.0',
        files: 4,
        skippedSymlinks: 1,
      });
      expect(bundle).to.include({ bytes: expected.bytes, tarBytes: expected.tarBytes });
      expect((await tarOf(bundle)).equals(await tarOf(expected))).to.be.true;
    });

    it('opens a bundle as often as it is asked to', async () => {
      const bundle = await fetch(world, await resolve(world));
      const [one, two] = await Promise.all([tarOf(bundle), tarOf(bundle)]);
      expect(one.equals(two)).to.be.true;
    });

    it('packs a folder inside', async () => {
      const bundle = await fetch(world, await resolve(world), { path: 'skills/x' });
      const expected = await bundleOf({
        'SKILL.md': 'do x',
        'run.sh': { content: '#!/bin/sh\n', executable: true },
      });
      expect(bundle.digest).to.equal(expected.digest);
    });

    it('takes slashes around the folder for nothing', async () => {
      const resolved = await resolve(world);
      const digests = await Promise.all(
        ['skills/x', './skills/x/', '/skills/x'].map(
          async (path) => (await fetch(world, resolved, { path })).digest,
        ),
      );
      expect(new Set(digests)).to.have.length(1);
    });

    for (const [path, words] of [
      ['nope', '"nope"'],
      ['skills/nope/deeper', '"skills/nope/deeper"'],
      ['plugin.yaml', '"plugin.yaml"'],
      ['link', '"link"'],
      ['../etc', '"../etc"'],
      ['skills/../..', '"skills/../.."'],
      ['a\nb', '"a\\u{a}b"'],
    ] as const) {
      it(`refuses the path ${JSON.stringify(path)} for good`, async () => {
        const failure = await failureFrom(async () => fetch(world, await resolve(world), { path }));
        expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
        expect(failure.message).to.contain(words);
      });
    }

    it('refuses content that may not be installed, by the name of the entry', async () => {
      await world.publish({ ...FILES, 'rules/.complete': 'harmless', '.complete': 'ours' });
      const failure = await failureFrom(async () => fetch(world, await resolve(world)));
      expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
      expect(failure.message).to.contain('".complete"');
    });

    it('serves what was packed when it is cut off, and says Transient to the rest', async () => {
      const resolved = await resolve(world);
      const before = await fetch(world, resolved);
      await world.cut();
      expect((await fetch(world, resolved)).digest).to.equal(before.digest);
      expect(await failureFrom(() => resolve(world))).to.include({
        kind: 'Transient',
        reason: 'FetchFailed',
      });
      const other = { ...resolved, revision: resolved.revision.replace(/.{8}$/, '00000000') };
      expect(await failureFrom(() => fetch(world, other))).to.include({ kind: 'Transient' });
      await world.mend();
      expect((await resolve(world)).revision).to.equal(resolved.revision);
    });

    it('serves what was packed before a restart', async () => {
      const resolved = await resolve(world);
      const before = await fetch(world, resolved);
      await world.cut();
      const after = await fetch(world.restart(), resolved);
      expect((await tarOf(after)).equals(await tarOf(before))).to.be.true;
    });

    it('packs once for all who ask at once', async () => {
      const resolved = await resolve(world);
      const bundles = await Promise.all([1, 2, 3, 4].map(() => fetch(world, resolved)));
      expect(new Set(bundles).size).to.equal(1);
    });

    it('knows no revision that never was', async () => {
      const failure = await failureFrom(() =>
        fetch(world, { revision: revisionOf(1), ref: 'main', time: new Date() }),
      );
      expect(['RefNotFound', 'InvalidContent']).to.include(failure.reason);
    });

    it('stops at once when it is told to', async () => {
      const signal = AbortSignal.abort();
      const resolved = await resolve(world);
      expect(await failureFrom(() => fetch(world, resolved, { signal }))).to.include({ kind: 'Transient' });
      expect(await failureFrom(() => resolve(world, { signal }))).to.include({ kind: 'Transient' });
    });
  });
}

/** Asks for the refs as they are now, past any back-off. */
export function resolve(world: SourceWorld, change: Partial<ResolveRequest> = {}): Promise<Resolved> {
  return world.source.resolve({
    repository: world.repository,
    selector: world.selector,
    notOlderThan: new Date(),
    retryIntervalMs: 1,
    intervalMs: 1,
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    ...change,
  });
}

export async function fetch(
  world: SourceWorld,
  { revision, ref }: Omit<Resolved, 'refKind'>,
  change: Partial<FetchRequest> = {},
): Promise<Bundle> {
  return world.source.fetch({
    repository: world.repository,
    revision,
    ref,
    path: undefined,
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    ...change,
  });
}
