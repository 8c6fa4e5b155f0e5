// One controller under test as its parent sees it: armed, listened to, and ended.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Tail } from '../../lib/embedded/tail.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Fault, Order, Point, Told } from './boundaries.ts';

const ENTRY = join(import.meta.dirname, 'controller.ts');
const MUTATE = join(import.meta.dirname, 'mutate.ts');

const WARNING = /\(node:\d+\).*Warning/;

const CHECK = 'runtime.run check';

/** On a machine that is busy with much else, a start takes its time. */
const ARM_TIMEOUT_MS = 120_000;

/** The controller's own grace period, and some. */
const END_TIMEOUT_MS = 20_000;

export interface ControllerOptions {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The controller as one file. */
  readonly program: string;
  /** Patches of its source, as mutate.ts takes them, which needs the sources apart; undefined for the product as it is. */
  readonly mutations: string | undefined;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ControllerProcess {
  readonly exited: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #log = new Tail();
  readonly #warnings: string[] = [];
  #ended: Ended | undefined;
  #told: Told[] = [];
  #checksBegun = 0;
  #checksDone = 0;
  #checksBroken = 0;
  #isArmed = false;

  constructor({ program, flags, env, mutations }: ControllerOptions) {
    const entry = mutations === undefined ? [program] : ['--import', MUTATE, ENTRY];
    this.#child = spawn(process.execPath, [...entry, 'run', ...flags], {
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
      env: { ...env, ...(mutations === undefined ? {} : { MUTATIONS: mutations }) },
    });
    this.exited = once(this.#child, 'exit').then(([code, signal]) => {
      this.#ended = { code: code as number | null, signal: signal as NodeJS.Signals | null };
      return this.#ended;
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#log.add(chunk);
    });
    this.#noteWarnings();
    // An order to one that has just died is no failure: `exited` tells.
    this.#stdin.on('error', () => undefined);
    createInterface({ input: this.#child.stdio[3] as Readable }).on('line', (line) => {
      this.#hear(JSON.parse(line) as Told);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Undefined while it runs. */
  get ended(): Ended | undefined {
    return this.#ended;
  }

  /** The end of what it logged. */
  get log(): string {
    return this.#log.text();
  }

  /** Of Node itself, which writes them between what is logged. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** The disturbance has been met. */
  get isStruck(): boolean {
    return this.#told.some(({ told }) => told === 'Struck');
  }

  /** The call at this point has ended, well or not. */
  hasEnded({ name, occurrence }: Point): boolean {
    return this.#told.some(
      (message) => message.told === 'After' && message.name === name && message.occurrence === occurrence,
    );
  }

  /** No call is under way. */
  get isIdle(): boolean {
    const ended = this.#told.filter(({ told }) => told === 'After').length;
    return ended === this.calls.length;
  }

  /** A command that is to be killed has all been sent. */
  get isSent(): boolean {
    return this.#told.some(({ told }) => told === 'Sent');
  }

  /** Health checks that did not come to their end, since it was started. */
  get checksBroken(): number {
    return this.#checksBroken;
  }

  /** As `checksBroken`, with those that have not ended yet. */
  get checksNotDone(): number {
    return this.#checksBegun - this.#checksDone;
  }

  /** The calls begun since it was armed last. */
  get calls(): readonly Point[] {
    return this.#told.flatMap((message) =>
      message.told === 'Before' ? [{ name: message.name, occurrence: message.occurrence }] : [],
    );
  }

  /** From here on counted anew. The first arming is what it waits for before it begins. */
  async arm(fault: Fault | undefined): Promise<void> {
    const order: Order = { fault };
    this.#isArmed = false;
    this.#stdin.write(`${JSON.stringify(order)}\n`);
    await waitFor(
      'the controller to be armed',
      () => {
        if (this.#ended !== undefined && !this.#isArmed) throw new Error(`it ended before: ${this.log}`);
        return this.#isArmed;
      },
      ARM_TIMEOUT_MS,
    );
  }

  /** It has begun to look after a workspace: every visit begins so. */
  get hasVisited(): boolean {
    return this.calls.some(({ name }) => name === 'runtime.probe');
  }

  /** A call waits for its release. */
  get isHeld(): boolean {
    return this.#told.some(({ told }) => told === 'Held');
  }

  /** Lets go of what is held, stopped or cut off. */
  release(): void {
    this.#child.kill('SIGCONT');
    const order: Order = { release: true };
    this.#stdin.write(`${JSON.stringify(order)}\n`);
  }

  /** Asks it to end, and waits; one that does not end in time is killed, and says so by its signal. */
  async stop(): Promise<Ended> {
    this.#child.kill('SIGTERM');
    const timer = new AbortController();
    const late = delay(END_TIMEOUT_MS, undefined, { signal: timer.signal }).then(
      () => this.#child.kill('SIGKILL'),
      () => undefined,
    );
    const ended = await this.exited;
    timer.abort();
    await late;
    return ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  #noteWarnings(): void {
    const { stderr } = this.#child;
    if (stderr === null) return;
    createInterface({ input: stderr }).on('line', (line) => {
      if (WARNING.test(line)) this.#warnings.push(line);
    });
  }

  get #stdin(): Writable {
    if (this.#child.stdin === null) throw new Error('the controller has no stdin');
    return this.#child.stdin;
  }

  #hear(message: Told): void {
    if ('name' in message && message.name === CHECK) this.#count(message);
    if (message.told === 'Armed') {
      this.#told = [];
      this.#isArmed = true;
      return;
    }
    this.#told.push(message);
  }

  #count(message: Extract<Told, Point>): void {
    if (message.told === 'Before') this.#checksBegun += 1;
    else if (message.isWell) this.#checksDone += 1;
    else this.#checksBroken += 1;
  }
}
