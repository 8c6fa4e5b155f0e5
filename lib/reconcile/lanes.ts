// Two lines of ready keys: what somebody has just changed goes before what is due anyway, and neither waits for ever.
import { FIFO } from './fifo.ts';

/**
 * `Front`: somebody waits, as the object or the spec of what it refers to has just been changed. `Background`: due anyway,
 * or together with many others.
 */
export type Lane = 'Front' | 'Background';

/** While both wait, so many of the front are served for each one of the background. */
export const FRONT_PER_BACKGROUND = 4;

export interface Ready {
  readonly key: string;
  readonly lane: Lane;
  /** When it was added, in milliseconds. */
  readonly since: number;
}

/** Each key once. Within a lane they are served in the order in which they came. */
export class Lanes {
  /** The one place that counts for a key; places in the lines that are others are stale. */
  readonly #places = new Map<string, Ready>();
  readonly #lines: Readonly<Record<Lane, FIFO<Ready>>> = { Front: new FIFO(), Background: new FIFO() };
  /** Served from the front since the background was served last. */
  #ahead = 0;

  get length(): number {
    return this.#places.size;
  }

  /** False where the key is ready already; one that is in the background then moves to the end of the front. */
  add({ key, lane, since }: Ready): boolean {
    const known = this.#places.get(key);
    if (known === undefined || (known.lane === 'Background' && lane === 'Front')) {
      const place = { key, lane, since: known?.since ?? since };
      this.#places.set(key, place);
      this.#lines[lane].push(place);
    }
    return known === undefined;
  }

  shift(): Ready | undefined {
    const place =
      this.#ahead < FRONT_PER_BACKGROUND
        ? (this.#first('Front') ?? this.#first('Background'))
        : (this.#first('Background') ?? this.#first('Front'));
    if (place === undefined) return undefined;
    this.#places.delete(place.key);
    this.#ahead = place.lane === 'Front' ? this.#ahead + 1 : 0;
    return place;
  }

  /** Out of its turn; undefined where it is not ready. */
  take(key: string): Ready | undefined {
    const place = this.#places.get(key);
    this.#places.delete(key);
    return place;
  }

  #first(lane: Lane): Ready | undefined {
    for (let place = this.#lines[lane].shift(); place !== undefined; place = this.#lines[lane].shift()) {
      if (this.#places.get(place.key) === place) return place;
    }
    return undefined;
  }
}
