// A Workspace and its plugins that are deleted one right after the other, as `kubectl delete -f` does.
import { expect } from 'chai';
import { decide, FOLLOW_MS } from '../../../../controller/workspace/decide.ts';
import { deleted, held, NOW, withMetadata, withStatus, workspace } from '../../builders.ts';
import type { Workspace } from '../../../../controller/api/workspace.ts';
import { mergeConditions } from '../../../../lib/reconcile/conditions.ts';

const NO_PLUGINS = { declared: [], installed: 0, drifted: 0, leaving: 0, staying: 0 };

/** Being deleted, which was first reported this long ago. */
function deletedSince(ms: number): Workspace {
  const finding = { type: 'Ready', status: 'False', reason: 'Deleting', message: '' } as const;
  const conditions = [...mergeConditions([], [finding], 1, new Date(NOW.getTime() - ms))];
  return workspace(held, deleted, withStatus({ conditions }));
}

describe('a Workspace that is being deleted', () => {
  it('waits a moment for plugins that may be deleted too', () => {
    for (const object of [workspace(held, deleted), deletedSince(FOLLOW_MS / 2)]) {
      const plan = decide({ object, plugins: { ...NO_PLUGINS, staying: 1 } }, NOW);

      expect(plan).to.deep.equal({ kind: 'Nothing', reason: 'PluginsMayFollow' });
    }
  });

  it('goes when they are not', () => {
    const object = deletedSince(FOLLOW_MS);

    const plan = decide({ object, plugins: { ...NO_PLUGINS, staying: 1 } }, NOW);

    expect(plan).to.deep.equal({ kind: 'Release' });
  });

  it('waits for as long as it takes for those that are being deleted', () => {
    const object = deletedSince(100 * FOLLOW_MS);

    const plan = decide({ object, plugins: { ...NO_PLUGINS, leaving: 1 } }, NOW);

    expect(plan).to.deep.equal({ kind: 'Nothing', reason: 'PluginsLeaving' });
  });

  it('goes at once when it never had any', () => {
    const plan = decide({ object: workspace(held, deleted), plugins: NO_PLUGINS }, NOW);

    expect(plan).to.deep.equal({ kind: 'Release' });
  });

  it('is left to those who still hold it where we do not', () => {
    const object = withMetadata<Workspace>({ finalizers: ['other/finalizer'] })(deletedSince(0));

    const plan = decide({ object, plugins: { ...NO_PLUGINS, staying: 1 } }, NOW);

    expect(plan).to.deep.equal({ kind: 'Nothing', reason: 'Released' });
  });
});

describe('a Workspace that is not being deleted', () => {
  it('is held, and watched from then on', () => {
    expect(decide({ object: workspace(), plugins: NO_PLUGINS }, NOW)).to.deep.equal({ kind: 'Hold' });
    expect(decide({ object: held(workspace()), plugins: NO_PLUGINS }, NOW)).to.deep.equal({
      kind: 'Nothing',
      reason: 'Watched',
    });
  });
});
