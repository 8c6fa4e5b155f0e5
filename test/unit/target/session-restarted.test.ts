// A session that has restarted its workspace: what it believes from then on.
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { TransientError } from '../../../lib/errors.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { Session } from '../../../lib/target/target.ts';
import { hastyClock } from '../../support/hasty-clock.ts';
import { nothingInstalled, OWED, ScriptedRuntime } from './scripted-runtime.ts';

/** Lets all that is ready go on, so many times. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

describe('a session that has restarted its workspace', () => {
  let runtime: ScriptedRuntime;
  let session: Session;
  const signal = new AbortController().signal;
  const old = new Date(0);

  beforeEach(async () => {
    runtime = new ScriptedRuntime();
    runtime.restarts = 'Workspace';
    runtime.restart = () => {
      runtime.instance = 'two';
      return Promise.resolve();
    };
    runtime.answer = (lines) =>
      nothingInstalled(lines).replace(
        'plugin a Absent',
        runtime.instance === 'one' ? `plugin a Absent${OWED}` : 'plugin a Absent',
      );
    const epoch = { since: 1, transitions: 0 };
    session = createSession({ runtime, epoch: () => epoch, clock: hastyClock, logger: silentLogger });
    session.renew('one');
    for (const plugin of ['a', 'b']) await session.look({ plugin, notOlderThan: old, signal });
    runtime.commands.length = 0;
  });

  it('knows what the next command finds of all plugins, and needs no other', async () => {
    await session.restart({ plugin: 'a' }, signal);
    expect(runtime.commands.at(-1)?.slice(5)).to.deep.equal([
      ...['restarted', 'look a', 'look b', 'list', 'mode', 'end'],
    ]);
    const known = runtime.commands.length;
    await session.look({ plugin: 'b', notOlderThan: old, signal });
    await session.list({ notOlderThan: old, signal });
    expect(runtime.commands).to.have.length(known);
    expect(session.instance).to.equal('two');
  });

  it('believes nothing that it has seen before, where the next command fails', async () => {
    const { answer } = runtime;
    runtime.answer = (lines, command) => (lines.includes('restarted') ? 'cut short' : answer(lines, command));
    await session.restart({ plugin: 'a' }, signal).catch(() => undefined);
    const known = runtime.commands.length;
    await session.look({ plugin: 'b', notOlderThan: old, signal });
    expect(runtime.commands).to.have.length(known + 1);
  });

  it('answers nobody meanwhile from what it has seen before', async () => {
    const up = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    runtime.restart = async () => {
      begun.resolve(undefined);
      await up.promise;
      runtime.instance = 'two';
    };
    const restarted = session.restart({ plugin: 'a' }, signal);
    await begun.promise;
    const { length } = runtime.commands;
    const meanwhile = session.look({ plugin: 'b', notOlderThan: old, signal });
    await turns(50);
    up.resolve(undefined);
    await restarted;
    expect(runtime.commands).to.have.length(length + 1);
    expect((await meanwhile).time).to.deep.equal(
      (await session.look({ plugin: 'a', notOlderThan: old, signal })).time,
    );
  });

  it('does not know which run is there now, where the restart was lost or the workspace is down', async () => {
    runtime.restart = () => Promise.reject(new TransientError('WorkspaceUnreachable', 'cut off'));
    await session.restart({ plugin: 'a' }, signal).catch(() => undefined);
    expect(session.instance).to.equal(undefined);
    session.renew('one');
    runtime.restart = () => Promise.reject(new TransientError('RestartFailed', 'it ended again'));
    runtime.probe = () => Promise.reject(new TransientError('WorkspaceUnreachable', 'not running'));
    await session.restart({ plugin: 'a' }, signal).catch(() => undefined);
    expect(session.instance).to.equal(undefined);
  });

  it('forgets what a command finds that somebody else restarts the workspace under', async () => {
    const { answer } = runtime;
    runtime.answer = (lines, command) => {
      if (lines.includes('restarted')) session.renew('three');
      return answer(lines, command);
    };
    await session.restart({ plugin: 'a' }, signal);
    const known = runtime.commands.length;
    await session.look({ plugin: 'a', notOlderThan: old, signal });
    expect(runtime.commands).to.have.length(known + 1);
    expect(session.instance).to.equal('three');
  });

  it('goes on to believe what it has seen where a restart only tells the agent', async () => {
    runtime.restarts = 'Agent';
    await session.restart({ plugin: 'a' }, signal);
    const known = runtime.commands.length;
    expect(runtime.commands.at(-1)).to.include('restarted').and.not.include('look b');
    await session.look({ plugin: 'b', notOlderThan: old, signal });
    expect(runtime.commands).to.have.length(known);
    expect(session.instance).to.equal('one');
  });
});
