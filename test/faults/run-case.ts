// One case: a story in a workspace of its own, disturbed as told, then held against every oracle.
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../support/wait-for.ts';
import type { Bed } from './bed.ts';
import { describeFault, type Fault, type Point } from './boundaries.ts';
import { ControllerProcess } from './controller-process.ts';
import { Judge, type Finding } from './judge.ts';
import type { PlaceKind } from './place.ts';
import { killTargets, processesOf } from './processes.ts';
import { controllerOptions, openStage, type OpenStage } from './stage.ts';
import { bringAbout, litter, type Story } from './stories.ts';
import { hasArrived, readObjects, worldText } from './world.ts';

export interface Case {
  /** Of the matrix. */
  readonly row: number;
  readonly place: PlaceKind;
  readonly story: Story;
  /** One for each controller in turn; the next one is started when the one before was killed. */
  readonly faults: readonly Fault[];
  /** The world as an undisturbed run leaves it; undefined for that run itself. */
  readonly expected: string | undefined;
  /** Patches of the product's source, as mutate.ts takes them; undefined for the product as it is. */
  readonly mutations: string | undefined;
}

export interface Verdict {
  /** Empty: it holds. */
  readonly findings: readonly Finding[];
  /** Every disturbance was met. */
  readonly reached: boolean;
  /** The calls of an undisturbed run. */
  readonly calls: readonly Point[];
  readonly world: string;
  /** The end of what the last controller logged. */
  readonly log: string;
}

export function nameOf({ row, place, story, faults }: Case): string {
  return [`row ${row}`, place, story.name, ...faults.map(describeFault)].join(' | ');
}

/** Oracle E: after the faults stop it converges within this. */
const CONVERGE_MS = 60_000;

/** A world that stays as it is for so long is the end of an undisturbed run: counts follow within two seconds. */
const STEADY_MS = 2_600;

const CALM_MS = 300;
const POLL_MS = 100;

export async function runCase(bed: Bed, one: Case): Promise<Verdict> {
  const stage = await openStage(bed, one.place);
  const run = new CaseRun(one, stage);
  try {
    return await run.verdict();
  } finally {
    await run.close();
    await stage.close();
  }
}

class CaseRun {
  readonly #case: Case;
  readonly #stage: OpenStage;
  readonly #judge: Judge;
  #controller: ControllerProcess;
  #reached = true;

  constructor(one: Case, stage: OpenStage) {
    this.#case = one;
    this.#stage = stage;
    this.#judge = new Judge(stage, one.story);
    this.#controller = this.#start();
  }

