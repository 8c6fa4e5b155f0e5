// What of a plugin is due at once after a visit, and what has time: whoever comes back too soon asks all the others to wait.
import { expect } from 'chai';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import {
  approving,
  automatic,
  candidate,
  failed,
  failureWith,
  holding,
  look,
  observed,
  ok,
  paths,
  reached,
  rejecting,
  tracking,
  unreachable,
  withIntegrity,
  withStatus,
  workspacePlugin,
} from '../../builders.ts';
import { pluginUpdate } from '../../update-builder.ts';
import { carryOut, type Circumstances } from './carry-out.ts';
import { CHECKED, owing } from './trial.ts';

const [one, two] = [candidate(1), candidate(2)];
const DUE_NOW = { kind: 'Settled', requeueAfterMs: 0 };
const AT_THE_NEXT_LOOK = { kind: 'Settled', requeueAfterMs: 600_000 };

const pinned = workspacePlugin(tracking('none', 'v1.1.0'), approving(one));
const followed = workspacePlugin(tracking('tag:latest'), approving(one));
const tampered = look(one, { tampered: paths('rules/style.md') });

interface Case extends Circumstances {
  readonly object: WorkspacePlugin;
  readonly fields: Parameters<typeof observed>[1];
  /** What the plan must be, so that a case stays what it says. */
  readonly plan: string;
}

function visit({ object, fields, plan: kind, ...circumstances }: Case) {
  const visited = carryOut(observed(object, fields), circumstances);
  expect(visited.plan.kind).to.equal(kind);
  return visited;
}

const dismissal = { update: pluginUpdate(followed, two), content: two, target: undefined };

describe('due at once', () => {
  const cases: Readonly<Record<string, Case>> = {
    'is the question about an update, once what was found in the workspace is approved': {
      object: workspacePlugin(tracking('tag:latest')),
      fields: { place: reached(look(one)), found: ok(one), wanted: ok(one), upstream: ok(two) },
      plan: 'Approve',
    },
    'is the question about an update, once a cut-off first install is finished': {
      object: workspacePlugin(tracking('tag:latest', 'v1.1.0'), CHECKED),
      fields: { place: reached(look(one, { todo: owing(1) })), wanted: ok(one), upstream: ok(two) },
      plan: 'Finish',
    },
    'is the removal of a first install that failed its health check': {
      object: workspacePlugin(CHECKED),
      fields: { wanted: ok(one) },
      plan: 'Install',
      left: look(one, { todo: owing(1, 'exit code 1') }),
    },
    'is the repair that a dismissal came before': {
      object: followed,
      fields: { place: reached(tampered), upstream: ok(two), answer: dismissal },
      plan: 'Reject',
    },
    'is what a repair still owes, once a person has named the same revision otherwise': {
      object: workspacePlugin(approving(one), tracking('none', 'v1.1.0'), CHECKED),
      fields: { place: reached(look(one, { todo: owing(1) })), wanted: ok(one) },
      plan: 'Approve',
    },
    'is what a repair still owes, once an update is dismissed': {
      object: CHECKED(followed),
      fields: { place: reached(look(one, { todo: owing(1) })), upstream: ok(two), answer: dismissal },
      plan: 'Reject',
    },
    'is a look at the sources that a repair did not wait for': {
      object: followed,
      fields: { place: reached(tampered), isOutsideLate: true },
      plan: 'Install',
    },
  };
  for (const [what, story] of Object.entries(cases)) {
    it(what, () => {
      expect(visit(story).outcome).to.deep.equal(DUE_NOW);
    });
  }
});

describe('due at the next look only', () => {
  const cases: Readonly<Record<string, Case>> = {
    'is what follows the first install of what upstream has': {
      object: workspacePlugin(tracking('tag:latest')),
      fields: { wanted: ok(one), upstream: ok(one) },
      plan: 'Install',
    },
    'is what follows a repair while a person is asked about an update': {
      object: followed,
      fields: { place: reached(tampered), upstream: ok(two) },
      plan: 'Install',
    },
    'is a repair that did not last': { object: pinned, fields: {}, plan: 'Install', left: tampered },
    'is what follows a dismissal in an untouched workspace': {
      object: followed,
      fields: { place: reached(look(one)), upstream: ok(two), answer: dismissal },
      plan: 'Reject',
    },
    'is an update that has failed and is held for a person': {
      object: automatic(holding(CHECKED(followed))),
      fields: { place: reached(look(one)), upstream: ok(two) },
      plan: 'Install',
      left: look(two, { todo: owing(2, 'exit code 1') }),
    },
    'is a step that an update still owes': {
      object: automatic(CHECKED(followed)),
      fields: { place: reached(look(one)), upstream: ok(two) },
      plan: 'Install',
      left: look(two, { todo: owing(2) }),
    },
  };
  for (const [what, story] of Object.entries(cases)) {
    it(what, () => {
      expect(visit(story).outcome).to.deep.equal(AT_THE_NEXT_LOOK);
    });
  }
});

describe('what waits for its retry', () => {
  const cases: Readonly<Record<string, Case>> = {
    'is a repair that failed while the sources were silent': {
      object: followed,
      fields: { place: reached(tampered), isOutsideLate: true },
      plan: 'Install',
      failure: failureWith({ reason: 'NoSpace' }),
    },
    'is the comparison with a record that was lost, whatever would be done without it': {
      object: workspacePlugin(tracking('none', 'v1.1.0'), rejecting(two)),
      fields: { place: reached(look(two)), wanted: ok(one), found: failed() },
      plan: 'Nothing',
    },
    'is a workspace out of reach, however often it is looked at': {
      object: withIntegrity({ interval: '1s' })(withStatus<WorkspacePlugin>({ failures: 3 })(pinned)),
      fields: { place: unreachable() },
      plan: 'Nothing',
    },
  };
  for (const [what, story] of Object.entries(cases)) {
    it(what, () => {
      expect(visit(story).outcome).to.deep.equal({ kind: 'Retry', afterMs: 22_500 });
    });
  }
});

describe('not due at all', () => {
  it('is a plugin that another object is in charge of, until something changes', () => {
    const { outcome } = visit({ object: pinned, fields: { rival: 'older' }, plan: 'Nothing' });
    expect(outcome).to.deep.equal({ kind: 'Stalled' });
  });
});

describe('failures of the sources, after a repair that did not wait for them', () => {
  const before = { failures: 3, nextAttemptTime: '2026-05-08T14:20:00Z' };
  const fields = { place: reached(tampered), isOutsideLate: true };
  const object = withStatus<WorkspacePlugin>(before)(followed);

  it('are kept as they were: nothing new is known of them', () => {
    expect(visit({ object, fields, plan: 'Install' }).status).to.include(before);
  });

  it('are none where there were none', () => {
    const { status } = visit({ object: followed, fields, plan: 'Install' });
    expect(status).to.not.have.any.keys('failures', 'nextAttemptTime');
  });

  it('are counted on where the repair fails, too', () => {
    const { status } = visit({ object, fields, plan: 'Install', failure: failureWith() });
    expect(status).to.include({ failures: 4, nextAttemptTime: '2026-05-08T14:18:30Z' });
  });
});
