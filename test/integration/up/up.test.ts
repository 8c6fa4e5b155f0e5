// `up` as a person on one machine uses it: starts, declares, ends, comes back, and loses power in between.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ControllerProcess } from '../../support/controller-process.ts';
import { pluginManifest, updateManifest, workspaceManifest } from '../../support/manifests.ts';
import type { FoundProcess } from '../../support/processes.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { expectInstalled, readTree } from '../stories/tree.ts';
import { writeFiles } from '../stories/plugins.ts';
import { Machine } from './machine.ts';

const FILES = { 'plugin.yaml': 'name: browser\nversion: 1.0.0\n', 'rules/style.md': 'Be brief.\n' };
const GRACE_MS = 20_000;
const GONE_MS = 20_000;

describe('workspace-plugin-controller up', () => {
  let machine: Machine;
  let running: ControllerProcess | undefined;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    machine = await Machine.make();
    await writeFiles(machine.path('catalog', 'browser'), FILES);
    running = await machine.up();
  });

  after(async () => {
    await running?.stop(0);
    await machine.remove();
  });

  async function untilReady(): Promise<void> {
    await machine.kubectl(['wait', '--for=condition=Ready', '--timeout=60s', 'wsp/browser']);
  }

  it('tells what to do next', () => {
    expect(running?.log()).to.include(
      `export KUBECONFIG=${machine.kubeconfig} PATH=${machine.path('data', 'bin')}`,
    );
  });

  it('installs what is declared, in any namespace', async () => {
    const folder = await machine.workspace('alice');
    const items = [
      workspaceManifest({ runtime: { directory: { path: folder } } }),
      pluginManifest({ source: { url: 'local://browser' } }, { name: 'browser', namespace: 'default' }),
    ];
    await machine.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await untilReady();
    expectInstalled(await readTree(join(folder, 'configs', 'plugins', 'browser')), FILES);
  });

  it('lets nobody decide about an update in the name of another', async () => {
    await machine.kubectl(
      ['create', '-f', '-'],
      JSON.stringify(updateManifest({}, { name: 'asked', namespace: 'default' })),
    );
    const decision = JSON.stringify({ spec: { decision: 'Approved', decidedBy: 'somebody' } });
    await waitFor('the policy to be in force', async () => {
      const patch = ['patch', 'pu', 'asked', '--type=merge', '--dry-run=server', '-p', decision];
      const said = await machine.kubectl(patch).catch(String);
      return said.includes('decidedBy must be who decides, admin');
    });
  });

  it('is refused a second time for the same folder, and says so', async () => {
    const { code, said } = await machine.upRefused();
    expect(code).to.equal(2);
    expect(said)
      .to.include(`${machine.path('data')} is in use by another process`)
      .and.include('--data-dir');
  });

  it('has no secrets in what it keeps, but in Secrets', async () => {
    await machine.overhear();
  });

  it('ends with everything that it started at SIGTERM, and says that all went well', async () => {
    expect(await running?.stop(GRACE_MS)).to.equal(0);
    await untilNothingRuns(machine);
  });

  it('finds its objects again, behind the same kubeconfig', async () => {
    const before = await readFile(machine.kubeconfig, 'utf8');
    running = await machine.up();
    expect(await readFile(machine.kubeconfig, 'utf8')).to.equal(before);
    await untilReady();
  });

  it('leaves nothing running when it is killed, and loses nothing', async () => {
    await machine.kubectl(['create', 'configmap', 'kept']);
    expect(await running?.stop(0)).to.equal(137);
    await untilNothingRuns(machine);
    running = await machine.up();
    await machine.kubectl(['get', 'configmap', 'kept']);
    await untilReady();
  });

  it('ends, and says why, when a part of it ends by itself', async () => {
    const etcd = (await machine.processes()).find(isEtcd);
    process.kill(etcd?.pid ?? Number.NaN, 'SIGKILL');
    expect(await running?.ended()).to.equal(1);
    expect(running?.log()).to.match(/etcd ended with exit code 137/);
    await untilNothingRuns(machine);
  });
});

describe('workspace-plugin-controller up, ended while it starts', () => {
  it('leaves nothing running, and says that all went well', async () => {
    const machine = await Machine.make();
    const child = machine.starting();
    await waitFor('etcd to start', async () => (await machine.processes()).some(isEtcd));
    await child.stop(GRACE_MS);
    expect(child.exitCode, child.log()).to.equal(0);
    await untilNothingRuns(machine);
    await machine.remove();
  });
});

function isEtcd({ argv }: FoundProcess): boolean {
  return argv[1] === 'etcd' || argv[0]?.endsWith('/etcd') === true;
}

async function untilNothingRuns(machine: Machine): Promise<void> {
  await waitFor('all processes to be gone', async () => (await machine.processes()).length === 0, GONE_MS);
}

describe('workspace-plugin-controller up, where something is missing', () => {
  let machine: Machine;

  before(async () => {
    machine = await Machine.make();
  });

  after(() => machine.remove());

  it('says how to get a Kubernetes when there is none and no Go to build it', async () => {
    const { code, said } = await machine.upRefused({ PATH: '/usr/bin:/bin', HOME: machine.path('nothing') });
    expect(code).to.equal(1);
    expect(said)
      .to.match(/cannot be built without Go/)
      .and.match(/install Go, or set KUBEBUILDER_ASSETS/);
  });

  it('names the program that a folder of programs lacks', async () => {
    const assets = machine.path('nothing');
    const { code, said } = await machine.upRefused({ HOME: assets, KUBEBUILDER_ASSETS: assets });
    expect(code).to.equal(1);
    expect(said).to.include('KUBEBUILDER_ASSETS has no executable etcd');
  });
});
