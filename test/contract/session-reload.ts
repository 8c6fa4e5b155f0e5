// The class of a change, told twice: by a proposal, from what is packed, and by the workspace, from what is on its disk.
import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { manifestOf } from '../../lib/bundle/contents.ts';
import { differenceOf, reloadClass } from '../../lib/bundle/difference.ts';
import { PermanentError } from '../../lib/errors.ts';
import type { Session } from '../../lib/target/target.ts';
import { createRandom, pick, type Random } from '../faults/random.ts';
import { bundleOf, type Files } from './bundles.ts';
import { agent, ALL, put } from './session-agent.ts';
import type { SessionWorld } from './session-ground.ts';

/** What a plugin is before and after; nothing before: it was not there. */
type Pair = readonly [before: Files | undefined, after: Files];

const BASE: Files = { 'notes.txt': 'kept\n' };

/** One after the other comes, goes, changes, becomes a program, is installed first. */
const PATHS: readonly string[] = [
  ...['plugin.yaml', 'manifest.json', 'setup.sh', 'settings-fragment.json', 'LICENSE', 'unheard-of'],
  ...['README.md', 'a b.md', '.md', '.hidden.md', 'a.MD', 'a.md.txt', "it's $(x) `y` *.md", 'ü.md', 'md'],
  ...[
    'skills',
    'skills/loose.md',
    'skills/a/SKILL.md',
    'skills/a/b/c/d.py',
    'skills/.md',
    'Skills/a/SKILL.md',
  ],
  ...['rules', 'rules/a.md', 'rules/x/y.txt', 'rules/hooks/x', 'rules.md', 'rulesets/a.md', 'skills.sh'],
  ...['hooks/a.md', 'commands/skills/a.md', 'adapters/x.py', 'docs/rules/a.md', 'x/skills/a/SKILL.md'],
];

const HOW: readonly ((path: string) => Pair)[] = [
  (path) => [BASE, { ...BASE, [path]: 'one' }],
  (path) => [{ ...BASE, [path]: 'one' }, BASE],
  (path) => [
    { ...BASE, [path]: 'one' },
    { ...BASE, [path]: 'other' },
  ],
  (path) => [
    { ...BASE, [path]: 'one' },
    { ...BASE, [path]: { content: 'one', executable: true } },
  ],
  (path) => [undefined, { [path]: 'one' }],
];

const PARTS = [
  'skills',
  'rules',
  'hooks',
  'a',
  'SKILL.md',
  'x.md',
  '.md',
  'plugin.yaml',
  '[a]*?',
  '$x',
  '-n',
];

const RANDOM_PAIRS = 20;

export function describeReload(world: SessionWorld): void {
  it('takes each change for what its proposal says: the same class of path after path', async () => {
    const pairs = PATHS.map((path, nth): Pair => HOW[nth % HOW.length]?.(path) ?? [BASE, BASE]);
    await expectAlike(world, pairs);
  });

  it('takes each change for what its proposal says: random trees', async () => {
    const seed = randomInt(2 ** 31);
    const random = createRandom(seed);
    const pairs: Pair[] = [];
    while (pairs.length < RANDOM_PAIRS) {
      const [before, after] = [randomTree(random), randomTree(random, 'again')];
      if (await arePlugins(before, after)) pairs.push([before, after]);
    }
    await expectAlike(world, pairs, `seed ${seed}`);
  });
}

async function expectAlike(world: SessionWorld, pairs: readonly Pair[], what = ''): Promise<void> {
  const { session } = await agent(world);
  const found = await Promise.all(pairs.map(async (pair, nth) => classInPlace(session, pair, `p${nth}`)));
  const wanted = await Promise.all(pairs.map(proposedClass));
  const wrong = pairs.flatMap((pair, nth) =>
    found[nth] === wanted[nth]
      ? []
      : [`${JSON.stringify(pair)}: ${found[nth] ?? ''}, proposed as ${wanted[nth] ?? ''}`],
  );
  expect(wrong, what).to.deep.equal([]);
}

async function classInPlace(session: Session, [before, after]: Pair, plugin: string): Promise<string> {
  if (before !== undefined) await put(session, before, undefined, plugin);
  const { todo } = (await put(session, after, ALL, plugin)).look.plugin;
  return todo?.reload ?? 'nothing is due';
}

async function proposedClass([before, after]: Pair): Promise<string> {
  const [old, fresh] = [before ?? {}, after].map(async (files) =>
    Object.keys(files).length === 0 ? [] : manifestOf(await bundleOf(files)),
  );
  return reloadClass(differenceOf((await old) ?? [], (await fresh) ?? []));
}

/** Half of it is the same whatever it is of. */
function randomTree(random: Random, content = 'one'): Files {
  const paths = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(random, PARTS)).join('/'),
  );
  return { ...BASE, ...Object.fromEntries(paths.map((path) => [path, random() < 0.5 ? 'one' : content])) };
}

/** A file that is a folder, too, makes no plugin; nor are two of the same content a change. */
async function arePlugins(before: Files, after: Files): Promise<boolean> {
  try {
    const [one, other] = await Promise.all([bundleOf(before), bundleOf(after)]);
    return one.digest !== other.digest;
  } catch (error) {
    if (error instanceof PermanentError) return false;
    throw error;
  }
}
