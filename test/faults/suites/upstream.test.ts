// Row 21: whatever upstream does, moved, missing and unreachable are told apart, and what is installed stays.
import { expect } from 'chai';
import type { WorkspacePlugin } from '../../../controller/api/workspace-plugin.ts';
import type { Behaviour } from '../../../lib/embedded/git-server.ts';
import type { Repository } from '../../../lib/embedded/git-repository.ts';
import { BED_TIMEOUT_MS } from '../../integration/support/bed.ts';
import { pluginFiles } from '../../integration/stories/plugins.ts';
import { expectInstalled } from '../../integration/stories/tree.ts';
import { conditionOf, World } from '../../integration/stories/world.ts';
import { waitFor } from '../../support/wait-for.ts';

const FILES = pluginFiles('1.0.0');
const OTHER = pluginFiles('2.0.0');
const TAG = 'v1.0.0';

/** So long may a condition take on a busy machine; milliseconds. */
const CONVERGE_MS = 120_000;

/** What is said of each condition: its status and one of these reasons. */
interface Said {
  readonly Drifted: readonly [status: string, reasons: RegExp];
  readonly SourceReady: readonly [status: string, reasons: RegExp];
}

const MOVED: Said = {
  Drifted: ['True', /^(UpdateAvailable|AwaitingApproval)$/],
  SourceReady: ['True', /^Resolved$/],
};
const SAME: Said = { Drifted: ['False', /^UpToDate$/], SourceReady: ['True', /^Resolved$/] };
const TAG_MOVED: Said = { Drifted: ['True', /^TagMoved$/], SourceReady: ['True', /^Resolved$/] };
const MISSING = unknown(/^RefNotFound$/);
const UNREACHABLE = unknown(/^FetchFailed$/);
const REFUSED = unknown(/^AuthFailed$/);

interface RefStory {
  readonly name: string;
  readonly track: string;
  readonly approval?: 'Automatic';
  readonly change: (repository: Repository, first: string) => Promise<unknown>;
  readonly said: Said;
}

const REF_STORIES: readonly RefStory[] = [
  { name: 'a branch that moved on', track: 'branch:main', said: MOVED, change: (one) => one.commit(OTHER) },
  {
    name: 'a branch that was forced to another history',
    ...{ track: 'branch:main', said: MOVED },
    change: async (one) => one.branch('main', await one.commit(OTHER, { branch: 'elsewhere' })),
  },
  {
    name: 'a branch that was forced to the same files',
    ...{ track: 'branch:main', said: SAME, approval: 'Automatic' },
    change: async (one) => one.branch('main', await one.commit(FILES, { branch: 'elsewhere' })),
  },
  {
    name: 'a branch that was forced back to what it was',
    ...{ track: 'branch:main', said: SAME },
    change: async (one, first) => {
      await one.commit(OTHER);
      await one.branch('main', first);
    },
  },
  {
    name: 'a branch that was deleted',
    ...{ track: 'branch:main', said: MISSING, approval: 'Automatic' },
    change: (one) => one.deleteRef('refs/heads/main'),
  },
  {
    name: 'a branch that was deleted where a tag has its name',
    ...{ track: 'branch:main', said: MISSING },
    change: async (one, first) => {
      await one.tag('main', first);
      await one.deleteRef('refs/heads/main');
    },
  },
  {
    name: 'a tag that was deleted',
    ...{ track: `tag:${TAG}`, said: MISSING, approval: 'Automatic' },
    change: (one) => one.deleteRef(`refs/tags/${TAG}`),
  },
  {
    name: 'a tag that was deleted where a branch has its name',
    ...{ track: `tag:${TAG}`, said: MISSING },
    change: async (one) => {
      await one.commit(OTHER, { branch: TAG });
      await one.deleteRef(`refs/tags/${TAG}`);
    },
  },
  {
    name: 'a tag that was moved',
    ...{ track: `tag:${TAG}`, said: TAG_MOVED, approval: 'Automatic' },
    change: async (one) => one.tag(TAG, await one.commit(OTHER)),
  },
  {
    name: 'the highest tag, which was moved',
    ...{ track: 'tag:latest', said: TAG_MOVED, approval: 'Automatic' },
    change: async (one) => one.tag(TAG, await one.commit(OTHER)),
  },
  {
    name: 'the only tag, which was deleted',
    ...{ track: 'tag:latest', said: MISSING, approval: 'Automatic' },
    change: (one) => one.deleteRef(`refs/tags/${TAG}`),
  },
  {
    name: 'a new branch that is named as the tag',
    ...{ track: `tag:${TAG}`, said: SAME, approval: 'Automatic' },
    change: (one) => one.commit(OTHER, { branch: TAG }),
  },
  {
    name: 'a new tag that is named as the branch',
    ...{ track: 'branch:main', said: SAME, approval: 'Automatic' },
    change: async (one) => one.tag('main', await one.commit(OTHER, { branch: 'elsewhere' })),
  },
  {
    name: 'a new branch that is named as a later version',
    ...{ track: 'semver:>=1.0.0', said: SAME, approval: 'Automatic' },
    change: (one) => one.commit(OTHER, { branch: 'v2.0.0' }),
  },
];

