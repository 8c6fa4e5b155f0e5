// All rows, in the order of RELIABILITY's matrix.
import type { Row } from './row.ts';
import { STORY_ROWS } from './story-rows.ts';
import { SUITE_ROWS } from './suite-rows.ts';

export const ROWS: readonly Row[] = [...STORY_ROWS, ...SUITE_ROWS].sort((a, b) => a.number - b.number);
