import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { PermanentError } from '../../../lib/errors.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { Session } from '../../../lib/target/target.ts';
import { failureOf } from '../../contract/runtime.ts';
import { nothingInstalled, ScriptedRuntime } from './scripted-runtime.ts';

describe('a session', () => {
  let runtime: ScriptedRuntime;
  let session: Session;
  const signal = new AbortController().signal;

  beforeEach(() => {
    runtime = new ScriptedRuntime();
    const epoch = { since: 1, transitions: 0 };
    session = createSession({ runtime, epoch: () => epoch, clock: systemClock, logger: silentLogger });
  });

  const look = (plugin: string, notOlderThan = new Date()) => session.look({ plugin, notOlderThan, signal });

  it('asks once for all who look at the same time', async () => {
    await Promise.all([look('a'), look('b'), look('a'), session.list({ notOlderThan: new Date(), signal })]);
    expect(runtime.commands).to.have.length(1);
    expect(runtime.commands[0]?.slice(5)).to.deep.equal(['look a', 'look b', 'list', 'mode', 'end']);
  });

  it('waits with its first list for looks that are about to come', async () => {
    const first = session.list({ notOlderThan: new Date(), signal });
    await delay(30);
    await Promise.all([first, look('a')]);
    expect(runtime.commands).to.have.length(1);
  });

  it('looks with a list at what somebody is about to ask for, unless the list is known', async () => {
    const since = new Date();
    await session.list({ notOlderThan: since, beside: ['a', 'b'], signal });
    const [{ time }] = await Promise.all([look('a', since), look('b', since)]);
    await session.list({ notOlderThan: since, beside: ['c'], signal });
    expect(runtime.commands).to.have.length(1);
    expect(runtime.commands[0]?.slice(5)).to.deep.equal(['look a', 'look b', 'list', 'mode', 'end']);
    await look('a', new Date(time.getTime() + 1));
    expect(runtime.commands[1]).not.to.include('look c');
  });

  it('looks at every plugin asked about before, and answers from that all who accept its age', async () => {
    await look('a');
    const since = new Date();
    await look('b');
    expect(runtime.commands[1]).to.include('look a');
    expect((await look('a', since)).time).to.be.at.least(since);
    expect(runtime.commands).to.have.length(2);
  });

  it('believes no older look and no older listing once a command has failed', async () => {
    await look('a');
    runtime.answer = () => 'cut short';
    expect((await failureOf(look('b'))).reason).to.equal('InvalidAnswer');
    runtime.answer = nothingInstalled;
    await Promise.all([look('a', new Date(0)), session.list({ notOlderThan: new Date(0), signal })]);
    expect(runtime.commands).to.have.length(3);
  });

  it('looks no more at a plugin that was forgotten', async () => {
    await look('a');
    session.forget('a');
    await look('b');
    expect(runtime.commands[1]).not.to.include('look a');
  });

  it('looks anew once the workspace was started again, also after a command that had begun before', async () => {
    runtime.answer = (lines) => {
      if (runtime.commands.length === 1) session.renew('another');
      return nothingInstalled(lines);
    };
    await look('a');
    await look('a', new Date(0));
    expect(runtime.commands).to.have.length(2);
    session.renew('another');
    await look('a', new Date(0));
    expect(runtime.commands).to.have.length(3);
  });

  it('answers one who asks for the folders though the workspace was started again meanwhile', async () => {
    const { time } = await session.list({ notOlderThan: new Date(0), signal });
    runtime.answer = (lines) => {
      if (runtime.commands.length === 2) session.renew('another');
      return nothingInstalled(lines);
    };
    const soon = AbortSignal.timeout(5_000);
    const newer = { notOlderThan: new Date(time.getTime() + 1), signal: soon };
    expect(await session.list(newer)).to.include({ swapMode: 'Exchange' });
    await session.list({ notOlderThan: new Date(0), signal: soon });
    expect(runtime.commands[2]).to.include('mode');
  });

  it('looks again for one who asks for something newer', async () => {
    const { time } = await look('a');
    await look('a', new Date(time.getTime() + 1));
    expect(runtime.commands).to.have.length(2);
  });

  it('puts changes asked for while a command runs into one command', async () => {
    const gate = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    runtime.answer = async (lines) => {
      begun.resolve(undefined);
      await gate.promise;
      return nothingInstalled(lines);
    };
    const first = look('a');
    await begun.promise;
    const changes = ['b', 'c', 'd'].map((plugin) => session.remove({ plugin }, signal));
    gate.resolve(undefined);
    await Promise.all([first, ...changes]);
    expect(runtime.commands).to.have.length(2);
    expect(runtime.commands[1]?.slice(5, 8)).to.deep.equal(['remove b 0', 'remove c 0', 'remove d 0']);
  });

  it('waits for the install of what was just found missing, so that it comes along', async () => {
    await Promise.all([look('a'), look('b'), look('c')]);

    const changes = [session.remove({ plugin: 'a' }, signal), session.remove({ plugin: 'b' }, signal)];
    await delay(150);
    await Promise.all([...changes, session.remove({ plugin: 'c' }, signal)]);

    expect(runtime.commands).to.have.length(2);
    expect(runtime.commands[1]?.slice(5, 8)).to.deep.equal(['remove a 0', 'remove b 0', 'remove c 0']);
  });

  it('never puts two changes of one plugin into the same command', async () => {
    await Promise.all([session.remove({ plugin: 'a' }, signal), session.remove({ plugin: 'a' }, signal)]);
    expect(runtime.commands).to.have.length(2);
  });

  it('remembers what a change found, without another command', async () => {
    await look('a');
    const since = new Date();
    await session.remove({ plugin: 'a' }, signal);
    expect((await look('a', since)).plugin.state).to.equal('Absent');
    expect(runtime.commands).to.have.length(2);
  });

  it('recovers before it answers a look that found something left over', async () => {
    runtime.answer = (lines) => {
      const text = nothingInstalled(lines);
      return runtime.commands.length === 1 ? text.replace('end\n', 'leftovers\nend\n') : text;
    };
    expect((await look('a')).plugin.state).to.equal('Absent');
    expect(runtime.commands.map((lines) => lines[2]?.split(' ')[0])).to.deep.equal(['look', 'change']);
  });

  it('detaches only the one whose signal aborts', async () => {
    const gate = Promise.withResolvers<undefined>();
    runtime.answer = async (lines) => {
      await gate.promise;
      return nothingInstalled(lines);
    };
    const abort = new AbortController();
    const leaving = session.look({ plugin: 'a', notOlderThan: new Date(), signal: abort.signal });
    const staying = look('a');
    abort.abort(new Error('no longer wanted'));
    expect(await leaving.catch(String)).to.equal('Error: no longer wanted');
    gate.resolve(undefined);
    expect((await staying).plugin.state).to.equal('Absent');
  });

  it('ends a command that nobody waits for any more', async () => {
    const begun = Promise.withResolvers<undefined>();
    const ended = Promise.withResolvers<undefined>();
    runtime.answer = async (_, command) => {
      begun.resolve(undefined);
      await new Promise((resolve) => {
        command.signal.addEventListener('abort', resolve);
      });
      ended.resolve(undefined);
      throw new Error('ended');
    };
    const abort = new AbortController();
    const leaving = session.look({ plugin: 'a', notOlderThan: new Date(), signal: abort.signal });
    await begun.promise;
    abort.abort(new Error('no longer wanted'));
    await leaving.catch(() => undefined);
    await ended.promise;
  });

  it('tells each of those in a command which failed as a whole, and goes on with the next', async () => {
    runtime.answer = () => Promise.reject(new PermanentError('RuntimeNotPermitted', 'no'));
    const failures = await Promise.all([
      failureOf(look('a')),
      failureOf(session.remove({ plugin: 'b' }, signal)),
    ]);
    expect(failures.map(({ reason }) => reason)).to.deep.equal([
      'RuntimeNotPermitted',
      'RuntimeNotPermitted',
    ]);
    runtime.answer = nothingInstalled;
    expect((await look('a')).plugin.state).to.equal('Absent');
  });

  it('tells a failure of one change only to the one who asked for it', async () => {
    runtime.answer = (lines) =>
      nothingInstalled(lines).replace('2 done Removed -', '2 failed NoSpace the disk is full');
    const [a, b] = await Promise.allSettled([
      session.remove({ plugin: 'a' }, signal),
      session.remove({ plugin: 'b' }, signal),
    ]);
    expect(a.status).to.equal('fulfilled');
    expect(b).to.have.nested.property('reason.reason', 'NoSpace');
  });

  it('does not believe a change whose outcome is not there', async () => {
    runtime.answer = (lines) => nothingInstalled(lines).replace('plugin a Absent', 'plugin a Foreign');
    expect((await failureOf(session.remove({ plugin: 'a' }, signal))).reason).to.equal('InstallFailed');
  });

  it('gives each command a newer ticket', async () => {
    for (const plugin of ['a', 'b', 'c']) await look(plugin);
    const sequences = runtime.commands.map((lines) => Number(lines[2]?.split(' ')[6]));
    expect(sequences).to.deep.equal([...new Set(sequences)].sort((x, y) => x - y));
  });
});
