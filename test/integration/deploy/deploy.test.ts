// manifests/base on a real API server: its pods are taken, and the controller may do what it does, and no more.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { API_VERSION } from '../../../controller/api/group.ts';
import type { PluginUpdate } from '../../../controller/api/plugin-update.ts';
import type { WorkspacePlugin } from '../../../controller/api/workspace-plugin.ts';
import { readInvocation } from '../../../controller/config.ts';
import { KEPT } from '../../../controller/plugin-update/decide.ts';
import type { Repository } from '../../../lib/embedded/git-repository.ts';
import { canary } from '../../support/canaries.ts';
import { pluginManifest, updateManifest, workspaceManifest } from '../../support/manifests.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS, gitServer } from '../support/bed.ts';
import { kubectl } from '../support/kubectl.ts';
import { deedsOf, permittedBy } from './audit.ts';
import { Cluster, MANIFESTS, NAME, SERVICE_ACCOUNT } from './cluster.ts';

const RULE = 'Be brief.\n';
const VISIT_ALL_TIMEOUT_MS = 180_000;

interface PodTemplate {
  readonly metadata: object;
  readonly spec: {
    readonly containers: readonly [{ readonly args: readonly string[]; readonly securityContext: object }];
  };
}

interface Role {
  readonly rules: Parameters<typeof permittedBy>[0];
}

describe('manifests/base', () => {
  let cluster: Cluster;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    cluster = await Cluster.start();
  });

  after(() => cluster[Symbol.asyncDispose]());

  async function template(): Promise<PodTemplate> {
    const path = ['deployment', NAME, '-n', NAME] as const;
    return (await cluster.read<{ spec: { template: PodTemplate } }>(...path)).spec.template;
  }

  async function createPod(pod: object): Promise<string> {
    const body = { apiVersion: 'v1', kind: 'Pod', ...pod };
    const args = ['create', '--dry-run=server', '-n', NAME, '-f', '-'];
    return kubectl(cluster.controlPlane, args, JSON.stringify(body));
  }

  it('has pods that a namespace of restricted pods takes', async () => {
    const { metadata, spec } = await template();
    await createPod({ metadata: { ...metadata, name: 'one' }, spec });
  });

  it('has a namespace that takes no others', async () => {
    const { metadata, spec } = await template();
    const containers = spec.containers.map(({ securityContext: _, ...container }) => container);
    const error = await createPod({
      metadata: { ...metadata, name: 'one' },
      spec: { ...spec, containers },
    }).then(() => '', String);
    expect(error).to.include('violates PodSecurity "restricted');
  });

  it('starts the controller with flags that it knows', async () => {
    const [{ args }] = (await template()).spec.containers;
    expect(readInvocation(args, {}).command).to.equal('run');
  });

  it('lets those who may view a namespace view, and those who may edit it declare', async () => {
    for (const role of ['view', 'edit']) {
      await cluster.kubectl('create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}`);
    }
    const may = async (user: string, verb: string): Promise<boolean> => {
      const args = ['auth', 'can-i', verb, 'workspaceplugins.plugins.molecule.ai', `--as=${user}`];
      return (await cluster.controlPlane.kubectl(args)).exitCode === 0;
    };
    await waitFor('the roles to be joined', () => may('view', 'list'));
    await waitFor('the roles to be joined', () => may('edit', 'create'));
    expect(await may('view', 'create')).to.equal(false);
    expect(await may('edit', 'get')).to.equal(true);
  });

  it('lets the controller read Secrets where it was given them, and nowhere else', async () => {
    const may = async (verb: string, namespace: string): Promise<boolean> => {
      const args = ['auth', 'can-i', verb, 'secrets', `--as=${SERVICE_ACCOUNT}`, '-n', namespace];
      return (await cluster.controlPlane.kubectl(args)).exitCode === 0;
    };
    expect(await may('get', 'default')).to.equal(true);
    expect(await may('list', 'default')).to.equal(false);
    expect(await may('get', 'kube-system')).to.equal(false);
    await cluster.kubectl('apply', '-k', join(MANIFESTS, 'cluster-secrets'));
    await waitFor('the right to be known', () => may('get', 'kube-system'));
    expect(await may('list', 'kube-system')).to.equal(false);
    await cluster.kubectl('delete', '-k', join(MANIFESTS, 'cluster-secrets'));
  });

  it('gives the controller every right that it uses, and none that it does not', async function () {
    this.timeout(VISIT_ALL_TIMEOUT_MS);
    await visitAll(cluster);
    const { done, forbidden } = deedsOf(SERVICE_ACCOUNT, await cluster.controlPlane.audit());
    expect(forbidden).to.deep.equal([]);
    const roles = [
      await cluster.read<Role>('clusterrole', NAME),
      await cluster.read<Role>('role', NAME, '-n', NAME),
      await cluster.read<Role>('role', `${NAME}-secrets`, '-n', 'default'),
    ];
    expect(done).to.deep.equal(permittedBy(roles.flatMap(({ rules }) => rules)));
  });
});

