// The floors that figures are held against, measured in the same run with as little in between as can be.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import pLimit from 'p-limit';
import { WORKSPACE_PLUGIN } from '../../controller/api/group.ts';
import { pathOf } from '../../lib/kube/names.ts';
import { Transport } from '../../lib/kube/transport.ts';
import { tarOf } from '../contract/bundles.ts';
import { kubectl } from '../integration/support/kubectl.ts';
import { pluginManifest } from '../support/manifests.ts';
import type { Bed } from './bed.ts';
import { CARELESS, NOTHING, runCommand } from './command.ts';
import { packed, repositoryFiles } from './content.ts';
import type { Fleet } from './fleet.ts';
import type { Place } from './place.ts';
import { sampleStatus } from './sample-status.ts';

/** Milliseconds each, with as many at once as go fastest on few processors. */
export interface Floors {
  /** A shell that does nothing. */
  readonly emptyMs: number;
  /** A shell that unpacks, hashes, flushes and renames the files of all plugins of a workspace, and is not careful. */
  readonly commandMs: number;
  readonly writeMs: number;
  /** `ls-remote` and a shallow fetch into an empty repository. */
  readonly fetchMs: number;
  /** A container started again until it runs; undefined where that was not measured. */
  readonly restartMs: number | undefined;
}

const AT_ONCE = 4;
const COMMANDS = 24;
const RESTARTS = 12;
const OBJECTS = 50;
const WRITES = 400;
const CALL_MS = 60_000;

const run = promisify(execFile);

/** @param restarts whether workspaces that are containers are restarted for it: no controller may look after them */
export async function measureFloors(
  bed: Bed,
  fleet: Fleet,
  { restarts }: { readonly restarts: boolean } = { restarts: false },
): Promise<Floors> {
  return {
    emptyMs: await measureCommand(fleet, NOTHING, new Uint8Array()),
    commandMs: await measureCommand(fleet, CARELESS, await payload()),
    writeMs: await measureWrites(bed),
    fetchMs: await measureFetch(bed, fleet),
    restartMs: restarts && fleet.kind === 'docker' ? await measureRestarts(bed, fleet) : undefined,
  };
}

async function payload(): Promise<Buffer> {
  return tarOf(await packed(repositoryFiles('floor'), 0));
}

async function measureCommand(fleet: Fleet, script: string, stdin: Uint8Array): Promise<number> {
  return measureEach(fleet, COMMANDS, async ({ runtime }) => runCommand(runtime, script, stdin));
}

/** Nobody waits to see whether it stays up. */
async function measureRestarts(bed: Bed, fleet: Fleet): Promise<number> {
  const { host } = await bed.docker();
  const docker = new Docker({ socketPath: host.slice('unix://'.length) });
  return measureEach(fleet, RESTARTS, async ({ name }) => {
    const container = docker.getContainer(name);
    await container.restart();
    const { State } = await container.inspect();
    if (!State.Running) throw new Error(`${name} does not run after the restart of the floor`);
  });
}

/** One after the other in each workspace, in several workspaces at once. */
async function measureEach(
  { places }: Fleet,
  count: number,
  work: (place: Place) => Promise<void>,
): Promise<number> {
  const lanes = places.slice(0, AT_ONCE);
  const rounds = Math.ceil(count / lanes.length);
  const start = performance.now();
  await Promise.all(
    lanes.map(async (place) => {
      for (let round = 0; round < rounds; round += 1) await work(place);
    }),
  );
  return (performance.now() - start) / (rounds * lanes.length);
}

/** Merge patches of a status of the size that ours have, to objects that no controller looks after. */
async function measureWrites({ controlPlane }: Bed): Promise<number> {
  const namespace = `floor-${Math.trunc(performance.now())}`;
  await kubectl(controlPlane, ['create', 'namespace', namespace]);
  const signal = AbortSignal.timeout(CALL_MS);
  const limit = pLimit(AT_ONCE * AT_ONCE);
  const each = <T>(count: number, work: (index: number) => Promise<T>): Promise<readonly T[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => limit(() => work(index))));
  const transport = new Transport({
    ...{ kubeconfig: controlPlane.kubeconfig, userAgent: 'bench' },
    ...{ requestTimeoutMs: CALL_MS, onAnswer: () => undefined },
  });
  await each(OBJECTS, async (index) => {
    const content = pluginManifest({}, { namespace, name: `p-${index}` });
    const path = pathOf(WORKSPACE_PLUGIN, { namespace });
    return transport.call({ method: 'POST', path, body: { type: 'application/json', content }, signal });
  });
  const start = performance.now();
  await each(WRITES, async (index) => {
    const path = pathOf(WORKSPACE_PLUGIN, { namespace, name: `p-${index % OBJECTS}`, subresource: 'status' });
    const body = { type: 'application/merge-patch+json', content: { status: sampleStatus(index) } };
    await transport.call({ method: 'PATCH', path, body, signal });
  });
  const ms = performance.now() - start;
  transport.close();
  return ms / WRITES;
}

async function measureFetch(bed: Bed, { url, revision }: Fleet): Promise<number> {
  const folder = await mkdtemp(join(bed.folder, 'floor-'));
  const git = (...args: readonly string[]): Promise<unknown> =>
    run('git', ['--git-dir', folder, ...args], { timeout: CALL_MS });
  await git('init', '--quiet', '--bare');
  const start = performance.now();
  await git('ls-remote', '--quiet', url);
  await git('fetch', '--quiet', '--depth=1', url, revision);
  const ms = performance.now() - start;
  await rm(folder, { recursive: true });
  return ms;
}
