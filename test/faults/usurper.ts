// A second controller that takes over while the first is stopped or cut off, and what the first does when it is back.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describePoint, type Point } from './boundaries.ts';
import type { ControllerProcess } from './controller-process.ts';

/** Short, and long enough that a leader on a busy machine keeps its Lease. */
export const ELECTION = [
  '--leader-elect=true',
  '--leader-elect-lease-duration=6s',
  '--leader-elect-renew-deadline=4s',
  '--leader-elect-retry-period=1s',
] as const;

/** Ends a stopped process when we are gone, which it could not notice by itself. */
const GUARDIAN = 'cat >/dev/null; kill -9 "$1"';

export class Guardian {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;

  constructor(pid: number) {
    const stdio = ['pipe', 'ignore', 'ignore'] as const;
    this.#child = spawn('sh', ['-c', GUARDIAN, 'sh', String(pid)], { detached: true, stdio: [...stdio] });
    this.#child.stdin?.on('error', () => undefined);
    this.#gone = once(this.#child, 'exit');
  }

  async dismiss(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    await this.#gone;
  }
}

/** The changes to objects that it has begun from its nth call on, its Lease and Events aside. */
export function writesSince({ calls }: ControllerProcess, nth: number): readonly string[] {
  const isWrite = ({ name }: Point): boolean =>
    /^kube\.(create|patch|update|delete) (workspace|pluginupdates)/.test(name);
  return calls.slice(nth).filter(isWrite).map(describePoint);
}
