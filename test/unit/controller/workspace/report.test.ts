// The whole status of a Workspace: what it says of the way to it, its Events, and when it is asked again.
import { expect } from 'chai';
import type { Workspace, WorkspaceStatus } from '../../../../controller/api/workspace.ts';
import type { Observed } from '../../../../controller/workspace/observe.ts';
import { report } from '../../../../controller/workspace/report.ts';
import { deleted, failed, NOW, ok, requested, withSpec, workspace } from '../../builders.ts';

const NO_PLUGINS = { declared: [], installed: 0, drifted: 0, leaving: 0, staying: 0 };
const there = ok({ instance: 'run-1', listing: { time: NOW, swapMode: 'Rename', folders: [] } } as const);
const down = failed({ reason: 'WorkspaceUnreachable', message: 'container alice is not running: start it' });
const broken = failed({ kind: 'Permanent', reason: 'TargetToolMissing', message: 'there is no sha256sum' });

interface Story {
  readonly object?: Workspace;
  readonly reached?: Observed['reached'];
  readonly leaving?: number;
  readonly random?: number;
  readonly now?: Date;
}

function visit({ object = workspace(), reached, leaving = 0, random = 0.5, now = NOW }: Story) {
  return report({ object, reached, plugins: { ...NO_PLUGINS, leaving } }, now, random);
}

const said = ({ conditions = [] }: WorkspaceStatus) =>
  conditions.map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`);

describe('the conditions of a Workspace', () => {
  const settled = 'Reconciling False Settled: nothing is under way';
  const calm = 'Stalled False NotStalled: nothing waits for a person';
  const why = 'container alice is not running: start it';
  const leaving = 'being deleted: 2 of its plugins are still cleaning up';
  const following = 'being deleted: its plugins may be deleted too, and would clean up first';
  const cases: Readonly<Record<string, [Story, readonly string[]]>> = {
    'say that it is reachable': [{ reached: there }, ['Ready True Reachable: reachable', settled, calm]],
    'say that it is suspended, and how to go on': [
      {},
      ['Ready Unknown Suspended: suspended: set spec.suspend to false to go on', settled, calm],
    ],
    'say that it is out of reach, and tried again': [
      { reached: down },
      [`Ready Unknown WorkspaceUnreachable: ${why}`, `Reconciling True Retrying: trying again: ${why}`, calm],
    ],
    'say what a person must mend': [
      { reached: broken },
      [
        'Ready False TargetToolMissing: there is no sha256sum',
        settled,
        'Stalled True TargetToolMissing: there is no sha256sum',
      ],
    ],
    'say that a person must act also where the reason is none that is documented': [
      { reached: failed({ kind: 'Permanent', reason: 'Odd', message: 'odd' }) },
      ['Ready False WorkspaceUnreachable: odd', settled, 'Stalled True WorkspaceUnreachable: odd'],
    ],
    'count the plugins that clean up before it goes': [
      { object: deleted(workspace()), leaving: 2 },
      [`Ready False Deleting: ${leaving}`, `Reconciling True Deleting: ${leaving}`, calm],
    ],
    'say that plugins may still follow it': [
      { object: deleted(workspace()) },
      [`Ready False Deleting: ${following}`, `Reconciling True Deleting: ${following}`, calm],
    ],
  };
  for (const [what, [story, expected]] of Object.entries(cases)) {
    it(what, () => {
      expect(said(visit(story).status).toSorted()).to.deep.equal(expected.toSorted());
    });
  }
});

describe('the status of a Workspace', () => {
  it('says what runs there, and how a plugin is swapped', () => {
    const directory = withSpec<Workspace>({ runtime: { directory: { path: '/srv/alice' } } });
    for (const [object, kind] of [
      [workspace(), 'docker'],
      [workspace(directory), 'directory'],
    ] as const) {
      expect(visit({ object, reached: there }).status.runtime).to.deep.equal({
        kind,
        swapMode: 'Rename',
        instance: 'run-1',
      });
    }
  });

  it('has the last request that was answered, and none where there was none', () => {
    expect(visit({ object: workspace(requested('now')) }).status.lastHandledReconcileAt).to.equal('now');
    expect(visit({}).status).to.not.have.property('lastHandledReconcileAt');
  });
});

describe('the Event of a Workspace', () => {
  const reachable = visit({ reached: there }).status;
  for (const [what, story, expected] of [
    ['tells that it was reached', { reached: there }, 'Normal Reachable'],
    ['warns that it is out of reach', { reached: down }, 'Warning WorkspaceUnreachable'],
    ['warns that a person must act', { reached: broken }, 'Warning TargetToolMissing'],
    ['tells that somebody suspended it', {}, 'Normal Suspended'],
    ['tells that somebody deleted it', { object: deleted(workspace()) }, 'Normal Deleting'],
  ] satisfies [string, Story, string][]) {
    it(what, () => {
      const { event, status } = visit(story);
      expect(`${event?.type ?? ''} ${event?.reason ?? ''}`).to.equal(expected);
      expect(event?.message).to.equal(status.conditions?.find(({ type }) => type === 'Ready')?.message);
      const object = { ...(story.object ?? workspace()), status };
      expect(visit({ ...story, object }).event, 'again').to.equal(undefined);
    });
  }

  it('tells of another reason for the same', () => {
    const object = { ...workspace(), status: visit({ reached: down }).status };
    expect(visit({ object }).event).to.include({ type: 'Normal', reason: 'Suspended' });
  });

  it('tells that it is back', () => {
    const object = { ...workspace(), status: visit({ reached: down }).status };
    expect(visit({ object, reached: there }).event).to.include({ type: 'Normal', reason: 'Reachable' });
    expect(visit({ object: { ...object, status: reachable }, reached: there }).event).to.equal(undefined);
  });
});

describe('a Workspace is asked again', () => {
  const settled = (requeueAfterMs: number | undefined) => ({ kind: 'Settled', requeueAfterMs });
  const retry = (afterMs: number) => ({ kind: 'Retry', afterMs });

  it('after half a minute, a tenth more or less', () => {
    expect(visit({ reached: there, random: 0 }).outcome).to.deep.equal(settled(27_000));
    expect(visit({ reached: broken, random: 0 }).outcome).to.deep.equal(settled(27_000));
    expect(visit({ reached: there, random: 1 }).outcome).to.deep.equal(settled(33_000));
  });

  it('while it is out of reach, after as long as it has been, from a second to half a minute', () => {
    const object = { ...workspace(), status: visit({ reached: down }).status };
    const waits = [0, 4, 20, 3_600].map((seconds) => {
      const now = new Date(NOW.getTime() + seconds * 1_000);
      return visit({ object, reached: down, now, random: 1 }).outcome;
    });
    expect(waits).to.deep.equal([1_000, 4_000, 20_000, 30_000].map(retry));
  });

  it('soon where it has just gone out of reach, however long it was reachable', () => {
    const object = { ...workspace(), status: visit({ reached: there }).status };
    const now = new Date(NOW.getTime() + 3_600_000);
    expect(visit({ object, reached: down, now, random: 1 }).outcome).to.deep.equal(retry(1_000));
  });

  it('not while it is suspended, or while its plugins clean up: their end is heard of', () => {
    expect(visit({}).outcome).to.deep.equal(settled(undefined));
    const object = deleted(workspace());
    expect(visit({ object, leaving: 1 }).outcome).to.deep.equal(settled(undefined));
    expect(visit({ object }).outcome).to.deep.equal(settled(5_000));
  });
});
