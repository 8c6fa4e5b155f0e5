// A leader that meets a newer ticket overrules it only when its Lease says so, and tells of it.
import { expect } from 'chai';
import { createOverrule } from '../../../controller/overrule.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { workspace } from '../builders.ts';

describe('overruling a ticket', () => {
  const { signal } = new AbortController();

  function world(leads: boolean, isThere = true): { ask: () => Promise<boolean>; events: string[] } {
    const events: string[] = [];
    const overrule = createOverrule({
      leadership: { confirm: () => Promise.resolve(leads) },
      events: {
        record: ({ metadata }, { type, reason }) => events.push(`${type} ${reason} ${metadata.name}`),
      },
      logger: silentLogger,
      workspace: () => (isThere ? workspace() : undefined),
    });
    return { ask: () => overrule(signal), events };
  }

  it('is refused while the Lease is not known to be ours', async () => {
    const { ask, events } = world(false);
    expect([await ask(), events]).to.deep.equal([false, []]);
  });

  it('is told by an Event of the Workspace', async () => {
    const { ask, events } = world(true);
    expect([await ask(), events]).to.deep.equal([true, ['Warning TicketOverruled alice']]);
  });

  it('needs no object', async () => {
    const { ask, events } = world(true, false);
    expect([await ask(), events]).to.deep.equal([true, []]);
  });
});
