// A status patch brings exactly the next status about, and nothing else.
import { expect } from 'chai';
import fc from 'fast-check';
import type { KubeObject } from '../../../lib/kube/kube.ts';
import { isEqual, statusPatch } from '../../../lib/reconcile/status.ts';
import { applyMergePatch } from '../../contract/merge-patch.ts';

function objectWith(status: object | undefined): KubeObject & { status?: object } {
  const metadata = {
    name: 'a',
    namespace: 'default',
    uid: 'u-1',
    resourceVersion: '7',
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const object = { apiVersion: 'tests.example.com/v1', kind: 'Widget', metadata };
  return status === undefined ? object : { ...object, status };
}

describe('statusPatch', () => {
  it('is nothing when the status is that already, whatever the order of its keys', () => {
    const object = objectWith({ a: 1, b: { c: [{ x: 1, y: 2 }] } });

    expect(statusPatch(object, { b: { c: [{ y: 2, x: 1 }] }, a: 1, absent: undefined })).to.equal(undefined);
    expect(statusPatch(objectWith(undefined), {})).to.equal(undefined);
  });

  it('names the version and the object it was made for', () => {
    expect(statusPatch(objectWith(undefined), { phase: 'Up' })).to.deep.equal({
      metadata: { resourceVersion: '7', uid: 'u-1' },
      status: { phase: 'Up' },
    });
  });

  it('holds only what changes, nulls what goes, and replaces lists as a whole', () => {
    const object = objectWith({ kept: 1, gone: 2, deep: { kept: 1, changed: 1, gone: 1 }, list: [1, 2, 3] });

    const patch = statusPatch(object, { kept: 1, deep: { kept: 1, changed: 2 }, list: [1, 2, 3, 4] });

    expect(patch?.status).to.deep.equal({ gone: null, deep: { changed: 2, gone: null }, list: [1, 2, 3, 4] });
  });

  it('turns any status into any other, exactly', () => {
    const status = fc
      .dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 })
      .filter(hasPlainText);
    fc.assert(
      fc.property(fc.option(status, { nil: undefined }), status, (before, next) => {
        const old = before === undefined ? undefined : (overTheWire(withoutNulls(before)) as object);
        const wanted = overTheWire(withoutNulls(next));
        const patch = statusPatch(objectWith(old), next);
        const reached = patch === undefined ? (old ?? {}) : applyMergePatch(old, overTheWire(patch.status));
        expect(reached).to.deep.equal(wanted);
        expect(statusPatch(objectWith(reached as object), next)).to.equal(undefined);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('isEqual', () => {
  it('agrees with the comparison of JSON texts', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(isEqual(a, overTheWire(a))).to.equal(true);
        if (JSON.stringify(a) !== JSON.stringify(b) && typeof a !== 'object')
          expect(isEqual(a, b)).to.equal(false);
      }),
    );
  });
});

/**
 * Without escapes in its JSON: Node.js 24 takes a key that is written with one for another such key in its place that it has
 * read before, so that parsing alone may change a status. No field of ours has such a name.
 */
function hasPlainText(value: unknown): boolean {
  return !JSON.stringify(value).includes('\\');
}

function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** In objects, null means absent: the API server stores none. In lists it stays. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([key, field]) => [key, withoutNulls(field)]),
  );
}
