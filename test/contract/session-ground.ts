// What the suites of sessions stand on: worlds, plugins, and the few questions that they ask again and again.
import type { Clock } from '../../lib/clock.ts';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { Runtime } from '../../lib/runtimes/runtime.ts';
import { createSession } from '../../lib/target/session.ts';
import type { Epoch, InstallRequest, Look, Overrule, Session, SwapMode } from '../../lib/target/target.ts';
import { bundleOf, revisionOf, type Files } from './bundles.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { Place } from './place.ts';

export interface SessionWorld {
  /** A runtime whose plugins folder nobody has used before. */
  open(): Promise<Runtime>;
  readonly swapMode: SwapMode;
}

export const V1: Files = {
  'plugin.yaml': 'version: 1.0.0\n',
  'setup.sh': { content: '#!/bin/sh\necho 1\n', executable: true },
  'skills/browse/SKILL.md': 'one',
  'skills/browse/a b.txt': 'blank',
  'rules/be-kind.md': 'be kind',
};
export const V2: Files = { ...V1, 'plugin.yaml': 'version: 2.0.0\n', 'skills/browse/SKILL.md': 'two' };
export const V3: Files = { ...V1, 'plugin.yaml': 'version: 3.0.0\n' };

export const EPOCH: Epoch = { since: 1_000, transitions: 1 };

/** Deadline of each request; milliseconds. */
const PATIENCE_MS = 30_000;

export interface Ground {
  readonly session: Session;
  readonly place: Place;
  readonly commands: { count: number };
}

/** It does not wait for company, unless its clock is one that waits. */
export function newSession(
  runtime: Runtime,
  epoch: Epoch = EPOCH,
  overrule: Overrule = () => Promise.resolve(false),
  clock: Clock = hastyClock,
): Session {
  return createSession({ runtime, epoch: () => epoch, overrule, clock, logger: silentLogger });
}

export function soon(): AbortSignal {
  return AbortSignal.timeout(PATIENCE_MS);
}

export async function request(plugin: string, files: Files, seed: number): Promise<InstallRequest> {
  const bundle = await bundleOf(files, { revision: revisionOf(seed) });
  return { plugin, bundle, url: 'github://owner/repo#v1', previousLimit: 1, untracked: 'LeaveBehind' };
}

export function lookNow(session: Session, plugin = 'demo'): Promise<Look> {
  return session.look({ plugin, notOlderThan: new Date(), signal: soon() });
}

export async function reasonOf(change: Promise<unknown>): Promise<string> {
  try {
    await change;
    return 'no failure';
  } catch (error) {
    if (error instanceof PermanentError || error instanceof TransientError) return error.reason;
    throw error;
  }
}

export async function ground(world: SessionWorld, clock?: Clock): Promise<Ground> {
  const runtime = await world.open();
  const commands = { count: 0 };
  const counted: Runtime = {
    kind: runtime.kind,
    pluginsPath: runtime.pluginsPath,
    restarts: runtime.restarts,
    restart: (signal) => runtime.restart(signal),
    probe: (signal) => runtime.probe(signal),
    run: (command) => {
      commands.count += 1;
      return runtime.run(command);
    },
  };
  return { session: newSession(counted, EPOCH, undefined, clock), place: new Place(runtime), commands };
}

export async function installed(world: SessionWorld, files: Files = V1): Promise<Ground> {
  const all = await ground(world);
  await all.session.install(await request('demo', files, 1), soon());
  return all;
}
