// What kubectl shows people: columns, categories and the explanation of every field.
import { expect } from 'chai';
import { readDefinitions } from '../../../crds/schema.ts';
import type { Schema } from '../../../crds/schema.ts';
import { API_VERSION } from '../../../controller/api/group.ts';
import { pluginManifest, workspaceManifest } from '../../support/manifests.ts';
import { BED_TIMEOUT_MS, bed } from '../support/bed.ts';
import type { Bed } from '../support/bed.ts';
import { apply, kubectl } from '../support/kubectl.ts';

const READY = {
  type: 'Ready',
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: '2026-05-08T14:15:30Z',
  reason: 'Installed',
  message: 'all is well',
};
const REVISION = 'abcdef012345'.padEnd(40, '6');
const NEWER = 'fedcba543210'.padEnd(40, '6');

const workspaceStatus = {
  observedGeneration: 1,
  conditions: [READY],
  runtime: { kind: 'docker', swapMode: 'Rename', instance: 'x' },
  plugins: { declared: 2, installed: 1, drifted: 1 },
};
const pluginStatus = {
  observedGeneration: 1,
  conditions: [READY],
  installed: {
    revision: REVISION,
    short: REVISION.slice(0, 12),
    digest: `sha256:${'0'.repeat(64)}`,
    version: '1.2.0',
    time: '2026-05-08T14:15:30Z',
  },
  available: {
    revision: NEWER,
    short: NEWER.slice(0, 12),
    ref: 'v1.3.0',
    firstSeenTime: '2026-05-08T14:15:30Z',
  },
};

describe('kubectl', () => {
  let test: Bed;
  let namespace: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    test = await bed();
    namespace = await test.namespace();
    await apply(test.controlPlane, workspaceManifest({}, { name: 'alice', namespace }));
    await apply(test.controlPlane, pluginManifest({ track: 'tag:latest' }, { name: 'browser', namespace }));
    await setStatus('ws', 'alice', workspaceStatus);
    await setStatus('wsp', 'browser', pluginStatus);
  });

  async function setStatus(kind: string, name: string, status: object): Promise<void> {
    const patch = JSON.stringify({ status });
    const args = ['patch', kind, name, '-n', namespace, '--subresource=status', '--type=merge', '-p', patch];
    await kubectl(test.controlPlane, args);
  }

  /** The table as cells; kubectl parts its columns by at least three spaces. */
  async function table(...args: readonly string[]): Promise<string[][]> {
    const text = await kubectl(test.controlPlane, ['get', '-n', namespace, ...args]);
    return text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/ {3,}/));
  }

  it('shows the columns of a Workspace', async () => {
    const [head, row] = await table('ws');
    expect(head).to.deep.equal(['NAME', 'RUNTIME', 'READY', 'PLUGINS', 'DRIFTED', 'STATUS', 'AGE']);
    expect(row?.slice(0, -1)).to.deep.equal(['alice', 'docker', 'True', '1', '1', 'all is well']);
  });

  it('shows the columns of a WorkspacePlugin', async () => {
    const [head, row] = await table('wsp');
    expect(head?.join(' ')).to.equal('NAME WORKSPACE TRACK INSTALLED AVAILABLE READY STATUS AGE');
    expect(row?.slice(0, -1)).to.deep.equal([
      'browser',
      'alice',
      'tag:latest',
      'abcdef012345',
      'fedcba543210',
      'True',
      'all is well',
    ]);
  });

  it('adds the source to the wide columns of a WorkspacePlugin', async () => {
    const [head, row] = await table('wsp', '-o', 'wide');
    expect(head).to.include('SOURCE');
    expect(row).to.include('github://owner/repo#v1.2.0');
  });

  it('shows both kinds by their category', async () => {
    const names = await kubectl(test.controlPlane, ['get', 'plugins', '-n', namespace, '-o', 'name']);
    expect(names.trim().split('\n')).to.have.members([
      'workspace.plugins.molecule.ai/alice',
      'workspaceplugin.plugins.molecule.ai/browser',
    ]);
  });

  it('waits for the Ready condition', async () => {
    const args = ['wait', '--for=condition=Ready', '--timeout=5s', '-n', namespace, 'wsp/browser'];
    expect(await kubectl(test.controlPlane, args)).to.include('condition met');
  });

  it('explains every field of both kinds', async () => {
    for (const { kind, schema } of await readDefinitions()) {
      const args = ['explain', kind.toLowerCase(), '--recursive', `--api-version=${API_VERSION}`];
      const explained = await kubectl(test.controlPlane, args);
      for (const { path, description } of fieldsOf(schema, kind)) {
        expect(description, path).to.match(/^[A-Z][^]{14,}\.$/);
        expect(explained, path).to.include(path.slice(path.lastIndexOf('.') + 1));
      }
    }
  });

  it('explains a field in the words of its schema', async () => {
    const text = await kubectl(test.controlPlane, ['explain', 'wsp.spec.source.interval']);
    expect(text.replaceAll(/\s+/g, ' ')).to.include('How often to look upstream: a duration such as 90s');
  });
});

/** Every field below `spec` and `status`, those of list items too, with what the schema says of it. */
function fieldsOf(schema: Schema, path: string): { path: string; description: string }[] {
  const items = schema.items === undefined ? [] : fieldsOf(schema.items, path);
  const fields = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'metadata');
  return [
    ...items,
    ...fields.flatMap(([name, field]) => [
      { path: `${path}.${name}`, description: field.description },
      ...fieldsOf(field, `${path}.${name}`),
    ]),
  ];
}
