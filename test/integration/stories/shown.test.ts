// Story: people look at what the controller did with the kubectl that they have.
import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from './plugins.ts';
import { World } from './world.ts';

/** By which a Workspace has counted what its plugins say. */
const COUNTS_MS = 5_000;

describe('what kubectl shows', () => {
  let world: World;
  let first: string;
  let second: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    const url = world.git.urlOf('skills');
    const repository = await world.git.repository('skills');
    first = await repository.release('v1.0.0', pluginFiles('1.0.0'));
    await world.apply(
      await world.workspace('alice'),
      world.plugin('behind', 'alice', { url: `${url}#v1.0.0`, track: 'tag:latest' }),
      world.plugin('latest', 'alice', { url, track: 'tag:latest', update: { approval: 'Automatic' } }),
      world.plugin('wrong', 'alice', { url: `${url}#v9` }),
      world.plugin('edited', 'alice', { url: `${url}#v1.0.0`, integrity: { policy: 'Report' } }),
    );
    await world.ready('edited', 'behind', 'latest');
    second = await repository.release('v1.1.0', pluginFiles('1.1.0'));
    await writeFile(world.live('alice', 'edited', 'rules/style.md'), 'Be evil.\n');
    await world.condition('behind', 'Drifted', 'True', 'AwaitingApproval');
    await world.installed('latest', second);
    await world.condition('wrong', 'SourceReady', 'False', 'RefNotFound');
    await world.condition('edited', 'Intact', 'False', 'FilesChanged');
    await world.untilWorkspace('alice', ({ status }) => {
      return (
        status?.plugins?.declared === 4 && status.plugins.drifted === 1 && status.plugins.installed === 3
      );
    });
  });

  after(async () => world.close());

  /** The rows of a table as cells, without the age; kubectl parts columns by at least three spaces. */
  async function rows(kind: string): Promise<readonly (readonly string[])[]> {
    const text = await world.kubectl('get', kind, '--no-headers');
    const lines = text.trim().split('\n');
    return lines.map((line) => line.trim().split(/ {3,}/).slice(0, -1));
  }

  it('in a table of plugins: which is where, at which revision, and what is wrong', async () => {
    const [one, two] = [first.slice(0, 12), second.slice(0, 12)];
    const table = await rows('wsp');
    const [behind, edited, latest, wrong] = table;
    const is = 'is installed in workspace alice';
    expect(behind).to.deep.equal([
      'behind',
      'alice',
      'tag:latest',
      one,
      two,
      'True',
      `version 1.0.0, revision ${one} ${is}`,
    ]);
    expect(latest?.slice(3)).to.deep.equal([two, two, 'True', `version 1.1.0, revision ${two} ${is}`]);
    expect(edited?.slice(5).join(' ')).to.match(
      /^False 1 file differs from what was approved: rules\/style\.md; left/,
    );
    expect(wrong?.join(' ')).to.match(
      /^wrong alice none False the repository has no v9; it has \d tags and branches/,
    );
  });

  it('in a table of workspaces: how each is reached, and how many of its plugins drifted', async () => {
    const [alice] = await rows('ws');
    expect(alice).to.deep.equal(['alice', 'directory', 'True', '3', '1', 'reachable']);
  });

  it('in the counts of a workspace, at most 5 s after the last of its plugins is Ready', async () => {
    const names = ['one', 'two', 'three'];
    const url = `${world.git.urlOf('skills')}#v1.0.0`;
    await world.apply(
      await world.workspace('bob'),
      ...names.map((name) => world.plugin(name, 'bob', { url })),
    );
    await world.ready(...names);
    await waitFor(
      'the counts',
      async () => {
        const { declared, installed } = (await world.getWorkspace('bob'))?.status?.plugins ?? {};
        return declared === names.length && installed === names.length;
      },
      COUNTS_MS,
    );
    await world.kubectl('delete', 'ws/bob', ...names.map((name) => `wsp/${name}`), '--timeout=30s');
  });

  it('in a description: the conditions, and Events that tell what was done', async () => {
    const events = async (name: string): Promise<string> => {
      const text = await world.kubectl('describe', 'wsp', name);
      return text.slice(text.indexOf('\nEvents:'));
    };
    const told = async (name: string, pattern: RegExp): Promise<void> => {
      await waitFor(
        `an Event of ${name} like ${String(pattern)}`,
        async () => pattern.test(await events(name)),
        10_000,
      );
    };
    await told(
      'latest',
      /Normal +Updated .* workspace-plugin-controller +revision \w{12} of plugin latest in workspace alice/,
    );
    await told(
      'behind',
      /Normal +AwaitingApproval .* v1\.1\.0 \(revision \w{12}\) is available; approval is Manual/,
    );
    await told('edited', /Warning +FilesChanged .* 1 file differs/);
    await told('wrong', /Warning +(SourceUnavailable|RefNotFound) .*v9/);
    const described = await world.kubectl('describe', 'wsp', 'behind');
    expect(described).to.match(/Reason: +AwaitingApproval\s+Status: +True\s+Type: +Drifted/);
  });
});
