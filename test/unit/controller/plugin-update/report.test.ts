// The status of an update: its conditions, what would change, and when to come back.
import { expect } from 'chai';
import type { PluginUpdateStatus } from '../../../../controller/api/plugin-update.ts';
import type { Standing } from '../../../../controller/plugin-update/decide.ts';
import type { Observed } from '../../../../controller/plugin-update/observed.ts';
import { report } from '../../../../controller/plugin-update/report.ts';
import { approving, candidate, failed, NOW, ok, tracking, workspacePlugin } from '../../builders.ts';
import { pluginUpdate } from '../../update-builder.ts';

const [one, two] = [candidate(1), candidate(2)];
const plugin = workspacePlugin(tracking('tag:latest'), approving(one));
const waiting: Standing = { phase: 'Pending', reason: 'AwaitingApproval', message: 'waits' };

function observed(difference?: Observed['difference'], status?: PluginUpdateStatus): Observed {
  const object = pluginUpdate(plugin, two, status === undefined ? {} : { status });
  return { now: NOW, object, plugin, isCurrent: true, later: 0, difference };
}

const changing = (...modified: readonly string[]) => ok({ added: [], modified, removed: [] });

describe('the status of an update', () => {
  it('says what would change, and whether the agent is restarted for it', () => {
    const { status } = report(observed(changing('rules/a.md')), waiting);
    expect(status).to.deep.include({
      phase: 'Pending',
      from: '010101010101',
      to: '020202020202',
      reload: 'HotReload',
    });
    expect(status.changes).to.deep.equal({
      added: [],
      modified: ['rules/a.md'],
      removed: [],
      truncated: false,
    });
    expect(report(observed(changing('setup.sh')), waiting).status.reload).to.equal('Restart');
  });

  it('lists the first fifty paths, each as long as the schema takes it, and classifies all', () => {
    const many = Array.from({ length: 60 }, (_, index) => (index === 59 ? 'setup.sh' : `rules/${index}.md`));
    const { status } = report(observed(changing('a'.repeat(2_000), ...many)), waiting);
    expect(status.changes?.modified).to.have.length(50);
    expect(status.changes?.modified[0]).to.have.length(1_024);
    expect(status.changes?.truncated).to.equal(true);
    expect(status.reload).to.equal('Restart');
  });

  it('keeps what it said of the changes, and counts the unknown as a restart', () => {
    const first = report(observed(changing('rules/a.md')), waiting).status;
    expect(report(observed(undefined, first), waiting).status).to.deep.equal(first);
    const unknown = report(observed(failed()), waiting);
    expect(unknown.status).to.include({ reload: 'Restart' }).and.not.have.property('changes');
  });

  it('is compared again later where the content could not be had, and never where it may not', () => {
    expect(report(observed(failed()), waiting).outcome).to.deep.equal({ kind: 'Retry', afterMs: 30_000 });
    const settled = { kind: 'Settled', requeueAfterMs: undefined };
    expect(report(observed(failed({ kind: 'Permanent' })), waiting).outcome).to.deep.equal(settled);
    expect(report(observed(changing()), waiting).outcome).to.deep.equal(settled);
  });

  for (const [standing, says, event] of [
    [
      waiting,
      ['False AwaitingApproval', 'False AwaitingApproval', 'False Current', 'False NotFailed'],
      undefined,
    ],
    [
      { phase: 'Applied', reason: 'Installed', message: 'm' },
      ['True Installed', 'True Installed', 'False Current', 'False NotFailed'],
      undefined,
    ],
    [
      { phase: 'Superseded', reason: 'NewerRevision', message: 'm' },
      ['False NewerRevision', 'False NewerRevision', 'True NewerRevision', 'False NotFailed'],
      undefined,
    ],
    [
      { phase: 'Superseded', reason: 'DecisionRefused', message: 'm' },
      ['False DecisionRefused', 'False DecisionRefused', 'True DecisionRefused', 'False NotFailed'],
      'DecisionRefused',
    ],
    [
      { phase: 'Failed', reason: 'Quarantined', message: 'm' },
      ['False Quarantined', 'False Quarantined', 'False Current', 'True Quarantined'],
      'Quarantined',
    ],
  ] as const) {
    it(`that is ${standing.phase} ${standing.reason} has the conditions of that, and tells trouble once`, () => {
      const first = report(observed(), standing);
      const conditions = first.status.conditions ?? [];
      expect(conditions.map(({ type }) => type)).to.deep.equal(['Ready', 'Applied', 'Superseded', 'Failed']);
      expect(conditions.map(({ status, reason }) => `${status} ${reason}`)).to.deep.equal(says);
      expect(first.event?.reason).to.equal(event);
      expect(report(observed(undefined, first.status), standing).event).to.equal(undefined);
    });
  }
});
