// The README's tables of flags and reasons are those of the program, that of rights is that of the manifests.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { reasons, types, updateTypes } from '../../../controller/api/reasons.ts';
import { FLAGS, type Flag } from '../../../controller/flags.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const README = join(ROOT, 'README.md');
const MANIFESTS = join(ROOT, 'manifests');

describe('README', () => {
  it('names every flag with its variable, default and purpose, and no other', async () => {
    const rows = await readTable('flag');

    expect(rows).to.deep.equal(FLAGS.map(rowOf));
  });

  it('explains every reason that a condition can have, and no other', async () => {
    const rows = await readTable('reason');

    expect(rows.map(([reason]) => reason).sort()).to.deep.equal(Object.keys(reasons).sort());
  });

  it('names every right that the controller is given, where it is given, and no other', async () => {
    const rows = await readTable('where');

    const given = [
      ...(await rulesOf('base', 'ClusterRole')).map((rule) => ['all namespaces', ...rightsOf(rule)]),
      ...(await rulesOf('base', 'Role')).map((rule) => ['its own', ...rightsOf(rule)]),
      ...(await rulesOf('namespace-secrets', 'Role')).map((rule) => ['where you allow', ...rightsOf(rule)]),
    ];
    expect(rows.map((cells) => cells.slice(0, 3))).to.deep.equal(given);
  });

  it('explains every condition, and no other', async () => {
    const rows = await readTable('condition');

    expect(rows.map(([condition]) => condition)).to.have.members([
      ...Object.keys(types),
      ...Object.keys(updateTypes),
    ]);
  });
});

interface Rule {
  readonly verbs: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

async function rulesOf(folder: string, kind: string): Promise<readonly Rule[]> {
  const text = await readFile(join(MANIFESTS, folder, 'access.yaml'), 'utf8');
  const documents = parseAllDocuments(text).map(
    (document) => document.toJS() as { readonly kind: string; readonly rules?: readonly Rule[] },
  );
  return documents.flatMap((one) => (one.kind === kind ? (one.rules ?? []) : []));
}

function rightsOf({ verbs, resources, resourceNames }: Rule): readonly string[] {
  const names = resourceNames === undefined ? '' : ` (${resourceNames.join(', ')})`;
  return [verbs.join(', '), `${resources.join(', ')}${names}`];
}

function rowOf({ name, environment, fallback, repeatable, only, help }: Flag): readonly string[] {
  const marks = `${repeatable === true ? ' (repeatable)' : ''}${only === undefined ? '' : ` (${only} only)`}`;
  return [`--${name}${marks}`, environment, fallback, help];
}

/** The rows of the table whose first column has this heading; code marks and escapes taken away. */
async function readTable(heading: string): Promise<readonly (readonly string[])[]> {
  const lines = (await readFile(README, 'utf8')).split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} `));
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end).map(cellsOf);
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', '').replaceAll('\\', ''));
}
