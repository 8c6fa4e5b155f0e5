// Full looks that a case asks for: at the plugin, while there is one, and at the workspace, each answered in a status.
import { WORKSPACE, WORKSPACE_PLUGIN } from '../../controller/api/group.ts';
import type { Point } from './boundaries.ts';
import type { ControllerProcess } from './controller-process.ts';
import { EndedByItself, untilCalm, waitUntil } from './converge.ts';
import { requestLook, touch, type Stage } from './stories.ts';
import { answersOf, isTold, type Objects } from './world.ts';

/** Changes to objects, Leases aside: they say that somebody leads, and nothing else. */
const WRITE = /^kube\.(create|patch|update|delete) (?!leases)/;

/** A kind's answer is one such write. */
const ANSWERS = [WORKSPACE_PLUGIN, WORKSPACE].map(({ plural }) => `kube.update ${plural}/status`);

export class Looks {
  readonly #stage: Stage;
  #made = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Asks, and waits for every answer. */
  async make(controller: ControllerProcess, timeoutMs: number): Promise<void> {
    const value = `look-${(this.#made += 1)}`;
    await requestLook(this.#stage, value);
    await waitUntil(`the answers to ${value}`, timeoutMs, () => {
      if (controller.ended !== undefined) throw new EndedByItself();
      return answersOf(this.#objects).every((answer) => answer === value);
    });
  }

  /** A label asks for a visit of each, too, that begins with a probe and looks nowhere. */
  async visit(controller: ControllerProcess, timeoutMs: number): Promise<void> {
    const value = `visit-${(this.#made += 1)}`;
    const probes = (): number => controller.calls.filter(({ name }) => name === 'runtime.probe').length;
    const before = probes();
    await touch(this.#stage, { labels: { visit: value } });
    await waitUntil(`${value} to be made`, timeoutMs, () => {
      if (controller.ended !== undefined) throw new EndedByItself();
      return probes() > before;
    });
  }

  /**
   * Asks, and waits until all that follows from it has been done and told, whenever it was due.
   * @returns whether that was nothing but the answers: then nothing is left to be done
   */
  async areAllThatIsDue(controller: ControllerProcess, calmMs: number, timeoutMs: number): Promise<boolean> {
    const begun = controller.calls.length;
    await this.make(controller, timeoutMs);
    await waitUntil('the question to say what would change', timeoutMs, () => {
      if (controller.ended !== undefined) throw new EndedByItself();
      return isTold(this.#objects);
    });
    await untilCalm(controller, calmMs, timeoutMs);
    const { writes, changes } = effectsOf(controller.calls.slice(begun));
    return changes.length === 0 && beyondAnswers(writes, 1).length === 0;
  }

  get #objects(): Objects {
    return this.#stage.bed.objects.in(this.#stage.namespace);
  }
}

/** Of calls those that change something: in the API server, and in a workspace. */
export function effectsOf(calls: readonly Point[]): {
  readonly writes: readonly Point[];
  readonly changes: readonly Point[];
} {
  return {
    writes: calls.filter(({ name }) => WRITE.test(name)),
    changes: calls.filter(({ name }) => /^runtime\.(run (?!look$)|restart$)/.test(name)),
  };
}

/** Writes that no answer explains, where each kind was asked so often. */
export function beyondAnswers(writes: readonly Point[], asked: number): readonly Point[] {
  const left = new Map(ANSWERS.map((name) => [name, asked]));
  return writes.filter(({ name }) => {
    const due = left.get(name) ?? 0;
    left.set(name, due - 1);
    return due <= 0;
  });
}