  async verdict(): Promise<Verdict> {
    const { story, faults, expected } = this.#case;
    const [fault, ...later] = faults;
    try {
      await this.#tell(fault);
      if (fault !== undefined) await this.#suffer(fault, later);
      const world = await (expected === undefined ? this.#untilSteady() : this.#untilEqual(expected));
      const { calls } = this.#controller;
      await this.#judge.visits(this.#controller);
      this.#judge.ended(await this.#controller.stop(), this.#controller.log);
      if ((await this.#world()) !== world)
        this.#judge.blame('E', `the visits changed it: ${await this.#world()}`);
      await this.#judge.remains(story.states[0]);
      return this.#result(world, calls);
    } catch (error) {
      this.#judge.blame('E', describe(error));
      await this.#controller.kill();
      await this.#judge.remains(story.states[0]);
      return this.#result('', []);
    }
  }

  async close(): Promise<void> {
    this.#judge.close();
    await this.#controller.kill();
  }

  #result(world: string, calls: readonly Point[]): Verdict {
    const { findings } = this.#judge;
    return { findings, reached: this.#reached, calls, world, log: this.#controller.log };
  }

  #start(): ControllerProcess {
    return new ControllerProcess(controllerOptions(this.#stage, this.#case.mutations));
  }

  /** Up to the moment from which on the controller is disturbed. */
  async #tell(fault: Fault | undefined): Promise<void> {
    const { story } = this.#case;
    if (story.before.length === 0) {
      await story.act(this.#stage);
      this.#judge.watch();
      return this.#controller.arm(fault);
    }
    await this.#controller.arm(undefined);
    for (const version of story.before) {
      await bringAbout(this.#stage, version);
      await waitFor(`${version} to be in place`, async () => this.#hasArrived(version), CONVERGE_MS);
    }
    await this.#untilCalm();
    if (story.littered) litter(this.#stage);
    await this.#controller.arm(fault);
    await story.act(this.#stage);
    this.#judge.watch();
  }

  /** Lets the fault happen; one that kills brings in the next controller, with the next fault. */
  async #suffer(fault: Fault, later: readonly Fault[]): Promise<void> {
    const controller = this.#controller;
    if (!(await this.#isMet())) {
      this.#reached = false;
      return;
    }
    const { disturbance } = fault;
    if (disturbance.kind === 'KillCommand') {
      await waitFor('the command to be sent', () => controller.isSent);
      await delay(disturbance.afterMs);
      killTargets(processesOf(this.#stage.place.mark));
    }
    if (!/^Kill(Before|After|InTransfer|WhileRunning)$/.test(disturbance.kind)) return;
    await waitFor('the controller to die', () => controller.ended !== undefined);
    this.#judge.died(await controller.exited, controller.log);
    this.#controller = this.#start();
    const [next, ...rest] = later;
    await this.#controller.arm(next);
    if (next !== undefined) await this.#suffer(next, rest);
  }

  /** False when the story has ended, and long ago, without it. */
  async #isMet(): Promise<boolean> {
    let since = performance.now();
    return waitFor(
      'the disturbance, or the end of the story without it',
      async () => {
        if (this.#controller.isStruck) return { met: true };
        if (this.#controller.ended !== undefined)
          throw new Error(`the controller ended: ${this.#controller.log}`);
        if ((await this.#world()) !== this.#case.expected) since = performance.now();
        return performance.now() - since > STEADY_MS && { met: false };
      },
      CONVERGE_MS,
    ).then(({ met }) => met);
  }

  async #untilEqual(expected: string): Promise<string> {
    let last = '';
    const isEqual = async (): Promise<boolean> => {
      this.#throwIfEnded();
      last = await this.#world();
      await delay(POLL_MS);
      return last === expected;
    };
    await waitFor('the world to be as without faults', isEqual, CONVERGE_MS).catch((error: unknown) => {
      throw new Error(`${describe(error)}: ${difference(expected, last)}`);
    });
    return last;
  }

  async #untilSteady(): Promise<string> {
    let [last, since] = ['', performance.now()];
    const isSteady = async (): Promise<boolean> => {
      this.#throwIfEnded();
      const world = await this.#world();
      if (world !== last || this.#judge.see() !== this.#case.story.states[0]) since = performance.now();
      last = world;
      await delay(POLL_MS);
      return performance.now() - since > STEADY_MS;
    };
    await waitFor('an end of the undisturbed story', isSteady, CONVERGE_MS).catch((error: unknown) => {
      throw new Error(`${describe(error)}: ${last}`);
    });
    return last;
  }

  async #untilCalm(): Promise<void> {
    let [calls, since] = [0, performance.now()];
    await waitFor('calm', () => {
      const now = this.#controller.calls.length;
      if (now !== calls) since = performance.now();
      calls = now;
      return performance.now() - since > CALM_MS;
    });
  }

  async #hasArrived(version: 'v1' | 'v2'): Promise<boolean> {
    this.#throwIfEnded();
    const { bed, namespace } = this.#stage;
    return hasArrived(await readObjects(bed.kube, namespace), bed.revisions[version]);
  }

  #throwIfEnded(): void {
    const { ended, log } = this.#controller;
    if (ended === undefined) return;
    this.#judge.blame(
      'F',
      `the controller ended by itself with ${ended.signal ?? ended.code ?? '?'}: ${log}`,
    );
    throw new Error('the controller ended by itself');
  }

  async #world(): Promise<string> {
    const { bed, namespace, place, folder } = this.#stage;
    return worldText(await readObjects(bed.kube, namespace), place, {
      '<folder>': folder,
      '<namespace>': namespace,
    });
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${describe(error.cause)})`;
}

/** The lines in which two worlds differ. */
function difference(expected: string, found: string): string {
  const [wanted, there] = [expected.split('\n'), found.split('\n')];
  const missing = wanted.filter((line) => !there.includes(line)).map((line) => `missing ${line.trim()}`);
  const extra = there.filter((line) => !wanted.includes(line)).map((line) => `found ${line.trim()}`);
  return [...missing, ...extra].join('; ').slice(0, 1_500);
}
