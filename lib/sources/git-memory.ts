// What one git may take of memory, whatever a server sends: packed content says little of what it becomes.
import { PermanentError } from '../errors.ts';

const MIB = 1024 * 1024;
/** What git may ask for at once. Blobs beyond `core.bigFileThreshold` are streamed, unless they are deltas. */
export const MAX_ALLOCATION_BYTES = 64 * MIB;
/**
 * All that one process may hold. A delta needs what it begins with and what it makes, both at once: of two that are alike
 * and weigh 50 MiB each, the most that a plugin can hold, git needs 110 MiB.
 */
const MAX_HELD_BYTES = 128 * MIB;

/** git in place of a shell that limits itself: Node.js cannot limit a child, and git by itself only single requests. */
export const LIMITED_GIT: readonly string[] = [
  '-c',
  `ulimit -d ${MAX_HELD_BYTES / 1024} 2>/dev/null; exec git "$@"`,
  'git',
];

/** What that shell says where there is no git, with this exit code. */
export const NO_GIT = { exitCode: 127, words: /git: not found/ } as const;

const WORDS = /attempting to allocate \d+ over limit|size_t overflow|out of memory/i;

/** It might take less where nothing is here yet: then nothing is sent as a difference to that. */
export class NeedsMoreMemory extends PermanentError {
  constructor(whose: string, options?: ErrorOptions) {
    const message =
      `${whose} takes git more memory than it may have (${MAX_ALLOCATION_BYTES / MIB} MiB for one object, ` +
      `${MAX_HELD_BYTES / MIB} MiB in all): if that is for large files that are alike, run ` +
      '`git -c core.bigFileThreshold=16m repack -adF` in the repository, so that each is stored whole';
    super('TooLarge', message, options);
  }
}

/** @param stderr all that git said; what follows `remote: ` a server says of itself */
export function memoryFailure(stderr: string, whose: string): NeedsMoreMemory | undefined {
  const lines = stderr.split(/[\r\n]+/).filter((line) => isOfOurs(whose) || !line.startsWith('remote: '));
  return lines.some((line) => WORDS.test(line)) ? new NeedsMoreMemory(whose) : undefined;
}

/** Whether the server is a child of ours, under the same limits. */
function isOfOurs(whose: string): boolean {
  return whose.startsWith('file:');
}
