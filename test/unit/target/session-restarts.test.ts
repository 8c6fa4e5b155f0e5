// A session that restarts its workspace: when it does, and what it believes afterwards.
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { TransientError } from '../../../lib/errors.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { Epoch, Session } from '../../../lib/target/target.ts';
import { hastyClock } from '../../support/hasty-clock.ts';
import { waitFor } from '../../support/wait-for.ts';
import { nothingInstalled, ScriptedRuntime } from './scripted-runtime.ts';

/** What a look says of a plugin that is gone, for which a restart is due. */
const OWED = '\n todo - Restart 1 0';

/** Lets all that is ready go on, so many times. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

describe('a session that restarts its workspace', () => {
  let runtime: ScriptedRuntime;
  const signal = new AbortController().signal;

  beforeEach(() => {
    runtime = new ScriptedRuntime();
  });

  it('restarts while no command runs, and begins none before that is over', async () => {
    const trace: string[] = [];
    const up = Promise.withResolvers<undefined>();
    runtime.restart = async () => {
      trace.push('restart');
      await up.promise;
      trace.push('restarted');
    };
    runtime.answer = async (lines) => {
      trace.push('command');
      await turns(3);
      trace.push('ended');
      const isDue = lines.includes('look a') && !lines.includes('restarted');
      return nothingInstalled(lines).replace(
        'plugin a Absent',
        isDue ? `plugin a Absent${OWED}` : 'plugin a Absent',
      );
    };
    const hasty = createSession({
      ...{ runtime, epoch: () => ({ since: 1, transitions: 0 }), clock: hastyClock, logger: silentLogger },
    });
    const first = hasty.restart({ plugin: 'a' }, signal);
    await waitFor('the restart', () => trace.includes('restart'));
    const meanwhile = [
      hasty.look({ plugin: 'b', notOlderThan: new Date(), signal }),
      hasty.remove({ plugin: 'c' }, signal),
      hasty.settle({ plugin: 'd', step: 'Restart' }, signal).catch(() => undefined),
    ];
    await turns(50);
    up.resolve(undefined);
    await Promise.all([first, ...meanwhile]);
    const story = trace.join(' ');
    expect(story).to.include('ended restart restarted command');
    expect(story.replaceAll('command ended', '').replace('restart restarted', '').trim()).to.equal('');
  });

  it('restarts nothing once its term is over, whatever a command before has said', async () => {
    const trace: string[] = [];
    runtime.restart = async () =>
      Promise.resolve()
        .then(() => trace.push('restart'))
        .then(() => undefined);
    runtime.answer = async (lines) => {
      trace.push('command');
      return Promise.resolve(nothingInstalled(lines).replace('plugin a Absent', `plugin a Absent${OWED}`));
    };
    const epoch = (): Epoch => {
      if (trace.length > 0) throw new TransientError('NotLeading', 'stopped for too long');
      return { since: 1, transitions: 0 };
    };
    const stale = createSession({ runtime, epoch, clock: hastyClock, logger: silentLogger });
    const failure = await stale.restart({ plugin: 'a' }, signal).catch((error: unknown) => error);
    expect(failure).to.include({ reason: 'NotLeading' });
    expect(trace).to.deep.equal(['command']);
  });

  describe('that has restarted the workspace itself', () => {
    const old = new Date(0);
    let hasty: Session;

    beforeEach(async () => {
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
      hasty = createSession({ runtime, epoch: () => epoch, clock: hastyClock, logger: silentLogger });
      hasty.renew('one');
      for (const plugin of ['a', 'b']) await hasty.look({ plugin, notOlderThan: old, signal });
      runtime.commands.length = 0;
    });

    it('knows what the next command finds of all plugins, and needs no other', async () => {
      await hasty.restart({ plugin: 'a' }, signal);
      expect(runtime.commands.at(-1)?.slice(5)).to.deep.equal([
        ...['restarted', 'look a', 'look b', 'list', 'mode', 'end'],
      ]);
      const known = runtime.commands.length;
      await hasty.look({ plugin: 'b', notOlderThan: old, signal });
      await hasty.list({ notOlderThan: old, signal });
      expect(runtime.commands).to.have.length(known);
      expect(hasty.instance).to.equal('two');
    });

    it('believes nothing that it has seen before, where the next command fails', async () => {
      const { answer } = runtime;
      runtime.answer = (lines, command) =>
        lines.includes('restarted') ? 'cut short' : answer(lines, command);
      await hasty.restart({ plugin: 'a' }, signal).catch(() => undefined);
      const known = runtime.commands.length;
      await hasty.look({ plugin: 'b', notOlderThan: old, signal });
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
      const restarted = hasty.restart({ plugin: 'a' }, signal);
      await begun.promise;
      const { length } = runtime.commands;
      const meanwhile = hasty.look({ plugin: 'b', notOlderThan: old, signal });
      await turns(50);
      up.resolve(undefined);
      await restarted;
      expect(runtime.commands).to.have.length(length + 1);
      expect((await meanwhile).time).to.deep.equal(
        (await hasty.look({ plugin: 'a', notOlderThan: old, signal })).time,
      );
    });

    it('does not know which run is there now, where the restart was lost or the workspace is down', async () => {
      runtime.restart = () => Promise.reject(new TransientError('WorkspaceUnreachable', 'cut off'));
      await hasty.restart({ plugin: 'a' }, signal).catch(() => undefined);
      expect(hasty.instance).to.equal(undefined);
      hasty.renew('one');
      runtime.restart = () => Promise.reject(new TransientError('RestartFailed', 'it ended again'));
      runtime.probe = () => Promise.reject(new TransientError('WorkspaceUnreachable', 'not running'));
      await hasty.restart({ plugin: 'a' }, signal).catch(() => undefined);
      expect(hasty.instance).to.equal(undefined);
    });

    it('forgets what a command finds that somebody else restarts the workspace under', async () => {
      const { answer } = runtime;
      runtime.answer = (lines, command) => {
        if (lines.includes('restarted')) hasty.renew('three');
        return answer(lines, command);
      };
      await hasty.restart({ plugin: 'a' }, signal);
      const known = runtime.commands.length;
      await hasty.look({ plugin: 'a', notOlderThan: old, signal });
      expect(runtime.commands).to.have.length(known + 1);
      expect(hasty.instance).to.equal('three');
    });
  });

  it('goes on to believe what it has seen where a restart only tells the agent', async () => {
    const hasty = createSession({
      ...{ runtime, epoch: () => ({ since: 1, transitions: 0 }), clock: hastyClock, logger: silentLogger },
    });
    hasty.renew('one');
    runtime.answer = (lines) => nothingInstalled(lines).replace('plugin a Absent', `plugin a Absent${OWED}`);
    for (const plugin of ['a', 'b']) await hasty.look({ plugin, notOlderThan: new Date(0), signal });
    await hasty.restart({ plugin: 'a' }, signal);
    const known = runtime.commands.length;
    expect(runtime.commands.at(-1)).to.include('restarted').and.not.include('look b');
    await hasty.look({ plugin: 'b', notOlderThan: new Date(0), signal });
    expect(runtime.commands).to.have.length(known);
    expect(hasty.instance).to.equal('one');
  });
});
