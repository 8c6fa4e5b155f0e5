// The oracles of RELIABILITY, as code: A the tree, C canaries, D residue, E no change once converged, F no crash.
import { readdirSync } from 'node:fs';
import { REQUESTED_AT } from '../../controller/api/group.ts';
import { waitFor } from '../support/wait-for.ts';
import { describePoint } from './boundaries.ts';
import type { ControllerProcess, Ended } from './controller-process.ts';
import { canaries, leftovers, strangers } from './place.ts';
import { processesOf } from './processes.ts';
import { Reader } from './reader.ts';
import type { OpenStage } from './stage.ts';
import { edit } from './stories.ts';
import type { TreeState } from './tree.ts';
import { answeredRequest } from './world.ts';

export type Oracle = 'A' | 'C' | 'D' | 'E' | 'F';

export interface Finding {
  readonly oracle: Oracle;
  readonly message: string;
}

/** Visits after it has converged; so many of them look into the workspace and upstream anew. */
const VISITS = 10;
const FULL_LOOKS = 1;

/** A visit begins and ends within this, on a busy machine too; milliseconds. */
const VISIT_MS = 120_000;

/** Sockets and pipes that come and go are no leak. */
const DESCRIPTORS_MARGIN = 6;

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

  /** E: ten visits find nothing to do. A full look that a person asked for is answered with one write, and no more. */
  async visits(controller: ControllerProcess): Promise<void> {
    let before = Infinity;
    await controller.arm(undefined);
    for (let visit = 1; visit <= VISITS; visit++) {
      // By then every connection that is kept open has been made.
      if (visit === FULL_LOOKS + 1) before = descriptorsOf(controller.pid);
      if (visit <= FULL_LOOKS) await this.#lookNow(`visit-${visit}`);
      else await this.#visitAgain(controller, `visit-${visit}`);
    }
    const writes = controller.calls.filter(({ name }) =>
      /^kube\.(create|patch|delete) (?!leases)/.test(name),
    );
    const changes = controller.calls.filter(
      ({ name }) => name.startsWith('runtime.run ') && name !== 'runtime.run look',
    );
    if (writes.length > FULL_LOOKS) this.blame('E', `wrote ${writes.map(describePoint).join(', ')}`);
    if (changes.length > 0)
      this.blame('E', `changed the workspace: ${changes.map(describePoint).join(', ')}`);
    const after = descriptorsOf(controller.pid);
    if (after > before + DESCRIPTORS_MARGIN) this.blame('F', `${before} descriptors have become ${after}`);
  }

  async #lookNow(value: string): Promise<void> {
    const { bed, namespace } = this.#stage;
    await edit(this.#stage, { annotations: { [REQUESTED_AT]: value } });
    await waitFor(
      `${value} to be answered`,
      () => answeredRequest(bed.objects.in(namespace), value),
      VISIT_MS,
    );
  }

  /** A label asks for a visit too, and every visit begins with a probe. */
  async #visitAgain(controller: ControllerProcess, value: string): Promise<void> {
    const probes = (): number => controller.calls.filter(({ name }) => name === 'runtime.probe').length;
    const before = probes();
    await edit(this.#stage, { labels: { visit: value } });
    await waitFor(`${value} to be made`, () => probes() > before, VISIT_MS);
  }

  /** F: only what was meant to kill it ends it. */
  died({ code, signal }: Ended, log: string): void {
    if (signal !== 'SIGKILL') this.blame('F', `it ended with ${signal ?? code ?? '?'} by itself: ${log}`);
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

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
