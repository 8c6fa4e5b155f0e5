// A process that takes in revisions, honest ones first, and says how much memory it has had at most: run by a test.
import { text } from 'node:stream/consumers';
import { createSources } from '../../../lib/sources/registry.ts';
import { packUnchecked } from './unchecked.ts';
import { configOf } from './worlds.ts';

export interface Order {
  readonly repository: string;
  readonly cacheDir: string;
  /** Where git is found. */
  readonly searchPath: string;
  /** The bare repository itself. */
  readonly gitDir: string;
  /** What is normal. */
  readonly honest: readonly string[];
  readonly hostile: readonly string[];
}

export interface Intake {
  readonly normalBytes: number;
  readonly mostBytes: number;
  readonly refused: number;
}

const order = JSON.parse(await text(process.stdin)) as Order;
const sources = createSources(configOf({ cacheDir: order.cacheDir, searchPath: order.searchPath }));
const location = sources.parse(order.repository);
const source = sources.of(location);
let refused = 0;
for (const revision of order.honest) await takeIn(revision);
if (refused > 0) throw new Error('an honest revision was refused');
const normalBytes = mostBytes();
for (const revision of order.hostile) await takeIn(revision);
process.stdout.write(JSON.stringify({ normalBytes, mostBytes: mostBytes(), refused } satisfies Intake));

/** As the controller does, and past git's own check. */
async function takeIn(revision: string): Promise<void> {
  const { signal } = new AbortController();
  const request = { repository: location.repository, revision, ref: `c-${revision}`, path: undefined };
  const ways = [
    () => source.fetch({ ...request, timeoutMs: 60_000, signal }),
    () => packUnchecked(order.gitDir, revision),
  ];
  for (const way of ways) {
    await way().catch(() => {
      refused += 1;
    });
  }
}

/** The highest mark of resident memory so far, as the kernel keeps it. */
function mostBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
