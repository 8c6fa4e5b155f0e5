// One question and its answer: runs the target program once, or twice where something has to be recovered first.
import type { Clock } from '../clock.ts';
import { PermanentError, TransientError } from '../errors.ts';
import type { Fields, Logger } from '../logger.ts';
import type { CommandResult, Runtime } from '../runtimes/runtime.ts';
import { parseAnswer, type Answer, type Result } from './answer.ts';
import { alreadyManaged, parseClaim, type Claim, type Claimant } from './claim.ts';
import { targetCommand } from './program.ts';
import {
  checkSeconds,
  encodeBatch,
  MAX_SECONDS,
  payloadBytes,
  type Batch,
  type Operation,
  type RestartOutcome,
  type Ticket,
} from './protocol.ts';
import type { Epoch, Listing, Look, Overrule, SwapMode } from './target.ts';

export interface Question {
  readonly operations: readonly Operation[];
  readonly looks: readonly string[];
  readonly list: boolean;
}

export interface Found {
  readonly kind: Batch['kind'];
  readonly results: readonly Result[];
  /** By plugin, what could not be cleaned up outside of its folder, in words. */
  readonly uncleaned: ReadonlyMap<string, readonly string[]>;
  readonly looks: ReadonlyMap<string, Look>;
  readonly listing: Listing | undefined;
}

/** What one run of the workspace is known to be able to. */
interface Known {
  swapMode: SwapMode | undefined;
}

/** A batch, and what is known of the run of the workspace that it began in. */
interface Command extends Batch {
  readonly known: Known;
}

/** What a command without payload may take; hashing 100 MiB on a slow disk is within. */
const BASE_SECONDS = 60;

/** A payload slower than this is given up. */
const BYTES_A_SECOND = 512 * 1024;

/** The program ends itself before the runtime gives it up, so that it can still be told what failed; milliseconds. */
const GRACE_MS = 5_000;

export class Target {
  readonly #runtime: Runtime;
  readonly #epoch: () => Epoch;
  readonly #overrule: Overrule;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #claimant: Claimant | undefined;
  readonly #argv = targetCommand();
  #former: Claim | undefined;
  #known: Known = { swapMode: undefined };
  #sequence = 0;

  constructor(options: {
    runtime: Runtime;
    epoch: () => Epoch;
    overrule?: Overrule;
    clock: Clock;
    logger: Logger;
    claimant: Claimant | undefined;
  }) {
    this.#runtime = options.runtime;
    this.#epoch = options.epoch;
    this.#overrule = options.overrule ?? (() => Promise.resolve(false));
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#claimant = options.claimant;
  }

  /** The workspace was replaced or started again: what it can do, and whose it was, is asked anew. */
  renew(): void {
    this.#known = { swapMode: undefined };
    this.#former = undefined;
  }

  /** @throws whatever the runtime throws, and what the program refuses the whole batch with */
  async ask(question: Question, signal: AbortSignal): Promise<Found> {
    const kind = question.operations.length === 0 ? 'look' : 'change';
    const batch = this.#batch(kind, question);
    const answer = await this.#runClaiming(batch, signal);
    if (kind === 'change' || !answer.leftovers) return this.#found(batch, answer);
    try {
      return await this.#askAs('change', question, signal);
    } catch (error) {
      if (!isRefused(error) || isHalfDone(answer)) throw error;
      return this.#found(batch, answer);
    }
  }

  /** As `ask`, but what was cut short is finished in any case, and an older ticket than the workspace's is refused. */
  async recover(looks: readonly string[], signal: AbortSignal): Promise<Found> {
    return this.#askAs('change', { operations: [], looks, list: true }, signal);
  }

  /** As `recover`, and records what came of a restart, or of a proof, for every plugin that waits for it. */
  async record(restart: RestartOutcome, looks: readonly string[], signal: AbortSignal): Promise<Found> {
    const batch = this.#batch('change', { operations: [], looks, list: true });
    const told = { ...batch, restart };
    return this.#found(told, await this.#runClaiming(told, signal));
  }

