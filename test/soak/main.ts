// `npm run soak`: rounds of random edits, tampering, pushes and restarts of everything; after each, all must be well. Exit code 0 when it always was.
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, pickNumber, type Random } from '../faults/random.ts';
import { latenciesOf, showLatencies } from '../bench/figures.ts';
import { printTable, say } from '../support/table.ts';
import { actAtRandom, putInOrder } from './actions.ts';
import { Ledger } from './holdings.ts';
import { HELP, readOptions, type Options } from './options.ts';
import { expectRest, untilAsDeclared } from './oracles.ts';
import { Parts } from './parts.ts';

const MIN_ACTIONS = 5;
const MORE_ACTIONS = 10;
const LONGEST_PAUSE_MS = 1_500;

if (process.argv.includes('--help')) say(HELP);
else process.exitCode = (await main(readOptions(process.argv.slice(2)))) ? 0 : 1;

interface Soak {
  readonly parts: Parts;
  readonly random: Random;
  readonly done: Map<string, number>;
  readonly convergedMs: number[];
  readonly ledger: Ledger;
}

async function main({ minutes, seed }: Options): Promise<boolean> {
  say(`seed ${seed}`);
  const end = performance.now() + minutes * 60_000;
  await using parts = await Parts.start();
  const soak: Soak = {
    parts,
    random: createRandom(seed),
    done: new Map(),
    convergedMs: [],
    ledger: new Ledger(),
  };
  let failure: unknown;
  try {
    await settle(soak);
    while (performance.now() < end) await round(soak);
    await parts.endController('Ask');
  } catch (error) {
    failure = error;
    say(`round ${soak.convergedMs.length}: ${String(error)}`);
  }
  summarise(soak);
  say(`seed ${seed}`);
  say(failure === undefined ? 'all was well after every round' : 'FAILED');
  return failure === undefined && parts.warnings.length === 0;
}

/** Everything is declared, and there. */
async function settle({ parts }: Soak): Promise<void> {
  await parts.wishes.publish();
  await parts.startController();
  await parts.declareWorkspaces();
  for (const plugin of parts.wishes.declared) await parts.declare(plugin, { kind: 'Follow' });
  await untilAsDeclared(parts);
}

async function round(soak: Soak): Promise<void> {
  const { parts, random, done, convergedMs, ledger } = soak;
  const actions = MIN_ACTIONS + pickNumber(random, MORE_ACTIONS);
  const said: string[] = [];
  for (let action = 0; action < actions; action += 1) {
    const what = await actAtRandom(parts, random);
    said.push(what);
    done.set(what, (done.get(what) ?? 0) + 1);
    await delay(pickNumber(random, LONGEST_PAUSE_MS));
  }
  say(`round ${convergedMs.length + 1}: ${said.join(', ')}`);
  await putInOrder(parts);
  convergedMs.push(await untilAsDeclared(parts));
  await expectRest(parts);
  await ledger.note(parts);
}

function summarise({ parts, done, convergedMs, ledger }: Soak): void {
  say('');
  const counts = [...done].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => [what, String(count)]);
  printTable([['what was done', 'times'], ...counts]);
  say('');
  const most = (of: (held: Ledger['all'][number]) => number): string => {
    const values = ledger.all.map(of);
    return values.length === 0 ? 'none' : `${Math.min(...values)} to ${Math.max(...values)}`;
  };
  printTable([
    ['what held', 'figure'],
    ['rounds, each as declared within 60 s', String(convergedMs.length)],
    ...(convergedMs.length === 0 ? [] : [['as declared after', showLatencies(latenciesOf(convergedMs))]]),
    [
      'ten visits of each plugin after each round',
      `${ledger.all.length} rounds without a write but the answers`,
    ],
    ['memory, resident', `${most(({ rssBytes }) => Math.round(rssBytes / 1024 / 1024))} MiB`],
    ['heap and buffers', `${most(({ heapBytes }) => Math.round(heapBytes / 1024 / 1024))} MiB`],
    ['descriptors', most(({ descriptors }) => descriptors)],
    [
      'open resources',
      most(({ resources }) => Object.values(resources).reduce((sum, count) => sum + count, 0)),
    ],
    ['warnings of Node.js', String(parts.warnings.length)],
  ]);
}
