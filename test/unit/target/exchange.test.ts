import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createSession } from '../../../lib/target/session.ts';
import { failureOf } from '../../contract/runtime.ts';
import { ScriptedRuntime } from './scripted-runtime.ts';

describe('a look that finds what was cut short, where that cannot be finished', () => {
  const ask = async (refusal: string, state: string): Promise<string> => {
    const runtime = new ScriptedRuntime();
    runtime.answer = ([, , heading = '']) =>
      heading.startsWith('look')
        ? `target 1\nplugin demo ${state}\nleftovers\nmode Rename\nend\n`
        : `target 1\nrefused ${refusal} words\nend\n`;
    const epoch = { since: 1, transitions: 0 };
    const session = createSession({ runtime, epoch: () => epoch, clock: systemClock, logger: silentLogger });
    const signal = AbortSignal.timeout(5_000);
    const { plugin } = await session.look({ plugin: 'demo', notOlderThan: new Date(), signal });
    return plugin.state;
  };

  for (const refusal of ['NotWritable', 'NoSpace', 'Locked', 'StaleTicket']) {
    it(`counts all the same (${refusal})`, async () => {
      expect(await ask(refusal, 'Unmarked')).to.equal('Unmarked');
    });

    it(`does not take for missing what may be half-way (${refusal})`, async () => {
      expect((await failureOf(ask(refusal, 'Absent'))).reason).to.equal(refusal);
    });
  }

  it('does not count where the failure says something else', async () => {
    expect((await failureOf(ask('InstallFailed', 'Unmarked'))).reason).to.equal('InstallFailed');
  });
});
