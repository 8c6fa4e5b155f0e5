// One case: a story in a workspace of its own, disturbed as told, then held against every oracle.
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../support/wait-for.ts';
import type { Bed } from './bed.ts';
import type { Fault, Point } from './boundaries.ts';
import type { Case, Verdict } from './case.ts';
import type { VersionName } from './content.ts';
import { ControllerProcess } from './controller-process.ts';
import { describe, EndedByItself, STEADY_MS, untilEqual, untilSteady, waitUntil } from './converge.ts';
import { Judge } from './judge.ts';
import { killTargets, processesOf } from './processes.ts';
import { controllerOptions, openStage, type OpenStage } from './stage.ts';
import { bringAbout, litter, requestLook } from './stories.ts';
import { hasArrived, readObjects, worldText, type Objects } from './world.ts';

/** Without faults everything is over much sooner; milliseconds. */
const CONVERGE_MS = 60_000;

const CALM_MS = 400;
const EVENTS_CALM_MS = 3_000;

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
      const world = await this.#end(expected);
      await this.#untilCalm(CALM_MS);
      const { calls } = this.#controller;
      await this.#judge.visits(this.#controller);
      this.#judge.ended(await this.#controller.stop(), this.#controller.log);
      const after = await this.#exactWorld();
      if (after !== world) this.#judge.blame('E', `the visits changed it: ${after}`);
      await this.#judge.remains(story.states[0]);
      return this.#result(world, calls);
    } catch (error) {
      const oracle = error instanceof EndedByItself ? 'F' : 'E';
      this.#judge.blame(oracle, `${describe(error)}${oracle === 'F' ? `: ${this.#controller.log}` : ''}`);
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
      await this.#untilArrived(version);
    }
    await this.#untilCalm(CALM_MS);
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
    if (!/^Kill(Before|After|InTransfer|WhileRunning)$/.test(disturbance.kind)) {
      await waitFor('the disturbed call to end', () => controller.hasEnded(fault));
      if (disturbance.kind === 'Fail' && disturbance.error.sort === 'Permanent') await this.#mend();
      // What follows from it is part of the story; an Event that was not sent is sent again a little later.
      return this.#untilCalm(fault.name.endsWith(' events') ? EVENTS_CALM_MS : CALM_MS);
    }
    await waitFor('the controller to die', () => controller.ended !== undefined);
    this.#judge.died(await controller.exited, controller.log);
    this.#controller = this.#start();
    const [next, ...rest] = later;
    await this.#controller.arm(next);
    if (next !== undefined) await this.#suffer(next, rest);
  }

  /** After a failure that waits for a person somebody has put things right, and asks for a full look. */
  async #mend(): Promise<void> {
    await this.#untilCalm(CALM_MS);
    await requestLook(this.#stage, 'mended');
  }

  /** False when the story has ended, and long ago, without it. */
  async #isMet(): Promise<boolean> {
    let since = performance.now();
    const controller = this.#controller;
    await waitUntil('the disturbance, or the end of the story without it', CONVERGE_MS, () => {
      if (controller.isStruck) return true;
      if (controller.ended !== undefined) throw new EndedByItself();
      if (this.#world() !== this.#case.expected) since = performance.now();
      return performance.now() - since > STEADY_MS;
    });
    return controller.isStruck;
  }

  /** The world when all is over. */
  async #end(expected: string | undefined): Promise<string> {
    const read = () => (this.#controller.ended === undefined ? this.#world() : undefined);
    const isEnd = (): boolean => this.#judge.see() === this.#case.story.states[0];
    if (expected === undefined) return untilSteady(read, isEnd, CONVERGE_MS);
    await untilEqual(expected, read, this.#case.convergeMs ?? CONVERGE_MS);
    return expected;
  }

  /** Nothing has been called for so long, and nothing is under way. */
  async #untilCalm(ms: number): Promise<void> {
    let [calls, since] = [0, performance.now()];
    const controller = this.#controller;
    await waitFor('calm', () => {
      const now = controller.calls.length;
      if (now !== calls || !controller.isIdle) since = performance.now();
      calls = now;
      return controller.ended !== undefined || performance.now() - since > ms;
    });
  }

  async #untilArrived(version: VersionName): Promise<void> {
    const { bed, namespace } = this.#stage;
    await waitUntil(`${version} to be in place`, CONVERGE_MS, () => {
      if (this.#controller.ended !== undefined) throw new EndedByItself();
      return hasArrived(bed.objects.in(namespace), bed.revisions[version]);
    });
  }

  #world(): string {
    const { bed, namespace } = this.#stage;
    return this.#textOf(bed.objects.in(namespace));
  }

  /** By asking the API server itself. */
  async #exactWorld(): Promise<string> {
    const { bed, namespace } = this.#stage;
    return this.#textOf(await readObjects(bed.kube, namespace));
  }

  #textOf(objects: Objects): string {
    const { namespace, place, folder } = this.#stage;
    return worldText(objects, place, { '<folder>': folder, '<namespace>': namespace });
  }
}
