// How far an update is, in every situation of itself and of its plugin.
import { expect } from 'chai';
import type {
  PluginUpdate,
  PluginUpdateSpec,
  PluginUpdateStatus,
} from '../../../../controller/api/plugin-update.ts';
import type { WorkspacePlugin, WorkspacePluginStatus } from '../../../../controller/api/workspace-plugin.ts';
import { decide, KEPT, type Phase, type Plan } from '../../../../controller/plugin-update/decide.ts';
import type { Observed } from '../../../../controller/plugin-update/observed.ts';
import { isCurrent } from '../../../../controller/update-name.ts';
import { mergeConditions } from '../../../../lib/reconcile/conditions.ts';
import { approving, candidate, NOW, tracking, withStatus, workspacePlugin } from '../../builders.ts';
import { pluginUpdate } from '../../update-builder.ts';

const [one, two, three] = [candidate(1), candidate(2), candidate(3)];
const plugin = workspacePlugin(tracking('tag:latest'), approving(one));
const approved: Partial<PluginUpdateSpec> = { decision: 'Approved', decidedBy: 'jane' };
const dismissed: Partial<PluginUpdateSpec> = {
  decision: 'Dismissed',
  decidedBy: 'jane',
  reason: 'too early',
};
const rejected = (reason: 'Dismissed' | 'Quarantined', time = '2026-05-08T14:15:20Z') => ({
  rejected: [{ revision: two.revision, digest: two.digest, reason, message: 'it failed', time }],
});

function reported(phase: Phase, reason: string, message = 'as it was'): PluginUpdateStatus {
  const ready = { type: 'Ready', status: 'False', reason, message } as const;
  return { phase, conditions: mergeConditions([], [ready], 1, NOW) };
}

interface Situation {
  readonly spec?: Partial<PluginUpdateSpec>;
  readonly status?: PluginUpdateStatus;
  /** What the plugin says: by default that it waits for this update. */
  readonly says?: WorkspacePluginStatus;
  readonly modify?: (plugin: WorkspacePlugin) => WorkspacePlugin;
  readonly named?: boolean;
  readonly now?: Date;
}

function observedIn({
  spec,
  status,
  says = {},
  modify = (it) => it,
  named = true,
  now = NOW,
}: Situation): Observed {
  const object: PluginUpdate = pluginUpdate(plugin, two, {
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  });
  const ref = named ? { pendingUpdateRef: { name: object.metadata.name } } : {};
  const owner = modify(withStatus<WorkspacePlugin>({ ...ref, ...says })(plugin));
  return { now, object, plugin: owner, isCurrent: isCurrent(object, owner), later: 0, difference: undefined };
}

function standing(situation: Situation): string {
  const plan = decide(observedIn(situation));
  return plan.kind === 'Report' ? `${plan.standing.phase} ${plan.standing.reason}` : plan.kind;
}

function message(plan: Plan): string {
  return plan.kind === 'Report' ? plan.standing.message : '';
}

const moved = (object: WorkspacePlugin) => approving(three, { time: '2026-05-08T14:15:10Z' })(object);
const done = (object: WorkspacePlugin) => approving(two, { time: '2026-05-08T14:15:10Z' })(object);
const history = (outcome: string) => ({
  history: [{ revision: two.revision, outcome, reason: 'UpdateApproved', time: '2026-05-08T14:15:10Z' }],
});
const other = { pendingUpdateRef: { name: 'browser-other' } };
const pending = reported('Pending', 'AwaitingApproval');
const superseded = reported('Superseded', 'NewerRevision');

