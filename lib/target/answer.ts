// What the target program answers, read strictly: nothing a workspace says is trusted before it has the right form.
import { PermanentError, TransientError } from '../errors.ts';
import { invalid, MAX_MESSAGE, oneOf, printable, splitOnce, toDigest } from './lines.ts';
import { parseMarker } from './marker.ts';
import { isPluginName, type Batch } from './protocol.ts';
import { parseTodo, withFailure } from './todo-lines.ts';
import type { ChangeEffect, LookedPlugin, Paths, Snapshot, SwapMode } from './target.ts';

/** What was done for one operation; `Checked` and `Settled` say only that the list of what is due was looked after. */
export type Effect = ChangeEffect | 'Checked' | 'Settled';

export type Result =
  | { readonly ok: true; readonly effect: Effect; readonly swapMode: SwapMode | undefined }
  | { readonly ok: false; readonly error: PermanentError | TransientError };

export interface Answer {
  /** One for each operation, in their order. */
  readonly results: readonly Result[];
  /** By plugin, what could not be cleaned up outside of its folder, in words. */
  readonly uncleaned: ReadonlyMap<string, readonly string[]>;
  /** One for each plugin looked at. */
  readonly looks: ReadonlyMap<string, LookedPlugin>;
  readonly folders: readonly string[];
  readonly swapMode: SwapMode | undefined;
  /** Something that a change left when it was cut short: recover, then look again. */
  readonly leftovers: boolean;
}

const PERMANENT = new Set([
  'TargetToolMissing',
  'NotWritable',
  'MountPoint',
  'ForeignContent',
  'AlreadyManaged',
]);
const TRANSIENT = new Set([
  'NoSpace',
  'VerifyFailed',
  'SnapshotUnusable',
  'StaleTicket',
  'Locked',
  'InstallFailed',
  'WorkspaceUnreachable',
]);
const EFFECTS: readonly Effect[] = [
  ...['Installed' as const, 'Kept' as const, 'Adopted' as const, 'Restored' as const, 'Removed' as const],
  ...['Checked' as const, 'Settled' as const],
];
const STATES: readonly LookedPlugin['state'][] = ['Absent', 'Unmarked', 'Marked', 'Foreign', 'MountPoint'];
const MODES: readonly SwapMode[] = ['Exchange', 'Rename'];
const MAX_SNAPSHOTS = 100;
const MAX_PATHS = 10;
const MAX_UNCLEANED = 10;
const MAX_UNCLEANED_PLUGINS = 100;
const MAX_FOLDERS = 1_000;
/** No file system that we know has longer ones; a character takes a byte at least. */
const MAX_NAME = 255;

/**
 * @param text stdout of the program
 * @throws the failure that the program refused the batch with; TransientError `InvalidAnswer` for anything unexpected
 */
export function parseAnswer(text: string, batch: Batch): Answer {
  const lines = text.split('\n');
  if (lines[0] !== 'target 1' || lines.at(-2) !== 'end' || lines.at(-1) !== '') {
    throw invalid('it is cut short', lines.at(-2) ?? '');
  }
  const reader = new Reader();
  for (const line of lines.slice(1, -2)) reader.read(line);
  return reader.finish(batch);
}

type Paragraph = { -readonly [K in keyof LookedPlugin]: LookedPlugin[K] };

class Reader {
  readonly #results: Result[] = [];
  readonly #uncleaned = new Map<string, readonly string[]>();
  readonly #looks = new Map<string, LookedPlugin>();
  readonly #folders: string[] = [];
  #swapMode: SwapMode | undefined;
  #leftovers = false;
  #current: Paragraph | undefined;

  read(line: string): void {
    const [verb, rest] = splitOnce(line.startsWith(' ') ? line.slice(1) : line);
    if (line.startsWith(' ')) this.#readDetail(verb, rest, line);
    else this.#readHead(verb, rest, line);
  }

