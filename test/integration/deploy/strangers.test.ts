// A namespace that may not use this machine names containers of its engine: nothing runs in them.
import { expect } from 'chai';
import { REQUESTED_AT } from '../../../controller/api/group.ts';
import { callEngine } from '../../../lib/embedded/engine-api.ts';
import { startControllerProcess, type ControllerProcess } from '../../support/controller-process.ts';
import { pluginManifest, workspaceManifest } from '../../support/manifests.ts';
import { BED_TIMEOUT_MS, bed } from '../support/bed.ts';
import { kubectl } from '../support/kubectl.ts';
import { containerOf, containerWorkspace, docker } from '../stories/docker.ts';
import { pluginFiles } from '../stories/plugins.ts';
import { World } from '../stories/world.ts';

describe('a namespace that may not use this machine', () => {
  let world: World;
  let guest: string;
  let url: string;
  let controller: ControllerProcess | undefined;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    const engine = await docker();
    world = await World.open({ withController: false });
    guest = await (await bed()).namespace();
    const repository = await world.git.repository('skills');
    await repository.release('v1', pluginFiles('1.0.0'));
    url = `${world.git.urlOf('skills')}#v1`;
    controller = await startControllerProcess([
      ...world.flags,
      `--docker-host=${engine.host}`,
      `--host-namespace=${world.namespace}`,
      `--namespace=${guest}`,
    ]);
  });

  after(async () => {
    await controller?.stop(0);
    await world.close();
  });

  /** What the engine, which remembers its last 256 events, tells of commands in the container: a line each. */
  async function toldOf(container: string, event: 'exec_create' | 'exec_die'): Promise<readonly string[]> {
    const filters = encodeURIComponent(JSON.stringify({ container: [container], event: [event] }));
    const path = `/events?since=0&until=${Math.floor(Date.now() / 1000) + 1}&filters=${filters}`;
    const socket = (await docker()).host.slice('unix://'.length);
    const said = await callEngine(socket, { method: 'GET', path });
    return said.split('\n').filter((line) => line !== '');
  }

  function asGuest(...args: readonly string[]): Promise<string> {
    return kubectl(world.controlPlane, ['-n', guest, ...args]);
  }

  it('runs nothing in the containers that it names, by name or by label, nor when it lets them go', async () => {
    const labels = { agent: 'bait' };
    const manifest = await containerWorkspace(world, 'bait', { image: 'busybox', labels });
    const container = containerOf(world, 'bait');
    const runtimes = { named: { container }, labelled: { selector: { matchLabels: labels } } };
    await world.apply(
      ...Object.entries(runtimes).flatMap(([name, runtime]) => [
        workspaceManifest({ runtime: { docker: runtime } }, { name, namespace: guest }),
        pluginManifest(
          { workspaceRef: { name }, source: { url }, integrity: { interval: '1s' } },
          { name, namespace: guest },
        ),
      ]),
    );
    const all = ['ws/named', 'ws/labelled', 'wsp/named', 'wsp/labelled'];
    await asGuest('wait', '--for=condition=Stalled', '--timeout=30s', ...all);
    await asGuest('annotate', ...all, `${REQUESTED_AT}=now`);
    const answered = 'jsonpath={.status.lastHandledReconcileAt}=now';
    await asGuest('wait', `--for=${answered}`, '--timeout=30s', ...all);
    const reason = '{.items[*].status.conditions[?(@.type=="Stalled")].reason}';
    const reasons = await asGuest('get', 'ws,wsp', '-o', `jsonpath=${reason}`);
    expect(reasons.split(' ')).to.deep.equal(all.map(() => 'RuntimeNotPermitted'));
    await asGuest('delete', '--timeout=30s', ...all);
    expect(await toldOf(container, 'exec_create')).to.deep.equal([]);
    expect(await toldOf(container, 'exec_die')).to.deep.equal([]);

    // The same container, declared where that is permitted: so the engine would have told.
    await world.apply(manifest, world.plugin('bait', 'bait', { url }));
    await world.ready('bait');
    expect(await toldOf(container, 'exec_die')).to.have.length.greaterThan(0);
  });
});
