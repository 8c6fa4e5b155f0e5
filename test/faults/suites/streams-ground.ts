// The workspace of one case of row 15: what stands in it before a change and after, and what must hold when its streams fail.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { mkdir } from 'node:fs/promises';
import { expect } from 'chai';
import { PermanentError, TransientError } from '../../../lib/errors.ts';
import type { Command, CommandResult, Runtime } from '../../../lib/runtimes/runtime.ts';
import { measured } from '../../integration/target/cut.ts';
import {
  copyWorkspace,
  liveOf,
  resetWorkspace,
  stateOf,
  type DiskState,
} from '../../integration/target/disk-state.ts';
import { openSession, owner, type Stand } from '../../integration/target/stand.ts';
import { waitFor } from '../../support/wait-for.ts';
import { change } from './streams-change.ts';

/** The deadline of a command whose far end never ends, and of any other; milliseconds. */
const SHORT_MS = 3_000;
export const LONG_MS = 12_000;

/** How much later it may be seen to have settled, on a busy machine; milliseconds. */
const MARGIN_MS = 6_000;

const RECOVERY_MS = 120_000;

/** What may be said of streams that fail. Never that the workspace is gone, or lacks something. */
const SAID =
  /^(done|TransientError (WorkspaceUnreachable|InvalidAnswer|VerifyFailed)|PermanentError AnswerTooLong)$/;

export class Ground {
  readonly workspace: string;
  readonly healthy: Runtime;
  /** What an undisturbed change reads from its stdin. */
  bytes = 0;
  readonly #start: string;
  #old = '';
  #end: DiskState | undefined;

  private constructor(folder: string, stand: Stand) {
    this.workspace = join(folder, 'workspace');
    this.#start = join(folder, 'start');
    this.healthy = stand.open(this.workspace);
  }

  /** The first version is installed; what the second one leaves behind is known. */
  static async lay(stand: Stand, name: string): Promise<Ground> {
    const folder = join(stand.folder, name);
    await mkdir(folder);
    const ground = new Ground(folder, stand);
    await resetWorkspace(ground.workspace, owner);
    await change(openSession(ground.healthy), 1);
    await copyWorkspace(ground.workspace, ground.#start);
    ground.#old = await liveOf(ground.workspace);
    const { measuring, bytes } = measured(ground.healthy);
    await change(openSession(measuring), 2);
    ground.bytes = bytes();
    ground.#end = await stateOf(ground.workspace);
    expect(ground.#end.residue).to.deep.equal([]);
    return ground;
  }

  get pluginsPath(): string {
    return this.healthy.pluginsPath;
  }

  /** The change by that way, when nothing fails. */
  async undisturbed(runtime: Runtime): Promise<void> {
    await resetWorkspace(this.workspace, owner, this.#start);
    await change(openSession(runtime), 2);
    expect(await stateOf(this.workspace)).to.deep.equal(this.#end);
  }

  /** The change by a way that fails; then, when all is well again, once more. */
  async suffer(broken: Runtime, what: string, isEndless: boolean): Promise<void> {
    await resetWorkspace(this.workspace, owner, this.#start);
    const limitMs = isEndless ? SHORT_MS : LONG_MS;
    const begun = performance.now();
    const said = await outcomeOf(change(openSession(limited(broken, limitMs)), 2));
    const ms = performance.now() - begun;
    expect(said, what).to.match(SAID);
    expect(ms, `ms until it settled: ${what}`).to.be.below(limitMs + MARGIN_MS);
    if (said === 'done') expect(await stateOf(this.workspace), what).to.deep.equal(this.#end);
    else expect([this.#old, this.#end?.live], `${what}: ${said}`).to.include(await liveOf(this.workspace));
    await this.#recover(`${what}: ${said}`);
  }

  /** What the far end still does may be in the way for a while. */
  async #recover(what: string): Promise<void> {
    const isMade = async (): Promise<boolean> =>
      (await outcomeOf(change(openSession(this.healthy), 2))) === 'done';
    await waitFor(`the change to be made after ${what}`, isMade, RECOVERY_MS);
    const isEnd = async (): Promise<boolean> => isDeepStrictEqual(await stateOf(this.workspace), this.#end);
    await waitFor('the end', isEnd).catch(async () => {
      expect(await stateOf(this.workspace), what).to.deep.equal(this.#end);
    });
  }
}

/** Its commands have this deadline, or an earlier one. */
export function limited(runtime: Runtime, limitMs: number): Runtime {
  const run = async (command: Command): Promise<CommandResult> =>
    runtime.run({ ...command, timeoutMs: Math.min(command.timeoutMs, limitMs) });
  return {
    ...{ kind: runtime.kind, pluginsPath: runtime.pluginsPath, restarts: runtime.restarts, run },
    probe: async (signal) => runtime.probe(signal),
    restart: async (signal) => runtime.restart(signal),
  };
}

/** `done`, or the sort of failure and its reason; anything else as it was thrown. */
async function outcomeOf(acting: Promise<void>): Promise<string> {
  return acting.then(
    () => 'done',
    (error: unknown) =>
      error instanceof TransientError || error instanceof PermanentError
        ? `${error.name} ${error.reason}`
        : String(error),
  );
}
