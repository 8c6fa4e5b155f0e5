// The embedded control plane as its users rely on it.
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startChild } from '../../../lib/embedded/child.ts';
import { startControlPlane } from '../../../lib/embedded/control-plane.ts';
import type { ControlPlane } from '../../../lib/embedded/control-plane.ts';
import { createScratch } from '../../../lib/embedded/scratch.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { overhearNow } from '../support/canaries.ts';
import { kubectl } from '../support/kubectl.ts';

describe('the embedded control plane', () => {
  let plane: ControlPlane;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    plane = await startControlPlane({ users: [{ name: 'bob', groups: ['developers'] }] });
  });

  after(async () => {
    await overhearNow(plane);
    await plane.stop();
  });

  it('knows its users by name and group, and gives them no rights', async () => {
    const who = await plane.kubectl(['auth', 'whoami', '-o', 'json'], { user: 'bob' });
    expect(who.stdout).to.include('"bob"').and.to.include('"developers"');
    const pods = await plane.kubectl(['get', 'pods'], { user: 'bob' });
    expect(pods.exitCode).to.equal(1);
    expect(pods.stderr).to.include('User "bob" cannot list');
  });

  it('refuses to name the kubeconfig of a user it does not have', () => {
    expect(() => plane.kubeconfigFor('eve')).to.throw('has no user eve');
  });

  it('reports a failed command as a result', async () => {
    const { exitCode, stderr } = await plane.kubectl(['get', 'configmap', 'nothing']);
    expect(exitCode).to.equal(1);
    expect(stderr).to.include('"nothing" not found');
  });

  it('counts its requests', async () => {
    await kubectl(plane, ['create', 'configmap', 'counted']);
    const posts = /apiserver_request_total\{[^}]*resource="configmaps"[^}]*verb="POST"[^}]*\} [1-9]/;
    expect(await plane.metrics()).to.match(posts);
  });

  it('keeps its address and its data over a restart of the API server', async () => {
    await kubectl(plane, ['create', 'configmap', 'kept', '--from-literal=a=b']);
    await plane.restart();
    const value = await kubectl(plane, ['get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}']);
    expect(value).to.equal('b');
  });

  it('takes away what the objects that are gone owned', async () => {
    const owner = JSON.parse(await kubectl(plane, ['create', 'configmap', 'owner', '-o', 'json'])) as {
      metadata: { uid: string };
    };
    const owned = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'owned',
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid }],
      },
    };
    await kubectl(plane, ['create', '-f', '-'], JSON.stringify(owned));
    await kubectl(plane, ['delete', 'configmap', 'owner']);
    const isGone = async (): Promise<boolean> =>
      (await plane.kubectl(['get', 'configmap', 'owned'])).exitCode !== 0;
    await waitFor('the owned object to be gone', isGone, 50_000);
  });
});

describe('when the process with a control plane is killed', () => {
  it('nothing answers any more, and the folder is gone', async function () {
    this.timeout(BED_TIMEOUT_MS);
    const parent = spawn(process.execPath, [join(import.meta.dirname, 'fixture.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const { kubeconfig, server } = JSON.parse(line.toString()) as { kubeconfig: string; server: string };
    parent.kill('SIGKILL');
    await waitFor('the folder to be gone', async () => !(await exists(dirname(kubeconfig))), 20_000);
    await waitFor('silence at the address', async () => !(await answers(server)), 20_000);
  });
});

describe('an isolated child process', () => {
  it('takes descendants that left its group and the mounts they made with it', async () => {
    const scratch = await createScratch('isolated');
    const folder = join(scratch.path, 'mounted');
    await mkdir(folder);
    const script =
      'mount -t tmpfs none "$1" && touch "$1/inside" && { setsid sleep 300 & } && echo up && wait';
    const child = startChild({ name: 'x', argv: ['sh', '-c', script, 'sh', folder], isolated: true });
    await waitFor('the child to be up', () => child.log().includes('up'));
    expect(await exists(join(folder, 'inside'))).to.equal(false);
    await child.stop(0);
    await scratch.remove();
    expect(await exists(scratch.path)).to.equal(false);
  });
});

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Whether anything accepts a connection there; what it says of our certificate does not matter. */
async function answers(server: string): Promise<boolean> {
  return fetch(server, { signal: AbortSignal.timeout(5_000) }).then(
    () => true,
    (error: unknown) => !JSON.stringify((error as Error).cause ?? '').includes('ECONNREFUSED'),
  );
}
