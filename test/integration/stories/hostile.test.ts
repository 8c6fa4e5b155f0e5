// Story: every hostile repository is declared, in one workspace; each is refused, and nothing else has happened.
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CASES } from '../sources/hostile-cases.ts';
import { DAMAGES } from '../sources/hostile-damages.ts';
import { HostileAuthor } from '../sources/hostile.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles, writeFiles } from './plugins.ts';
import { expectInstalled, readTree, type Tree } from './tree.ts';
import { conditionOf, World } from './world.ts';

const ALL_TIMEOUT_MS = 300_000;

interface Declared {
  /** Of the object, and of its plugin. */
  readonly name: string;
  readonly what: string;
  readonly revision: string;
  readonly reason: string;
  readonly words: string;
}

describe('hostile repositories', () => {
  let world: World;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
  });

  after(async () => world.close());

  async function makeAll(): Promise<readonly Declared[]> {
    const repository = await world.git.repository('hostile');
    const author = new HostileAuthor(repository);
    const blob = await author.blob('x');
    const made: Omit<Declared, 'name'>[] = [];
    for (const [what, make, reason, words] of CASES) {
      const revision = await author.commit(await author.tree(await make(author, blob)));
      made.push({ what, revision, reason, words });
    }
    for (const [what, make, words] of DAMAGES) {
      const revision = await author.commit((await make(author, repository.path)).tree);
      made.push({ what, revision, reason: 'InvalidContent', words });
    }
    return made.map((one, index) => ({ name: `hostile-${index}`, ...one }));
  }

  /** What a path that climbs, or a link that is followed, would come upon; and a plugin that is there already. */
  async function setCanaries(): Promise<void> {
    const canary = { x: 'untouched\n', passwd: 'root\n', 'etc/passwd': 'root\n' };
    for (const folder of [join(world.root, '..'), world.root, world.folder('alice')]) {
      await writeFiles(folder, canary);
    }
    await writeFiles(world.folder('alice', 'configs'), {
      'CLAUDE.md': 'mine\n',
      'skills/mine/SKILL.md': '#\n',
    });
    await writeFiles(world.live('alice', 'neighbour'), { 'rules/a.md': 'mine\n' });
    await mkdir(world.folder('alice', 'linked'));
    await symlink('/etc', world.folder('alice', 'linked', 'etc'));
    await world.own('alice');
  }

  /** All around the workspace and in it, but for what the controller keeps for itself, and may be at work in. */
  async function around(): Promise<Tree> {
    const top = join(world.root, '..');
    const names = (await readdir(top)).filter((name) => name !== 'cache');
    const trees = await Promise.all(
      names.map(async (name) => {
        const tree = Object.entries((await readTree(join(top, name))) ?? {});
        return tree.map(([path, file]) => [`${name}/${path}`, file] as const);
      }),
    );
    const own = 'workspaces/alice/configs/plugins/.controller/';
    return Object.fromEntries(trees.flat().filter(([path]) => !path.startsWith(own)));
  }

  it('are each refused by name, write nothing anywhere, and hold up no honest one', async function () {
    this.timeout(ALL_TIMEOUT_MS);
    const declared = await makeAll();
    const honest = await (await world.git.repository('skills')).release('v1', pluginFiles('1.0.0'));
    await world.apply(await world.workspace('alice'));
    await setCanaries();
    const before = await around();
    expect(Object.keys(before)).to.have.length.greaterThan(10);

    await world.apply(
      ...declared.map(({ name, revision }) => {
        const url = `${world.git.urlOf('hostile')}#branch:c-${revision}`;
        return world.plugin(name, 'alice', { url, source: { interval: '10m' } });
      }),
    );
    for (const { name, what, reason, words } of declared) {
      const plugin = await world.condition(name, 'SourceReady', 'False', reason);
      expect(conditionOf(plugin, 'Stalled'), what).to.include({ status: 'True', reason });
      const said = conditionOf(plugin, 'SourceReady')?.message ?? '';
      expect(said.includes(words) || said.includes("git's check"), `${what}: ${said}`).to.equal(true);
      expect(conditionOf(plugin, 'Ready')?.status, what).to.equal('False');
    }

    expect(await around()).to.deep.equal(before);
    const plugins = await readdir(world.folder('alice', 'configs', 'plugins'));
    expect(plugins.filter((name) => !name.startsWith('.'))).to.deep.equal(['neighbour']);

    await world.apply(world.plugin('honest', 'alice', { url: `${world.git.urlOf('skills')}#v1` }));
    await world.installed('honest', honest);
    expectInstalled(await world.tree('alice', 'honest'), pluginFiles('1.0.0'), { revision: honest });
    expect((await fetch(`${world.controller.url}/healthz`)).ok).to.equal(true);
  });
});
