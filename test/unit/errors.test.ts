// What becomes of an error once it is told to people.
import { expect } from 'chai';
import { failureOf, PermanentError, TransientError } from '../../lib/errors.ts';

describe('a failure', () => {
  it('is told on one line, without what a terminal or an eye would obey, whatever it names', () => {
    const message = 'no folder /a\n\u001b[2Jb\u0085c\u202ed\u2028e\u0000f\r\n';
    const told = 'no folder /a [2Jb c d e f';
    expect(failureOf(new PermanentError('Gone', message)).message).to.equal(told);
    expect(failureOf(new TransientError('Gone', message, { retryAfterMs: 1 })).message).to.equal(told);
  });

  it('keeps what belongs to writing', () => {
    const message = 'no folder "ä/漢/🚀 \u{1F468}\u200D\u{1F469}"';
    expect(failureOf(new TransientError('Gone', message)).message).to.equal(message);
  });

  it('is no programming error: that is thrown on', () => {
    const error = new TypeError('undefined is no function');
    expect(() => failureOf(error)).to.throw(error);
  });
});
