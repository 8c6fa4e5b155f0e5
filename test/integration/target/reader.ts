// An agent that never stops reading one plugin, by two ways, and counts what it sees.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

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
 * every file by path.
 */
const READER = `
import json, os, signal, sys, time
root, files, stop, gone = sys.argv[1], int(sys.argv[2]), [], None
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
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
print("ready", flush=True)
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

/** Reads the files `f0`, `f1` … of a folder until the function returned is called; that gives the counts. */
export async function startReader(folder: string, files: number): Promise<() => Promise<Seen>> {
  const reader = spawn('/usr/bin/python3', ['-I', '-S', '-c', READER, folder, String(files)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(reader.stdout, 'readable');
  const output = text(reader.stdout);
  return async () => {
    reader.kill('SIGTERM');
    return JSON.parse((await output).replace('ready\n', '')) as Seen;
  };
}
