// Which changes deserve a visit, one by one.
import { expect } from 'chai';
import type { KubeObject, ObjectMeta } from '../../../lib/kube/kube.ts';
import { deservesVisit } from '../../../lib/reconcile/changes.ts';

const METADATA: ObjectMeta = {
  name: 'a',
  namespace: 'default',
  uid: 'u',
  resourceVersion: '5',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
};

function objectWith(metadata: Partial<ObjectMeta>, more: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Any', metadata: { ...METADATA, ...metadata }, ...more };
}

describe('deservesVisit', () => {
  const before = objectWith({});
  const changes: readonly [string, boolean, KubeObject][] = [
    ['another version and status', false, objectWith({ resourceVersion: '6' }, { status: { phase: 'Up' } })],
    ['another spec', true, objectWith({ generation: 2 })],
    ['a deletion', true, objectWith({ deletionTimestamp: '2026-01-02T00:00:00Z' })],
    ['an annotation', true, objectWith({ annotations: { a: 'b' } })],
    ['a label', true, objectWith({ labels: { a: 'b' } })],
    ['a finalizer of somebody else', true, objectWith({ finalizers: ['a/b'] })],
  ];
  for (const [change, expected, object] of changes) {
    it(`is ${expected} for ${change}`, () => {
      expect(deservesVisit({ type: 'Applied', object, before, own: false })).to.equal(expected);
    });
  }

  it('is false for a finalizer that we wrote ourselves, and true for a label', () => {
    const own = { type: 'Applied', before, own: true } as const;

    expect(deservesVisit({ ...own, object: objectWith({ finalizers: ['a/b'] }) })).to.equal(false);
    expect(deservesVisit({ ...own, object: objectWith({ labels: { a: 'b' } }) })).to.equal(true);
  });

  it('is true for an object that is new or gone', () => {
    const object = before;

    expect(deservesVisit({ type: 'Applied', object, before: undefined, own: true })).to.equal(true);
    expect(deservesVisit({ type: 'Deleted', object, before, own: false })).to.equal(true);
  });

  it('is true for any change of a kind that has no generation', () => {
    const object = objectWith({ generation: 0, resourceVersion: '6' });

    expect(deservesVisit({ type: 'Applied', object, before, own: false })).to.equal(true);
  });
});
