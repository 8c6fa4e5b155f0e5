// Who is alone leads from its start, and needs nobody's word for it.
import { expect } from 'chai';
import { alone } from '../../../lib/reconcile/leadership.ts';

describe('a controller that is alone', () => {
  const { signal } = new AbortController();

  it('leads in one term, from its start', async () => {
    const leadership = alone(new Date(1_000));
    let terms = 0;
    await leadership.run((term) => {
      terms += term.aborted ? 0 : 1;
      return Promise.resolve();
    }, signal);

    expect(terms).to.equal(1);
    expect(leadership.term()).to.deep.equal({ since: 1_000, transitions: 0 });
  });

  it('overrules what a workspace has of a later term', async () => {
    expect(await alone(new Date()).confirm(signal)).to.equal(true);
  });
});
