// How long what is newer waits after failures.
import { expect } from 'chai';
import type { WorkspacePlugin } from '../../../../../controller/api/workspace-plugin.ts';
import { pauseOf } from '../../../../../controller/workspace-plugin/rules/pause.ts';
import {
  approving,
  candidate,
  NOW,
  rejecting,
  requested,
  resetting,
  tracking,
  withMetadata,
  withSource,
  workspacePlugin,
  type Modifier,
} from '../../../builders.ts';

const [one, two, three, four] = [candidate(1), candidate(2), candidate(3), candidate(4)];

const secondsAgo = (seconds: number): string =>
  new Date(NOW.getTime() - seconds * 1_000).toISOString().replace('.000Z', 'Z');

/** With the first version approved an hour ago; the last modifier is the latest failure. */
function updated(...modifiers: Modifier<WorkspacePlugin>[]): WorkspacePlugin {
  const approved = approving(one, { time: secondsAgo(3_600) });
  return workspacePlugin(approved, withSource({ retryInterval: '30s', interval: '2m' }), ...modifiers);
}

const failed = (content: typeof one, seconds: number): Modifier<WorkspacePlugin> =>
  rejecting(content, { time: secondsAgo(seconds) });

describe('pauseOf', () => {
  it('makes nothing wait where nothing has failed', () => {
    expect(pauseOf(updated(), NOW)).to.equal(undefined);
  });

  it('waits for the retry interval after a failure, and says until when', () => {
    const until = new Date(NOW.getTime() + 20_000);
    expect(pauseOf(updated(failed(two, 10)), NOW)).to.deep.equal({
      ...{ reason: undefined, until },
      message: 'the one before failed, so it is tried at 2026-05-08T14:15:50Z',
    });
    expect(pauseOf(updated(failed(two, 30)), NOW)).to.equal(undefined);
  });

  it('doubles with each failure since the last approval, up to the interval', () => {
    const twice = pauseOf(updated(failed(two, 500), failed(three, 10)), NOW);
    expect(twice?.until).to.deep.equal(new Date(NOW.getTime() + 50_000));
    expect(twice?.message).to.match(/^2 before it failed, so it is tried at /);
    const more = [failed(two, 900), failed(two, 800), failed(three, 500), failed(four, 10)];
    expect(pauseOf(updated(...more), NOW)?.until).to.deep.equal(new Date(NOW.getTime() + 110_000));
  });

  it('is never shorter than the retry interval', () => {
    const object = withSource({ retryInterval: '5m' })(updated(failed(two, 10)));
    expect(pauseOf(object, NOW)?.until).to.deep.equal(new Date(NOW.getTime() + 290_000));
  });

  it('counts no failure from before the approval, and one of the same second', () => {
    expect(pauseOf(updated(approving(one, { time: secondsAgo(9) }), failed(two, 10)), NOW)).to.equal(
      undefined,
    );
    expect(pauseOf(updated(approving(one, { time: secondsAgo(10) }), failed(two, 10)), NOW)).not.to.equal(
      undefined,
    );
  });

  it('counts no dismissal: a person has nothing to wait for', () => {
    const dismissed = rejecting(two, { time: secondsAgo(10), reason: 'Dismissed' });
    expect(pauseOf(updated(dismissed), NOW)).to.equal(undefined);
  });

  it('before the first approval begins anew with each edit of what the spec asks for', () => {
    const first = workspacePlugin(failed(two, 10));
    expect(pauseOf(first, NOW)).not.to.equal(undefined);
    expect(pauseOf(tracking('none', 'v1.3.0')(first), NOW)).to.equal(undefined);
    expect(pauseOf(tracking('none', 'v1.3.0')(updated(failed(two, 10))), NOW)).not.to.equal(undefined);
    const edited = withMetadata<WorkspacePlugin>({ generation: 2 });
    expect(pauseOf(edited(first), NOW), 'after an edit of something else').not.to.equal(undefined);
  });

  it('ends when somebody asks for a look, or for a reset', () => {
    expect(pauseOf(updated(failed(two, 10), requested('now')), NOW)).to.equal(undefined);
    expect(pauseOf(updated(failed(two, 10), resetting('now')), NOW)).to.equal(undefined);
  });
});