/** Installs a plugin, has it repaired twice and updated, claims its place a second time, and removes it: everything that the controller does. */
async function visitAll(cluster: Cluster): Promise<void> {
  const git = await gitServer();
  const repository = await git.repository('deployed');
  await repository.tag('v1', await repository.commit({ 'rules/style.md': RULE }));
  const token = canary('a token that no server asks for');
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'creds' },
    stringData: { bearerToken: token },
  });
  const folder = await cluster.folder('alice');
  const rule = join(folder, 'configs', 'plugins', 'browser', 'rules', 'style.md');
  const controller = await cluster.startController([
    '--host-namespace=*',
    `--directory-root=${cluster.path()}`,
  ]);
  try {
    await cluster.apply(
      workspaceManifest({ runtime: { directory: { path: folder } } }),
      pluginManifest({
        source: { url: git.urlOf('deployed'), secretRef: { name: 'creds' }, interval: '1s' },
        track: 'tag:latest',
        integrity: { interval: '1s' },
      }),
    );
    await cluster.kubectl('wait', '--for=condition=Ready', '--timeout=60s', 'ws,wsp', '--all');
    for (const text of ['Be evil.\n', 'Be worse.\n']) {
      await writeFile(rule, text);
      await waitFor('the repair', async () => (await readFile(rule, 'utf8')) === RULE);
    }
    await updateAll(cluster, repository);
    await cluster.apply(
      workspaceManifest(
        { runtime: { directory: { path: folder } } },
        { name: 'second', namespace: 'default' },
      ),
    );
    await cluster.kubectl('wait', '--for=condition=Stalled', '--timeout=60s', 'ws/second');
    await waitFor('the event to be counted', () => countedTwice(cluster));
    await cluster.kubectl('delete', 'ws,wsp', '--all', '--timeout=60s');
  } finally {
    expect(await controller.stop(20_000), controller.log()).to.equal(0);
  }
}

/** Finds more updates than are kept, asks about another version, and installs it once it is approved. */
async function updateAll(cluster: Cluster, repository: Repository): Promise<void> {
  const all = async () => (await cluster.read<{ items: readonly PluginUpdate[] }>('pluginupdates')).items;
  const { metadata } = await cluster.read<WorkspacePlugin>('wsp', 'alice');
  const owner = { apiVersion: API_VERSION, kind: 'WorkspacePlugin', name: 'alice', uid: metadata.uid };
  const old = Array.from({ length: KEPT + 1 }, (_, index) => `old-${index}`).map((name) => {
    const update = updateManifest({ pluginRef: { name: 'alice' } }, { name, namespace: 'default' });
    return { ...update, metadata: { ...update.metadata, ownerReferences: [owner] } };
  });
  await cluster.apply(...old);
  await repository.tag('v2', await repository.commit({ 'rules/style.md': `${RULE}Be kind.\n` }));
  const asked = await waitFor('the question', async () =>
    (await all()).find(({ spec, status }) => spec.ref === 'v2' && status?.phase === 'Pending'),
  );
  const decision = JSON.stringify({ spec: { decision: 'Approved', decidedBy: 'admin' } });
  await cluster.kubectl('patch', 'pu', asked.metadata.name, '--type=merge', '-p', decision);
  await cluster.kubectl('wait', '--for=condition=Ready', '--timeout=30s', `pu/${asked.metadata.name}`);
  await cluster.kubectl('wait', '--for=delete', '--timeout=30s', 'pu/old-0');
}

async function countedTwice(cluster: Cluster): Promise<boolean> {
  const { items } = await cluster.read<{ items: readonly { reason: string; count: number }[] }>('events');
  return items.some(({ reason, count }) => reason === 'Repaired' && count === 2);
}
