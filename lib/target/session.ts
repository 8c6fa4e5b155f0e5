// The session: serialises the commands of one workspace, and lets what is asked at the same time share one command.
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { Caller, whenAllGone } from './caller.ts';
import type { Claimant } from './claim.ts';
import { Gathering } from './gathering.ts';
import { Memory } from './memory.ts';
import { settleAsked, settleChange } from './outcome.ts';
import type { ChangeOperation } from './protocol.ts';
import { isAnswered, isEmpty, split, type Round } from './round.ts';
import { finishSteps, splitSteps, type Step, type StepTools, type StepWait } from './steps.ts';
import { Target, type Found } from './exchange.ts';
import { Restarts } from './restarts.ts';
import type {
  Change,
  CheckRequest,
  Epoch,
  InstallRequest,
  Listing,
  Look,
  RemoveRequest,
  RestoreRequest,
  Session,
  SettleRequest,
} from './target.ts';

export interface SessionOptions {
  readonly runtime: Runtime;
  readonly epoch: () => Epoch;
  /** Without it a newer ticket is never overruled. */
  readonly overrule?: (signal: AbortSignal) => Promise<boolean>;
  /** Who the workspace is claimed for; undefined: it is left unclaimed. */
  readonly claimant?: Claimant;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createSession(options: SessionOptions): Session {
  return new TargetSession(options);
}

/** How long an idle session waits for company before its next command; milliseconds. */
const COMPANY_MS = 10;

/** A restart waits this long for changes that would need another; milliseconds. */
const RESTART_COMPANY_MS = 300;

class TargetSession implements Session {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #target: Target;
  readonly #memory: Memory;
  readonly #gathering: Gathering;
  readonly #stepTools: Omit<StepTools, 'signal'>;
  #waiting: Round = { looks: [], lists: [], changes: [] };
  #steps: readonly StepWait[] = [];
  #isRunning = false;

  constructor(options: SessionOptions) {
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#memory = new Memory(options.clock);
    this.#gathering = new Gathering({
      ...{ clock: options.clock, memory: this.#memory, waiting: () => this.#waiting },
    });
    this.#target = new Target({ ...options, claimant: options.claimant });
    this.#stepTools = {
      target: this.#target,
      restarts: new Restarts({ ...options, target: this.#target }),
      memory: this.#memory,
      rememberer: () => this.#rememberer(),
      renew: (instance) => {
        this.renew(instance);
      },
    };
  }

  async look(request: { plugin: string; notOlderThan: Date; signal: AbortSignal }): Promise<Look> {
    request.signal.throwIfAborted();
    const { plugin, notOlderThan } = request;
    this.#memory.add(plugin);
    const seen = this.#memory.look(plugin);
    if (seen !== undefined && seen.time >= notOlderThan) return seen;
    const caller = new Caller<Look>(request.signal);
    this.#wait({ looks: [{ plugin, notOlderThan, caller }] });
    return caller.promise;
  }

  async list(request: Parameters<Session['list']>[0]): Promise<Listing> {
    request.signal.throwIfAborted();
    const { notOlderThan, beside = [] } = request;
    const { listing } = this.#memory;
    if (listing !== undefined && listing.time >= notOlderThan) return listing;
    for (const plugin of beside) this.#memory.add(plugin);
    const caller = new Caller<Listing>(request.signal);
    this.#wait({ lists: [{ notOlderThan, caller }] });
    return caller.promise;
  }

  async install(request: InstallRequest, signal: AbortSignal): Promise<Change> {
    return this.#change({ kind: 'install', request }, signal);
  }

  async restore(request: RestoreRequest, signal: AbortSignal): Promise<Change> {
    return this.#change({ kind: 'restore', request }, signal);
  }

  async remove(request: RemoveRequest, signal: AbortSignal): Promise<Change> {
    return this.#change({ kind: 'remove', request }, signal);
  }

  async restart(request: { plugin: string }, signal: AbortSignal): Promise<Look> {
    return this.#step({ kind: 'restart', request }, signal);
  }

  async prove(request: { plugin: string }, signal: AbortSignal): Promise<Look> {
    return this.#step({ kind: 'prove', request }, signal);
  }

  async check(request: CheckRequest, signal: AbortSignal): Promise<Look> {
    return this.#step({ kind: 'check', request }, signal);
  }

  async settle(request: SettleRequest, signal: AbortSignal): Promise<Look> {
    return this.#step({ kind: 'settle', request }, signal);
  }

  forget(plugin: string): void {
    this.#memory.forget(plugin);
  }

  get instance(): string | undefined {
    return this.#memory.instance;
  }

  renew(instance: string | undefined): void {
    this.#memory.renew(instance);
    this.#target.renew();
  }

  async release(signal: AbortSignal): Promise<void> {
    await this.#target.release(signal);
  }

