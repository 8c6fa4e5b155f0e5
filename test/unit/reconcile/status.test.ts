// What is written of a status is the next one, exactly, and only where something differs.
import { expect } from 'chai';
import fc from 'fast-check';
import type { KubeObject } from '../../../lib/kube/kube.ts';
import { isEqual, statusUpdate } from '../../../lib/reconcile/status.ts';

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

describe('statusUpdate', () => {
  it('is nothing when the status is that already, whatever the order of its keys', () => {
    const object = objectWith({ a: 1, b: { c: [{ x: 1, y: 2 }] } });

    const next = { b: { c: [{ y: 2, x: 1, absent: null }] }, a: 1, absent: undefined };

    expect(statusUpdate(object, next)).to.equal(undefined);
    expect(statusUpdate(objectWith(undefined), {})).to.equal(undefined);
  });

  it('is the whole next status, without what is absent, in lists too', () => {
    const object = objectWith({ kept: 1, gone: 2, deep: { changed: 1, gone: 1 }, list: [{ x: 1, y: 1 }] });

    const status = statusUpdate(object, {
      ...{ kept: 1, gone: undefined },
      ...{ deep: { changed: 2, gone: null }, list: [{ x: 1, y: null, z: undefined }, [null]] },
    });

    const fields = { kept: 1, deep: { changed: 2 }, list: [{ x: 1 }, [null]] };
    expect(status).to.deep.equal(fields);
  });

  it('tells a field that is empty from one that is absent', () => {
    expect(statusUpdate(objectWith({}), { deep: {}, list: [] })).to.deep.equal({ deep: {}, list: [] });
    expect(statusUpdate(objectWith({ deep: {}, list: [] }), {})).to.deep.equal({});
  });

  it('turns any status into any other, exactly', () => {
    const status = fc
      .dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 })
      .filter(hasPlainText);
    fc.assert(
      fc.property(fc.option(status, { nil: undefined }), status, (before, next) => {
        const old = before === undefined ? undefined : (overTheWire(withoutNulls(before)) as object);
        const wanted = overTheWire(withoutNulls(next));
        const reached = overTheWire(statusUpdate(objectWith(old), next) ?? old ?? {}) as object;
        expect(reached).to.deep.equal(wanted);
        expect(statusUpdate(objectWith(reached), next)).to.equal(undefined);
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

/** In objects, null means absent: the API server stores none. As an item of a list it stays. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([key, field]) => [key, withoutNulls(field)]),
  );
}
