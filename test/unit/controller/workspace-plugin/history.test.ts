// What of a visit is remembered, and which Event tells of it.
import { expect } from 'chai';
import type { WorkspacePlugin, WorkspacePluginStatus } from '../../../../controller/api/workspace-plugin.ts';
import type { Observed } from '../../../../controller/workspace-plugin/observed.ts';
import {
  approving,
  automatic,
  candidate,
  failed,
  failureWith,
  look,
  observed,
  ok,
  paths,
  reached,
  rejecting,
  tracking,
  withStatus,
  workspacePlugin,
  type Modifier,
} from '../../builders.ts';
import { pluginUpdate } from '../../update-builder.ts';
import { carryOut, type Circumstances } from './carry-out.ts';
import { CHECKED, outcomes, owing } from './trial.ts';

const [one, two] = [candidate(1), candidate(2)];
const pinned = workspacePlugin(tracking('none', 'v1.1.0'), approving(one));
const followed = workspacePlugin(tracking('tag:latest'), approving(one));
const edited = tracking('none', 'v1.2.0')(pinned);

interface Story extends Circumstances {
  readonly object: WorkspacePlugin;
  readonly fields: Partial<Observed>;
}

function visit({ object, fields, ...circumstances }: Story) {
  return carryOut(observed(object, fields), circumstances);
}

function remembering(outcome: string, of = two): Modifier<WorkspacePlugin> {
  const entry = { revision: of.revision, outcome, reason: 'NoSpace', time: '2026-05-08T14:00:00Z' };
  return withStatus<WorkspacePlugin>({ history: [entry] });
}

const newest = ({ history = [] }: WorkspacePluginStatus) => outcomes({ history: history.slice(0, 1) })?.[0];
const full = failureWith({ reason: 'NoSpace', message: 'the disk is full: make room' });
const answered = { update: pluginUpdate(followed, two), content: two };

describe('the history', () => {
  const cases: Readonly<Record<string, [Story, string | undefined]>> = {
    'says that what was found in the workspace was adopted': [
      { object: workspacePlugin(), fields: { place: reached(look(two)), found: ok(two), wanted: ok(two) } },
      'Adopted FoundInstalled',
    ],
    'says that a cut-off update is done, where it was found in place': [
      { object: automatic(followed), fields: { place: reached(look(two)), upstream: ok(two) } },
      'Updated UpstreamChanged',
    ],
    'says that the same content was approved by another revision': [
      {
        object: edited,
        fields: { place: reached(look(one)), wanted: ok({ ...two, digest: one.digest }) },
      },
      'Installed AlreadyInstalled',
    ],
    'has nothing of an approval of the revision that was approved': [
      { object: tracking('none', 'v1.1.1')(pinned), fields: { place: reached(look(one)), wanted: ok(one) } },
      undefined,
    ],
    'says that a person dismissed an update': [
      { object: followed, fields: { upstream: ok(two), answer: { ...answered, target: undefined } } },
      'Dismissed Dismissed',
    ],
    'says that an update failed its health check': [
      {
        object: automatic(CHECKED(followed)),
        fields: { place: reached(look(one)), upstream: ok(two) },
        left: look(two, { todo: owing(2, 'exit code 1') }),
      },
      'Failed Quarantined',
    ],
    'has nothing of an update that still owes a step': [
      {
        object: automatic(CHECKED(followed)),
        fields: { place: reached(look(one)), upstream: ok(two) },
        left: look(two, { todo: owing(2) }),
      },
      undefined,
    ],
    'says that an unmarked folder was put right': [
      { object: pinned, fields: { place: reached(look(one, { state: 'Unmarked' })) } },
      'Repaired Unmarked',
    ],
    'has nothing of a step that a repair owed: the repair is on record': [
      { object: pinned, fields: { place: reached(look(one, { todo: owing(1) })) } },
      undefined,
    ],
    'says that a first install was taken away': [
      { object: rejecting(two)(workspacePlugin()), fields: { place: reached(look(two)) } },
      'RolledBack FirstInstallFailed',
    ],
    'says that a first install could not be taken away': [
      {
        object: rejecting(two)(workspacePlugin()),
        fields: { place: reached(look(two)) },
        failure: full,
      },
      'Failed NoSpace',
    ],
    'says what failed': [{ object: edited, fields: { wanted: ok(two) }, failure: full }, 'Failed NoSpace'],
    'has nothing of a newer controller at work': [
      { object: edited, fields: { wanted: ok(two) }, failure: failureWith({ reason: 'StaleTicket' }) },
      undefined,
    ],
  };
  for (const [what, [story, expected]] of Object.entries(cases)) {
    it(what, () => {
      expect(newest(visit(story).status)).to.equal(expected);
    });
  }

  it('has the failures of one revision in a row once, and those of another beside them', () => {
    const entries = (...modifiers: Modifier<WorkspacePlugin>[]) => {
      const object = modifiers.reduce((built, modify) => modify(built), edited);
      return outcomes(visit({ object, fields: { wanted: ok(two) }, failure: full }).status);
    };
    expect(entries(remembering('Failed'))).to.have.length(1);
    expect(entries(remembering('Failed', one))).to.have.length(2);
    expect(entries(remembering('Updated'))).to.have.length(2);
  });
});

describe('the Event of a visit', () => {
  const tampered = { place: reached(look(one, { tampered: paths('rules/style.md') })) };
  const before = visit({ object: pinned, fields: tampered, failure: full }).status;
  const failing = { ...pinned, status: { ...before, history: [] } };

  it('tells what was done, to which plugin and where', () => {
    expect(visit({ object: pinned, fields: {} }).event).to.deep.equal({
      type: 'Normal',
      reason: 'Repaired',
      message: 'revision 010101010101 of plugin browser in workspace alice (Missing)',
    });
  });

  it('tells which revision was quarantined, and why', () => {
    const { event } = visit({
      object: automatic(CHECKED(followed)),
      fields: { place: reached(look(one)), upstream: ok(two) },
      left: look(two, { todo: owing(2, 'exit code 1') }),
    });
    expect(event).to.deep.equal({
      type: 'Warning',
      reason: 'Quarantined',
      message: 'revision 020202020202 of plugin browser: the health check failed: exit code 1',
    });
  });

  it('warns of a plugin that is not ready any more', () => {
    expect(visit({ object: pinned, fields: tampered, failure: full }).event).to.deep.equal({
      type: 'Warning',
      reason: 'FilesChanged',
      message:
        '1 file differs from what was approved: rules/style.md; repair failed: the disk is full: make room',
    });
  });

  it('warns of what failed first, also where every condition was as bad before', () => {
    const { event } = visit({ object: failing, fields: tampered, failure: full });
    expect(event).to.deep.equal({
      type: 'Warning',
      reason: 'InstallFailed',
      message:
        'revision 010101010101 of plugin browser in workspace alice (NoSpace): the disk is full: make room',
    });
  });

  it('is none for the same failure again', () => {
    const object = { ...pinned, status: before };
    expect(visit({ object, fields: tampered, failure: full }).event).to.equal(undefined);
  });

  it('warns again where a condition stays as bad for another reason', () => {
    const { status } = visit({ object: workspacePlugin(), fields: { wanted: failed() } });
    const object = { ...workspacePlugin(), status };
    const { event } = visit({ object, fields: { wanted: failed({ reason: 'RefNotFound' }) } });
    expect(event).to.include({ type: 'Warning', reason: 'RefNotFound' });
  });
});
