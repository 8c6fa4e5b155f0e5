// Random trees that may be packed: long and foreign names, no two of which collide.
import fc from 'fast-check';
import { checkTree } from '../../../lib/bundle/check.ts';
import { PermanentError } from '../../../lib/errors.ts';
import { entriesOf } from '../../contract/bundles.ts';

const part = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({
      unit: fc.constantFrom('a', 'b', 'X', 'Y', '0', '9', '_', '-', '.', ' '),
      minLength: 1,
      maxLength: 12,
    }),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 80, max: 250 }).map((length) => 'l'.repeat(length)) },
);
const path = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('/'));

/** Path to content. */
export function treesOf(): fc.Arbitrary<Record<string, string>> {
  return fc
    .dictionary(path, fc.string({ unit: 'binary' }), { minKeys: 1, maxKeys: 8, noNullPrototype: true })
    .filter(isPackable);
}

function isPackable(files: Record<string, string>): boolean {
  try {
    checkTree(entriesOf(files));
    return true;
  } catch (error) {
    if (error instanceof PermanentError) return false;
    throw error;
  }
}
