// Runtimes whose way into the workspace is measured, or cut.
import { TransientError } from '../../../lib/errors.ts';
import type { Command, Runtime } from '../../../lib/runtimes/runtime.ts';
import { waitFor } from '../../support/wait-for.ts';

export interface Measured {
  readonly measuring: Runtime;
  /** The most that a command has read from its stdin so far. */
  readonly bytes: () => number;
  /** Resolves when a command has been sent this share (0 to 1) of the first MiB of what it reads, or all of it. */
  readonly sent: (share: number) => Promise<void>;
}

/** At which byte, and how: the stream ends there as if all had been sent, or fails. */
export interface Cut {
  readonly at: number;
  readonly how: 'ends' | 'fails';
}

export function measured(runtime: Runtime): Measured {
  const seen = { most: 0, ended: false };
  async function* count(stdin: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of stdin) {
      bytes += chunk.length;
      seen.most = Math.max(seen.most, bytes);
      yield chunk;
    }
    seen.ended = true;
  }
  return {
    measuring: withStdin(runtime, count),
    bytes: () => seen.most,
    sent: async (share) => {
      await waitFor('a command to be sent', () => seen.ended || seen.most > share * 1024 * 1024);
    },
  };
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
