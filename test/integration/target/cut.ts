// Runtimes whose way into the workspace is measured, or cut.
import { TransientError } from '../../../lib/errors.ts';
import type { Command, Runtime } from '../../../lib/runtimes/runtime.ts';

export interface Measured {
  readonly measuring: Runtime;
  /** The most that a command has read from its stdin so far. */
  readonly bytes: () => number;
}

/** At which byte, and how: the stream ends there as if all had been sent, or fails. */
export interface Cut {
  readonly at: number;
  readonly how: 'ends' | 'fails';
}

export function measured(runtime: Runtime): Measured {
  const seen = { most: 0 };
  async function* count(stdin: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of stdin) {
      bytes += chunk.length;
      seen.most = Math.max(seen.most, bytes);
      yield chunk;
    }
  }
  return {
    measuring: withStdin(runtime, count),
    bytes: () => seen.most,
  };
}

/**
 * Something is done once, to the first command that reads so many bytes: before it is given the next one, or, with
 * `afterMs`, so many milliseconds after it was given all.
 */
export function interrupted(
  runtime: Runtime,
  {
    at,
    afterMs,
    act,
  }: { readonly at: number; readonly afterMs: number | undefined; readonly act: () => Promise<void> },
): { readonly runtime: Runtime; readonly done: Promise<undefined> } {
  const { promise: done, resolve, reject } = Promise.withResolvers<undefined>();
  let isDone = false;
  const once = async (): Promise<void> => {
    isDone = true;
    await act().then(() => {
      resolve(undefined);
    }, reject);
  };
  async function* hold(stdin: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of stdin) {
      const left = at - bytes;
      bytes += chunk.length;
      if (isDone || afterMs !== undefined || left >= chunk.length) {
        yield chunk;
        continue;
      }
      yield chunk.subarray(0, left);
      await once();
      yield chunk.subarray(left);
    }
    if (!isDone && afterMs !== undefined && bytes >= at) setTimeout(() => void once(), afterMs);
  }
  return { runtime: withStdin(runtime, hold), done };
}

export function cutAt(runtime: Runtime, { at, how }: Cut): Runtime {
  async function* cut(stdin: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let left = at;
    for await (const chunk of stdin) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) break;
    }
    if (left <= 0 && how === 'fails') throw new TransientError('FetchFailed', 'cut on purpose');
  }
  return withStdin(runtime, cut);
}

function withStdin(
  runtime: Runtime,
  change: (stdin: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
): Runtime {
  return {
    kind: runtime.kind,
    pluginsPath: runtime.pluginsPath,
    restarts: runtime.restarts,
    restart: (signal) => runtime.restart(signal),
    probe: (signal) => runtime.probe(signal),
    run: (command: Command) => runtime.run({ ...command, stdin: change(command.stdin) }),
  };
}
