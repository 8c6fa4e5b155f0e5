// A session that restarts its workspace: when it does, and what it asks before.
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { TransientError } from '../../../lib/errors.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { Epoch, Session } from '../../../lib/target/target.ts';
import { hastyClock } from '../../support/hasty-clock.ts';
import { waitFor } from '../../support/wait-for.ts';
import { nothingInstalled, OWED, ScriptedRuntime } from './scripted-runtime.ts';

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

  describe('right after a change that needs one', () => {
    let session: Session;
    let lateMs: number;
    let leads: boolean;

    beforeEach(() => {
      [lateMs, leads] = [0, true];
      runtime.restarts = 'Workspace';
      const owed = new Set<string>();
      runtime.answer = (lines) => {
        if (lines.includes('restarted') || runtime.instance !== 'one') owed.clear();
        for (const line of lines) if (line.startsWith('remove ')) owed.add(line.split(' ')[1] ?? '');
        const answer = nothingInstalled(lines);
        return [...owed].reduce(
          (text, plugin) => text.replace(`${plugin} Absent`, `${plugin} Absent${OWED}`),
          answer,
        );
      };
      const epoch = (): Epoch => {
        if (!leads) throw new TransientError('NotLeading', 'stopped for too long');
        return { since: 1, transitions: 0 };
      };
      const clock = { ...hastyClock, now: () => new Date(Date.now() + lateMs) };
      session = createSession({ runtime, epoch, clock, logger: silentLogger });
      session.renew('one');
    });

    /** What the commands were for. */
    const asked = () =>
      runtime.commands.map(
        (lines) => lines.find((line) => /^(remove|restarted)/.test(line)) ?? 'asked again',
      );
    const remove = (plugin = 'a') =>
      session.remove({ plugin, afterwards: { restart: 'WhenNeeded' } }, signal);
    const restart = () => session.restart({ plugin: 'a' }, signal);

    /** From now on of commands that begin so. */
    const cutShort = (begins: (line: string) => boolean): void => {
      const { answer } = runtime;
      runtime.answer = async (lines, command) => {
        const text = await answer(lines, command);
        return begins(lines[5] ?? '') ? text.slice(0, -5) : text;
      };
    };

    it('does not ask whether it is due', async () => {
      await remove();
      expect((await restart()).plugin.todo).to.equal(undefined);
      expect(asked()).to.deep.equal(['remove a 1', 'restarted']);
    });

    it('does not ask for one who comes after it either', async () => {
      await session.look({ plugin: 'b', notOlderThan: new Date(0), signal });
      await Promise.all([remove(), remove('b')]);
      await restart();
      expect((await session.restart({ plugin: 'b' }, signal)).plugin.todo).to.equal(undefined);
      expect(asked().slice(1)).to.deep.equal(['remove a 1', 'restarted']);
      expect(runtime.restarted).to.equal(1);
    });

    it('asks for one of whom nothing was said', async () => {
      await remove();
      await restart();
      await session.restart({ plugin: 'b' }, signal);
      expect(asked()).to.deep.equal(['remove a 1', 'restarted', 'asked again']);
    });

    it('asks a while later', async () => {
      await remove();
      lateMs = 10_001;
      await restart();
      expect(asked()).to.deep.equal(['remove a 1', 'asked again', 'restarted']);
    });

    it('asks where it was stopped before it could go on', async () => {
      await remove();
      runtime.probe = () => {
        lateMs = 20_000;
        return Promise.resolve({ instance: runtime.instance });
      };
      await restart();
      expect(asked()).to.deep.equal(['remove a 1', 'asked again', 'restarted']);
    });

    it('asks where somebody else has restarted it since, and does not do it again', async () => {
      await remove();
      runtime.instance = 'two';
      await restart();
      expect(asked()).to.deep.equal(['remove a 1', 'asked again']);
      expect(runtime.restarted).to.equal(0);
    });

    it('asks where it has been told so', async () => {
      await remove();
      session.renew('one');
      await restart();
      expect(asked()).to.deep.equal(['remove a 1', 'asked again', 'restarted']);
    });

    it('asks where it does not know in which run the change was made, or which is there', async () => {
      const { probe } = runtime;
      await remove();
      runtime.probe = () => Promise.reject(new TransientError('WorkspaceUnreachable', 'busy'));
      await restart();
      expect(asked()).to.deep.equal(['remove a 1', 'asked again', 'restarted']);
      expect(session.instance).to.equal(undefined);
      runtime.probe = probe;
      await remove();
      await restart();
      expect(asked().slice(3)).to.deep.equal(['remove a 1', 'asked again', 'restarted']);
    });

    it('asks where the reply of a later change was lost', async () => {
      await remove();
      cutShort((line) => line.startsWith('remove'));
      await remove().catch(() => undefined);
      await restart();
      expect(asked().slice(1)).to.deep.equal(['remove a 1', 'asked again', 'restarted']);
    });

    it('asks where a command has failed since', async () => {
      await remove();
      cutShort((line) => line === 'look b');
      await session.look({ plugin: 'b', notOlderThan: new Date(), signal }).catch(() => undefined);
      await restart();
      expect(asked().slice(-2)).to.deep.equal(['asked again', 'restarted']);
    });

    it('does nothing once its term is over', async () => {
      await remove();
      leads = false;
      expect(await restart().catch((error: unknown) => error)).to.include({ reason: 'NotLeading' });
      expect(runtime.restarted).to.equal(0);
    });

    it('does nothing where nobody waits for it any more', async () => {
      await remove();
      const abort = new AbortController();
      runtime.probe = () => {
        abort.abort(new Error('no longer wanted'));
        return Promise.resolve({ instance: 'one' });
      };
      await session.restart({ plugin: 'a' }, abort.signal).catch(() => undefined);
      await turns(20);
      expect(runtime.restarted).to.equal(0);
    });
  });
});