  finish(batch: Batch): Answer {
    const missing = batch.looks.find((plugin) => !this.#looks.has(plugin));
    if (missing !== undefined) throw invalid('it does not speak of a plugin', missing);
    if (this.#looks.size > new Set(batch.looks).size) throw invalid('it speaks of other plugins', '');
    if (this.#results.length !== batch.operations.length)
      throw invalid('it has another number of results', '');
    if (batch.mode && this.#swapMode === undefined)
      throw invalid('it does not say how trees are swapped', '');
    return {
      results: this.#results,
      uncleaned: this.#uncleaned,
      looks: this.#looks,
      folders: sortBytewise(this.#folders),
      swapMode: this.#swapMode,
      leftovers: this.#leftovers,
    };
  }

  #readHead(verb: string, rest: string, line: string): void {
    this.#current = undefined;
    switch (verb) {
      case 'refused':
        throw failure(rest);
      case 'result':
        this.#readResult(rest, line);
        break;
      case 'uncleaned':
        this.#readUncleaned(rest);
        break;
      case 'plugin':
        this.#readPlugin(rest, line);
        break;
      case 'folder':
        this.#readFolder(rest, line);
        break;
      case 'mode':
        this.#swapMode = oneOf(MODES, rest, line);
        break;
      case 'leftovers':
        this.#leftovers = true;
        break;
      default:
        throw invalid('a line is not understood', line);
    }
  }

  #readResult(rest: string, line: string): void {
    const [, number, kind, words = ''] = /^([0-9]+) (done|failed) (.*)$/.exec(rest) ?? [];
    if (Number(number) !== this.#results.length + 1) throw invalid('a result is out of order', line);
    if (kind === 'failed') {
      this.#results.push({ ok: false, error: failure(words) });
      return;
    }
    const [effect, mode] = splitOnce(words);
    const swapMode = mode === '-' ? undefined : oneOf(MODES, mode, line);
    this.#results.push({ ok: true, effect: oneOf(EFFECTS, effect, line), swapMode });
  }

  #readFolder(name: string, line: string): void {
    if (this.#folders.length >= MAX_FOLDERS) throw invalid('there are more folders than it may name', line);
    if (name.length > MAX_NAME) throw invalid('a name is too long', line);
    this.#folders.push(printable(name));
  }

  /** For people only: what belongs to no plugin, or is too much, is left out. */
  #readUncleaned(rest: string): void {
    const [plugin, words] = splitOnce(rest);
    if (!isPluginName(plugin)) return;
    if (!this.#uncleaned.has(plugin) && this.#uncleaned.size >= MAX_UNCLEANED_PLUGINS) return;
    const known = this.#uncleaned.get(plugin) ?? [];
    if (known.length >= MAX_UNCLEANED) return;
    this.#uncleaned.set(plugin, [...known, printable(words).slice(0, MAX_MESSAGE)]);
  }

  #readPlugin(rest: string, line: string): void {
    const [plugin, state] = splitOnce(rest);
    const none: Paths = { count: 0, first: [] };
    this.#current = {
      ...{ state: oneOf(STATES, state, line), marker: undefined, manifestDigest: undefined },
      ...{ tampered: none, untracked: none, snapshots: [], todo: undefined },
    };
    if (this.#looks.has(plugin)) throw invalid('a plugin comes twice', line);
    this.#looks.set(plugin, this.#current);
  }

  #readDetail(verb: string, rest: string, line: string): void {
    const look = this.#current;
    if (look === undefined) throw invalid('a line belongs to no plugin', line);
    switch (verb) {
      case 'marker':
        look.marker = parseMarker(rest);
        if (look.marker === undefined) look.state = 'Unmarked';
        break;
      case 'manifest':
        look.manifestDigest = toDigest(rest, line);
        break;
      case 'counts': {
        const [, tampered, untracked] = /^([0-9]{1,9}) ([0-9]{1,9})$/.exec(rest) ?? [];
        if (tampered === undefined || untracked === undefined) throw invalid('a count is no number', line);
        look.tampered = { count: Number(tampered), first: [] };
        look.untracked = { count: Number(untracked), first: [] };
        break;
      }
      case 'tampered':
      case 'untracked':
        look[verb] = withPath(look[verb], rest, line);
        break;
      case 'snapshot':
        if (look.snapshots.length < MAX_SNAPSHOTS)
          look.snapshots = [...look.snapshots, toSnapshot(rest, line)];
        break;
      case 'todo':
        look.todo = parseTodo(rest, line);
        break;
      case 'failed':
        look.todo = withFailure(look.todo, rest, line);
        break;
      default:
        throw invalid('a line is not understood', line);
    }
  }
}

function sortBytewise(names: readonly string[]): readonly string[] {
  const keyed = names.map((name) => [name, Buffer.from(name)] as const);
  return keyed.sort(([, a], [, b]) => Buffer.compare(a, b)).map(([name]) => name);
}

function withPath(paths: Paths, path: string, line: string): Paths {
  if (paths.first.length >= Math.min(MAX_PATHS, paths.count))
    throw invalid('there are more paths than counted', line);
  return { count: paths.count, first: [...paths.first, printable(path)] };
}

function toSnapshot(rest: string, line: string): Snapshot {
  const [, stamp, hex, text] = /^([0-9TZ-]{16,40})(?: ([0-9a-f]{64}) (.*))?$/.exec(rest) ?? [];
  if (stamp === undefined) throw invalid('a snapshot has no stamp', line);
  const marker = text === undefined ? undefined : parseMarker(text);
  const digest = hex === undefined || marker === undefined ? undefined : toDigest(hex, line);
  return { stamp, marker, digest };
}

/** @param words `<Reason> <message>` as the program says it */
function failure(words: string): PermanentError | TransientError {
  const [reason, message] = splitOnce(printable(words));
  const text = message.slice(0, MAX_MESSAGE);
  if (reason === 'TargetToolMissing') {
    return new PermanentError(reason, `the workspace has no ${text}; install it there`);
  }
  if (PERMANENT.has(reason)) return new PermanentError(reason, text);
  if (TRANSIENT.has(reason)) return new TransientError(reason, text);
  return invalid('a reason is not understood', words);
}
