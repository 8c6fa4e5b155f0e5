// The controller as a process of its own, started as a person would start it.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild, untilReady } from '../../lib/embedded/child.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'controller', 'main.ts');

const START_TIMEOUT_MS = 60_000;
/** Work under way is finished first. */
const GRACE_MS = 10_000;

export interface ControllerOptions {
  readonly kubeconfig: string;
  readonly dockerHost: string;
  readonly directoryRoot: string;
  readonly githubBaseURL: string;
  readonly cacheDir: string;
  /** Takes in all that it logs. */
  readonly logFile: string;
}

export interface Controller {
  /** @throws Error when it does not end by itself, or not with exit code 0 */
  stop(): Promise<void>;
}

/** @throws Error with the end of its log when it does not become ready */
export async function startController(options: ControllerOptions): Promise<Controller> {
  let started = '';
  const child = startChild({
    name: 'the controller',
    argv: [process.execPath, MAIN, 'run', ...flags(options)],
    env: { PATH: process.env['PATH'] ?? '' },
    onOutput: (chunk) => {
      appendFileSync(options.logFile, chunk);
      if (started === '') started = /"metricsAddress":"([^"]+)"/.exec(child.log())?.[1] ?? '';
    },
  });
  const isReady = async (signal: AbortSignal): Promise<boolean> =>
    started !== '' && (await fetch(`http://${started}/readyz`, { signal })).ok;
  await untilReady(child, isReady, START_TIMEOUT_MS);
  return {
    stop: async () => {
      await child.stop(GRACE_MS);
      if (child.exitCode !== 0) {
        throw new Error(`the controller ended with exit code ${child.exitCode ?? 137}; ${child.log()}`);
      }
    },
  };
}

function flags(options: ControllerOptions): readonly string[] {
  return [
    `--kubeconfig=${options.kubeconfig}`,
    '--host-namespace=*',
    `--docker-host=${options.dockerHost}`,
    `--directory-root=${options.directoryRoot}`,
    `--github-base-url=${options.githubBaseURL}`,
    `--cache-dir=${options.cacheDir}`,
    '--metrics-address=127.0.0.1:0',
  ];
}
