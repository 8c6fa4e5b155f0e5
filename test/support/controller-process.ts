// The whole controller as a process of its own, for signals and exit codes.
import { join } from 'node:path';
import { startChild, untilReady } from '../../lib/embedded/child.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'controller', 'main.ts');
const START_TIMEOUT_MS = 60_000;

export interface ControllerProcess {
  /** Where its probes and metrics are. */
  readonly url: string;
  /** Sends SIGTERM and resolves with the exit code; 137 when it had to be killed after `graceMs`. */
  stop(graceMs: number): Promise<number>;
  /** The end of what it wrote. */
  log(): string;
}

/** Resolves when it is ready. */
export async function startControllerProcess(flags: readonly string[]): Promise<ControllerProcess> {
  const child = startChild({
    name: 'the controller',
    argv: [process.execPath, MAIN, 'run', '--metrics-address=127.0.0.1:0', ...flags],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  let url = '';
  await untilReady(
    child,
    async (signal) => {
      url = `http://${/"metricsAddress":"([^"]+)"/.exec(child.log())?.[1] ?? ''}`;
      return (await fetch(`${url}/readyz`, { signal })).ok;
    },
    START_TIMEOUT_MS,
  );
  return {
    url,
    stop: async (graceMs) => {
      await child.stop(graceMs);
      return child.exitCode ?? 137;
    },
    log: () => child.log(),
  };
}
