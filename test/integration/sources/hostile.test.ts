// Hostile repositories: refused whole, by the name of the entry, and again where git's own check is not there.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createScratch } from '../../../lib/embedded/scratch.ts';
import { fetch } from '../../contract/source.ts';
import { failureFrom } from '../../unit/bundle/expect-failure.ts';
import { CASES } from './hostile-cases.ts';
import { DAMAGES } from './hostile-damages.ts';
import { HostileAuthor } from './hostile.ts';
import type { Intake, Order } from './hostile-intake.ts';
import { packUnchecked } from './unchecked.ts';
import { weighedGit } from './weighed-git.ts';
import { type GitWorld, openGit } from './worlds.ts';

const INTAKE = join(import.meta.dirname, 'hostile-intake.ts');
const MIB = 1024 * 1024;
const INTAKE_TIMEOUT_MS = 300_000;

describe('a hostile repository', () => {
  let world: GitWorld;
  let author: HostileAuthor;
  let blob: string;

  before(async () => {
    world = await openGit('http');
    author = new HostileAuthor(world.upstream);
    blob = await author.blob('x');
  });
  after(() => world.close());

  for (const [what, make, reason, words] of CASES) {
    it(`is refused for good with ${what}`, async () => {
      const revision = await author.commit(await author.tree(await make(author, blob)));
      const unchecked = await failureFrom(() => packUnchecked(world.upstream.path, revision));
      expect(unchecked).to.include({ kind: 'Permanent', reason });
      expect(unchecked.message).to.contain(words);

      const failure = await failureFrom(() =>
        fetch(world, { revision, ref: `c-${revision}`, time: new Date() }),
      );
      expect(failure).to.include({ kind: 'Permanent', reason });
      expect(failure.message).to.satisfy(
        (said: string) => said.includes(words) || said.includes("git's check"),
      );
    });
  }

  for (const type of ['tree', 'blob'] as const) {
    it(`is refused where a tag leads to a ${type} instead of a commit`, async () => {
      const tree = await author.tree([{ mode: '100644', name: 'a', id: blob }]);
      const revision = { tree, blob }[type];
      await world.upstream.tag(`of-a-${type}`, revision);
      const failure = await failureFrom(() =>
        fetch(world, { revision, ref: `of-a-${type}`, time: new Date() }),
      );
      expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
      expect(failure.message).to.contain(`is no commit but a ${type}`);
    });
  }

  for (const [what, make, words] of DAMAGES) {
    it(`is refused for good with ${what}, and the object is named`, async () => {
      const { tree, object } = await make(author, world.upstream.path);
      const revision = await author.commit(tree);
      const failure = await failureFrom(() =>
        fetch(world, { revision, ref: `c-${revision}`, time: new Date() }),
      );
      expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
      expect(failure.message).to.contain(object).and.to.contain(words);
    });
  }

  it('is taken with what old honest repositories have: padded and odd modes, bad dates and people', async () => {
    const sub = await author.tree([{ mode: '100664', name: 'odd', id: blob }]);
    const tree = await author.tree([{ mode: '040000', name: 'old', id: sub }]);
    const commit = `tree ${tree}\nauthor Old<old@example.com> 99999999999999999999 +051800\ncommitter Old 1 +0000\n\nold\n`;
    const written = await world.upstream.git(
      ['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'],
      commit,
    );
    const revision = written.toString().trim();
    await world.upstream.branch('old', revision);
    expect((await fetch(world, { revision, ref: 'old', time: new Date() })).files).to.equal(1);
  });

  it('costs the process that takes them all in no more than 64 MiB beyond what honest ones do', async function () {
    this.timeout(INTAKE_TIMEOUT_MS);
    const scratch = await createScratch('intake');
    try {
      const hostile: string[] = [];
      for (const [, make] of CASES) {
        hostile.push(await author.commit(await author.tree(await make(author, blob))));
      }
      const honest = await Promise.all([1, 2, 3, 4, 5].map((nth) => honestRevision(nth)));
      const { repository } = world;
      const git = await weighedGit(scratch.path);
      const order = {
        ...{ repository, honest, hostile, searchPath: git.searchPath },
        ...{ cacheDir: join(scratch.path, 'cache'), gitDir: world.upstream.path },
      };
      const { normalBytes, mostBytes, refused } = await takeIn(order);
      const gitBytes = await git.mostBytes();
      const more = Math.ceil((mostBytes - normalBytes) / MIB);
      process.stdout.write(
        `      ${Math.ceil(normalBytes / MIB)} MiB are normal, ${more} MiB more were needed; ` +
          `${Math.ceil(gitBytes / MIB)} MiB by git\n`,
      );
      expect(refused).to.equal(2 * CASES.length);
      expect(more).to.be.at.most(64);
      expect(gitBytes).to.be.within(MIB, 64 * MIB);
    } finally {
      await scratch.remove();
    }
  });

  /** As large as plugins are: some megabytes, in some hundred files. */
  async function honestRevision(nth: number): Promise<string> {
    const entries = Array.from({ length: 300 }, async (_, file) => ({
      mode: '100644',
      name: `f${String(file).padStart(3, '0')}`,
      id: await author.blob(Buffer.alloc(16 * 1024, `${nth} ${file} `)),
    }));
    return author.commit(await author.tree(await Promise.all(entries)));
  }
});

async function takeIn(order: Order): Promise<Intake> {
  const running = promisify(execFile)(process.execPath, [INTAKE], { timeout: INTAKE_TIMEOUT_MS });
  running.child.stdin?.end(JSON.stringify(order));
  return JSON.parse((await running).stdout) as Intake;
}
