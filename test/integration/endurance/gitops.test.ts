// A GitOps engine applies the same manifests every second, as a field manager of its own: nobody fights.
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { KubeObject } from '../../../lib/kube/kube.ts';
import type { Manifest } from '../../support/manifests.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { pluginFiles } from '../stories/plugins.ts';
import { expectInstalled } from '../stories/tree.ts';
import { World } from '../stories/world.ts';

const LOOP_MS = 20_000;
const PERIOD_MS = 1_000;
const QUIET_MS = 3_000;

interface Managed extends KubeObject {
  readonly metadata: KubeObject['metadata'] & {
    readonly managedFields: readonly { readonly manager: string; readonly fieldsV1: object }[];
  };
}

describe('a GitOps loop', () => {
  let world: World;
  let manifests: readonly Manifest[];

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open();
    const repository = await world.git.repository('skills');
    await repository.tag('v1', await repository.commit(pluginFiles('1.0.0')));
    await repository.tag('v2', await repository.commit(pluginFiles('2.0.0')));
    manifests = await manifestsAt('v1');
    await apply();
    await world.ready('pinned', 'followed');
    await untilQuiet();
  });

  after(async () => world.close());

  async function manifestsAt(tag: string): Promise<readonly Manifest[]> {
    return [
      await world.workspace('alice'),
      world.plugin('pinned', 'alice', { url: `${world.git.urlOf('skills')}#${tag}` }),
      world.plugin('followed', 'alice', { track: 'branch:main', update: { approval: 'Automatic' } }),
    ];
  }

  /** Fails on a conflict, as it is not forced. */
  async function apply(): Promise<void> {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    const args = ['apply', '--server-side', '--field-manager=gitops', '-f', '-'];
    const { exitCode, stderr } = await world.controlPlane.kubectl(args, { input });
    expect(exitCode, stderr).to.equal(0);
  }

  async function objects(): Promise<readonly Managed[]> {
    const text = await world.kubectl('get', 'ws,wsp', '-o', 'json', '--show-managed-fields');
    return (JSON.parse(text) as { items: readonly Managed[] }).items;
  }

  async function versions(): Promise<readonly object[]> {
    return (await objects()).map(({ metadata: { name, generation, resourceVersion } }) => ({
      name,
      generation,
      resourceVersion,
    }));
  }

  async function untilQuiet(): Promise<void> {
    await waitFor('writes to end', async () => {
      const before = await versions();
      await delay(QUIET_MS);
      return JSON.stringify(before) === JSON.stringify(await versions());
    });
  }

  /** Applies every second for as long. */
  async function loop(ms: number): Promise<number> {
    let rounds = 0;
    for (const end = performance.now() + ms; performance.now() < end; rounds += 1) {
      await Promise.all([apply(), delay(PERIOD_MS)]);
    }
    return rounds;
  }

  it('changes nothing, and makes the controller write nothing', async function () {
    this.timeout(LOOP_MS + BED_TIMEOUT_MS);
    const [before, writes] = [await versions(), world.tally.writes.length];
    expect(await loop(LOOP_MS)).to.be.greaterThan(4);
    expect(await versions()).to.deep.equal(before);
    expect(world.tally.writes.slice(writes)).to.deep.equal([]);
  });

  it('brings an edit into the workspace, and is at rest again', async () => {
    manifests = await manifestsAt('v2');
    await Promise.all([
      loop(2 * PERIOD_MS),
      world.until('pinned', 'version 2.0.0', ({ status }) => status?.installed?.version === '2.0.0'),
    ]);
    await world.ready('pinned');
    expectInstalled(await world.tree('alice', 'pinned'), pluginFiles('2.0.0'));
    await untilQuiet();
    const before = await versions();
    await loop(2 * PERIOD_MS);
    expect(await versions()).to.deep.equal(before);
  });

  it('shares no field with the controller', async () => {
    for (const { metadata } of await objects()) {
      const ours = metadata.managedFields.filter(({ manager }) => manager === 'workspace-plugin-controller');
      const fields = ours.flatMap(({ fieldsV1 }) => Object.keys(fieldsV1));
      expect(new Set(fields), metadata.name).to.deep.equal(new Set(['f:metadata', 'f:status']));
      const held = ours.map(({ fieldsV1 }) => (fieldsV1 as { 'f:metadata'?: object })['f:metadata'] ?? {});
      expect(held.flatMap(Object.keys), metadata.name).to.deep.equal(['f:finalizers']);
    }
  });
});
