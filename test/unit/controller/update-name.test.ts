// The name of a question: the same for the same, another for any other.
import { expect } from 'chai';
import type { WorkspacePlugin } from '../../../controller/api/workspace-plugin.ts';
import { isCurrent, updateName } from '../../../controller/update-name.ts';
import {
  approving,
  candidate,
  resetting,
  tracking,
  withMetadata,
  withSource,
  withSpec,
  withStatus,
  workspacePlugin,
} from '../builders.ts';
import { pluginUpdate } from '../update-builder.ts';

const [one, two, three] = [candidate(1), candidate(2), candidate(3)];
const plugin = workspacePlugin(tracking('tag:latest'), approving(one));
const name = updateName(plugin, two.revision);

describe('the name of an update', () => {
  it('is that of its plugin and a hash', () => {
    expect(name).to.match(/^browser-[0-9a-f]{10}$/);
  });

  for (const [what, modify] of [
    ['that was made again', withMetadata<WorkspacePlugin>({ uid: 'other' })],
    ['from another source', withSource({ url: 'github://acme/other' })],
    ['from another folder', withSource({ path: 'skills/other' })],
    ['with another approved revision', approving(three)],
    ['approved at another time', approving(one, { time: '2026-05-08T14:00:01Z' })],
    ['that somebody has reset', resetting('now')],
  ] as const) {
    it(`is another for a plugin ${what}`, () => {
      expect(updateName(modify(plugin), two.revision)).to.not.equal(name);
    });
  }

  for (const [what, modify] of [
    ['interval', withSource({ interval: '5m' })],
    ['policy', withSpec<WorkspacePlugin>({ suspend: true })],
    ['conditions', withStatus<WorkspacePlugin>({ failures: 3, conditions: [] })],
  ] as const) {
    it(`is the same for a plugin with another ${what}`, () => {
      expect(updateName(modify(plugin), two.revision)).to.equal(name);
    });
  }

  it('does not change when a reset is answered', () => {
    const asked = resetting('now')(plugin);
    const answered = withStatus<WorkspacePlugin>({ lastHandledResetAt: 'now' })(asked);
    expect(updateName(answered, two.revision)).to.equal(updateName(asked, two.revision));
  });

  it('is another for another revision', () => {
    expect(updateName(plugin, three.revision)).to.not.equal(name);
  });

  it('fits the longest name of a plugin', () => {
    const long = updateName(
      withMetadata<WorkspacePlugin>({ name: `${'a'.repeat(241)}.b` })(plugin),
      two.revision,
    );
    expect(long).to.match(/^a{241}-[0-9a-f]{10}$/);
  });
});

describe('an update is current', () => {
  it('only for the plugin and the revision that it names, from the one that is approved', () => {
    const update = pluginUpdate(plugin, two);
    expect(isCurrent(update, plugin)).to.equal(true);
    for (const spec of [
      { toRevision: three.revision },
      { fromRevision: two.revision },
      { pluginRef: { name: 'x' } },
    ]) {
      expect(
        isCurrent({ ...update, spec: { ...update.spec, ...spec } }, plugin),
        JSON.stringify(spec),
      ).to.equal(false);
    }
  });
});
