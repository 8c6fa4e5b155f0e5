// What a process holds: open descriptors and memory.
import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  readonly descriptors: number;
  /** Resident; MiB. */
  readonly memory: number;
}

/** Sockets and pipes that come and go are no leak. */
const DESCRIPTORS_MARGIN = 6;

/** What garbage that is not collected yet makes of it; MiB. */
const MEMORY_MARGIN = 32;

const KIB_IN_MIB = 1_024;

/** @throws Error for a process that is not there any more */
export function usageOf(pid: number): Usage {
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    memory: Math.round(Number(resident) / KIB_IN_MIB),
  };
}

/** What has grown beyond its margin, in words. */
export function growth(before: Usage, after: Usage): readonly string[] {
  return [
    ...(after.descriptors > before.descriptors + DESCRIPTORS_MARGIN
      ? [`${before.descriptors} descriptors have become ${after.descriptors}`]
      : []),
    ...(after.memory > before.memory + MEMORY_MARGIN
      ? [`${before.memory} MiB have become ${after.memory} MiB`]
      : []),
  ];
}