  async #change(operation: ChangeOperation, signal: AbortSignal): Promise<Change> {
    signal.throwIfAborted();
    const caller = new Caller<Change>(signal);
    this.#wait({ changes: [{ operation, caller }] });
    return caller.promise;
  }

  async #step(step: Step, signal: AbortSignal): Promise<Look> {
    signal.throwIfAborted();
    const caller = new Caller<Look>(signal);
    this.#steps = [...this.#steps, { step, caller }];
    this.#start();
    return caller.promise;
  }

  #wait(more: Partial<Round>): void {
    const { looks, lists, changes } = this.#waiting;
    this.#waiting = {
      looks: [...looks, ...(more.looks ?? [])],
      lists: [...lists, ...(more.lists ?? [])],
      changes: [...changes, ...(more.changes ?? [])],
    };
    this.#gathering.arrived();
    this.#start();
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    await this.#clock.sleep(COMPANY_MS);
    let crowd = false;
    // Nothing is awaited between the last round, an empty one, and the end: who asks then starts anew.
    for (;;) {
      await this.#company(crowd);
      const round = this.#takeRound();
      crowd = round.changes.length > 1;
      if (!isEmpty(round)) await this.#settle(round);
      // All changes go first; a look waits for one step at most, and a step for one command of looks.
      if (this.#waiting.changes.length > 0) continue;
      const steps = this.#takeSteps();
      if (steps.length > 0) await this.#finish(steps);
      else if (isEmpty(round)) break;
    }
    this.#isRunning = false;
  }

  /** @param late the round before had several changes, of which some may be late */
  async #company(late: boolean): Promise<void> {
    if (this.#steps[0]?.step.kind === 'restart' && this.#waiting.changes.length === 0) {
      await this.#clock.sleep(RESTART_COMPANY_MS);
    }
    await this.#gathering.wait(late);
  }

  /** Everybody who still waits for more than is known by now, but one change a plugin, and no more payload than fits. */
  #takeRound(): Round {
    const { looks, lists, changes } = this.#waiting;
    const [now, later] = split(changes.filter(({ caller }) => !caller.isGone));
    this.#waiting = { looks: [], lists: [], changes: later };
    return {
      looks: looks.filter((wait) => !wait.caller.isGone && !isAnswered(wait, this.#memory.look(wait.plugin))),
      lists: lists.filter((wait) => !wait.caller.isGone && !isAnswered(wait, this.#memory.listing)),
      changes: now,
    };
  }

  #takeSteps(): readonly StepWait[] {
    const [now, later] = splitSteps(this.#steps.filter(({ caller }) => !caller.isGone));
    this.#steps = later;
    return now;
  }

  /** Never rejects: every failure goes to the callers of this round. */
  async #settle(round: Round): Promise<void> {
    const callers = [...round.looks, ...round.lists, ...round.changes].map(({ caller }) => caller);
    await this.#serve(callers, async (signal) => {
      const remember = this.#rememberer();
      const found = await this.#ask(round, signal);
      remember(found);
      this.#answer(round, found);
    });
  }

  /** Never rejects, as `#settle`. */
  async #finish(steps: readonly StepWait[]): Promise<void> {
    const callers = steps.map(({ caller }) => caller);
    await this.#serve(callers, async (signal) => {
      await finishSteps(steps, { ...this.#stepTools, signal });
    });
  }

  async #serve(
    callers: readonly Pick<Caller<unknown>, 'isGone' | 'onGone' | 'reject'>[],
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const abort = new AbortController();
    const done = whenAllGone(callers, abort);
    try {
      await work(abort.signal);
    } catch (error) {
      this.#memory.clear();
      for (const caller of callers) caller.reject(error);
    } finally {
      done();
    }
  }

  /** A look covers every plugin asked about so far; a change the plugins concerned. Both make the listing anew. */
  async #ask(round: Round, signal: AbortSignal): Promise<Found> {
    const operations = round.changes.map(({ operation }) => operation);
    const asked = round.looks.map(({ plugin }) => plugin);
    const concerned = [...asked, ...operations.map(({ request }) => request.plugin)];
    const isLook = operations.length === 0;
    const looks = [...new Set(isLook ? [...asked, ...this.#memory.plugins] : concerned)];
    return this.#target.ask({ operations, looks, list: true }, signal);
  }

  #rememberer(): (found: Found) => void {
    const keep = this.#memory.keeper();
    return (found) => {
      this.#warn(found);
      keep(found);
    };
  }

  #warn({ uncleaned }: Found): void {
    for (const [plugin, words] of uncleaned) {
      this.#logger.warn('A plugin has left something behind that cannot be cleaned up.', { plugin, words });
    }
  }

  #answer(round: Round, found: Found): void {
    for (const { plugin, caller } of round.looks) settleAsked(caller, found.looks.get(plugin));
    for (const { caller } of round.lists) settleAsked(caller, found.listing);
    for (const [index, { operation, caller }] of round.changes.entries()) {
      settleChange(caller, operation, found, index);
    }
  }
}
