import { expect } from 'chai';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import { findCondition } from '../../../../lib/reconcile/conditions.ts';
import {
  NOW,
  approving,
  automatic,
  candidate,
  digestOf,
  failed,
  failureWith,
  look,
  observed,
  ok,
  reached,
  requested,
  suspended,
  tracking,
  unreachable,
  withIntegrity,
  withMetadata,
  withSource,
  withStatus,
  workspacePlugin,
} from '../../builders.ts';
import { carryOut, type Circumstances } from './carry-out.ts';

const [one, two] = [candidate(1), candidate(2)];
const pinned = workspacePlugin(tracking('none', 'v1.1.0'), approving(one));

const visit = (
  object: WorkspacePlugin,
  fields: Parameters<typeof observed>[1],
  circumstances: Circumstances = {},
) => carryOut(observed(object, fields), circumstances);

describe('report: what is recorded', () => {
  it('records what was approved, which spec it answered and how it was found', () => {
    const object = workspacePlugin(tracking('tag:latest'), withSource({ path: 'skills/browser' }));
    const { status } = visit(object, { wanted: ok(one), upstream: ok(one) });
    expect(status.approved).to.deep.equal({
      revision: one.revision,
      digest: one.digest,
      url: 'github://acme/browser',
      path: 'skills/browser',
      ref: 'tag:latest',
      resolvedRef: 'v1.1.0',
      time: '2026-05-08T14:15:30Z',
    });
    expect(status.installed).to.include({ revision: one.revision, short: '010101010101', version: '1.1.0' });
    expect(status.available).to.include({ revision: one.revision, ref: 'v1.1.0' });
  });

  it('does not take for approved what could not be installed', () => {
    const { status } = visit(workspacePlugin(), { wanted: ok(one) }, { failure: failureWith() });
    expect(status).to.not.have.property('approved');
    expect(status.failures).to.equal(1);
  });

  it('learns by which tag a revision that was pinned by its SHA is known', () => {
    const object = workspacePlugin(
      tracking('tag:latest', `sha:${one.revision}`),
      approving(one, { resolvedRef: one.revision }),
    );
    const { status } = visit(object, { place: reached(look(one)), upstream: ok(one) });
    expect(status.approved?.resolvedRef).to.equal('v1.1.0');
  });

  it('keeps the moment at which an available revision was first seen', () => {
    const seen = {
      revision: two.revision,
      short: '020202020202',
      ref: 'v1.2.0',
      firstSeenTime: '2026-05-01T00:00:00Z',
    };
    const object = workspacePlugin(tracking('tag:latest'), approving(one), withStatus({ available: seen }));
    expect(visit(object, { place: reached(look(one)), upstream: ok(two) }).status.available).to.deep.equal(
      seen,
    );
    expect(visit(object, { place: reached(look(one)), upstream: failed() }).status.available).to.deep.equal(
      seen,
    );
  });

  it('does not believe a marker that speaks of another manifest', () => {
    const { status } = visit(
      pinned,
      {
        place: reached(look(one, { manifestDigest: digestOf(2) })),
        wanted: undefined,
      },
      { failure: failureWith() },
    );
    expect(status).to.not.have.property('installed');
  });

  it('keeps what was last seen of a workspace that is out of reach', () => {
    const before = visit(workspacePlugin(), { wanted: ok(one) }).status;
    const { status } = visit({ ...pinned, status: before }, { place: unreachable() });
    expect(status.installed).to.deep.equal(before.installed);
  });

  it('keeps the transition time of a condition whose status stays', () => {
    const before = visit(pinned, { place: reached(look(one)) }).status;
    const later = new Date(NOW.getTime() + 60_000);
    const { status } = visit({ ...pinned, status: before }, { place: unreachable() }, { now: later });
    const times = (type: string) => findCondition(status.conditions ?? [], type)?.lastTransitionTime;
    expect(times('Drifted')).to.equal('2026-05-08T14:15:30Z');
    expect(times('Ready')).to.equal('2026-05-08T14:16:30Z');
  });

  it('caps the history at ten, the newest first', () => {
    const entry = { revision: two.revision, outcome: 'Updated', reason: 'UpstreamChanged', time: '' };
    const object = withStatus<WorkspacePlugin>({ history: Array.from({ length: 10 }, () => entry) })(pinned);
    const { history } = visit(object, {}).status;
    expect(history).to.have.length(10);
    expect(history?.[0]).to.include({ outcome: 'Repaired', reason: 'Missing' });
  });

  it('does not call waiting for another command a failure', () => {
    const failure = failureWith({ reason: 'Locked', message: 'another command is at work' });
    expect(visit(workspacePlugin(), { wanted: ok(one) }, { failure }).status.history).to.deep.equal([]);
  });
});

