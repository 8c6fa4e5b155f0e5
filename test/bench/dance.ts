// One install in a container, ours beside what is done by hand today: an upload, then a command for each step.
import Docker from 'dockerode';
import type { Bundle } from '../../lib/bundle/bundle.ts';
import { systemClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { Target } from '../../lib/target/exchange.ts';
import type { Operation } from '../../lib/target/protocol.ts';
import { createSession } from '../../lib/target/session.ts';
import { tarOf } from '../contract/bundles.ts';
import { say } from '../support/table.ts';
import type { Bed } from './bed.ts';
import { CARELESS, NOTHING, runCommand } from './command.ts';
import { largePlugin, packed } from './content.ts';
import { showSpread, spreadOf } from './figures.ts';
import { makePlace, type Place } from './place.ts';
import { ratioResult, type Result } from './result.ts';

const SECTION = 'install, 20 files, Docker';
const WARM_UP = 2;

/** A quarter of the dance. */
const MOST_OF_THE_DANCE = 0.25;

const INSTALL_MS = 60_000;
const epoch = (): { since: number; transitions: number } => ({ since: 1, transitions: 0 });

/** Each way in turn, so that whatever else goes on on the machine meets all alike. */
export async function measureInstall(bed: Bed, rounds: number): Promise<readonly Result[]> {
  const ground = { kind: 'docker' as const, folder: bed.folder, docker: bed.docker };
  const places = [
    await makePlace(ground, 'ours'),
    await makePlace(ground, 'shared'),
    await makePlace(ground, 'danced'),
    await makePlace(ground, 'least'),
  ];
  const [ours, shared, danced, least] = places as [Place, Place, Place, Place];
  const engine = await bed.docker();
  const container = new Docker({ socketPath: engine.host.slice('unix://'.length) }).getContainer(danced.name);
  const options = { clock: systemClock, logger: silentLogger, epoch };
  const target = new Target({ ...options, runtime: ours.runtime, claimant: undefined });
  const session = createSession({ ...options, runtime: shared.runtime });
  const times: Record<Way, number[]> = { command: [], session: [], dance: [], careless: [], empty: [] };
  for (let round = 0; round < rounds + WARM_UP; round += 1) {
    const bundle = await packed(largePlugin(`1.${round}.0`), round);
    const tar = await tarOf(bundle);
    const request = requestOf(bundle);
    const signal = AbortSignal.timeout(INSTALL_MS);
    const operations: readonly Operation[] = [{ kind: 'install', request }];
    const measured: Record<Way, number> = {
      dance: await clock(() => dance(container, bundle)),
      command: await clock(() => target.ask({ operations, looks: [PLUGIN], list: true }, signal)),
      session: await clock(() => session.install(request, signal)),
      careless: await clock(() => runCommand(least.runtime, CARELESS, tar)),
      empty: await clock(() => runCommand(least.runtime, NOTHING, new Uint8Array())),
    };
    if (round < WARM_UP) continue;
    for (const way of WAYS) times[way].push(measured[way]);
  }
  say(`${SECTION}: ${rounds} rounds`);
  for (const place of places) await engine.remove(place.name);
  return judge(times);
}

const WAYS = ['command', 'session', 'dance', 'careless', 'empty'] as const;
type Way = (typeof WAYS)[number];

const PLUGIN = 'large';
const ROOT = '/configs/plugins';

function judge(times: Record<Way, number[]>): readonly Result[] {
  const dance = spreadOf(times.dance);
  const lines: readonly (readonly [Way, string, number | undefined])[] = [
    ['command', 'one install, beside the dance', MOST_OF_THE_DANCE],
    ['session', 'with the wait for more changes', undefined],
    ['careless', 'the least that one command can do: unpack, hash, flush, rename', undefined],
    ['empty', 'a command that does nothing', undefined],
  ];
  return lines.map(([way, what, goal]) => {
    const spread = spreadOf(times[way]);
    const raw = { times: times[way], dance: times.dance };
    const line = { section: SECTION, what, figure: showSpread(spread), floor: showSpread(dance), raw };
    return ratioResult(line, spread.median / dance.median, goal);
  });
}

async function clock(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function requestOf(bundle: Bundle): Extract<Operation, { kind: 'install' }>['request'] {
  return { plugin: PLUGIN, bundle, url: 'github://acme/large', previousLimit: 1, untracked: 'LeaveBehind' };
}

/** Nothing is hashed, flushed or checked, and a reader may see half of it. */
async function dance(container: Docker.Container, bundle: Bundle): Promise<void> {
  const [staged, live, before] = ['incoming', PLUGIN, 'before'].map((name) => `${ROOT}/${name}`);
  await execute(container, ['sh', '-c', `rm -rf ${before}; mkdir -p ${staged} ${live}`]);
  await container.putArchive(await tarOf(bundle), { path: `${staged}` });
  await execute(container, ['mv', `${live}`, `${before}`]);
  await execute(container, ['mv', `${staged}`, `${live}`]);
  await execute(container, ['touch', `${live}/.complete`]);
  await execute(container, ['chown', '-R', '1000:1000', `${live}`]);
}

async function execute(container: Docker.Container, command: readonly string[]): Promise<void> {
  const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({ hijack: true, stdin: false });
  stream.resume();
  await new Promise((resolve, reject) => stream.once('end', resolve).once('error', reject));
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) throw new Error(`${command.join(' ')} ended with ${ExitCode}`);
}
