// How far an update is where its plugin has no record, or has had it before the update was reported.
import { expect } from 'chai';
import type { WorkspacePlugin, WorkspacePluginStatus } from '../../../../controller/api/workspace-plugin.ts';
import { decide } from '../../../../controller/plugin-update/decide.ts';
import { NOW, tracking, withStatus, workspacePlugin } from '../../builders.ts';
import { pluginUpdate } from '../../update-builder.ts';
import { approved, dismissed, pending, rejected, standing, two, withoutStatus } from './situations.ts';

describe('an update of a plugin whose status was lost', () => {
  for (const spec of [approved, dismissed]) {
    it(`has nothing to be ${spec.decision ?? ''} any more: it is asked anew`, () => {
      const situation = { spec, modify: withoutStatus, named: false };
      expect(standing(situation)).to.equal('Superseded DecisionRefused');
    });
  }
});

describe('an update that has failed since it was made', () => {
  it('is Failed also where it was reported later only', () => {
    const situation = { spec: approved, status: pending, says: rejected('Quarantined') };
    expect(standing(situation)).to.equal('Failed Quarantined');
  });
});

describe('an update about a first install', () => {
  const plugin = workspacePlugin(tracking('tag:latest'));
  const standingOf = (
    spec: Parameters<typeof pluginUpdate>[2],
    status: WorkspacePluginStatus | undefined,
    now = NOW,
  ) => {
    const object = pluginUpdate(plugin, two, spec);
    const owner = status === undefined ? plugin : withStatus<WorkspacePlugin>(status)(plugin);
    const plan = decide({ now, object, plugin: owner, isCurrent: true, later: 0, difference: undefined });
    return plan.kind === 'Report' ? `${plan.standing.phase} ${plan.standing.reason}` : plan.kind;
  };
  const named = { pendingUpdateRef: { name: pluginUpdate(plugin, two).metadata.name } };
  const later = new Date(NOW.getTime() + 60_000);

  it('is asked, approved and dismissed like any other', () => {
    expect(standingOf({}, named)).to.equal('Pending AwaitingApproval');
    expect(standingOf({ spec: approved }, named)).to.equal('Approved Installing');
    expect(standingOf({ spec: dismissed }, named)).to.equal('Dismissed Dismissed');
  });

  it('waits a moment where its plugin says nothing yet, and is over where that stays so', () => {
    for (const spec of [{}, { spec: approved }, { spec: dismissed }]) {
      expect(standingOf(spec, undefined)).to.equal('Wait');
    }
    expect(standingOf({}, undefined, later)).to.equal('Superseded NoLongerOffered');
  });
});
