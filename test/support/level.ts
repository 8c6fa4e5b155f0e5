// Whether a process that went through much holds no more than before.
import type { Holdings } from './inspector.ts';

/** How much a process may add to what it held before. */
const MORE = {
  rssBytes: 64 * 1024 * 1024,
  heapBytes: 8 * 1024 * 1024,
  descriptors: 4,
  resources: 6,
} as const;

export function isWithin(first: Holdings, last: Holdings): boolean {
  return (
    last.rssBytes <= first.rssBytes + MORE.rssBytes &&
    last.heapBytes <= first.heapBytes + MORE.heapBytes &&
    last.descriptors <= first.descriptors + MORE.descriptors &&
    Object.keys(last.resources).every(
      (kind) => (last.resources[kind] ?? 0) <= (first.resources[kind] ?? 0) + MORE.resources,
    )
  );
}
