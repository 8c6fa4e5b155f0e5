// The real controller, which stops itself, when told to, right before or in the middle of its next change in a workspace.
import { existsSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { readInvocation } from '../../../controller/config.ts';
import { openAdapters, run } from '../../../controller/wiring.ts';
import { createLogger } from '../../../lib/logger.ts';
import type { Command, Runtime } from '../../../lib/runtimes/runtime.ts';

/** While this file exists, the next change stops the process: `Before` it, or `Within` it. */
const trap = process.env['TRAP'] ?? '';

/** Until the target program has read what it was sent; nothing depends on it. */
const HALF_TAKEN_MS = 500;

const end = new AbortController();
process.once('SIGTERM', () => {
  end.abort(new Error('ended by SIGTERM'));
});
writeSync(2, `${JSON.stringify({ pid: process.pid })}\n`);
const invocation = readInvocation(process.argv.slice(2));
if (invocation.command !== 'run') throw new Error('the controller under test is only ever run');
const { config } = invocation;
const adapters = await openAdapters(config, createLogger(config.logLevel));
const runtimes: typeof adapters.runtimes = { open: (spec) => stopping(adapters.runtimes.open(spec)) };
await run(config, { ...adapters, runtimes }, end.signal);
process.exit(0);

/** A command's ticket is made before it is run: what is stopped here goes on with an old one. */
function stopping(inner: Runtime): Runtime {
  return {
    kind: inner.kind,
    pluginsPath: inner.pluginsPath,
    restarts: inner.restarts,
    restart: (signal) => inner.restart(signal),
    probe: (signal) => inner.probe(signal),
    run: async (command) => {
      const stdin = await buffered(command);
      const isChange = /^[^\n]*\n[^\n]*\nchange /.test(stdin.toString('latin1', 0, 4096));
      const place = isChange && existsSync(trap) ? readFileSync(trap, 'utf8') : '';
      if (place === 'Within') return inner.run({ ...command, stdin: stoppingAmid(stdin) });
      if (place !== 'Before') return inner.run({ ...command, stdin: pieces(stdin) });
      stop();
      // It has a signal of its own: as one that was begun in the moment before its controller noticed.
      const signal = AbortSignal.timeout(command.timeoutMs);
      const result = await inner.run({ ...command, signal, stdin: pieces(stdin) });
      writeSync(2, `${JSON.stringify({ answer: result.stdout.toString() })}\n`);
      return result;
    },
  };
}

function stop(): void {
  rmSync(trap);
  process.kill(process.pid, 'SIGSTOP');
}

async function buffered(command: Command): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of command.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* pieces(...chunks: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

/** The workspace has the lock taken and half of the content by then. */
async function* stoppingAmid(stdin: Buffer): AsyncGenerator<Uint8Array> {
  const half = Math.floor(stdin.length / 2);
  yield stdin.subarray(0, half);
  await setTimeout(HALF_TAKEN_MS);
  stop();
  yield stdin.subarray(half);
}
