// One of several controllers that compete for a Lease, as its parent sees it.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, untilReady, type Child } from '../../../lib/embedded/child.ts';
import { overhearing } from '../../support/canaries.ts';
import { waitFor } from '../../support/wait-for.ts';

const ENTRY = join(import.meta.dirname, 'controller.ts');
const START_TIMEOUT_MS = 60_000;
const GRACE_MS = 25_000;

interface Line {
  readonly pid?: number;
  readonly time?: string;
  readonly msg?: string;
  readonly metricsAddress?: string;
  /** What the workspace said to a command that was begun before the process was stopped. */
  readonly answer?: string;
}

export class Competitor {
  readonly #child: Child;
  readonly #trap: string;
  #text = '';

  /** @param trap path of a file that it and nobody else knows */
  constructor(flags: readonly string[], trap: string) {
    this.#trap = trap;
    const overhear = overhearing('logs of controllers');
    this.#child = startChild({
      name: 'a competitor',
      argv: [process.execPath, ENTRY, 'run', '--metrics-address=127.0.0.1:0', ...flags],
      env: { PATH: process.env['PATH'] ?? '', TRAP: trap },
      onOutput: (chunk) => {
        const text = chunk.toString('utf8');
        overhear(text);
        this.#text += text;
      },
    });
  }

  /** Resolves when it is ready, leading or not. */
  async ready(): Promise<void> {
    await untilReady(this.#child, () => this.isReady(), START_TIMEOUT_MS);
  }

  async isReady(): Promise<boolean> {
    return (await this.#ask('/readyz')).ok;
  }

  /** What its metric says. */
  async leads(): Promise<boolean> {
    const text = await (await this.#ask('/metrics')).text();
    return /^leader_election_master_status\{name=".+"\} 1$/m.test(text);
  }

  async untilLeads(timeoutMs = 30_000): Promise<void> {
    await waitFor('the competitor to lead', () => this.leads(), timeoutMs);
  }

  /** When it last said something like this; milliseconds. */
  whenSaid(pattern: RegExp): number | undefined {
    const found = this.#lines().findLast(({ msg = '' }) => pattern.test(msg));
    return found?.time === undefined ? undefined : Date.parse(found.time);
  }

  get answers(): readonly string[] {
    return this.#lines().flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  }

  /** It will stop right before its next change in a workspace, or in the middle of it. */
  async setTrap(place: 'Before' | 'Within'): Promise<void> {
    await writeFile(this.#trap, place);
  }

  async untilStopped(): Promise<void> {
    await waitFor('the competitor to be stopped', async () => {
      const stat = await readFile(`/proc/${this.#pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')')).startsWith(') T ');
    });
  }

  signal(name: 'SIGKILL' | 'SIGCONT'): void {
    process.kill(this.#pid, name);
  }

  async stop(): Promise<number | undefined> {
    await this.#child.stop(GRACE_MS);
    return this.#child.exitCode;
  }

  /** Ends it whatever it does, and takes its trap away. */
  async end(): Promise<void> {
    await this.#child.stop(0);
    await rm(this.#trap, { force: true });
  }

  log(): string {
    return this.#text;
  }

  get #pid(): number {
    const pid = this.#lines().find((line) => line.pid !== undefined)?.pid;
    if (pid === undefined) throw new Error(`the competitor has not begun: ${this.#text}`);
    return pid;
  }

  async #ask(path: string): Promise<Response> {
    const address = this.#lines().find((line) => line.metricsAddress !== undefined)?.metricsAddress;
    if (address === undefined) throw new Error('it serves no metrics yet');
    return fetch(`http://${address}${path}`, { signal: AbortSignal.timeout(5_000) });
  }

  #lines(): readonly Line[] {
    const whole = this.#text.slice(0, this.#text.lastIndexOf('\n') + 1).split('\n');
    return whole.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
  }
}
