// The target program killed before each of its own external commands: nothing lost, nothing mixed, nothing left over.
import { createHash } from 'node:crypto';
import { chmod, chown, cp, lstat, mkdir, readFile, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { hastyClock } from '../../support/hasty-clock.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { Session } from '../../../lib/target/target.ts';
import { bundleOf, revisionOf, type Files } from '../../contract/bundles.ts';
import { Place } from '../../contract/place.ts';
import { soon } from '../../contract/runtime.ts';
import { layTripwire, type Tripwire } from './tripwire.ts';

const owner = { uid: 1000, gid: 1000 };
const V1: Files = { 'plugin.yaml': 'version: 1\n', 'skills/a/SKILL.md': 'one' };
const V2: Files = { 'plugin.yaml': 'version: 2\n', 'skills/a/SKILL.md': 'two', 'skills/b/SKILL.md': 'new' };
const SWEEP_TIMEOUT_MS = 5 * 60_000;

interface Story {
  readonly name: string;
  readonly prepare: (session: Session, place: Place) => Promise<unknown>;
  readonly act: (session: Session) => Promise<unknown>;
}

async function install(session: Session, files: Files, seed: number, repair = false): Promise<unknown> {
  const bundle = await bundleOf(files, { revision: revisionOf(seed) });
  const untracked = repair ? 'CarryOver' : 'LeaveBehind';
  return session.install(
    { plugin: 'demo', bundle, url: 'local://demo', previousLimit: 1, untracked },
    soon(),
  );
}

const stories: readonly Story[] = [
  { name: 'a first install', prepare: () => Promise.resolve(), act: (session) => install(session, V1, 1) },
  {
    name: 'an update',
    prepare: (session) => install(session, V1, 1),
    act: (session) => install(session, V2, 2),
  },
  {
    name: 'a repair',
    prepare: async (session, place) => {
      await install(session, V1, 1);
      await place.shell(
        'cd demo && echo x > plugin.yaml && mkdir -p data rules && echo d > data/d && echo e > rules/e.md',
      );
    },
    act: (session) => install(session, V1, 1, true),
  },
  {
    name: 'a restore',
    prepare: async (session) => {
      await install(session, V1, 1);
      await install(session, V2, 2);
    },
    act: async (session) => {
      const { digest } = await bundleOf(V1);
      const [revision, version] = [revisionOf(1), '1'];
      await session.restore(
        { plugin: 'demo', digest, revision, version, url: 'local://demo', previousLimit: 1 },
        soon(),
      );
    },
  },
  {
    name: 'a removal',
    prepare: async (session) => {
      await install(session, V1, 1);
      await install(session, V2, 2);
    },
    act: (session) => session.remove({ plugin: 'demo' }, soon()),
  },
  {
    name: 'the replacement of a folder that was not ours',
    prepare: (_, place) => place.shell('mkdir demo && echo mine > demo/mine && ln -s mine demo/link'),
    act: (session) => install(session, V1, 1),
  },
  {
    name: 'an adoption in place',
    prepare: async (session, place) => {
      await install(session, V1, 1);
      await place.shell('rm demo/.complete demo/.manifest');
    },
    act: (session) => install(session, V1, 1),
  },
];

for (const swapMode of ['Exchange', 'Rename'] as const) {
  describe(`the target program killed before each of its commands (${swapMode})`, function () {
    this.timeout(SWEEP_TIMEOUT_MS);
    let scratch: Scratch;
    let tripwire: Tripwire;
    let path: string;

    before(async () => {
      scratch = await createScratch('sweep');
      await chmod(scratch.path, 0o755);
      tripwire = await layTripwire(scratch.path, swapMode);
      path = join(scratch.path, 'workspace');
    });

    after(async () => {
      await scratch.remove();
    });

    function open(searchPath: string): { session: Session; place: Place } {
      const config = {
        dockerHost: undefined,
        directoryRoots: [scratch.path],
        searchPath,
        logger: silentLogger,
      };
      const runtime = createRuntimes(config).open({
        kind: 'directory',
        path,
        pluginsPath: '/plugins',
        owner,
      });
      const epoch = { since: 1, transitions: 0 };
      const session = createSession({
        runtime,
        epoch: () => epoch,
        clock: hastyClock,
        logger: silentLogger,
      });
      return { session, place: new Place(runtime) };
    }

    /** In Rename mode it may be absent until it is recovered; an adoption writes the manifest first. */
    function allowed(old: string, wanted: string): string[] {
      const unmarked = wanted.replace(/^\/\.complete .*\n/m, '');
      const isAdoption = unmarked.replace(/^\/\.manifest .*\n/m, '') === old;
      return [old, wanted, ...(isAdoption ? [unmarked] : []), ...(swapMode === 'Rename' ? [ABSENT] : [])];
    }

    async function reset(from?: string): Promise<void> {
      await rm(path, { recursive: true, force: true });
      if (from === undefined) await mkdir(path);
      else await cp(from, path, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      await ownAll(path);
    }

    for (const { name, prepare, act } of stories) {
      it(`ends ${name} as if nothing had happened`, async () => {
        await reset();
        const { session, place } = open(tripwire.plain);
        await prepare(session, place);
        const start = join(scratch.path, 'start');
        await rm(start, { recursive: true, force: true });
        await cp(path, start, { recursive: true, verbatimSymlinks: true });
        const old = await live(path);

        await tripwire.arm(undefined);
        await act(open(tripwire.wired).session);
        const total = await tripwire.count();
        const [wanted, undisturbed] = [await live(path), await world(path)];
        expect(undisturbed.residue).to.deep.equal([]);
        expect(total).to.be.above(10);

        for (let nth = 1; nth <= total; nth++) {
          const moment = `killed before command ${nth} of ${total}`;
          await reset(start);
          await tripwire.arm(nth);
          const killed = await act(open(tripwire.wired).session).catch((error: unknown) => String(error));
          const between = await live(path);
          expect(allowed(old, wanted), `${moment}, ${String(killed)}`).to.include(between);
          await act(open(tripwire.plain).session).catch((error: unknown) => {
            throw new Error(`${moment}, then: ${String(error)}`);
          });
          expect(await world(path), moment).to.deep.equal(undisturbed);
        }
        process.stderr.write(`        killed before each of ${total} commands\n`);
      });
    }
  });
}

const ABSENT = 'absent';

/** One text for the live folder: content and whether it is marked; equal texts are equal trees. */
async function live(path: string): Promise<string> {
  return print(join(path, 'plugins', 'demo'));
}

interface World {
  readonly live: string;
  readonly previous: readonly string[];
  readonly residue: readonly string[];
}

async function world(path: string): Promise<World> {
  const plugins = join(path, 'plugins');
  const snapshots = await list(join(plugins, '.previous'));
  const previous = await Promise.all(snapshots.map((name) => print(join(plugins, '.previous', name))));
  const ours = (await list(join(plugins, '.controller'))).filter((name) => name !== '.ticket');
  const others = (await list(plugins)).filter((name) => !['demo', '.previous', '.controller'].includes(name));
  return { live: await live(path), previous: previous.sort(), residue: [...ours, ...others] };
}

async function print(path: string, below = ''): Promise<string> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) return ABSENT;
  if (stat.isSymbolicLink()) return `${below} -> ${await readlink(path)}\n`;
  if (!stat.isDirectory()) {
    const isMarker = below === '/.complete';
    const hash = createHash('sha256').update(isMarker ? '' : await readFile(path));
    return `${below} ${(stat.mode & 0o777).toString(8)} ${hash.digest('hex')}\n`;
  }
  const parts = await Promise.all(
    (await list(path)).map((name) => print(join(path, name), `${below}/${name}`)),
  );
  return parts.join('');
}

async function list(path: string): Promise<string[]> {
  return (await readdir(path).catch(() => [])).sort();
}

async function ownAll(path: string): Promise<void> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) return;
  await chown(path, owner.uid, owner.gid);
  if (!stat.isDirectory()) return;
  for (const name of await list(path)) await ownAll(join(path, name));
}
