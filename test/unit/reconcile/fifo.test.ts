// A line in which nobody is passed over, however long it gets and however often it empties.
import { expect } from 'chai';
import { FIFO } from '../../../lib/reconcile/fifo.ts';

describe('FIFO', () => {
  it('is empty at first, and gives nothing then', () => {
    const line = new FIFO<number>();
    expect(line.length).to.equal(0);
    expect(line.shift()).to.equal(undefined);
    expect(line.length).to.equal(0);
  });

  it('gives each once, in the order in which they came, while more come', () => {
    const [line, plain, given, wanted] = [
      new FIFO<number>(),
      [] as number[],
      [] as unknown[],
      [] as unknown[],
    ];
    for (let nth = 0; nth < 400; nth += 1) {
      // Up to eighty in line, then none, and up again.
      const isFilling = nth % 160 < 120;
      line.push(nth);
      plain.push(nth);
      for (let shifts = isFilling ? nth % 2 : 5; shifts > 0; shifts -= 1) {
        given.push(line.shift());
        wanted.push(plain.shift());
      }
      expect(line.length).to.equal(plain.length);
    }
    expect(given).to.deep.equal(wanted);
  });

  it('still has those that wait when many before them are spent', () => {
    const line = new FIFO<number>();
    for (let nth = 0; nth < 100; nth += 1) line.push(nth);
    const rest = Array.from({ length: 100 }, () => line.shift());
    expect(rest).to.deep.equal(Array.from({ length: 100 }, (_, nth) => nth));
    line.push(100);
    expect([line.length, line.shift(), line.length]).to.deep.equal([1, 100, 0]);
  });
});
