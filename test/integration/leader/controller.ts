// The real controller, which stops itself, as SIGSTOP would, right before it begins a change in a workspace, when told to.
import { existsSync, rmSync, writeSync } from 'node:fs';
import { readInvocation } from '../../../controller/config.ts';
import { openAdapters, run } from '../../../controller/wiring.ts';
import { createLogger } from '../../../lib/logger.ts';
import type { Command, Runtime } from '../../../lib/runtimes/runtime.ts';

/** While this file exists, the next change stops the process. */
const trap = process.env['STOP_BEFORE_CHANGE'] ?? '';

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
    probe: (signal) => inner.probe(signal),
    run: async (command) => {
      const stdin = await buffered(command);
      const isStruck = /^[^\n]*\n[^\n]*\nchange /.test(stdin.toString('latin1', 0, 4096)) && existsSync(trap);
      if (isStruck) {
        rmSync(trap);
        process.kill(process.pid, 'SIGSTOP');
      }
      // The command gets a signal of its own: as one that was begun in the moment before its controller noticed.
      const signal = isStruck ? AbortSignal.timeout(command.timeoutMs) : command.signal;
      const result = await inner.run({ ...command, signal, stdin: once(stdin) });
      if (isStruck) writeSync(2, `${JSON.stringify({ answer: result.stdout.toString() })}\n`);
      return result;
    },
  };
}

async function buffered(command: Command): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of command.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(chunk: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(chunk);
}
