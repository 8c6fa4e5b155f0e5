// Oracles at the end of a round: all is as declared, nothing is left behind, nothing is written without need.
import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import type { WorkspacePlugin } from '../../controller/api/workspace-plugin.ts';
import type { Workspace } from '../../controller/api/workspace.ts';
import {
  CONVERGED_MS,
  expectQuietVisits,
  expectWell,
  readAll,
} from '../integration/endurance/convergence.ts';
import { pluginFiles } from '../integration/stories/plugins.ts';
import { expectInstalled, readTree } from '../integration/stories/tree.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Parts } from './parts.ts';

const VISITS = 10;

/** Our own folders and files that may be there at rest; anything else is left over. */
const AT_REST = /^(\.controller(\/\.(owner|ticket))?|\.previous|[a-z0-9][^/]*)$/;

/** @returns after how many milliseconds. @throws Error with what is not as declared */
export async function untilAsDeclared(parts: Parts): Promise<number> {
  const start = performance.now();
  let last: readonly (WorkspacePlugin | Workspace)[] = [];
  try {
    await waitFor(
      'everything to be as declared',
      async () => {
        last = await readAll(parts);
        await expectAsDeclared(parts, last);
        return true;
      },
      CONVERGED_MS,
    );
  } catch (error) {
    const cause = error instanceof Error ? String(error.cause) : '';
    const states = last.map(({ kind, metadata: { name }, status }) => [kind, name, status]);
    throw new Error(`${String(error)}: ${cause}; it was ${JSON.stringify(states)}`, { cause: error });
  }
  return performance.now() - start;
}

async function expectAsDeclared(
  parts: Parts,
  objects: readonly (WorkspacePlugin | Workspace)[],
): Promise<void> {
  const { wishes } = parts;
  const names = objects.filter(({ kind }) => kind === 'WorkspacePlugin').map(({ metadata }) => metadata.name);
  expect([...names].sort()).to.deep.equal(wishes.wanted.map(({ name }) => name).sort());
  for (const plugin of wishes.declared) {
    const version = wishes.versionOf(plugin);
    const tree = await readTree(parts.live(plugin));
    if (version === undefined) {
      expect(tree, plugin.name).to.equal(undefined);
      continue;
    }
    const object = objects.find(
      ({ metadata, kind }) => kind === 'WorkspacePlugin' && metadata.name === plugin.name,
    );
    if (object === undefined) throw new Error(`${plugin.name} is not there`);
    expectWell(object, version.revision, plugin.wish?.kind === 'Pin' ? {} : { Drifted: 'False' });
    expectInstalled(tree, pluginFiles(version.version), { revision: version.revision });
  }
  for (const object of objects.filter(({ kind }) => kind === 'Workspace')) expectWell(object, '', {});
  await expectNoLeftovers(parts);
}

async function expectNoLeftovers(parts: Parts): Promise<void> {
  for (const workspace of new Set(parts.wishes.declared.map((one) => one.workspace))) {
    const root = parts.plugins(workspace);
    const entries = await readdir(root);
    const own = (await readdir(`${root}/.controller`)).map((name) => `.controller/${name}`);
    expect(
      [...entries, ...own].filter((path) => !AT_REST.test(path)),
      workspace,
    ).to.deep.equal([]);
  }
}

/** Ten visits of every plugin without a write but the answer. @throws Error with what was written */
export async function expectRest(parts: Parts): Promise<void> {
  await expectQuietVisits(parts, VISITS, parts.wishes.wanted.length);
}
