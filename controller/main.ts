// The command line: what to run, how signals end it, and the only place where the process exits.
import { readInvocation, UsageError, type Invocation } from './config.ts';
import { FLAGS } from './flags.ts';
import { helpText } from './help.ts';
import { up } from './up.ts';
import { readVersion } from './version.ts';
import { openAdapters, run } from './wiring.ts';
import { PermanentError, messageOf } from '../lib/errors.ts';
import { createLogger } from '../lib/logger.ts';

/** Exit codes: 0 done, 1 failed, 2 wrong usage or configuration. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const invocation = readInvocation(argv);
    switch (invocation.command) {
      case 'help':
        process.stdout.write(helpText(FLAGS, invocation.about));
        return 0;
      case 'version':
        process.stdout.write(`${await readVersion()}\n`);
        return 0;
      case 'run':
      case 'up':
        await work(invocation);
        return 0;
    }
  } catch (error) {
    process.stderr.write(`workspace-plugin-controller: ${messageOf(error)}\n`);
    return error instanceof UsageError || error instanceof PermanentError ? 2 : 1;
  }
}

async function work(invocation: Invocation & { readonly command: 'run' | 'up' }): Promise<void> {
  const { config } = invocation;
  const logger = createLogger(config.logLevel);
  const end = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      logger.info('ending: work under way is finished first', { signal: name });
      end.abort(new Error(`ended by ${name}`));
    });
  }
  try {
    if (invocation.command === 'run') {
      const adapters = await openAdapters(config, logger);
      adapters.metrics.observeProcess();
      await run(config, adapters, end.signal);
    } else await up({ config, dataDir: invocation.dataDir, logger, say }, end.signal);
  } catch (error) {
    // Ended while something was still starting: what is left of it goes with this process.
    if (!end.signal.aborted || error !== end.signal.reason) throw error;
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exit(await main(process.argv.slice(2)));
