// The real controller with its adapters decorated: told over stdin what to disturb, it tells on descriptor 3 what it does.
import { setMaxListeners } from 'node:events';
import { createInterface } from 'node:readline';
import { readInvocation } from '../../controller/config.ts';
import { openAdapters, run } from '../../controller/wiring.ts';
import { createLogger } from '../../lib/logger.ts';
import type { Order } from './boundaries.ts';
import { decorate } from './decorate.ts';
import { decorateFiles } from './files.ts';
import { die, Gate } from './gate.ts';

/** More than a controller of one plugin has at once at one signal, and less than ten visits of everything would leave. */
const MOST_LISTENERS = 24;

// Node warns of listeners at everything but signals, on which most of what is under way waits here.
globalThis.AbortController = class extends AbortController {
  constructor() {
    super();
    setMaxListeners(MOST_LISTENERS, this.signal);
  }
};

const gate = new Gate();
const ordered = Promise.withResolvers<undefined>();
const end = new AbortController();

const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => {
  const order = JSON.parse(line) as Order;
  if ('release' in order) gate.release();
  else gate.arm(order.fault);
  ordered.resolve(undefined);
});
// The parent is gone, and so is everything it started.
orders.once('close', die);
process.once('SIGTERM', () => {
  end.abort(new Error('ended by SIGTERM'));
});

const invocation = readInvocation(process.argv.slice(2));
if (invocation.command !== 'run') throw new Error('the controller under test is only ever run');
const { config } = invocation;
const adapters = await openAdapters(config, createLogger(config.logLevel));
decorateFiles(config.cacheDir, gate);
await ordered.promise;
await run(config, decorate(adapters, gate), end.signal);
process.exit(0);
