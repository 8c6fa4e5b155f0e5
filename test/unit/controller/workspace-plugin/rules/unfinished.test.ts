// What the live content still owes, and what of it has failed.
import { expect } from 'chai';
import type { WorkspacePlugin } from '../../../../../controller/api/workspace-plugin.ts';
import {
  failureMessage,
  newFailure,
  quarantineOf,
  todoOf,
} from '../../../../../controller/workspace-plugin/rules/unfinished.ts';
import type { LookedPlugin, StepFailure, Todo } from '../../../../../lib/target/target.ts';
import {
  approving,
  candidate,
  digestOf,
  look,
  rejecting,
  resetting,
  withStatus,
  withUpdate,
  workspacePlugin,
  type Modifier,
} from '../../../builders.ts';

const [one, two] = [candidate(1), candidate(2)];
const FAILURE: StepFailure = { step: 'HealthCheck', message: 'exit code 1' };
/** When the builder's marker was written. */
const INSTALLED = '2026-05-08T14:00:00Z';
const BEFORE = '2026-05-08T13:59:59Z';

function owing(seed: number, failed?: StepFailure): Todo {
  return { digest: digestOf(seed), reload: 'Restart', steps: ['HealthCheck'], failed };
}

function live(fields: Partial<LookedPlugin> = {}): LookedPlugin {
  return look(two, { todo: owing(2, FAILURE), ...fields });
}

const checked = withUpdate({ healthCheck: { command: ['true'], timeout: '30s' } });

function updated(...modifiers: Modifier<WorkspacePlugin>[]): WorkspacePlugin {
  return workspacePlugin(approving(one), checked, ...modifiers);
}

describe('what is still due', () => {
  it('is what the change of this content left', () => {
    expect(todoOf(live(), two.digest)).to.deep.equal(owing(2, FAILURE));
  });

  it('is nothing of other content: neither live, nor asked for, nor what was left', () => {
    expect(todoOf(live(), one.digest)).to.equal(undefined);
    expect(todoOf(live({ todo: owing(1) }), two.digest)).to.equal(undefined);
    expect(todoOf(live({ todo: owing(1) }), one.digest)).to.equal(undefined);
    expect(todoOf(look(one, { todo: owing(2) }), two.digest)).to.equal(undefined);
    expect(todoOf(live({ todo: undefined }), two.digest)).to.equal(undefined);
  });
});

describe('a failure', () => {
  it('is new until it is on record', () => {
    expect(newFailure(updated(), live(), two)).to.equal(FAILURE);
    expect(newFailure(updated(rejecting(two)), live(), two)).to.equal(undefined);
  });

  it('is new when what is on record is of other content', () => {
    expect(newFailure(updated(rejecting(candidate(3))), live(), two)).to.equal(FAILURE);
  });

  it('is new when it was put in place again since it was recorded', () => {
    expect(newFailure(updated(rejecting(two, { time: BEFORE })), live(), two)).to.equal(FAILURE);
    expect(newFailure(updated(rejecting(two, { time: INSTALLED })), live(), two)).to.equal(undefined);
  });

  it('on record counts whenever it was, where no marker says since when the content is there', () => {
    const recorded = updated(rejecting(two, { time: BEFORE }));
    expect(newFailure(recorded, live({ marker: undefined }), two)).to.equal(undefined);
  });

  it('is none of what is approved, which is not on trial', () => {
    expect(newFailure(workspacePlugin(approving(two), checked), live(), two)).to.equal(undefined);
  });

  it('of a health check that is not asked for says nothing; one of a restart does', () => {
    const restart = { ...FAILURE, step: 'Restart' } as const;
    const unchecked = workspacePlugin(approving(one));
    expect(newFailure(unchecked, live(), two)).to.equal(undefined);
    expect(newFailure(unchecked, live({ todo: owing(2, restart) }), two)).to.equal(restart);
  });

  it('is none where no step has failed', () => {
    expect(newFailure(updated(), live({ todo: owing(2) }), two)).to.equal(undefined);
  });

  it('is told by its step', () => {
    expect(failureMessage(FAILURE)).to.equal('the health check failed: exit code 1');
    expect(failureMessage({ ...FAILURE, step: 'Restart' })).to.equal('the restart failed: exit code 1');
  });
});

describe('what is live and should not be', () => {
  it('is nothing where no folder is there, also where what has failed is known by its revision only', () => {
    const { digest, ...known } = {
      ...two,
      reason: 'Quarantined',
      message: 'it failed',
      time: BEFORE,
    } as const;
    const object = withStatus<WorkspacePlugin>({ rejected: [known] })(workspacePlugin(approving(one)));
    expect([digest, quarantineOf(object, look())]).to.deep.equal([two.digest, undefined]);
  });

  it('is content that was quarantined, whatever revision its marker names', () => {
    const rejection = quarantineOf(updated(rejecting(two, { revision: one.revision })), live());
    expect(rejection).to.include({ digest: two.digest, reason: 'Quarantined' });
  });

  it('is nothing else', () => {
    const quarantined = updated(rejecting(two));
    for (const [what, object, plugin] of [
      ['other content is live', quarantined, look(one)],
      ['other content was quarantined', updated(rejecting(candidate(3))), live()],
      ['nothing is live', quarantined, look()],
      ['what is live is not ours', quarantined, live({ state: 'Unmarked' })],
      ['it was dismissed', updated(rejecting(two, { reason: 'Dismissed' })), live()],
      ['it is approved', workspacePlugin(approving(two), rejecting(two)), live()],
      ['a person has asked for a reset', updated(rejecting(two), resetting('now')), live()],
      ['nothing is approved or live', workspacePlugin(rejecting(two)), look()],
    ] as const) {
      expect(quarantineOf(object, plugin), what).to.equal(undefined);
    }
  });
});
