// The floors that figures are held against, measured in the same run with as little in between as can be.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { WORKSPACE_PLUGIN } from '../../controller/api/group.ts';
import { pathOf } from '../../lib/kube/names.ts';
import { Transport } from '../../lib/kube/transport.ts';
import type { Runtime } from '../../lib/runtimes/runtime.ts';
import { tarOf } from '../contract/bundles.ts';
import { kubectl } from '../integration/support/kubectl.ts';
import { pluginManifest } from '../support/manifests.ts';
import type { Bed } from './bed.ts';
import { packed, repositoryFiles } from './content.ts';
import type { Fleet } from './fleet.ts';
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
}

const AT_ONCE = 4;
const COMMANDS = 24;
const OBJECTS = 50;
const WRITES = 400;
const CALL_MS = 60_000;

const run = promisify(execFile);

export async function measureFloors(bed: Bed, fleet: Fleet): Promise<Floors> {
  return {
    emptyMs: await measureCommand(fleet, ': <&0', new Uint8Array()),
    commandMs: await measureCommand(fleet, WORK, await payload()),
    writeMs: await measureWrites(bed),
    fetchMs: await measureFetch(bed, fleet),
  };
}

/** Beside the plugins folder, where nobody looks. */
const WORK = `set -e; cd "$HOME" 2>/dev/null || :; cd /configs 2>/dev/null || cd configs 2>/dev/null || { mkdir -p configs; cd configs; }
rm -rf .floor.old; mkdir -p .floor.$$; tar -xmof - -C .floor.$$
find .floor.$$ -type f -print0 | xargs -0 sha256sum >.floor.$$.sums
sync -f .; [ ! -e .floor ] || mv -T .floor .floor.old; mv -T .floor.$$ .floor; rm .floor.$$.sums`;

async function payload(): Promise<Buffer> {
  return tarOf(await packed(repositoryFiles('floor'), 0));
}

/** One after the other in each workspace, in several workspaces at once. */
async function measureCommand({ places }: Fleet, script: string, stdin: Uint8Array): Promise<number> {
  const lanes = places.slice(0, AT_ONCE);
  const rounds = Math.ceil(COMMANDS / lanes.length);
  const start = performance.now();
  await Promise.all(
    lanes.map(async ({ runtime }) => {
      for (let round = 0; round < rounds; round += 1) await runOnce(runtime, script, stdin);
    }),
  );
  return (performance.now() - start) / (rounds * lanes.length);
}

async function runOnce(runtime: Runtime, script: string, stdin: Uint8Array): Promise<void> {
  const { exitCode, stderr } = await runtime.run({
    argv: ['sh', '-c', script],
    stdin: once(stdin),
    timeoutMs: CALL_MS,
    signal: AbortSignal.timeout(CALL_MS),
  });
  if (exitCode !== 0)
    throw new Error(`the command of the floor ended with ${exitCode}: ${stderr.toString()}`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
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
