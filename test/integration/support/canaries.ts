// Watches, over a whole run, that no secret shows: in logs, errors, command lines, or anything on the API server but Secrets.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, afterEach, before } from 'mocha';
import { startChild } from '../../../lib/embedded/child.ts';
import type { ControlPlane } from '../../../lib/embedded/control-plane.ts';
import { guard, overhearError, overheard, overhearing } from '../../support/canaries.ts';
import { kubectl, spokenTo, type Speaker } from './kubectl.ts';
import { recordPrograms, type RecordedPrograms } from './recorded-programs.ts';

const GROUP = '/apis/plugins.molecule.ai/v1alpha1';

const SAMPLE_MS = 100;
/** A process shows the command line of its parent until it has become another program. */
const SAMPLES_EACH = 3;
const AGAIN_MS = 200;
const TIMEOUT_MS = 60_000;

const end = new AbortController();
const work: Promise<void>[] = [];
/** What ends the watches of those that are followed. */
const planes = new Map<ControlPlane, { readonly end: AbortController; readonly watches: Promise<unknown> }>();
const heard = new Set<Speaker>();

/** The token of who uses this kubeconfig is a secret. */
export async function guardTokens({ kubeconfig }: Pick<Speaker, 'kubeconfig'>): Promise<void> {
  const [, token = ''] = /"token": *"([^"]+)"/.exec(await readFile(kubeconfig, 'utf8')) ?? [];
  guard('the token of an administrator', token);
}

/** All that is on this API server, which knows our kinds, from now on must be free of secrets, whatever becomes of it. */
export async function overhearObjects(plane: ControlPlane): Promise<void> {
  await guardTokens(plane);
  const found = JSON.parse(await kubectl(plane, ['get', '--raw', GROUP])) as {
    resources: { name: string }[];
  };
  const names = found.resources.map(({ name }) => name).filter((name) => !name.includes('/'));
  const paths = ['/api/v1/events', ...names.map((name) => `${GROUP}/${name}`)];
  const own = new AbortController();
  const watches = Promise.all(paths.map((path) => follow(plane, path, own)));
  planes.set(plane, { end: own, watches });
}

/** To be called before it ends, where that is before the run does: what is on it by then. */
export async function overhearLast(plane: ControlPlane): Promise<void> {
  const followed = planes.get(plane);
  planes.delete(plane);
  try {
    await overhearNow(plane);
  } finally {
    followed?.end.abort();
    await followed?.watches;
  }
}

/** What is on this API server at the moment. */
export async function overhearNow(plane: Speaker): Promise<void> {
  await guardTokens(plane);
  heard.add(plane);
  const hear = overhearing('objects at the end');
  const names = await kubectl(plane, ['api-resources', '--verbs=list', '-o', 'name']);
  const kinds = names.split('\n').filter((name) => name !== '' && name !== 'secrets');
  hear(await kubectl(plane, ['get', kinds.join(','), '-A', '-o', 'json', '--ignore-not-found']));
}

async function follow(
  { programs, kubeconfig }: ControlPlane,
  path: string,
  end: AbortController,
): Promise<void> {
  const hear = overhearing(`${path} as they changed`);
  while (!end.signal.aborted) {
    const child = startChild({
      name: `the watch of ${path}`,
      argv: [join(programs, 'kubectl'), 'get', '--raw', `${path}?watch=true`],
      env: { KUBECONFIG: kubeconfig, HOME: programs, PATH: process.env['PATH'] ?? '' },
      onOutput: (chunk) => {
        hear(chunk.toString('utf8'));
      },
    });
    const stop = (): void => void child.stop(0);
    end.signal.addEventListener('abort', stop, { once: true });
    await child.exited;
    end.signal.removeEventListener('abort', stop);
    // The API server was away.
    await delay(AGAIN_MS, undefined, { signal: end.signal }).catch(() => undefined);
  }
}

/** What everybody on this machine sees of processes while they run. */
async function overhearCommandLines(): Promise<void> {
  const hear = overhearing('command lines');
  const seen = new Map<string, number>();
  // The program that runs in workspaces is long, and is seen again and again.
  const lines = new Set<string>();
  while (!end.signal.aborted) {
    const pids = new Set((await readdir('/proc')).filter((name) => /^\d+$/.test(name)));
    for (const pid of seen.keys()) if (!pids.has(pid)) seen.delete(pid);
    for (const pid of pids) {
      const samples = (seen.get(pid) ?? 0) + 1;
      if (samples > SAMPLES_EACH) continue;
      seen.set(pid, samples);
      // It may be gone by now.
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (!lines.has(line)) hear(`${line}\n`);
      lines.add(line);
    }
    await delay(SAMPLE_MS, undefined, { signal: end.signal }).catch(() => undefined);
  }
}

/** In whatever file of a run this is first imported, the hooks are of the whole run. */
function watchTheRun(): void {
  let programs: RecordedPrograms | undefined;

  before(async function listen() {
    work.push(overhearCommandLines());
    programs = await recordPrograms(['git', 'ssh']);
    // Behind the hooks of all files, as a hook that fails keeps those after it from stopping their parts.
    this.test?.parent?.afterAll('findBetrayals', findBetrayals);
  });

  afterEach(function hearFailure() {
    if (this.currentTest?.err !== undefined) overhearError(this.currentTest.err);
  });

  after(async function stopListening() {
    this.timeout(TIMEOUT_MS);
    await Promise.all([...planes.keys()].map(overhearLast));
    end.abort();
    await Promise.all(work);
    overhearing('command lines of git and ssh')((await programs?.end()) ?? '');
  });
}

function findBetrayals(): void {
  const { secrets, heard: places, betrayals } = overheard();
  if (betrayals.length > 0) throw new Error(`secrets were betrayed: ${betrayals.join('; ')}`);
  const unheard = [...spokenTo].filter((plane) => !heard.has(plane));
  if (unheard.length > 0) {
    throw new Error(`nobody overheard API servers: ${unheard.map((one) => one.kubeconfig).join(', ')}`);
  }
  if (heard.size > 0 && (places.get('objects at the end') ?? 0) === 0) {
    throw new Error('nothing was heard of the objects on the API server');
  }
  const said = [...places].map(([place, size]) => `${place} (${size})`).sort();
  process.stdout.write(`\n  ${secrets} secrets are in none of: ${said.join(', ')} characters\n`);
}

// What is shared with the tests is used outside of mocha too.
if ('describe' in globalThis) watchTheRun();