  async #askAs(kind: Batch['kind'], question: Question, signal: AbortSignal): Promise<Found> {
    const batch = this.#batch(kind, question);
    return this.#found(batch, await this.#runClaiming(batch, signal));
  }

  /** Takes our claim away where nothing of ours is left; where there is none, nothing is touched. */
  async release(signal: AbortSignal): Promise<void> {
    const batch = this.#batch('release', { operations: [], looks: [], list: false });
    await this.#run({ ...batch, former: undefined }, signal);
  }

  /** Takes over from an owner that is gone. @throws PermanentError `AlreadyManaged` for one that is not */
  async #runClaiming(batch: Command, signal: AbortSignal): Promise<Answer> {
    try {
      return await this.#run(batch, signal);
    } catch (error) {
      const former = await this.#formerOwner(error, signal);
      if (former === undefined) throw error;
      this.#former = former;
      return this.#run({ ...batch, former }, signal);
    }
  }

  async #formerOwner(error: unknown, signal: AbortSignal): Promise<Claim | undefined> {
    if (!(error instanceof PermanentError) || error.reason !== 'AlreadyManaged') return undefined;
    const other = parseClaim(error.message);
    if (other === undefined || this.#claimant === undefined) return undefined;
    const { claim } = this.#claimant;
    if (other.cluster === claim.cluster && (await this.#claimant.isGone(other, signal))) return other;
    throw alreadyManaged(other, claim, this.#runtime.pluginsPath);
  }

  #batch(kind: Batch['kind'], question: Question): Command {
    const bytes = question.operations.reduce((sum, operation) => sum + payloadBytes(operation), 0);
    const checks = question.operations.flatMap((one) =>
      one.kind === 'check' ? [checkSeconds(one.request)] : [],
    );
    const longest = checks.reduce((sum, seconds) => sum + seconds, BASE_SECONDS);
    return {
      ...question,
      kind,
      claim: this.#claimant?.claim,
      former: this.#former,
      pluginsPath: this.#runtime.pluginsPath,
      time: this.#clock.now(),
      seconds: Math.min(MAX_SECONDS, longest + Math.ceil(bytes / BYTES_A_SECOND)),
      restarts: this.#runtime.restarts,
      ticket: this.#ticket(),
      mode: question.list && this.#known.swapMode === undefined,
      known: this.#known,
    };
  }

  /** The sequence follows the clock, so that a later session of the same leader goes on where this one ends. */
  #ticket(): Ticket {
    this.#sequence = Math.max(this.#sequence + 1, this.#clock.now().getTime());
    return { ...this.#epoch(), sequence: this.#sequence };
  }

  /** A newer ticket than ours is overruled where those who know say so: clocks may have been set back. */
  async #run(batch: Command, signal: AbortSignal): Promise<Answer> {
    try {
      return await this.#runOnce(batch, signal);
    } catch (error) {
      const isStale = error instanceof TransientError && error.reason === 'StaleTicket';
      if (!isStale || !(await this.#overrule(signal))) throw error;
      return this.#runOnce({ ...batch, ticket: this.#ticket(), overrules: true }, signal);
    }
  }

  async #runOnce(batch: Command, signal: AbortSignal): Promise<Answer> {
    this.#logger.debug('asks a workspace', countsOf(batch));
    const result = await this.#runtime.run({
      argv: this.#argv,
      stdin: encodeBatch(batch),
      timeoutMs: batch.seconds * 1000 + GRACE_MS,
      signal,
    });
    checkExit(result);
    const answer = parseAnswer(result.stdout.toString('utf8'), batch);
    const used = answer.results.flatMap((one) =>
      one.ok && one.swapMode !== undefined ? [one.swapMode] : [],
    );
    batch.known.swapMode = used.at(-1) ?? answer.swapMode ?? batch.known.swapMode;
    return answer;
  }

  #found(batch: Command, answer: Answer): Found {
    const { time } = batch;
    const looks = new Map([...answer.looks].map(([name, plugin]) => [name, { time, plugin }]));
    const { swapMode } = batch.known;
    const listing =
      batch.list && swapMode !== undefined ? { time, swapMode, folders: answer.folders } : undefined;
    return { kind: batch.kind, results: answer.results, uncleaned: answer.uncleaned, looks, listing };
  }
}

/** What a command is for, and of how many plugins. */
function countsOf({ kind, restart, operations, looks }: Batch): Fields {
  return { kind: restart?.tried ?? kind, operations: operations.length, looks: looks.length };
}

/** Recovering was refused by the state of the workspace, not by the way to it: what was seen before it still holds. */
function isRefused(error: unknown): boolean {
  const isOurs = error instanceof PermanentError || error instanceof TransientError;
  return isOurs && ['NotWritable', 'NoSpace', 'Locked', 'StaleTicket'].includes(error.reason);
}

/** What is absent may be about to come back: a change that was cut short between two renames is no loss of a plugin. */
function isHalfDone({ looks }: Answer): boolean {
  return [...looks.values()].some(({ state }) => state === 'Absent');
}

function checkExit({ exitCode, stderr }: CommandResult): void {
  if (exitCode === 0) return;
  const said = stderr
    .toString('utf8')
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, 400);
  if (exitCode === 126 || exitCode === 127) {
    throw new PermanentError('TargetToolMissing', `the workspace cannot run sh: ${said}`);
  }
  const how = exitCode > 128 ? `was ended by signal ${exitCode - 128}` : `ended with exit code ${exitCode}`;
  throw new TransientError(
    'InvalidAnswer',
    `the command in the workspace ${how}${said === '' ? '' : `: ${said}`}`,
  );
}
