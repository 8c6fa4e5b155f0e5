// The whole controller as a process of its own, for signals and exit codes.
import { join } from 'node:path';
import { overhearing } from './canaries.ts';
import { startChild, untilReady, type Child } from '../../lib/embedded/child.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'controller', 'main.ts');
const START_TIMEOUT_MS = 60_000;

export interface ControllerProcessOptions {
  /** Default: `run`. */
  readonly command?: 'run' | 'up';
  /** Beside PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Is given all that the process writes, as it comes. */
export type Hear = (text: string) => void;

export interface ControllerProcess {
  /** Where its probes and metrics are. */
  readonly url: string;
  /** Sends SIGTERM and resolves with the exit code; 137 when it had to be killed after `graceMs`. */
  stop(graceMs: number): Promise<number>;
  /** Resolves with the exit code when it has ended by itself. */
  ended(): Promise<number>;
  /** The end of what it wrote. */
  log(): string;
}

/** Resolves when it is ready. It acts at once, as the only one, unless the flags say how to elect a leader. */
export async function startControllerProcess(
  flags: readonly string[],
  options: ControllerProcessOptions = {},
  hear: Hear = () => undefined,
): Promise<ControllerProcess> {
  let url = '';
  const listen = (text: string): void => {
    const address = /"metricsAddress":"([^"]+)"/.exec(text)?.[1];
    if (url === '' && address !== undefined) url = `http://${address}`;
    hear(text);
  };
  const isAlone = options.command !== 'up' && !flags.some((flag) => flag.startsWith('--leader-elect'));
  const own = ['--metrics-address=127.0.0.1:0', ...(isAlone ? ['--leader-elect=false'] : [])];
  const child = spawnController([...own, ...flags], options, listen);
  await untilReady(
    child,
    async (signal) => url !== '' && (await fetch(`${url}/readyz`, { signal })).ok,
    START_TIMEOUT_MS,
  );
  return {
    url,
    stop: async (graceMs) => {
      await child.stop(graceMs);
      return child.exitCode ?? 137;
    },
    ended: async () => {
      await child.exited;
      return child.exitCode ?? 137;
    },
    log: () => child.log(),
  };
}

/** The process as it comes: it may still be starting, or refuse to. */
export function spawnController(
  flags: readonly string[],
  { command = 'run', env = {} }: ControllerProcessOptions = {},
  hear: Hear = () => undefined,
): Child {
  const overhear = overhearing('logs of controllers');
  return startChild({
    name: 'the controller',
    argv: [process.execPath, MAIN, command, ...flags],
    env: { PATH: process.env['PATH'] ?? '', ...env },
    onOutput: (chunk) => {
      const text = chunk.toString('utf8');
      overhear(text);
      hear(text);
    },
  });
}
