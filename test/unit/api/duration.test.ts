import { expect } from 'chai';
import { parseDuration } from '../../../controller/api/duration.ts';

describe('parseDuration', () => {
  for (const [text, ms] of [
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1h0m1s', 3_601_000],
    ['1500ms', 1_500],
    ['1m500ms', 60_500],
  ] as const) {
    it(`reads ${text} as ${ms} ms`, () => {
      expect(parseDuration(text)).to.equal(ms);
    });
  }

  for (const text of ['', '10', 's', '-1s', '1.5h', '1d', '1h ', '1h\n', '123456789s', '1H']) {
    it(`refuses ${JSON.stringify(text)} and says how to write it`, () => {
      expect(() => parseDuration(text)).to.throw(/write it like 90s/);
    });
  }
});
