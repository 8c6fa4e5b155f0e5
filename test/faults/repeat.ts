// One case as text, so that one that failed can be run again alone: what is random in it is written out.
import type { Fault } from './boundaries.ts';
import type { Case } from './case.ts';
import { PLACES, type PlaceKind } from './place.ts';
import { STORIES, type Story } from './stories.ts';

export interface Repeated {
  readonly row: number;
  readonly place: PlaceKind;
  readonly story: Story;
  readonly faults: readonly Fault[];
}

/** For `--case`. */
export function formatCase({ row, place, story, faults }: Case): string {
  return JSON.stringify({ row, place, story: story.name, faults });
}

/** @throws Error for a text that `formatCase` has not made */
export function parseCase(text: string): Repeated {
  const { row, faults, ...names } = JSON.parse(text) as Record<'place' | 'story', string> &
    Omit<Repeated, 'story'>;
  const place = PLACES.find((one) => one === names.place);
  const story = STORIES.find(({ name }) => name === names.story);
  if (place === undefined || story === undefined || !Array.isArray(faults)) {
    throw new Error(`--case takes what a failed case was printed with, not ${text}`);
  }
  return { row, place, story, faults };
}
