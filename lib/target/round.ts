// One round of a session: who waits for the next command, and how many of them it can serve.
import type { Caller } from './caller.ts';
import { payloadBytes, type ChangeOperation } from './protocol.ts';
import type { Change, Listing, Look } from './target.ts';

/** A command carries one operation, and further ones while they fit. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

export interface LookWait {
  readonly plugin: string;
  readonly notOlderThan: Date;
  readonly caller: Caller<Look>;
}

export interface ListWait {
  readonly notOlderThan: Date;
  readonly caller: Caller<Listing>;
}

export interface ChangeWait {
  readonly operation: ChangeOperation;
  readonly caller: Caller<Change>;
}

export interface Round {
  readonly looks: readonly LookWait[];
  readonly lists: readonly ListWait[];
  readonly changes: readonly ChangeWait[];
}

export function isEmpty({ looks, lists, changes }: Round): boolean {
  return looks.length + lists.length + changes.length === 0;
}

/** The changes that go into one command: one for each plugin, and no more payload than fits; and those that wait on. */
export function split(changes: readonly ChangeWait[]): [ChangeWait[], ChangeWait[]] {
  const taken = new Set<string>();
  const [now, later]: [ChangeWait[], ChangeWait[]] = [[], []];
  let bytes = 0;
  for (const change of changes) {
    const { plugin } = change.operation.request;
    const size = payloadBytes(change.operation);
    const fits = now.length === 0 || bytes + size <= MAX_PAYLOAD_BYTES;
    if (taken.has(plugin) || !fits) {
      later.push(change);
    } else {
      now.push(change);
      bytes += size;
    }
    taken.add(plugin);
  }
  return [now, later];
}

/** Answers one who came while a command ran that had begun late enough. */
export function isAnswered<T extends { readonly time: Date }>(
  { notOlderThan, caller }: { readonly notOlderThan: Date; readonly caller: Caller<T> },
  known: T | undefined,
): boolean {
  if (known === undefined || known.time < notOlderThan) return false;
  caller.resolve(known);
  return true;
}
