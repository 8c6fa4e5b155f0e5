// One case: a story in a workspace of its own, disturbed as told, then held against every oracle.
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../support/wait-for.ts';
import type { Fault, Point } from './boundaries.ts';
import type { Case, Verdict } from './case.ts';
import { CaseWorld } from './case-world.ts';
import type { VersionName } from './content.ts';
import { ControllerProcess } from './controller-process.ts';
import {
  describe,
  EndedByItself,
  STEADY_MS,
  untilCalm,
  untilEqual,
  untilSteady,
  waitUntil,
} from './converge.ts';
import { DEEDS, type Deed } from './deeds.ts';
import { Judge } from './judge.ts';
import { Looks } from './looks.ts';
import { killTargets, processesOf } from './processes.ts';
import { wrongRestarts } from './restarts.ts';
import { controllerOptions, type OpenStage, type Part } from './stage.ts';
import { bringAbout, litter, requestLook } from './stories.ts';
import type { TreeState } from './tree.ts';
import { Guardian, writesSince } from './usurper.ts';
import { hasArrived, isCounted } from './world.ts';

const CALM_MS = 400;

/** For what is no oracle's business; milliseconds. */
const PATIENCE_MS = 180_000;

/** So often a leader of before has looked at the Lease when it has understood that it is none any more. */
const LOOKS_AT_LEASE = 2;
const EVENTS_CALM_MS = 3_000;

/** Of full looks after which something is still done. */
const MOST_ROUNDS = 5;

export class CaseRun {
  readonly #case: Case;
  readonly #stage: OpenStage;
  readonly #judge: Judge;
  readonly #looks: Looks;
  readonly #world: CaseWorld;
  readonly #controllers: ControllerProcess[] = [];
  #controller: ControllerProcess;
  #reached = true;

  constructor(one: Case, stage: OpenStage) {
    this.#case = one;
    this.#stage = stage;
    this.#judge = new Judge(stage, this.#allowed());
    this.#looks = new Looks(stage);
    this.#world = new CaseWorld(stage, one.expected, this.#controllers);
    this.#controller = this.#start('cache');
  }

  async verdict(): Promise<Omit<Verdict, 'ms'>> {
    const { faults } = this.#case;
    const [fault, ...later] = faults;
    try {
      await this.#tell(fault);
      if (fault !== undefined) await this.#suffer(fault, later);
      const end = await this.#end();
      const { calls } = this.#controller;
      const world = await this.#settled(end);
      await this.#judge.visits(this.#controller, this.#looks);
      this.#judge.ended(await this.#controller.stop(), this.#controller.log);
      const after = await this.#world.exactText();
      if (after !== world) this.#judge.blame('E', `the visits changed it: ${after}`);
      await this.#judge.remains(this.#wanted);
      const wrong = wrongRestarts(this.#case, this.#stage.place.restarts());
      if (wrong !== undefined) this.#judge.blame('E', wrong);
      return this.#result(world, calls);
    } catch (error) {
      const oracle = error instanceof EndedByItself ? 'F' : 'E';
      this.#judge.blame(oracle, `${describe(error)}${oracle === 'F' ? `: ${this.#controller.log}` : ''}`);
      await this.#controller.kill();
      await this.#judge.remains(this.#wanted);
      return this.#result('', []);
    }
  }

  async close(): Promise<void> {
    this.#judge.close();
    await Promise.all(this.#controllers.map(async (one) => one.kill()));
  }

  /** What befalls the world while a call waits, if anything. */
  get #deed(): Deed | undefined {
    const { disturbance } = this.#case.faults[0] ?? {};
    return disturbance?.kind === 'Hold' && this.#reached ? DEEDS[disturbance.deed] : undefined;
  }

  /** What is there in the end. */
  get #wanted(): TreeState {
    const { story } = this.#case;
    return this.#deed?.end?.(story) ?? story.states[0];
  }

