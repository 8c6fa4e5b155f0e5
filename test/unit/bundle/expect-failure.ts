// What a rejected call failed with, so that a test can look at its reason and its words.
import { expect } from 'chai';
import { overhearError } from '../../support/canaries.ts';
import { type Failure, failureOf } from '../../../lib/errors.ts';

/** Fails the test when the call succeeds. */
export async function failureFrom(call: () => unknown): Promise<Failure> {
  try {
    await call();
  } catch (error) {
    overhearError(error);
    return failureOf(error);
  }
  return expect.fail('the call succeeded');
}
