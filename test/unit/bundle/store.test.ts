// The store of packed revisions: made once, found again, made anew when damaged, bounded.
import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Bundle } from '../../../lib/bundle/bundle.ts';
import { BundleStore, type Provide } from '../../../lib/bundle/store.ts';
import type { BundleKey } from '../../../lib/bundle/stored.ts';
import { TransientError } from '../../../lib/errors.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { bundleOf, entriesOf, fileEntry, type Files, revisionOf, tarOf } from '../../contract/bundles.ts';
import { failureFrom } from './expect-failure.ts';

const key = (revision: number, path?: string): BundleKey => ({
  repository: 'https://example.com/r',
  revision: revisionOf(revision),
  path,
});

describe('the bundle store', () => {
  let dir: string;
  let packs: number;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'store-'));
    packs = 0;
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const open = (maxBytes?: number): BundleStore =>
    new BundleStore({ dir, logger: silentLogger, ...(maxBytes === undefined ? {} : { maxBytes }) });
  const provide =
    (files: Files): Provide =>
    (_, pack) => {
      packs += 1;
      return pack(entriesOf(files));
    };
  const get = (store: BundleStore, of: BundleKey, files: Files = { a: 'one' }): Promise<Bundle> =>
    store.bundle(of, signal, provide(files));
  const tars = (): Promise<string[]> => readdir(join(dir, 'tar'));

  it('packs a key once, and gives the same bundle to all who ask', async () => {
    const store = open();
    const bundles = await Promise.all([1, 2, 3].map(() => get(store, key(1))));
    bundles.push(await get(store, key(1)));
    expect(packs).to.equal(1);
    const expected = await bundleOf({ a: 'one' });
    for (const bundle of bundles) {
      expect({ ...bundle, open: undefined }).to.deep.equal({ ...expected, open: undefined });
      expect((await tarOf(bundle)).equals(await tarOf(expected))).to.be.true;
    }
  });

  it('finds it again after a restart', async () => {
    const before = await get(open(), key(1, 'sub'));
    const after = await get(open(), key(1, 'sub'));
    expect(packs).to.equal(1);
    expect((await tarOf(after)).equals(await tarOf(before))).to.be.true;
  });

  it('keeps one tar for equal content of different revisions and paths', async () => {
    const store = open();
    const found = await Promise.all([key(1), key(2), key(2, 'sub')].map((of) => get(store, of)));
    expect(found.map(({ revision }) => revision)).to.deep.equal([
      revisionOf(1),
      revisionOf(2),
      revisionOf(2),
    ]);
    expect(await tars()).to.have.length(1);
  });

  it('keeps nothing of a refused tree, and asks again', async () => {
    const store = open();
    expect(await failureFrom(() => get(store, key(1), { '.git': '' }))).to.include({
      reason: 'InvalidContent',
    });
    expect(await tars()).to.deep.equal([]);
    expect(await readdir(join(dir, 'tmp'))).to.deep.equal([]);
    expect((await get(store, key(1))).files).to.equal(1);
  });

  it('keeps nothing when the source fails in the middle', async () => {
    const cut = {
      ...fileEntry('a', 'one'),
      open: () => {
        throw new TransientError('FetchFailed', 'cut');
      },
    };
    const failing: Provide = (_, pack) => pack([cut]);
    expect(await failureFrom(() => open().bundle(key(1), signal, failing))).to.include({ message: 'cut' });
    expect(await readdir(join(dir, 'tmp'))).to.deep.equal([]);
  });

  it('cleans up after a kill: temporary files and tars that nothing refers to', async () => {
    await get(open(), key(1));
    await writeFile(join(dir, 'tmp', 'half'), 'x');
    await writeFile(join(dir, 'tar', 'f'.repeat(64)), 'x');
    await get(open(), key(1));
    expect(await readdir(join(dir, 'tmp'))).to.deep.equal([]);
    expect(await tars()).to.have.length(1);
  });

  it('reads a small tar once for all who open it, and never takes one that was damaged meanwhile for it', async () => {
    const bundle = await get(open(), key(1));
    const whole = await tarOf(await bundleOf({ a: 'one' }));
    const file = join(dir, 'tar', (await tars())[0] ?? '');
    await writeFile(file, 'x'.repeat(whole.length));
    expect((await tarOf(bundle)).equals(whole)).to.be.false;
    await writeFile(file, whole);
    expect((await tarOf(bundle)).equals(whole)).to.be.true;
    await rm(file);
    expect((await tarOf(bundle)).equals(whole)).to.be.true;
  });

  it('reads a tar each time that is larger than 64 KiB', async () => {
    // A tar has a block for the file's head and two for its end.
    const [small, large] = [64 * 1024 - 3 * 512, 64 * 1024 - 3 * 512 + 1];
    const store = open();
    const kept = await get(store, key(1), { a: 'x'.repeat(small) });
    const read = await get(store, key(2), { a: 'x'.repeat(large) });
    expect([kept.tarBytes, read.tarBytes]).to.deep.equal([64 * 1024, 64 * 1024 + 512]);
    for (const bundle of [kept, read]) await tarOf(bundle);
    await rm(join(dir, 'tar'), { recursive: true });
    expect(await tarOf(kept)).to.have.length(kept.tarBytes);
    expect(await failureFrom(() => tarOf(read))).to.include({ reason: 'FetchFailed' });
  });

  it('keeps 4 MiB of small tars in memory, and of more the last', async () => {
    const store = open();
    const bundles: Bundle[] = [];
    for (let nth = 0; nth <= 64; nth += 1) {
      const bundle = await get(store, key(nth), { a: `${nth}`.padEnd(64 * 1024 - 3 * 512) });
      await tarOf(bundle);
      bundles.push(bundle);
    }
    await rm(join(dir, 'tar'), { recursive: true });
    const [first, ...others] = bundles;
    for (const bundle of others) expect(await tarOf(bundle)).to.have.length(64 * 1024);
    expect(first && (await failureFrom(() => tarOf(first)))).to.include({ reason: 'FetchFailed' });
  });

  for (const [what, damage] of [
    ['cut off', (file: string) => truncate(file, 100)],
    ['gone', (file: string) => rm(file)],
    ['of other bytes', async (file: string) => writeFile(file, (await readFile(file)).fill('x', 512, 515))],
  ] as const) {
    it(`makes a tar again that is ${what} after a restart`, async () => {
      await get(open(), key(1));
      await damage(join(dir, 'tar', (await tars())[0] ?? ''));
      const bundle = await get(open(), key(1));
      expect(packs).to.equal(2);
      expect((await tarOf(bundle)).equals(await tarOf(await bundleOf({ a: 'one' })))).to.be.true;
    });
  }

  it('makes an entry again that was torn', async () => {
    await get(open(), key(1));
    const [entry = ''] = await readdir(join(dir, 'index'));
    await truncate(join(dir, 'index', entry), 40);
    await writeFile(join(dir, 'index', 'no entry at all'), '{}');
    await get(open(), key(1));
    expect(packs).to.equal(2);
    expect(await readdir(join(dir, 'index'))).to.deep.equal([entry]);
  });

  it('drops the least recently used beyond its size', async () => {
    const store = open(3 * 2048);
    for (const n of [1, 2, 3]) await get(store, key(n), { a: `${n}` });
    await get(store, key(1));
    await get(store, key(4), { a: '4' });
    expect(await tars()).to.have.length(3);
    packs = 0;
    await get(store, key(1), { a: '1' });
    expect(packs).to.equal(0);
    await get(store, key(2), { a: '2' });
    expect(packs).to.equal(1);
  });

  it('remembers across a restart what was used last', async () => {
    const store = open();
    for (const n of [1, 2]) await get(store, key(n), { a: `${n}` });
    const old = new Date(Date.now() - 24 * 3_600_000);
    for (const name of await readdir(join(dir, 'index'))) await utimes(join(dir, 'index', name), old, old);
    await get(open(), key(1));
    await get(open(2 * 2048), key(3), { a: '3' });
    packs = 0;
    await get(open(), key(1));
    expect(packs).to.equal(0);
  });

  it('says so when a bundle left the cache before it was read', async () => {
    const store = open(2048);
    const bundle = await get(store, key(1));
    await get(store, key(2), { a: 'two' });
    expect(await failureFrom(() => tarOf(bundle))).to.include({ kind: 'Transient', reason: 'FetchFailed' });
  });

  it('is Transient where the disk does not do its part', async () => {
    await rm(dir, { recursive: true });
    await writeFile(dir, 'a file in the way');
    expect(await failureFrom(() => get(open(), key(1)))).to.include({
      kind: 'Transient',
      reason: 'FetchFailed',
    });
  });
});