describe('report: when to come back', () => {
  const afterFailures = (failures: number) => withStatus<WorkspacePlugin>({ failures })(pinned);

  it('after the interval of looks, or when upstream is due', () => {
    expect(visit(pinned, { place: reached(look(one)) }).outcome).to.deep.equal({
      kind: 'Settled',
      requeueAfterMs: 600_000,
    });
    const polling = workspacePlugin(tracking('tag:latest'), approving(one), withSource({ interval: '1m' }));
    const { outcome } = visit(polling, { place: reached(look(one)), upstream: ok(one) });
    expect(outcome).to.have.property('requeueAfterMs').that.is.within(54_000, 66_000);
  });

  it('never for a SHA that is followed: it cannot move', () => {
    const object = workspacePlugin(tracking(`sha:${one.revision}`), approving(one));
    const upstream = ok({ ...one, time: new Date(0) });
    expect(visit(object, { place: reached(look(one)), upstream }).outcome).to.include({
      requeueAfterMs: 600_000,
    });
  });

  it('after a failure in the workspace from retryInterval on, doubling, at most the interval of looks', () => {
    const waits = [0, 1, 2, 3, 4, 5, 1_000].map((failures) => {
      const { outcome } = visit(afterFailures(failures), { place: unreachable() }, { random: 0.999999 });
      return outcome.kind === 'Retry' ? Math.round(outcome.afterMs / 1_000) : undefined;
    });
    expect(waits).to.deep.equal([30, 60, 120, 240, 480, 600, 600]);
  });

  it('does not let frequent looks cut the back-off of an install short', () => {
    const object = withIntegrity({ interval: '1s' })(afterFailures(3));
    const { outcome } = visit(object, {}, { failure: failureWith({ reason: 'NoSpace' }) });
    expect(outcome).to.deep.equal({ kind: 'Retry', afterMs: 22_500 });
  });

  it('keeps looking while only the source fails', () => {
    const object = workspacePlugin(tracking('tag:latest'), approving(one), withStatus({ failures: 100 }));
    const { outcome, status } = visit(object, { place: reached(look(one)), upstream: failed() });
    expect(outcome).to.deep.equal({ kind: 'Retry', afterMs: 600_000 });
    expect(status.nextAttemptTime).to.equal('2026-05-08T15:00:30Z');
  });

  it('not before the other side said', () => {
    const place = unreachable({ retryAfterMs: 90_000 });
    expect(visit(pinned, { place }).outcome).to.deep.equal({ kind: 'Retry', afterMs: 90_000 });
  });

  it('forgets failures once all is well', () => {
    const { status } = visit(afterFailures(3), { place: reached(look(one)) });
    expect(status).to.not.have.any.keys('failures', 'nextAttemptTime');
  });

  it('at the interval where a person must act, so that what they mend in the workspace is noticed', () => {
    const failure = failureWith({ kind: 'Permanent', reason: 'NotWritable' });
    expect(visit(pinned, {}, { failure }).outcome).to.deep.equal({
      kind: 'Settled',
      requeueAfterMs: 600_000,
    });
  });

  it('at once for the update that the pinned revision held up, or to ask a person about it', () => {
    for (const modify of [automatic, (object: WorkspacePlugin) => object]) {
      const object = modify(workspacePlugin(tracking('tag:latest', 'v1.1.0')));
      const { outcome } = visit(object, { wanted: ok(one), upstream: ok(two) });
      expect(outcome).to.deep.equal({ kind: 'Settled', requeueAfterMs: 0 });
    }
  });
});

describe('report: events', () => {
  it('tells of drift once', () => {
    const object = workspacePlugin(tracking('tag:latest'), approving(one));
    const fields = { place: reached(look(one)), upstream: ok(two) };
    const { status, event } = visit(object, fields);
    expect(event).to.include({ type: 'Normal', reason: 'UpdateAvailable' });
    expect(visit({ ...object, status }, fields).event).to.equal(undefined);
  });

  it('warns once of a source that stops answering', () => {
    const object = workspacePlugin(tracking('tag:latest'), approving(one));
    const fields = { place: reached(look(one)), upstream: failed() };
    const { status, event } = visit(object, fields);
    expect(event).to.include({ type: 'Warning', reason: 'FetchFailed' });
    expect(visit({ ...object, status }, fields).event).to.equal(undefined);
  });
});

describe('report: suspended', () => {
  const place = { state: 'NotLooked' } as const;

  it('says since when, for the new generation, and stays as it is from then on', () => {
    const known = { ...pinned, status: visit(pinned, { place: reached(look(one)) }).status };
    const object = suspended(withMetadata<WorkspacePlugin>({ generation: 2 })(known));
    const first = visit(object, { place });
    expect(findCondition(first.status.conditions ?? [], 'Ready')).to.include({
      status: 'True',
      observedGeneration: 2,
      message: 'suspended since 2026-05-08T14:15:30Z: set spec.suspend to false to go on',
    });
    const later = visit(
      { ...object, status: first.status },
      { place },
      { now: new Date(NOW.getTime() + 5_000) },
    );
    expect(later.status).to.deep.equal(first.status);
  });

  it('says that nothing is under way, and answers a request', () => {
    const failing = { ...pinned, status: visit(pinned, { place: unreachable() }).status };
    const { status, outcome } = visit(suspended(requested<WorkspacePlugin>('now')(failing)), { place });
    expect(findCondition(status.conditions ?? [], 'Reconciling')?.status).to.equal('False');
    expect(status).to.not.have.property('nextAttemptTime');
    expect(status.lastHandledReconcileAt).to.equal('now');
    expect(outcome).to.deep.equal({ kind: 'Settled', requeueAfterMs: undefined });
  });

  it('names the Workspace that is suspended', () => {
    const { status } = visit(pinned, { place: { state: 'WorkspaceSuspended' } });
    expect(findCondition(status.conditions ?? [], 'Ready')?.message).to.match(
      /set spec.suspend of Workspace alice to false/,
    );
  });
});
