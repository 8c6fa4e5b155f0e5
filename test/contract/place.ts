// A plugins folder that a test can look at and disturb from outside the session, as an agent or a person would.
import { createHash } from 'node:crypto';
import type { Runtime } from '../../lib/runtimes/runtime.ts';
import type { Files } from './bundles.ts';

/** Path below the plugins folder to `<644|755> <sha256>`, or `link`, `other`; our `.controller/.ticket` left out. */
export type Tree = Readonly<Record<string, string>>;

const HASH_ALL = `
cd "$1" 2>/dev/null || exit 0
find . -type f -perm -100 ! -path ./.controller/.ticket -exec sha256sum {} + | sed 's/^/755 /'
find . -type f ! -perm -100 ! -path ./.controller/.ticket -exec sha256sum {} + | sed 's/^/644 /'
find . -type l | sed 's/^/link - /'
find . ! -type f ! -type d ! -type l | sed 's/^/other - /'`;

const TIMEOUT_MS = 30_000;

export class Place {
  readonly runtime: Runtime;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** Runs a script in the plugins folder, as the owner; `$1` and so on are the arguments. @throws Error when it fails */
  async shell(script: string, ...args: readonly string[]): Promise<string> {
    const enter = `mkdir -p "$0" && cd "$0" || exit 1\n${script}`;
    return this.#run(['sh', '-c', enter, this.runtime.pluginsPath, ...args]);
  }

  /** Everything but folders, hashed now, by other means than the target program's. */
  async tree(below = ''): Promise<Tree> {
    const text = await this.#run(['sh', '-c', HASH_ALL, 'sh', this.runtime.pluginsPath]);
    const found = text.split('\n').flatMap((line) => {
      const [, kind, hash, path] = /^(644|755|link|other) (\S+) +\.\/(.*)$/.exec(line) ?? [];
      if (kind === undefined || hash === undefined || path === undefined) return [];
      if (below !== '' && !path.startsWith(`${below}/`)) return [];
      const name = below === '' ? path : path.slice(below.length + 1);
      return [[name, hash === '-' ? kind : `${kind} ${hash}`] as const];
    });
    return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Only what the plugin's folder holds besides our two files. */
  async content(plugin: string): Promise<Tree> {
    const { '.complete': complete, '.manifest': manifest, ...rest } = await this.tree(plugin);
    return complete === undefined && manifest === undefined ? {} : rest;
  }

  /** Inode, times and name of everything: equal before and after means that nothing was touched. */
  async prints(): Promise<string> {
    return this.shell(`find . -exec stat -c '%i %Y %Z %s %n' {} + | sort`);
  }

  async #run(argv: readonly [string, ...string[]]): Promise<string> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const result = await this.runtime.run({ argv, stdin: nothing(), timeoutMs: TIMEOUT_MS, signal });
    if (result.exitCode !== 0) throw new Error(`${argv[2] ?? ''}: ${result.stderr.toString()}`);
    return result.stdout.toString();
  }
}

/** What a tree of these files looks like. */
export function treeOf(files: Files): Tree {
  const entries = Object.entries(files).map(([path, file]) => {
    const isPlain = typeof file === 'string' || file instanceof Uint8Array;
    const hash = createHash('sha256').update(isPlain ? file : file.content);
    return [path, `${!isPlain && file.executable ? '755' : '644'} ${hash.digest('hex')}`] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new Uint8Array());
}
