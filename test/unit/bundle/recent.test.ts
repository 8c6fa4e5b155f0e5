// What was used a moment ago, in memory: those used last, and no more than there is room for.
import { expect } from 'chai';
import { Recent } from '../../../lib/bundle/recent.ts';

const KEPT = 64;
const content = (): Uint8Array => new Uint8Array(64 * 1024);
const newRecent = (): Recent<string, Uint8Array> =>
  new Recent({ room: KEPT * 64 * 1024, weigh: ({ length }) => length });

describe('recent contents', () => {
  it('are known until they are forgotten', () => {
    const [recent, one] = [newRecent(), content()];
    expect(recent.get('a')).to.equal(undefined);
    recent.keep('a', one);
    expect(recent.get('a')).to.equal(one);
    recent.forget('a');
    recent.forget('never');
    expect(recent.get('a')).to.equal(undefined);
  });

  it('are those used last, where there is no room for all', () => {
    const recent = newRecent();
    for (let nth = 0; nth < KEPT; nth += 1) recent.keep(`${nth}`, content());
    recent.get('0');
    recent.keep('1', content());
    recent.keep('more', content());
    const gone = Array.from({ length: KEPT }, (_, nth) => `${nth}`).filter(
      (name) => recent.get(name) === undefined,
    );
    expect(gone).to.deep.equal(['2']);
  });

  it('make room for others when they are forgotten', () => {
    const recent = newRecent();
    for (let nth = 0; nth < KEPT; nth += 1) recent.keep(`${nth}`, content());
    recent.forget('7');
    recent.keep('more', content());
    expect(recent.get('0')).not.to.equal(undefined);
  });
});
