// An agent that never stops reading one plugin, by two ways, and counts what it sees.
import type { Runtime } from '../../../lib/runtimes/runtime.ts';

/** Every file of the plugin holds the same text, the version. */
export interface Seen {
  readonly reads: number;
  readonly passes: number;
  /** Passes that found no folder. */
  readonly absent: number;
  /** Passes that saw files of two versions. */
  readonly mixed: number;
  readonly unmarked: number;
  /** Passes by path that found another folder at their end; what they read is not judged. */
  readonly straddled: number;
  /** The longest time without a folder; milliseconds. */
  readonly gapMs: number;
}

/**
 * A pass opens the folder and reads every file through it: whatever happens meanwhile, that is one tree. Then it reads
 * every file by path. It ends with its stdin.
 */
const READER = `
import json, os, sys, threading, time
root, files, stop, gone = sys.argv[1], int(sys.argv[2]), [], None
threading.Thread(target=lambda: stop.append(sys.stdin.read()), daemon=True).start()
seen = dict(reads=0, passes=0, absent=0, mixed=0, unmarked=0, straddled=0, gapMs=0.0)
def slurp(name, at):
    fd = os.open(name, os.O_RDONLY, dir_fd=at)
    try:
        return os.read(fd, 64)
    finally:
        os.close(fd)
def contents(prefix, at):
    seen["reads"] += files
    return {slurp(prefix + "f%d" % i, at) for i in range(files)}
while not stop:
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        seen["absent"] += 1
        gone = gone or time.monotonic()
        continue
    if gone:
        seen["gapMs"] = max(seen["gapMs"], (time.monotonic() - gone) * 1000)
        gone = None
    seen["passes"] += 1
    seen["unmarked"] += ".complete" not in os.listdir(folder)
    seen["mixed"] += len(contents("", folder)) != 1
    try:
        values = contents(root + "/", None)
        same = os.path.samestat(os.stat(root), os.fstat(folder))
    except FileNotFoundError:
        same = False
    seen["straddled"] += not same
    seen["mixed"] += same and len(values) != 1
    os.close(folder)
print(json.dumps(seen))
`;

/**
 * Reads the files `f0`, `f1` … of a plugin in the workspace until the function returned is called; that gives the counts.
 * @param timeoutMs after this it fails
 */
export function startReader(
  runtime: Runtime,
  { plugin, files, timeoutMs }: { plugin: string; files: number; timeoutMs: number },
): () => Promise<Seen> {
  const stopped = Promise.withResolvers<Uint8Array>();
  const stdin = (async function* (): AsyncGenerator<Uint8Array> {
    yield await stopped.promise;
  })();
  const folder = `${runtime.pluginsPath}/${plugin}`;
  const ended = runtime.run({
    argv: ['/usr/bin/python3', '-I', '-S', '-c', READER, folder, String(files)],
    ...{ stdin, timeoutMs, signal: AbortSignal.timeout(timeoutMs) },
  });
  // It fails when it is asked for what it saw.
  ended.catch(() => undefined);
  return async () => {
    stopped.resolve(Buffer.from('stop'));
    const { exitCode, stdout, stderr } = await ended;
    if (exitCode !== 0) throw new Error(`the reader ended with exit code ${exitCode}: ${stderr.toString()}`);
    return JSON.parse(stdout.toString()) as Seen;
  };
}
