// A workspace whose agent can be told to start anew: what the suites of what follows a change stand on.
import type { Clock } from '../../lib/clock.ts';
import type { Runtime } from '../../lib/runtimes/runtime.ts';
import type { Afterwards, Change, LookedPlugin, Session } from '../../lib/target/target.ts';
import type { Files } from './bundles.ts';
import { Place } from './place.ts';
import { EPOCH, lookNow, newSession, request, soon, type SessionWorld } from './session-ground.ts';

export const ALL: Afterwards = { restart: 'WhenNeeded', healthCheck: true };
export const RESTART: Afterwards = { restart: 'WhenNeeded', healthCheck: false };
/** Of what is on trial. */
export const PROVEN: Afterwards = { restart: 'Proven', healthCheck: true };
export const CHECK: Afterwards = { restart: 'Never', healthCheck: true };

export interface Agent {
  readonly session: Session;
  readonly place: Place;
  /** Thrown by the next restarts. */
  refusal: Error | undefined;
  restarts: number;
  /** Thrown by the next proofs that it stays up. */
  end: Error | undefined;
  proofs: number;
  /** Thrown by every command. */
  down: Error | undefined;
  commands: number;
  /** Another session, as after the controller was started again. */
  readonly again: () => Session;
}

export async function agent(
  world: SessionWorld,
  restarts: Runtime['restarts'] = 'Agent',
  clock?: Clock,
): Promise<Agent> {
  const inner = await world.open();
  const counted: Runtime = {
    kind: inner.kind,
    pluginsPath: inner.pluginsPath,
    restarts,
    restart: async () => {
      found.restarts += 1;
      if (found.refusal !== undefined) throw found.refusal;
      return Promise.resolve();
    },
    stay: async () => {
      found.proofs += 1;
      if (found.end !== undefined) throw found.end;
      return Promise.resolve();
    },
    probe: (signal) => inner.probe(signal),
    run: (command) => {
      found.commands += 1;
      return found.down === undefined ? inner.run(command) : Promise.reject(found.down);
    },
  };
  const again = (): Session => newSession(counted, EPOCH, undefined, clock);
  const state = { refusal: undefined, restarts: 0, end: undefined, proofs: 0, down: undefined, commands: 0 };
  const found: Agent = { session: again(), place: new Place(inner), again, ...state };
  return found;
}

/** Installs these files. */
export async function put(
  session: Session,
  files: Files,
  afterwards?: Afterwards,
  plugin = 'demo',
): Promise<Change> {
  const wanted = await request(plugin, files, 1);
  return session.install({ ...wanted, ...(afterwards === undefined ? {} : { afterwards }) }, soon());
}

export async function todoNow(session: Session, plugin = 'demo'): Promise<LookedPlugin['todo']> {
  return (await lookNow(session, plugin)).plugin.todo;
}

export function restartNow(session: Session, plugin = 'demo'): Promise<LookedPlugin['todo']> {
  return session.restart({ plugin }, soon()).then(({ plugin: { todo } }) => todo);
}

/** Nothing is due any more, done or not. */
export async function settleAll(session: Session, plugin = 'demo'): Promise<void> {
  await session.settle({ plugin, step: 'Restart' }, soon());
  await session.settle({ plugin, step: 'HealthCheck' }, soon());
}
