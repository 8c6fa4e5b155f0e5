// `npm run test:mutation`: mutates what decides, group by group; exit code 0 when enough is noticed in each group.
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { printTable } from '../faults/table.ts';
import { say } from '../faults/say.ts';
import { GROUPS, type Group } from './groups.ts';
import { scoresOf, type Score } from './scores.ts';

/** Of each group, and of all together; percent. */
const WANTED = 80;

const { values } = parseArgs({
  options: {
    group: { type: 'string', multiple: true, default: GROUPS.map(({ name }) => name) },
    concurrency: { type: 'string', default: '2' },
  },
});
const groups = GROUPS.filter(({ name }) => values.group.includes(name));
const rows: { readonly group: string; readonly scores: readonly Score[] }[] = [];
for (const group of groups) {
  const start = performance.now();
  rows.push({ group: group.name, scores: scoresOf(await mutate(group)) });
  say(`${group.name}: ${((performance.now() - start) / 1_000).toFixed(0)} s`);
}
printTable([
  ['group', 'file', 'mutants', 'noticed', 'not', '%'],
  ...rows.flatMap(({ group, scores }) => scores.map((score) => [group, ...cellsOf(score)])),
]);
const failed = rows.filter(({ scores }) =>
  scores.some(({ file, percent }) => file === '' && percent < WANTED),
);
for (const { group } of failed) say(`less than ${WANTED} % of the mutants of ${group} are noticed`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function mutate({ name, mutate: files, tests }: Group): ReturnType<Stryker['runMutationTest']> {
  return new Stryker({
    ...{ configFile: 'test/mutation/stryker.json', mutate: [...files], testFiles: [...tests] },
    concurrency: Number(values.concurrency),
    ...{ jsonReporter: { fileName: `dist/mutation/${name}.json` } },
  }).runMutationTest();
}

function cellsOf({ file, mutants, noticed, percent }: Score): readonly string[] {
  return [file || 'all', String(mutants), String(noticed), String(mutants - noticed), percent.toFixed(1)];
}
