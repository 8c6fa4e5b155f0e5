// All that git is told from outside its arguments; nothing of ours, the machine's or a person's is passed on.
import { MAX_ALLOCATION_BYTES } from './git-memory.ts';
import type { GitRemote, Setting } from './git-remote.ts';

export interface GitSurroundings {
  /** Where git and its helpers are found. */
  readonly searchPath: string;
  readonly home: string;
  readonly gitDir: string;
  /** Whom it talks to; undefined for a command that needs no network. */
  readonly remote: GitTalk | undefined;
}

/** What a talk with a repository adds. */
export type GitTalk = Pick<GitRemote, 'protocols' | 'settings' | 'environment'>;

/**
 * Flaws that honest old repositories have, and that harm nobody who only reads: odd or padded modes, dates, time
 * zones, names of people. Everything else that git's check finds refuses the repository.
 */
const HARMLESS = [
  'zeroPaddedFilemode',
  'badFilemode',
  'zeroPaddedDate',
  'badDate',
  'badDateOverflow',
  'badTimezone',
  'badName',
  'badEmail',
  'missingEmail',
  'missingNameBeforeEmail',
  'missingSpaceBeforeEmail',
  'missingSpaceBeforeDate',
  'missingTaggerEntry',
  'badTagName',
];

const SETTINGS: readonly Setting[] = [
  ['transfer.fsckObjects', 'true'],
  ...HARMLESS.map((flaw) => [`fetch.fsck.${flaw}`, 'warn'] as const),
  ['protocol.version', '2'],
  ['http.followRedirects', 'false'],
  // A connection without a byte in a minute is dead; ends a git whose controller was killed, too.
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '60'],
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  // Always a pack, never ten thousand loose files; nothing goes on in the background.
  ['fetch.unpackLimit', '1'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  // Bounds on memory: large blobs are streamed, one thread works, little is kept for later.
  ['core.bigFileThreshold', '16m'],
  ['pack.threads', '1'],
  ['core.deltaBaseCacheLimit', '8m'],
  ['core.packedGitWindowSize', '8m'],
  ['core.packedGitLimit', '32m'],
];

export function gitEnvironment({ searchPath, home, gitDir, remote }: GitSurroundings): NodeJS.ProcessEnv {
  // Of two for one key, git takes the last.
  const all = [...SETTINGS, ...(remote?.settings ?? [])];
  const settings = Object.fromEntries(
    all.flatMap(([key, value], index): [string, string][] => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  );
  return {
    ...remote?.environment,
    PATH: searchPath,
    HOME: home,
    LC_ALL: 'C',
    GIT_DIR: gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: String(all.length),
    ...settings,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: remote?.protocols ?? '',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_ALLOC_LIMIT: String(MAX_ALLOCATION_BYTES),
  };
}
