// The workspaces of the stories: a folder, reached as a directory or as a volume of a container, and what may be left there.
import { chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Docker } from '../../lib/embedded/docker.ts';
import { callEngine } from '../../lib/embedded/engine-api.ts';
import { sha256 } from './content.ts';
import { codeOf, LiveTree } from './tree.ts';

/** How a case reaches its workspace, and by which swap mode that is. */
export const PLACES = ['directory', 'busybox', 'debian'] as const;
export type PlaceKind = (typeof PLACES)[number];

/** What the agent is, inside and outside of containers. */
const AGENT = 1000;

/** Files of others, beside the plugin: none may ever be touched. */
const CANARIES = [
  'CLAUDE.md',
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
  /** It is gone: the folder, or the container. */
  lose(): Promise<void>;
  /** It is there again, with all that it held. */
  restore(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * @param folder of this case alone
 * @param name for the container, unique
 */
export async function createPlace(
  kind: PlaceKind,
  { folder, name, docker }: { folder: string; name: string; docker: () => Promise<Docker> },
): Promise<Place> {
  const configs = join(folder, 'configs');
  for (const path of CANARIES) writeAsAgent(configs, path, `the canary ${path}\n`);
  const live = join(configs, 'plugins', 'browser');
  const common = { kind, configs, live, tree: new LiveTree(live), exchanges: kind !== 'busybox' };
  if (kind === 'directory') {
    const runtime = { directory: { path: configs } };
    return {
      ...{ ...common, mark: configs, runtime },
      lose: async () => rename(configs, `${configs}.lost`),
      restore: async () => rename(`${configs}.lost`, configs),
      remove: async () => Promise.resolve(),
    };
  }
  const engine = await docker();
  const start = async (): Promise<string> => {
    await engine.run(name, kind, { binds: [`${configs}:/configs`] });
    return idOf(engine, name);
  };
  let mark = await start();
  return {
    ...common,
    get mark() {
      return mark;
    },
    runtime: { docker: { container: name } },
    lose: async () => engine.remove(name),
    restore: async () => {
      mark = await start();
    },
    remove: async () => engine.remove(name),
  };
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

/** What tells that a canary was touched: content, owner, mode, place on disk, time of change. */
export function canaries({ configs }: Place): ReadonlyMap<string, string> {
  return new Map(
    CANARIES.map((path) => {
      try {
        const { ino, uid, mode, mtimeMs } = lstatSync(join(configs, path));
        return [path, `${sha256(readFileSync(join(configs, path)))} ${ino} ${uid} ${mode} ${mtimeMs}`];
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
