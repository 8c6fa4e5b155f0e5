// The controller as it is shipped: compiled once a run, and started as a process of its own that is watched from outside.
import { execFile } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild, untilReady, type Child } from '../../lib/embedded/child.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BUILD_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 60_000;
const END_MS = 30_000;

/** PATH of the controller, and of the commands in directories: no person's own tools. */
export const SEARCH_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

const run = promisify(execFile);

/** Path of the compiled program, in a folder that is there. @throws Error with what the compiler said */
export async function compileProduct(folder: string): Promise<string> {
  const options = { cwd: ROOT, timeout: BUILD_TIMEOUT_MS };
  await run(
    join(ROOT, 'node_modules', '.bin', 'tsc'),
    ['-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')],
    options,
  );
  await run('sh', ['.ci/copy-assets', join(folder, 'dist')], options);
  await Promise.all(
    ['node_modules', 'package.json'].map((name) => symlink(join(ROOT, name), join(folder, name))),
  );
  return join(folder, 'dist', 'controller', 'main.js');
}

/** Counts since its start. */
export interface Work {
  readonly looks: number;
  readonly changes: number;
  /** All other commands: whether a restart is still due, and what came of it. */
  readonly others: number;
  /** Names of the WorkspacePlugins that were visited. */
  readonly visited: ReadonlySet<string>;
  readonly problems: readonly string[];
}

export class Product {
  readonly #child: Child;
  readonly #log: string;

  private constructor(child: Child, log: string) {
    this.#child = child;
    this.#log = log;
  }

  /**
   * Resolves when it is ready. Its log goes to a file, so that nothing it says has to be heard in time.
   * @param log path of a file that is not there yet
   */
  static async start(main: string, flags: readonly string[], log: string): Promise<Product> {
    const fixed = ['--metrics-address=127.0.0.1:0', '--leader-elect=false', '--log-level=debug'];
    const child = startChild({
      name: 'the controller',
      argv: [
        'sh',
        '-c',
        INTO_FILE,
        log,
        process.execPath,
        ...NODE_FLAGS,
        ...moreFlags(),
        main,
        'run',
        ...fixed,
        ...flags,
      ],
      env: { PATH: SEARCH_PATH },
    });
    await untilReady(child, (signal) => isReady(log, signal), START_TIMEOUT_MS);
    return new Product(child, log);
  }

  /** Resident memory now, and at its most so far; bytes. */
  async memory(): Promise<{ readonly bytes: number; readonly mostBytes: number }> {
    const pid = (await readFile(`${this.#log}.pid`, 'utf8')).trim();
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const of = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
    return { bytes: of('VmRSS'), mostBytes: of('VmHWM') };
  }

  /** What it says it did. */
  async work(): Promise<Work> {
    const lines = (await readFile(this.#log, 'utf8')).split('\n');
    const asks = lines.filter((line) => line.includes('"msg":"asks a workspace"'));
    const looks = asks.filter((line) => line.includes('"kind":"look"')).length;
    const changes = asks.filter((line) => !line.includes('"operations":0,')).length;
    const visits = lines.filter(
      (line) => line.includes('"msg":"visited"') && !line.includes('"kind":"Workspace"'),
    );
    return {
      looks,
      changes,
      others: asks.length - looks - changes,
      visited: new Set(visits.flatMap((line) => /"name":"(p-[^"]+)"/.exec(line)?.[1] ?? [])),
      problems: lines.filter((line) => /"level":(40|50|60)/.test(line)),
    };
  }

  /** As SIGTERM ends it. @throws Error with the end of its log unless it ends well */
  async stop(): Promise<void> {
    await this.#child.stop(END_MS);
    if (this.#child.exitCode === 0) return;
    const log = (await readFile(this.#log, 'utf8')).slice(-2_000);
    throw new Error(`the controller ended with ${this.#child.exitCode ?? 'a signal'}: ${log}`);
  }
}

/** As the image has them, and what Node chooses by itself within the 512Mi of the deployment. */
const NODE_FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=256'];

const INTO_FILE = 'echo "$$" >"$0.pid"; exec "$@" 2>"$0"';

/** `BENCH_NODE_FLAGS=--cpu-prof` shows where the time goes. */
function moreFlags(): readonly string[] {
  return (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
}

async function isReady(log: string, signal: AbortSignal): Promise<boolean> {
  const address = /"metricsAddress":"([^"]+)"/.exec(await readFile(log, 'utf8'))?.[1];
  return address !== undefined && (await fetch(`http://${address}/readyz`, { signal })).ok;
}
