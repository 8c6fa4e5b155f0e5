// `npm run test:mutation`: mutates what decides, group by group; exit code 0 when enough is noticed in each group.
import { parseArgs } from 'node:util';
import type { MutantResult } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { printTable } from '../faults/table.ts';
import { say } from '../faults/say.ts';
import { GROUPS, type Group } from './groups.ts';
import { scoreOf, scoresByFile, type Score } from './scores.ts';

/** Of each group, and of all together; percent. */
const WANTED = 80;

const { values } = parseArgs({
  options: {
    group: { type: 'string', multiple: true, default: GROUPS.map(({ name }) => name) },
    concurrency: { type: 'string', default: '2' },
  },
});
const results: MutantResult[] = [];
const tallies: { readonly group: string; readonly scores: readonly Score[] }[] = [];
for (const group of GROUPS.filter(({ name }) => values.group.includes(name))) {
  const start = performance.now();
  const found = await mutate(group);
  results.push(...found);
  tallies.push({ group: group.name, scores: [...scoresByFile(found), scoreOf('all', found)] });
  say(`${group.name}: ${((performance.now() - start) / 1_000).toFixed(0)} s`);
}
tallies.push({ group: 'all', scores: [scoreOf('all', results)] });
printTable([
  ['group', 'file', 'mutants', 'noticed', 'of them without end', 'not', '%'],
  ...tallies.flatMap(({ group, scores }) => scores.map((score) => [group, ...cellsOf(score)])),
]);
const failed = tallies.filter(({ scores }) => (scores.at(-1)?.percent ?? 0) < WANTED);
for (const { group } of failed) say(`less than ${WANTED} % of the mutants of ${group} are noticed`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function mutate({ name, mutate: files, tests }: Group): ReturnType<Stryker['runMutationTest']> {
  return new Stryker({
    ...{ configFile: 'test/mutation/stryker.json', mutate: [...files], testFiles: [...tests] },
    concurrency: Number(values.concurrency),
    ...{ jsonReporter: { fileName: `dist/mutation/${name}.json` } },
  }).runMutationTest();
}

function cellsOf({ file, mutants, noticed, endless, percent }: Score): readonly string[] {
  return [file, ...[mutants, noticed, endless, mutants - noticed].map(String), percent.toFixed(1)];
}
