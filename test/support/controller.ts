// The whole controller in this process, on real adapters that are counted.
import type { StatusObject } from '../../lib/kube/kube.ts';
import { readInvocation, type Config } from '../../controller/config.ts';
import { openAdapters, run, type Adapters } from '../../controller/wiring.ts';
import { Tally } from './controller-tally.ts';
import { waitFor } from './wait-for.ts';

export interface ControllerOptions {
  /** As on the command line; `--metrics-address` is added, and that it is the only one. */
  readonly flags: readonly string[];
  /** PATH of the controller, and of the commands in directories; default: ours. */
  readonly searchPath?: string;
  /** Given each object as the server has it after a status write. */
  readonly onStatus?: (object: StatusObject) => void;
  /** Disturbs the adapters; what passes it is counted. */
  readonly disturb?: (adapters: Adapters) => Adapters;
}

export interface RunningController {
  readonly tally: Tally;
  /** Where its probes and metrics are. */
  readonly url: string;
  /** Ends it as SIGTERM would. @throws Error with each error that it logged and that does not match one of these */
  stop(expectedErrors?: readonly RegExp[]): Promise<void>;
}

/** Resolves when it is ready. */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  const { onStatus = () => undefined, disturb = (adapters: Adapters) => adapters } = options;
  const config = configOf(options.flags, options.searchPath ?? process.env['PATH']);
  const tally = new Tally(onStatus);
  const adapters = disturb(await openAdapters(config, tally.logger()));
  const end = new AbortController();
  const ended = run(config, tally.over(adapters), end.signal);
  const url = await Promise.race([ready(tally), ended.then(() => Promise.reject(new Error('ended early')))]);
  return {
    tally,
    url,
    stop: async (expectedErrors = []) => {
      end.abort(new Error('the test is over'));
      await ended;
      const surprises = tally.lines.filter(
        ({ level, fields, message }) =>
          level === 'error' &&
          !expectedErrors.some((pattern) => pattern.test(`${message} ${JSON.stringify(fields)}`)),
      );
      if (surprises.length > 0)
        throw new Error(`${surprises.length} errors in the log: ${JSON.stringify(surprises.slice(0, 3))}`);
    },
  };
}

function configOf(flags: readonly string[], searchPath: string | undefined): Config {
  const argv = ['run', '--metrics-address=127.0.0.1:0', '--leader-elect=false', ...flags];
  const invocation = readInvocation(argv, { PATH: searchPath });
  if (invocation.command !== 'run') throw new Error('these flags do not run the controller');
  return invocation.config;
}

async function ready(tally: Tally): Promise<string> {
  return waitFor('the controller to be ready', async () => {
    const address = tally.lines
      .map(({ fields }) => fields['metricsAddress'])
      .find((one) => one !== undefined);
    if (typeof address !== 'string') return undefined;
    const url = `http://${address}`;
    return (await fetch(`${url}/readyz`)).ok ? url : undefined;
  });
}
