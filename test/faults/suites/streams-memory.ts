// A process that meets far ends which say 1 GiB, honest ones first, and tells how much memory it has had at most: run by a test.
import { text } from 'node:stream/consumers';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Runtime, RuntimeSpec } from '../../../lib/runtimes/runtime.ts';
import { openSession, withSearchPath } from '../../integration/target/stand.ts';
import { change } from './streams-change.ts';
import { limited, LONG_MS } from './streams-ground.ts';

/** A way into the workspace. */
export interface Entry {
  readonly spec: RuntimeSpec;
  /** `unix://` and a path; undefined for a directory. */
  readonly dockerHost?: string;
  /** Where its shell is found first. */
  readonly searchPath?: string;
}

export interface MemoryOrder {
  readonly roots: readonly string[];
  readonly honest: Entry;
  readonly flooding: readonly Entry[];
}

export interface MemoryReport {
  readonly normalBytes: number;
  readonly mostBytes: number;
  /** What came of each flood. */
  readonly said: readonly string[];
}

/** So many honest changes show what is normal. */
const HONEST = 6;

const order = JSON.parse(await text(process.stdin)) as MemoryOrder;
for (let nth = 0; nth < HONEST; nth++) await change(openSession(open(order.honest)), nth % 2 === 0 ? 2 : 1);
const normalBytes = mostBytes();
const said: string[] = [];
for (const entry of order.flooding) {
  const session = openSession(limited(open(entry), LONG_MS));
  said.push(await change(session, 2).then(() => 'done', String));
  // What one has left behind is no memory that the next one takes.
  globalThis.gc?.();
}
process.stdout.write(JSON.stringify({ normalBytes, mostBytes: mostBytes(), said } satisfies MemoryReport));

function open({ spec, dockerHost, searchPath }: Entry): Runtime {
  const common = { directoryRoots: order.roots, searchPath: '/usr/bin:/bin', logger: silentLogger };
  const runtime = createRuntimes({ ...common, dockerHost }).open(spec);
  return searchPath === undefined ? runtime : withSearchPath(runtime, searchPath);
}

/** The highest mark of resident memory so far, as the kernel keeps it. */
function mostBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