  /** What a reader may see. An object that is deleted or replaced, or a workspace that is gone, takes its plugin along. */
  #allowed(): ReadonlySet<TreeState> {
    const { states } = this.#case.story;
    if (this.#deed !== undefined) return new Set([...states, 'v1', 'v2', 'Absent']);
    return new Set(this.#stage.place.exchanges ? states : [...states, 'Absent']);
  }

  #result(world: string, calls: readonly Point[]): Omit<Verdict, 'ms'> {
    for (const { warnings } of this.#controllers) this.#judge.warned(warnings);
    const { findings } = this.#judge;
    const restarts = this.#stage.place.restarts();
    return { findings, reached: this.#reached, calls, world, restarts, log: this.#controller.log };
  }

  #start(cache: Part['cache']): ControllerProcess {
    const { mutations, competes = false } = this.#case;
    const controller = new ControllerProcess(controllerOptions(this.#stage, { mutations, competes, cache }));
    this.#controllers.push(controller);
    return controller;
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
    await story.prepare?.(this.#stage);
    await untilCalm(this.#controller, CALM_MS, PATIENCE_MS);
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
      return controller.arm(undefined);
    }
    const { disturbance } = fault;
    if (disturbance.kind === 'Stop' || disturbance.kind === 'Partition') return this.#usurp();
    if (disturbance.kind === 'Hold') return this.#befall(fault, DEEDS[disturbance.deed]);
    if (disturbance.kind === 'KillCommand') {
      await waitFor('the command to be sent', () => controller.isSent, PATIENCE_MS);
      await delay(disturbance.afterMs);
      killTargets(processesOf(this.#stage.place.mark));
    }
    if (!/^Kill(Before|After|InTransfer|WhileRunning)$/.test(disturbance.kind)) {
      await waitFor('the disturbed call to end', () => controller.hasEnded(fault), PATIENCE_MS);
      if (disturbance.kind === 'Fail' && disturbance.error.sort === 'Permanent') await this.#mend();
      // What follows from it is part of the story; an Event that was not sent is sent again a little later.
      const calmMs = fault.name.endsWith(' events') ? EVENTS_CALM_MS : CALM_MS;
      return untilCalm(controller, calmMs, PATIENCE_MS);
    }
    await waitFor('the controller to die', () => controller.ended !== undefined, PATIENCE_MS);
    this.#judge.died(await controller.exited, controller.log);
    this.#controller = this.#start('cache');
    await this.#controller.arm(later[0]);
    if (later[0] !== undefined) await this.#suffer(later[0], later.slice(1));
  }

  /** Another takes over. The first comes back when all is done, and must leave it so. */
  async #usurp(): Promise<void> {
    const former = this.#controller;
    this.#world.former = former;
    const guardian = new Guardian(former.pid);
    try {
      const usurper = this.#start('cache-of-usurper');
      this.#controller = usurper;
      await usurper.arm(undefined);
      const leads = (): boolean => usurper.calls.some(({ name }) => name === 'runtime.probe');
      await waitFor('the other to lead', leads, PATIENCE_MS);
      await this.#settled(await this.#end());
      const begun = former.calls.length;
      former.release();
      const looks = (): number =>
        former.calls.slice(begun).filter(({ name }) => name === 'kube.get leases').length;
      await waitFor('the former leader to understand', () => looks() > LOOKS_AT_LEASE, PATIENCE_MS);
      const writes = writesSince(former, begun);
      if (writes.length > 0) this.#judge.blame('E', `the former leader wrote ${writes.join(', ')}`);
      if ((await this.#world.exactText()) !== this.#case.expected)
        this.#judge.blame('E', `the former leader changed it: ${await this.#world.exactText()}`);
      this.#judge.ended(await former.stop(), former.log);
    } finally {
      await guardian.dismiss();
    }
  }

  /** The call waits while something happens, and then has its way. */
  async #befall(fault: Fault, deed: Deed): Promise<void> {
    const controller = this.#controller;
    await waitFor('the call to be held', () => controller.isHeld, PATIENCE_MS);
    await deed.act(this.#stage);
    controller.release();
    await waitFor('the held call to end', () => controller.hasEnded(fault), PATIENCE_MS);
    await untilCalm(this.#controller, CALM_MS, PATIENCE_MS);
    await deed.follow(this.#stage);
  }

  /** After a failure that waits for a person somebody has put things right, and asks for a full look. */
  async #mend(): Promise<void> {
    await untilCalm(this.#controller, CALM_MS, PATIENCE_MS);
    await requestLook(this.#stage, 'mended');
  }

  /** False when the story has ended, and long ago, without it. */
  async #isMet(): Promise<boolean> {
    let since = performance.now();
    const controller = this.#controller;
    await waitUntil('the disturbance, or the end of the story without it', PATIENCE_MS, () => {
      if (controller.isStruck) return true;
      if (controller.ended !== undefined) throw new EndedByItself();
      if (this.#world.text() !== this.#case.expected || !controller.hasVisited) since = performance.now();
      return performance.now() - since > STEADY_MS;
    });
    return controller.isStruck;
  }

  /**
   * The world when nothing is left to be done, whenever it would have been due: counts that follow, another attempt, a
   * first visit. Until then a world may be as it must be in the end by chance, or because it has been so from the beginning.
   */
  async #settled(end: string): Promise<string> {
    let world = end;
    for (let round = 1; ; round += 1) {
      const isDone = await this.#looks.areAllThatIsDue(this.#controller, CALM_MS, this.#limitMs);
      const after = await this.#world.exactText();
      if (isDone && after === world) return world;
      world = await this.#end();
      // What never comes to rest is told by the visits that follow.
      if (round === MOST_ROUNDS) return world;
    }
  }

  get #limitMs(): number {
    return this.#case.convergeMs ?? PATIENCE_MS;
  }

  /** As expected; or, where nothing is expected, as it stays. */
  async #end(): Promise<string> {
    const { expected } = this.#case;
    const read = () => (this.#controller.ended === undefined ? this.#world.text() : undefined);
    const limitMs = this.#limitMs;
    if (this.#deed?.end !== undefined) return untilSteady(read, () => this.#isOver(), limitMs);
    if (expected === undefined) {
      const isEnd = (): boolean => this.#judge.see() === this.#wanted && isCounted(this.#world.objects);
      return untilSteady(read, isEnd, limitMs);
    }
    await untilEqual(expected, read, limitMs);
    return expected;
  }

  /** The object is gone with its plugin, or it is there with its finalizer and what it wants. */
  #isOver(): boolean {
    const [objects, wanted] = [this.#world.objects, this.#wanted];
    if (this.#judge.see() !== wanted) return false;
    if (wanted !== 'v1' && wanted !== 'v2') return objects.plugin === undefined;
    const isHeld = objects.plugin?.metadata.finalizers?.length === 1;
    return isHeld && hasArrived(objects, this.#stage.bed.revisions[wanted]);
  }

  async #untilArrived(version: VersionName): Promise<void> {
    await waitUntil(`${version} to be in place`, PATIENCE_MS, () => {
      if (this.#controller.ended !== undefined) throw new EndedByItself();
      return hasArrived(this.#world.objects, this.#stage.bed.revisions[version]);
    });
  }
}
