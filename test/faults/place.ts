// The workspaces of the stories: a folder, reached as a directory or as a volume of a container, and what may be left there.
import {
  appendFileSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Docker } from '../../lib/embedded/docker.ts';
import { callEngine } from '../../lib/embedded/engine-api.ts';
import { startAgent } from '../support/agent-process.ts';
import { sha256 } from './content.ts';
import { codeOf, LiveTree } from './tree.ts';

/** How a case reaches its workspace, and by which swap mode that is. */
export const PLACES = ['directory', 'busybox', 'debian'] as const;
export type PlaceKind = (typeof PLACES)[number];

/** What the agent is, inside and outside of containers. */
const AGENT = 1000;

/** The agent's own, into which it copies from plugins. */
const CLAUDE = 'CLAUDE.md';

/** Files of others, beside the plugin: none may ever be touched. */
const CANARIES = [
  CLAUDE,
  'skills/own/SKILL.md',
  '.claude/hooks/start.sh',
  'plugins/other/plugin.yaml',
  'plugins/.previous/other.20250101T000000Z/plugin.yaml',
  'plugins/.hidden/file',
] as const;

export interface Place {
  readonly kind: PlaceKind;
  readonly exchanges: boolean;
  /** The folder that the agent knows as `/configs`, as this process sees it. */
  readonly configs: string;
  /** The live folder of the plugin, and what stands in it. */
  readonly live: string;
  readonly tree: LiveTree;
  /** What processes that work in it have in their working directory, arguments or control group. */
  readonly mark: string;
  /** `spec.runtime` of its Workspace. */
  readonly runtime: object;
  /** The agent copies from the plugin into its own files meanwhile: only what these hold in the end counts. */
  readonly copies: boolean;
  /** How often its agent was started anew, or told to; that the container was made again does not count. */
  restarts(): number;
  /** It is gone: the folder, or the container. */
  lose(): Promise<void>;
  /** It is there again, with all that it held. */
  restore(): Promise<void>;
  remove(): Promise<void>;
}

export interface PlaceOptions {
  /** Of this case alone. */
  readonly folder: string;
  /** For the container, unique. */
  readonly name: string;
  readonly docker: () => Promise<Docker>;
  /** An agent runs beside the directory, which can be told to start anew; one in a container always can. */
  readonly hasAgent: boolean;
  readonly copies: boolean;
}

export async function createPlace(kind: PlaceKind, options: PlaceOptions): Promise<Place> {
  const { folder, name, copies } = options;
  const configs = join(folder, 'configs');
  for (const path of CANARIES) writeAsAgent(configs, path, `the canary ${path}\n`);
  writeAsAgent(folder, STARTS, '');
  const live = join(configs, 'plugins', 'browser');
  const common = { kind, configs, live, tree: new LiveTree(live), exchanges: kind !== 'busybox', copies };
  if (kind === 'directory') return { ...common, ...(await createDirectory(configs, options)) };
  const engine = await options.docker();
  const command = ['sh', '-c', `echo start >> /${STARTS}; exec tail -f /dev/null`];
  const binds = [`${configs}:/configs`, `${join(folder, STARTS)}:/${STARTS}`];
  let made = 0;
  const start = async (): Promise<string> => {
    await engine.run(name, kind, { binds, command });
    made += 1;
    return idOf(engine, name);
  };
  let mark = await start();
  return {
    ...common,
    get mark() {
      return mark;
    },
    runtime: { docker: { container: name } },
    restarts: () => startsIn(folder) - made,
    lose: async () => engine.remove(name),
    restore: async () => {
      mark = await start();
    },
    remove: async () => engine.remove(name),
  };
}

type Reached = Pick<Place, 'mark' | 'runtime' | 'restarts' | 'lose' | 'restore' | 'remove'>;

