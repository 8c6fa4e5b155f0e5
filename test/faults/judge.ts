// The oracles of RELIABILITY, as code: A the tree, C canaries, D residue, E no change once converged, F no crash.
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../support/wait-for.ts';
import { describePoint } from './boundaries.ts';
import type { ControllerProcess, Ended } from './controller-process.ts';
import { untilCalm } from './converge.ts';
import { beyondAnswers, effectsOf, type Looks } from './looks.ts';
import { canaries, leftovers, strangers } from './place.ts';
import { processesOf } from './processes.ts';
import { Reader } from './reader.ts';
import type { OpenStage } from './stage.ts';
import type { TreeState } from './tree.ts';
import { growth, usageOf, type Usage } from './usage.ts';

export type Oracle = 'A' | 'C' | 'D' | 'E' | 'F';

export interface Finding {
  /** `Harness`: the case could not be run to its end, for a reason of our own. */
  readonly oracle: Oracle | 'Harness';
  readonly message: string;
}

/** Visits after it has converged; so many before something may be held against its growth. */
const VISITS = 10;
const WARM_UP = 2;

/** A look costs a command in the workspace and a question upstream: all ten would cost a third of a case. */
const FULL_LOOKS = 2;

/** Between two visits, so that what follows from one is not taken for an answer to the next; milliseconds. */
const SHORT_CALM_MS = 60;

/** By then the workspace has followed its plugins, and some; milliseconds. */
const FOLLOW_MS = 2_200;
const CALM_MS = 400;

/** A visit begins and ends within this, on a busy machine too; milliseconds. */
const VISIT_MS = 120_000;

/** Commands that are just ending, and what removes their folders; milliseconds. */
const RESIDUE_TIMEOUT_MS = 20_000;

export class Judge {
  readonly #stage: OpenStage;
  readonly #allowed: ReadonlySet<TreeState>;
  readonly #canaries: ReadonlyMap<string, string>;
  readonly #processes: ReadonlySet<number>;
  readonly #findings: Finding[] = [];
  #reader: Reader | undefined;

  /** Before the first controller is started. @param allowed what a reader may see */
  constructor(stage: OpenStage, allowed: ReadonlySet<TreeState>) {
    this.#stage = stage;
    this.#allowed = allowed;
    this.#canaries = canaries(stage.place);
    this.#processes = new Set(this.#running().map(({ pid }) => pid));
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  blame(oracle: Oracle, message: string): void {
    this.#findings.push({ oracle, message });
  }

  /** From here on the agent reads. */
  watch(): void {
    this.#reader = new Reader(this.#stage.place.tree);
  }

  see(): TreeState | undefined {
    return this.#reader?.read();
  }

  close(): void {
    this.#reader?.stop();
  }

  /** A: the old tree or the new one, whole; absent only where the story or the swap mode allows it. */
  tree(): void {
    for (const [state, times] of this.#reader?.seen ?? []) {
      if (!this.#allowed.has(state)) this.blame('A', `the plugin was seen ${times} times as: ${state}`);
    }
  }

  /**
   * E: ten visits of everything find nothing to do. The first and the last are full looks, into the workspace and upstream, that
   * are answered with one write, and no more.
   */
  async visits(controller: ControllerProcess, looks: Looks): Promise<void> {
    await controller.arm(undefined);
    let before: Usage | undefined;
    let answered = Infinity;
    for (let visit = 1; visit <= VISITS; visit++) {
      if (visit === 1 || visit === VISITS) await looks.make(controller, VISIT_MS);
      else await looks.visit(controller, VISIT_MS);
      if (visit === 1) answered = performance.now();
      await untilCalm(controller, SHORT_CALM_MS, VISIT_MS);
      // By then every connection that is kept open has been made.
      if (visit === WARM_UP) before = usageOf(controller.pid);
    }
    await delay(Math.max(0, FOLLOW_MS - (performance.now() - answered)));
    await untilCalm(controller, CALM_MS, VISIT_MS);
    const { writes, changes } = effectsOf(controller.calls);
    const beyond = beyondAnswers(writes, FULL_LOOKS);
    if (beyond.length > 0) this.blame('E', `wrote ${beyond.map(describePoint).join(', ')}`);
    if (changes.length > 0)
      this.blame('E', `changed the workspace: ${changes.map(describePoint).join(', ')}`);
    const after = usageOf(controller.pid);
    for (const grown of growth(before ?? after, after)) this.blame('F', grown);
  }

  /** F: only what was meant to kill it ends it. */
  died({ code, signal }: Ended, log: string): void {
    if (signal !== 'SIGKILL') this.blame('F', `it ended with ${signal ?? code ?? '?'} by itself: ${log}`);
  }

  /** F: nothing that Node itself complains of: listeners that only grow in number, rejections that are handled late. */
  warned(warnings: readonly string[]): void {
    for (const warning of warnings) this.blame('F', `Node warned: ${warning}`);
  }

  /** F: at SIGTERM it ends by itself, in time, with exit code 0. */
  ended({ code, signal }: Ended, log: string): void {
    if (code !== 0) this.blame('F', `at SIGTERM it ended with ${signal ?? code ?? '?'}: ${log}`);
  }

  /** A, C and D, when all is over. */
  async remains(wanted: TreeState): Promise<void> {
    const state = this.see();
    if (state !== wanted) this.blame('A', `in the end the plugin is ${state ?? 'swapped'}, not ${wanted}`);
    this.tree();
    for (const [path, now] of canaries(this.#stage.place)) {
      if (now !== this.#canaries.get(path)) this.blame('C', `${path} was touched: ${now}`);
    }
    for (const path of strangers(this.#stage.place)) this.blame('C', `${path} was written`);
    await waitFor('what is left to go', () => this.#residue().length === 0, RESIDUE_TIMEOUT_MS).catch(() => {
      for (const left of this.#residue()) this.blame('D', left);
    });
  }

  #residue(): readonly string[] {
    const running = this.#running().filter(
      ({ pid, argv }) => !this.#processes.has(pid) && !isContainer(argv),
    );
    return [
      ...running.map(({ pid, argv }) => `process ${pid} is left: ${argv.join(' ').slice(0, 200)}`),
      ...leftovers(this.#stage.place).map((path) => `plugins/${path} is left`),
      ...readdirSync(this.#stage.temporary).map((name) => `temporary ${name} is left`),
    ];
  }

  #running(): ReturnType<typeof processesOf> {
    const { place, folder } = this.#stage;
    return [...processesOf(place.mark), ...(place.mark.startsWith(folder) ? [] : processesOf(folder))];
  }
}

/** What a container is made of, also one that was made again meanwhile. */
function isContainer([program = '', ...rest]: readonly string[]): boolean {
  return (
    program.endsWith('/containerd-shim-runc-v2') ||
    `${program} ${rest.join(' ')}`.startsWith('tail -f /dev/null')
  );
}
