// What stands in a plugin's folder, by reading every byte of it anew.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { sha256, VERSIONS, type VersionName } from './content.ts';

/** Files that the plugin did not ship and that a story leaves there. */
export const UNTRACKED = 'notes.txt';

/** The file that a story changes, and what it then holds. */
export const TAMPERED = { path: 'rules/polite.md', content: 'Be rude.\n' } as const;

/**
 * `Absent`; a version, whole and marked; `<version> tampered` where exactly the story's file was changed; or what is
 * wrong with it, which is never allowed.
 */
export type TreeState = 'Absent' | VersionName | `${VersionName} tampered` | `Mixed: ${string}`;

/** The live folder of a plugin. What has not been touched since it was hashed last is not hashed again. */
export class LiveTree {
  readonly #path: string;
  readonly #hashes = new Hashes();

  /** @param path as this process sees it */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Undefined when another tree was put in place while this one was read: that pass says nothing. What cannot even be opened is
   * no version.
   */
  read(): TreeState | undefined {
    try {
      return this.#pass();
    } catch (error) {
      return `Mixed: ${String(error)}`;
    }
  }

  #pass(): TreeState | undefined {
    const folder = openFolder(this.#path);
    if (folder === undefined) return 'Absent';
    try {
      const state = classify(`/proc/self/fd/${folder}`, this.#hashes);
      if (!state.startsWith('Mixed')) return state;
      return isStill(this.#path, folder) ? state : undefined;
    } finally {
      closeSync(folder);
    }
  }
}

function openFolder(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Inode numbers are compared while the folder is held open: a free one is reused at once. */
function isStill(path: string, folder: number): boolean {
  const [held, there] = [fstatSync(folder), statSync(path, { throwIfNoEntry: false })];
  return held.ino === there?.ino && held.dev === there.dev;
}

function classify(folder: string, hashes: Hashes): TreeState {
  try {
    const marker = JSON.parse(readFileSync(join(folder, '.complete'), 'utf8')) as { digest?: unknown };
    const manifest = `sha256:${hashes.of(join(folder, '.manifest'))}`;
    if (marker.digest !== manifest)
      return `Mixed: the marker says ${String(marker.digest)}, but it is ${manifest}`;
    const version = Object.values(VERSIONS).find(({ digest }) => digest === manifest);
    if (version === undefined) return `Mixed: the manifest is of no version, ${manifest}`;
    return compare(version.name, readSheet(folder, hashes));
  } catch (error) {
    return `Mixed: ${String(error)}`;
  }
}

function compare(name: VersionName, found: ReadonlyMap<string, string>): TreeState {
  const { sheet } = VERSIONS[name];
  const wrong = [...new Set([...sheet.keys(), ...found.keys()])].filter(
    (path) => path !== UNTRACKED && sheet.get(path) !== found.get(path),
  );
  if (wrong.length === 0) return name;
  const isTampered = wrong.length === 1 && found.get(TAMPERED.path) === `644 ${sha256(TAMPERED.content)}`;
  return isTampered && wrong[0] === TAMPERED.path
    ? `${name} tampered`
    : `Mixed: ${name} with wrong ${wrong.join(', ')}`;
}

/** As `Version.sheet`, our own two files left out. */
function readSheet(folder: string, hashes: Hashes): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const sheet = new Map<string, string>();
  for (const path of entries) {
    const stats = lstatSync(join(folder, path));
    if (stats.isDirectory() || path === '.complete' || path === '.manifest') continue;
    const content = stats.isFile() ? hashes.of(join(folder, path)) : 'no file';
    sheet.set(path, `${(stats.mode & 0o100) === 0 ? '644' : '755'} ${content}`);
  }
  return sheet;
}

/** A file that changes gets another time of change, once the clock of the file system has moved on; milliseconds. */
const TICK_MS = 50;

/** Hashes of files, remembered while nothing tells of a change. */
class Hashes {
  readonly #known = new Map<string, string>();

  of(path: string): string {
    const { dev, ino, size, ctimeMs, ctimeNs } = lstatSync(path, { bigint: true });
    const key = [dev, ino, size, ctimeNs].join(' ');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const hash = sha256(readFileSync(path));
    if (Date.now() - Number(ctimeMs) > TICK_MS) this.#known.set(key, hash);
    return hash;
  }
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