async function createDirectory(configs: string, { folder, hasAgent }: PlaceOptions): Promise<Reached> {
  const moving = {
    lose: async () => rename(configs, `${configs}.lost`),
    restore: async () => rename(`${configs}.lost`, configs),
  };
  const directory = { path: configs };
  if (!hasAgent) {
    const remove = async (): Promise<void> => Promise.resolve();
    return { ...moving, remove, mark: configs, runtime: { directory }, restarts: () => 0 };
  }
  writeAsAgent(configs, PID_FILE, '');
  const agent = await startAgent({
    ...{ starts: join(folder, STARTS), pidFile: join(configs, PID_FILE) },
    ...{ owner: { uid: AGENT, gid: AGENT }, countStarts: () => startsIn(folder) },
  });
  return {
    ...moving,
    mark: configs,
    runtime: { directory: { ...directory, reload: { pidFile: `/${PID_FILE}` } } },
    restarts: () => startsIn(folder) - 1,
    remove: async () => agent.end(),
  };
}

/** Where an agent leaves a line each time that it starts, beside the workspace. */
const STARTS = 'starts';

/** Where an agent beside a directory says which process it is, below the directory. */
const PID_FILE = '.agent.pid';

function startsIn(folder: string): number {
  return readFileSync(join(folder, STARTS), 'utf8').split('\n').length - 1;
}

async function idOf({ host }: Docker, container: string): Promise<string> {
  const call = { method: 'GET', path: `/containers/${container}/json` } as const;
  return (JSON.parse(await callEngine(host.slice('unix://'.length), call)) as { Id: string }).Id;
}

/** `spec.pluginsPath` of its Workspace. */
export function pluginsPathOf({ kind }: Pick<Place, 'kind'>): string {
  return kind === 'directory' ? '/plugins' : '/configs/plugins';
}

/** Writes a file as the agent would, making its folders. */
export function writeAsAgent(root: string, path: string, content: string): void {
  const folder = dirname(join(root, path));
  const made = mkdirSync(folder, { recursive: true });
  for (let at = folder; made !== undefined && at.length >= made.length; at = dirname(at)) {
    chownSync(at, AGENT, AGENT);
  }
  writeFileSync(join(root, path), content);
  chownSync(join(root, path), AGENT, AGENT);
}

/** As an agent that starts: the plugin's rules become blocks of its own file, and the skill is copied. */
export function copyAsAgent({ configs, live }: Place): void {
  const rule = readFileSync(join(live, 'rules/polite.md'), 'utf8');
  appendFileSync(join(configs, CLAUDE), `# Plugin: browser / rule: polite.md\n${rule}`);
  for (const path of ['skills/browse/SKILL.md', 'skills/browse/run.sh']) {
    writeAsAgent(configs, path, readFileSync(join(live, path), 'utf8'));
  }
}

/** From now on the agent cannot be told to start anew while the plugin has this file: it stands for the id of its process. */
export function muteUnder({ configs, live }: Place, path: string): void {
  rmSync(join(configs, PID_FILE));
  symlinkSync(join(live, path), join(configs, PID_FILE));
}

/** What tells that a canary was touched: content, owner, mode, and where nobody may write it, place on disk and time of change. */
export function canaries({ configs, copies }: Place): ReadonlyMap<string, string> {
  return new Map(
    CANARIES.map((path) => {
      try {
        const { ino, uid, mode, mtimeMs } = lstatSync(join(configs, path));
        const isWritten = copies && path === CLAUDE;
        const place = isWritten ? '' : ` ${ino} ${mtimeMs}`;
        return [path, `${sha256(readFileSync(join(configs, path)))} ${uid} ${mode}${place}`];
      } catch (error) {
        return [path, codeOf(error) ?? String(error)];
      }
    }),
  );
}

/** Files outside of the plugins folder that no canary explains. */
export function strangers({ configs }: Place): readonly string[] {
  return readdirSync(configs, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      !path.startsWith('plugins') &&
      path !== CHECKS &&
      path !== PID_FILE &&
      !CANARIES.some((canary) => canary === path || canary.startsWith(`${path}/`)),
  );
}

/** Where health checks leave a line each time that they run, below /configs. */
export const CHECKS = '.checks';

/** What changes leave while they are under way, below the plugins folder. */
export function leftovers({ configs }: Place): readonly string[] {
  return readdirSync(join(configs, 'plugins'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /^\.(staging(\/|$)|controller\/\.(lock|ticket\.|owner\.|adopting))/.test(path),
  );
}
