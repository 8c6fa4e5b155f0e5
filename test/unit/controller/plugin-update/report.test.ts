// The status of an update: its conditions, what would change, and when to come back.
import { expect } from 'chai';
import type { PluginUpdate, PluginUpdateStatus } from '../../../../controller/api/plugin-update.ts';
import type { Standing } from '../../../../controller/plugin-update/decide.ts';
import type { Observed } from '../../../../controller/plugin-update/observed.ts';
import { report } from '../../../../controller/plugin-update/report.ts';
import {
  approving,
  candidate,
  failed,
  NOW,
  ok,
  tracking,
  withMetadata,
  withSource,
  workspacePlugin,
} from '../../builders.ts';
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

  it('lists exactly fifty paths as all that there are', () => {
    const fifty = Array.from({ length: 50 }, (_, index) => `rules/${index}.md`);
    const { status } = report(observed(changing(...fifty)), waiting);
    expect(status.changes).to.deep.include({ modified: fifty, truncated: false });
  });

  it('shortens a digest as people know it, without its prefix', () => {
    const object = pluginUpdate(plugin, candidate(2, { revision: `sha256:${'ab'.repeat(32)}` }));
    expect(report({ ...observed(), object }, waiting).status.to).to.equal('abababababab');
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

  it('is compared again as seldom as it has been waited for, as its source may be asked, and as that says', () => {
    const afterMs = (
      at: string,
      source: Parameters<typeof withSource>[0] = {},
      failure: Parameters<typeof failed>[0] = {},
    ) => {
      const asking = { ...observed(failed(failure)), plugin: withSource(source)(plugin), now: new Date(at) };
      return report(asking, waiting).outcome;
    };
    const retry = (seconds: number) => ({ kind: 'Retry', afterMs: seconds * 1_000 });
    expect(afterMs('2026-05-08T14:15:01Z')).to.deep.equal(retry(30));
    expect(afterMs('2026-05-08T14:15:01Z', { retryInterval: '1m' })).to.deep.equal(retry(60));
    expect(afterMs('2026-05-08T14:20:00Z')).to.deep.equal(retry(300));
    expect(afterMs('2026-05-08T14:20:00Z', {}, { retryAfterMs: 400_000 })).to.deep.equal(retry(400));
    expect(afterMs('2026-05-08T19:00:00Z', { interval: '2h' })).to.deep.equal(retry(7_200));
  });

  it('warns of a decision that came too late, and not again before the next one', () => {
    const refused: Standing = { phase: 'Superseded', reason: 'DecisionRefused', message: 'too late' };
    const before = report(observed(), { ...refused, reason: 'NewerRevision' }).status;
    const decided = observed(undefined, before);
    const edited = { ...decided, object: withMetadata<PluginUpdate>({ generation: 2 })(decided.object) };
    const told = report(edited, refused);
    expect(told.event).to.deep.equal({ type: 'Warning', reason: 'DecisionRefused', message: 'too late' });
    const again = { ...edited, object: { ...edited.object, status: told.status } };
    expect(report(again, refused).event).to.equal(undefined);
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