const rows: readonly (readonly [what: string, situation: Situation, expected: string])[] = [
  ['asked', {}, 'Pending AwaitingApproval'],
  ['approved', { spec: approved }, 'Approved Installing'],
  [
    'approved, with a first attempt that failed',
    { spec: approved, says: history('Failed') },
    'Applying Installing',
  ],
  [
    'in place, with its restart still due',
    {
      spec: approved,
      says: { installed: { ...two, short: '', time: '' } },
    },
    'Applying Installing',
  ],
  ['approved, and what is approved now', { spec: approved, modify: done, named: false }, 'Applied Installed'],
  [
    'approved and installed, and something newer since',
    {
      spec: approved,
      modify: moved,
      named: false,
      says: history('Updated'),
    },
    'Applied Installed',
  ],
  [
    'approved, tried and failed',
    { spec: approved, says: rejected('Quarantined'), named: false },
    'Failed Quarantined',
  ],
  [
    'approved, and of a revision that failed long before',
    {
      spec: approved,
      says: rejected('Quarantined', '2026-05-01T00:00:00Z'),
    },
    'Approved Installing',
  ],
  ['dismissed', { spec: dismissed }, 'Dismissed Dismissed'],
  [
    'dismissed, and on record',
    { spec: dismissed, says: rejected('Dismissed'), named: false },
    'Dismissed Dismissed',
  ],
  ['overtaken by a newer revision', { status: pending, says: other }, 'Superseded NewerRevision'],
  ['overtaken by nothing', { status: pending, named: false }, 'Superseded NoLongerOffered'],
  [
    'about what an edit of the spec has replaced',
    { status: pending, modify: moved, named: false },
    'Superseded ApprovedRevisionChanged',
  ],
  [
    'about what an edit of the spec has installed',
    { status: pending, modify: done, named: false },
    'Superseded ApprovedRevisionChanged',
  ],
  [
    'approved when it was overtaken already',
    { spec: approved, status: superseded, says: other },
    'Superseded DecisionRefused',
  ],
  [
    'approved just when it was overtaken',
    { spec: approved, status: pending, says: other },
    'Superseded DecisionRefused',
  ],
  [
    'approved when another revision was installed already',
    {
      spec: approved,
      status: pending,
      modify: moved,
      named: false,
    },
    'Superseded DecisionRefused',
  ],
  [
    'dismissed when another revision was installed already',
    {
      spec: dismissed,
      status: pending,
      modify: moved,
      named: false,
    },
    'Superseded DecisionRefused',
  ],
  [
    'overtaken, and the question again since the ref went back',
    { status: superseded },
    'Pending AwaitingApproval',
  ],
  [
    'refused, and offered again',
    {
      spec: approved,
      status: reported('Superseded', 'DecisionRefused'),
    },
    'Superseded DecisionRefused',
  ],
  [
    'applied once, whatever came after',
    {
      spec: approved,
      status: reported('Applied', 'Installed'),
      modify: moved,
      named: false,
    },
    'Applied Installed',
  ],
  [
    'failed once, whatever came after',
    {
      spec: approved,
      status: reported('Failed', 'Quarantined'),
      modify: done,
      named: false,
    },
    'Failed Quarantined',
  ],
];

describe('an update', () => {
  for (const [what, situation, expected] of rows) {
    it(`that is ${what} is ${expected}`, () => {
      expect(standing(situation)).to.equal(expected);
    });
  }

  it('that its plugin does not name yet is left alone for a minute', () => {
    expect(decide(observedIn({ named: false }))).to.deep.equal({ kind: 'Wait', againAfterMs: 30_000 });
    expect(standing({ named: false, now: new Date('2026-05-08T14:16:00Z') })).to.equal(
      'Superseded NoLongerOffered',
    );
  });

  it('whose plugin is gone is left alone', () => {
    const orphan = { ...observedIn({}), plugin: undefined, isCurrent: false };
    expect(decide(orphan)).to.deep.equal({ kind: 'Wait', againAfterMs: undefined });
  });

  it('says who decided, what for, and what is asked now', () => {
    expect(message(decide(observedIn({ spec: dismissed })))).to.equal('dismissed by jane: too early');
    const refused = message(decide(observedIn({ spec: approved, status: pending, says: other })));
    expect(refused).to.match(
      /^the approval by jane came too late and has no effect: PluginUpdate browser-other asks/,
    );
    const failed = decide(observedIn({ spec: approved, says: rejected('Quarantined') }));
    expect(message(failed)).to.equal('it failed');
  });

  it('goes once it is settled and five younger ones are', () => {
    const settled = observedIn({ spec: approved, status: reported('Applied', 'Installed') });
    expect(decide({ ...settled, later: KEPT }).kind).to.equal('Prune');
    expect(decide({ ...settled, later: KEPT - 1 }).kind).to.equal('Report');
    expect(decide({ ...observedIn({ status: pending }), later: KEPT }).kind).to.equal('Report');
    expect(decide({ ...observedIn({ status: superseded }), later: KEPT }).kind, 'asked again').to.equal(
      'Report',
    );
  });
});
