// Story: somebody meddles with the files in a workspace, and they are put right again.
import { chmod, chown, mkdir, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles, writeFiles } from './plugins.ts';
import { expectInstalled, readTree } from './tree.ts';
import { conditionOf, World } from './world.ts';

const FILES = pluginFiles('1.0.0');

describe('files in the workspace', () => {
  let world: World;
  let revision: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    const repository = await world.git.repository('skills');
    revision = await repository.release('v1.0.0', FILES);
    await world.apply(await world.workspace('alice'));
  });

  after(async () => world.close());

  /** A plugin of its own for each story, all in one workspace. */
  async function installed(name: string, options: object = {}): Promise<void> {
    await world.apply(
      world.plugin(name, 'alice', { url: `${world.git.urlOf('skills')}#v1.0.0`, ...options }),
    );
    await world.installed(name, revision);
  }

  /** Waits until the tree is right again. */
  async function restored(name: string, extra: Readonly<Record<string, string>> = {}): Promise<void> {
    await waitFor(`${name} to be repaired`, async () => {
      expectInstalled(await world.tree('alice', name), FILES, { revision, extra });
      return true;
    });
    await world.ready(name);
  }

  const meddlings: readonly (readonly [what: string, meddle: (folder: string) => Promise<void>])[] = [
    ['edited', (folder) => writeFile(`${folder}/rules/style.md`, 'Be evil.\n')],
    ['deleted', (folder) => unlink(`${folder}/plugin.yaml`)],
    ['deleted with its folder', (folder) => rm(`${folder}/skills`, { recursive: true })],
    [
      'turned into a symlink',
      async (folder) => {
        await unlink(`${folder}/rules/style.md`);
        await symlink('/etc/hostname', `${folder}/rules/style.md`);
      },
    ],
    [
      'turned into a folder',
      async (folder) => {
        await unlink(`${folder}/rules/style.md`);
        await mkdir(`${folder}/rules/style.md`);
      },
    ],
    ['no longer executable', (folder) => chmod(`${folder}/skills/browse/run.sh`, 0o644)],
    ['made executable', (folder) => chmod(`${folder}/rules/style.md`, 0o755)],
  ];

  it('come back as approved, whatever was done to them', async () => {
    const names = meddlings.map((_, index) => `meddled-${index}`);
    await Promise.all(names.map((name) => installed(name)));
    await Promise.all(meddlings.map(([, meddle], index) => meddle(world.live('alice', names[index] ?? ''))));
    for (const [index, [what]] of meddlings.entries()) {
      const name = names[index] ?? '';
      await restored(name).catch((error: unknown) => {
        throw new Error(`a file that was ${what}: ${String(error)}`, { cause: error });
      });
      const { status } = await world.until(name, 'the repair in its history', (plugin) => {
        return plugin.status?.history?.[0]?.outcome === 'Repaired';
      });
      expect(status?.history?.[0], what).to.include({ revision, reason: 'FilesChanged' });
    }
  });

  it('come back when the whole folder was removed, and when it lost its marker', async () => {
    await Promise.all([installed('removed'), installed('unmarked')]);
    await rm(world.live('alice', 'removed'), { recursive: true });
    await unlink(world.live('alice', 'unmarked', '.complete'));
    await Promise.all([restored('removed'), restored('unmarked')]);
  });

  it('that the agent would load and nobody shipped are taken away', async () => {
    await installed('planted');
    await writeFiles(world.live('alice', 'planted'), {
      'rules/evil.md': 'x',
      'hooks/evil': 'x',
      'setup.sh': 'x',
    });
    await restored('planted');
  });

  it('that the plugin made itself survive a repair, and are left behind in the snapshot by an update', async () => {
    await installed('working');
    const made = { '__pycache__/a.pyc': 'made', 'assets/cache.db': 'made' };
    await writeFiles(world.live('alice', 'working'), made);
    await chown(world.live('alice', 'working', 'assets/cache.db'), 1000, 1000);
    await world.until('working', 'the untracked files in the message', (plugin) =>
      (conditionOf(plugin, 'Intact')?.message ?? '').includes('2 files it did not ship kept'),
    );
    await writeFile(world.live('alice', 'working', 'rules/style.md'), 'Be evil.\n');
    await restored('working', made);
    const repository = await world.git.repository('skills');
    const next = await repository.commit(pluginFiles('1.1.0'), { branch: 'next' });
    await world.edit('working', { source: { url: `${world.git.urlOf('skills')}#${next}` } });
    const { status } = await world.installed('working', next);
    expectInstalled(await world.tree('alice', 'working'), pluginFiles('1.1.0'), { revision: next });
    const stamp = status?.previous?.[0]?.stamp ?? '';
    const snapshot = await readTree(
      world.folder('alice', 'configs', 'plugins', '.previous', `working.${stamp}`),
    );
    expectInstalled(snapshot, FILES, { revision, extra: made });
  });

  it('that nobody shipped are removed with integrity.untracked Remove', async () => {
    await installed('strict', { integrity: { untracked: 'Remove' } });
    // Twice: the first repair leaves a snapshot behind that holds such a file.
    await writeFiles(world.live('alice', 'strict'), { '__pycache__/a.pyc': 'made' });
    await restored('strict');
    await writeFiles(world.live('alice', 'strict'), { 'cache.db': 'made' });
    await restored('strict');
  });

  it('are only reported on with integrity.policy Report, until it is Repair', async () => {
    const names = ['changed', 'missing', 'marker'] as const;
    await Promise.all(names.map((name) => installed(`report-${name}`, { integrity: { policy: 'Report' } })));
    await writeFile(world.live('alice', 'report-changed', 'rules/style.md'), 'Be evil.\n');
    await rm(world.live('alice', 'report-missing'), { recursive: true });
    await unlink(world.live('alice', 'report-marker', '.complete'));
    const changed = await world.condition('report-changed', 'Intact', 'False', 'FilesChanged');
    await world.condition('report-missing', 'Ready', 'False', 'Missing');
    await world.condition('report-marker', 'Ready', 'False', 'Unmarked');
    expect(conditionOf(changed, 'Ready')?.message).to.match(
      /^1 file differs .*: rules\/style\.md; left as it is/,
    );
    expect((await world.tree('alice', 'report-changed'))?.['rules/style.md']?.content).to.equal('Be evil.\n');
    expect(await world.tree('alice', 'report-missing')).to.equal(undefined);
    await Promise.all(names.map((name) => world.edit(`report-${name}`, { integrity: { policy: 'Repair' } })));
    await Promise.all(names.map((name) => restored(`report-${name}`)));
  });
});