const SERVER_STORIES: readonly (readonly [name: string, behaviour: Behaviour | 'Down', said: Said])[] = [
  ['wants credentials', { status: 401 }, REFUSED],
  ['forbids it', { status: 403 }, REFUSED],
  ['is overloaded', { status: 429 }, UNREACHABLE],
  ['fails', { status: 500 }, UNREACHABLE],
  ['has a bad gateway', { status: 502 }, UNREACHABLE],
  ['is unavailable', { status: 503 }, UNREACHABLE],
  ['does not answer', 'Hang', UNREACHABLE],
  ['is down', 'Down', UNREACHABLE],
];

describe('row 21: upstream', () => {
  let world: World;
  let count = 0;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    await world.apply(await world.workspace('alice'));
  });

  after(async function () {
    this.timeout(60_000);
    await world.close();
  });

  afterEach(async function () {
    this.timeout(120_000);
    world.git.behave('Serve');
    await world.git.resume();
    await world.kubectl('delete', 'wsp', '--all');
  });

  /** Waits until the plugin is so, on a busy machine too. */
  function until(
    name: string,
    what: string,
    holds: (plugin: WorkspacePlugin) => boolean,
  ): Promise<WorkspacePlugin> {
    const probe = async (): Promise<WorkspacePlugin | undefined> => {
      const plugin = await world.get(name);
      return plugin !== undefined && holds(plugin) ? plugin : undefined;
    };
    return waitFor(`${name} to be ${what}`, probe, CONVERGE_MS);
  }

  /** A plugin that follows a repository of its own, installed and settled. */
  async function follow(
    track: string,
    approval: 'Automatic' | 'Manual',
  ): Promise<{ name: string; repository: Repository; first: string }> {
    const name = `upstream-${(count += 1)}`;
    const repository = await world.git.repository(name);
    const first = await repository.release(TAG, FILES);
    const source = { url: world.git.urlOf(name), timeout: '3s' };
    await world.apply(world.plugin(name, 'alice', { source, track, update: { approval } }));
    await until(name, 'installed', (one) => one.status?.installed?.revision === first && isSaid(SAME, one));
    return { name, repository, first };
  }

  /** Looks until all of it is said, and asks once more after that. */
  async function expectSaid(name: string, said: Said, first: string): Promise<void> {
    for (const request of ['first', 'second']) {
      const args = ['--overwrite', `reconcile.plugins.molecule.ai/requestedAt=${request}`];
      await world.kubectl('annotate', 'wsp', name, ...args);
      const plugin = await until(name, `request ${request} answered, and ${describeSaid(said)}`, (one) => {
        return one.status?.lastHandledReconcileAt === request && isSaid(said, one);
      });
      expect(conditionOf(plugin, 'Ready')?.status).to.equal('True');
      expect(plugin.status?.installed?.revision).to.equal(first);
      expectInstalled(await world.tree('alice', name), FILES, { revision: first });
    }
  }

  for (const { name: what, track, approval = 'Manual', change, said } of REF_STORIES) {
    it(`with ${what} (${track}, ${approval})`, async function () {
      this.timeout(600_000);
      const { name, repository, first } = await follow(track, approval);
      await change(repository, first);
      await expectSaid(name, said, first);
    });
  }

  for (const [what, behaviour, said] of SERVER_STORIES) {
    it(`that ${what}`, async function () {
      this.timeout(600_000);
      const { name, first } = await follow('branch:main', 'Automatic');
      if (behaviour === 'Down') await world.git.pause();
      else world.git.behave(behaviour);
      await expectSaid(name, said, first);
      world.git.behave('Serve');
      await world.git.resume();
      await until(name, 'well again', (one) => isSaid(SAME, one));
    });
  }
});

function isSaid(said: Said, plugin: WorkspacePlugin): boolean {
  return (['Drifted', 'SourceReady'] as const).every((type) => {
    const [status, reasons] = said[type];
    const found = conditionOf(plugin, type);
    return found?.status === status && reasons.test(found.reason);
  });
}

function describeSaid({ Drifted, SourceReady }: Said): string {
  return `Drifted ${Drifted.join(' ')}, SourceReady ${SourceReady.join(' ')}`;
}

function unknown(reasons: RegExp): Said {
  return { Drifted: ['Unknown', /^SourceUnavailable$/], SourceReady: ['False', reasons] };
}
