// Names: every printable character in a file name is data on its way into the workspace, and when it is looked at.
import { expect } from 'chai';
import fc from 'fast-check';
import { checkPath } from '../../lib/bundle/names.ts';
import type { Files } from './bundles.ts';
import { treeOf } from './place.ts';
import { ground, lookNow, request, soon, type SessionWorld } from './session-ground.ts';

const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCodePoint(0x20 + index));
const FURTHER = ['ä', 'ß', '漢', '🚀', '\u{1F468}\u200D\u{1F469}', '“', '…'];

/** A part of a path; what stands before each name keeps apart those that differ in case alone. */
const part = fc
  .array(fc.constantFrom(...PRINTABLE, ...FURTHER), { minLength: 1, maxLength: 12 })
  .map((characters) => characters.join(''));
const names = fc.array(fc.array(part, { minLength: 1, maxLength: 3 }), { minLength: 20, maxLength: 20 });

export function describeNames(world: SessionWorld): void {
  it('brings files with every printable character in their names, at each end of them too', async () => {
    const single = PRINTABLE.flatMap((character, index) => [
      `${character}${index}`,
      `${index}${character}x`,
      `x${index}${character}`,
    ]);
    await expectWhole(world, single);
  });

  it('brings files with names of random printable characters', async () => {
    const seed = Date.now() % 1_000_000;
    process.stderr.write(`        seed ${seed}\n`);
    const [parts = []] = fc.sample(names, { seed, numRuns: 1 });
    await expectWhole(
      world,
      parts.map((path, index) => path.map((name) => `${index}${name}`).join('/')),
    );
  });
}

/** Names that the policy for content refuses never get this far. */
async function expectWhole(world: SessionWorld, paths: readonly string[]): Promise<void> {
  const allowed = paths.filter(isAllowed);
  expect(allowed.length).to.be.above(paths.length / 3);
  const files: Files = Object.fromEntries(allowed.map((path) => [path, `this is ${path}\n`]));
  const { session, place } = await ground(world);
  await session.install(await request('demo', files, 1), soon());
  expect(await place.content('demo')).to.deep.equal(treeOf(files));
  const { plugin } = await lookNow(session);
  expect([plugin.state, plugin.tampered.count, plugin.untracked.count]).to.deep.equal(['Marked', 0, 0]);
}

function isAllowed(path: string): boolean {
  try {
    checkPath(Buffer.from(path));
    return true;
  } catch {
    return false;
  }
}
