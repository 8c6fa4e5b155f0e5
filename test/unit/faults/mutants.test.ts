import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { MUTANTS } from '../../faults/mutants.ts';
import { SUITE_MUTANTS } from '../../faults/suite-mutants.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

describe('the bugs put in on purpose', () => {
  for (const { name, patches } of [...MUTANTS, ...SUITE_MUTANTS]) {
    it(`still fit the product: ${name}`, () => {
      for (const { file, from } of patches) {
        const places = readFileSync(join(ROOT, file), 'utf8').split(from).length - 1;
        expect(places, `places in ${file} that hold ${from}`).to.equal(1);
      }
    });
  }
});
