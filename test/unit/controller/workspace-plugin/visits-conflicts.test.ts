// Stories of a status that somebody else's edit comes before: what the visit has found is recorded all the same.
import { expect } from 'chai';
import { WORKSPACE_PLUGIN } from '../../../../controller/api/group.ts';
import { TransientError } from '../../../../lib/errors.ts';
import { effects, NAME, one, two } from './set-up.ts';
import { outcomes, withUpdateWaiting } from './trial.ts';

const CONFLICT = new TransientError('Conflict', 'the object has been modified');

async function withEditsBeforeTheStatus(edit: (world: Stage['world']) => void, times = 1) {
  const stage = await withUpdateWaiting();
  let left = times;
  stage.world.kube.intercept = ({ subresource }) => {
    if (subresource !== 'status' || left === 0) return;
    left -= 1;
    edit(stage.world);
  };
  return stage;
}

type Stage = Awaited<ReturnType<typeof withUpdateWaiting>>;

function found({ kube }: Stage['world']) {
  const object = kube.read(WORKSPACE_PLUGIN, NAME);
  if (object === undefined) throw new Error('the object is gone');
  return object;
}

/** As `kubectl annotate`. */
function annotate(world: Stage['world']): void {
  const object = found(world);
  const annotations = { seen: object.metadata.resourceVersion };
  world.putPlugin({ ...object, metadata: { ...object.metadata, annotations } });
}

describe('a status that an edit comes before', () => {
  it('keeps the verdict of a restart that left the workspace down, which no later visit could find', async () => {
    const { place, visit, status } = await withEditsBeforeTheStatus(annotate);
    place.reload = 'Restart';
    place.failures.set('Restart', new TransientError('RestartFailed', 'it ended again'));
    await visit();
    expect(status().rejected?.map(({ revision }) => revision)).to.deep.equal([two.revision]);
    expect(status().approved?.revision).to.equal(one.revision);
  });

  it('is written in the same visit, with its history and one Event, and loses nothing of the edit', async () => {
    const { world, visit, place, status } = await withEditsBeforeTheStatus(annotate, 3);
    await visit();
    expect(outcomes(status())?.[0]).to.equal('Updated UpstreamChanged');
    expect(world.events).to.deep.equal(['Normal Updated']);
    expect(effects(place.calls)).to.have.length(1);
    expect(world.kube.read(WORKSPACE_PLUGIN, NAME)?.metadata.annotations).to.have.key('seen');
  });

  it('answers the spec that was visited, not the edited one', async () => {
    const { world, visit, status } = await withEditsBeforeTheStatus((edited) => {
      edited.edit((object) => object);
    });
    const { generation } = found(world).metadata;
    await visit();
    expect(status().observedGeneration).to.equal(generation);
  });

  it('is tried a bounded number of times', async () => {
    const { world, visit } = await withEditsBeforeTheStatus(annotate, Infinity);
    await expectConflict(visit());
    expect(world.kube.writes).to.have.length(5);
  });

  it('is not written over that of another writer', async () => {
    const { world, visit, status } = await withEditsBeforeTheStatus((edited) => {
      const object = found(edited);
      edited.putPlugin({ ...object, status: { ...object.status, failures: 7 } });
    });
    await expectConflict(visit());
    expect(world.kube.writes).to.have.length(1);
    expect(status().failures).to.equal(7);
  });

  it('is not written to another object of that name', async () => {
    const { world, visit, status } = await withEditsBeforeTheStatus((edited) => {
      const object = found(edited);
      const { finalizers: _, ...metadata } = object.metadata;
      edited.putPlugin({ ...object, metadata: { ...metadata, finalizers: [] } });
      edited.kube.remove(WORKSPACE_PLUGIN, NAME);
      edited.putPlugin({ ...object, metadata, status: {} });
    });
    await visit().catch(() => undefined);
    expect(world.kube.writes).to.have.length(1);
    expect(status()).to.deep.equal({});
  });

  it('is given up where nothing is known of the edit yet, or the server does not answer', async () => {
    for (const error of [CONFLICT, new TransientError('APIUnavailable', 'cut off')]) {
      const { world, visit } = await withEditsBeforeTheStatus(() => {
        throw error;
      });
      expect(await visit().catch((thrown: unknown) => thrown)).to.equal(error);
      expect(world.kube.writes).to.have.length(1);
    }
  });
});

async function expectConflict(visited: Promise<unknown>): Promise<void> {
  expect(await visited.catch((thrown: unknown) => thrown)).to.have.property('reason', 'Conflict');
}
