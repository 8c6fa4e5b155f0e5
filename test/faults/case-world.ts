// The world of one case as text, as the watch tells it or as the API server itself does.
import { checksBrokenOff, withoutRepeats } from './checks.ts';
import type { ControllerProcess } from './controller-process.ts';
import type { OpenStage } from './stage.ts';
import { readObjects, worldText, type Objects } from './world.ts';

export class CaseWorld {
  readonly #stage: OpenStage;
  readonly #undisturbed: string;
  readonly #controllers: readonly ControllerProcess[];
  /** Stopped or cut off, and back again. */
  former: ControllerProcess | undefined;

  /** @param undisturbed as it is without faults, as far as that is known. @param controllers all of the case, as they come */
  constructor(stage: OpenStage, undisturbed = '', controllers: readonly ControllerProcess[]) {
    this.#stage = stage;
    this.#undisturbed = undisturbed;
    this.#controllers = controllers;
  }

  get objects(): Objects {
    return this.#stage.bed.objects.in(this.#stage.namespace);
  }

  /** As of a few milliseconds ago. */
  text(): string {
    return this.#textOf(this.objects);
  }

  /** By asking the API server itself. */
  async exactText(): Promise<string> {
    const { bed, namespace } = this.#stage;
    return this.#textOf(await readObjects(bed.kube, namespace));
  }

  #textOf(objects: Objects): string {
    const { namespace, place, folder } = this.#stage;
    const text = worldText(objects, place, { '<folder>': folder, '<namespace>': namespace });
    return withoutRepeats(text, this.#undisturbed, checksBrokenOff(this.#controllers, this.former));
  }
}
