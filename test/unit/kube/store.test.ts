// The local copy of one kind: versions decide what is news, and what a write of ours is still good for.
import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { Store, VersionWentBack, type Change } from '../../../lib/kube/store.ts';
import type { Widget } from '../../contract/kube-client.ts';
import { createRandom, pick, pickNumber } from '../../faults/random.ts';

function widget(name: string, version: number, { uid = `uid-${name}`, namespace = 'default' } = {}): Widget {
  const metadata = { namespace, name, uid, resourceVersion: String(version), generation: 1 };
  return {
    apiVersion: 'test/v1',
    kind: 'Widget',
    metadata: { ...metadata, creationTimestamp: '2026-05-01T10:00:00Z' },
    spec: { size: version },
  };
}

const NOTHING: ReadonlySet<Widget> = new Set<Widget>();
const named = (name: string) => ({ namespace: 'default', name });
const told = (changes: readonly Change<Widget>[]): string[] =>
  changes.map(({ type, object, before, own }) =>
    [type, object.metadata.name, object.spec.size, before?.spec.size ?? 'new', own ? 'own' : 'foreign'].join(
      ' ',
    ),
  );

function listed(...items: Widget[]): Store<Widget> {
  const store = new Store<Widget>();
  store.replace(items, '10', NOTHING);
  return store;
}

describe('Store', () => {
  it('is not synced, and at the very beginning, until a list is complete', () => {
    const store = new Store<Widget>();
    expect([store.synced, store.position]).to.deep.equal([false, '0']);
    store.replace([], '10', NOTHING);
    expect([store.synced, store.position]).to.deep.equal([true, '10']);
  });

  it('lists those of an owner, as a search through all finds them, whatever has come to pass', () => {
    const seed = randomInt(2 ** 31);
    const random = createRandom(seed);
    const ownerOf = ({ spec }: Widget): string => `owner-${spec.size % 3}`;
    const store = new Store<Widget>(ownerOf);
    for (let version = 1; version <= 600; version += 1) {
      const [name, namespace] = [`w${pickNumber(random, 8)}`, pick(random, ['default', 'other'])];
      const uid = `${namespace}-${name}-${pickNumber(random, 2)}`;
      const one = widget(name, version, { uid, namespace });
      const known = store.list(namespace).filter(() => random() < 0.7);
      pick(random, [
        () => store.apply(one),
        () => store.apply(one),
        () => store.delete(one),
        () => {
          store.wrote(one);
        },
        () => (random() < 0.1 ? store.replace(known, String(version), store.writes()) : []),
      ])();
      for (const owner of ['owner-0', 'owner-1', 'owner-2', 'nobody']) {
        const found = store.listOf({ namespace, name: owner });
        const wanted = store.list(namespace).filter((each) => ownerOf(each) === owner);
        expect(found, `seed ${seed}, version ${version}`).to.have.members(wanted);
      }
    }
  });

  it('lists one namespace or all, writes of ours among them', () => {
    const store = listed(widget('a', 1), widget('a', 2, { namespace: 'other', uid: 'other' }));
    const names = (namespace?: string): string[] =>
      store
        .list(namespace)
        .map(({ metadata, spec }) => `${metadata.namespace}/${metadata.name}=${spec.size}`);
    expect(names('other')).to.deep.equal(['other/a=2']);
    expect(names()).to.have.members(['default/a=1', 'other/a=2']);
    store.wrote(widget('a', 12));
    store.wrote(widget('b', 13));
    expect(names('default')).to.have.members(['default/a=12', 'default/b=13']);
    expect(names()).to.have.length(3);
  });

  it('tells what a list has changed, and nothing of what is the same', () => {
    const store = listed(widget('same', 1), widget('changed', 2), widget('gone', 3), widget('again', 4));
    const again = widget('again', 11, { uid: 'another' });
    const changes = store.replace([widget('same', 1), widget('changed', 12), again], '13', NOTHING);
    expect(told(changes)).to.deep.equal([
      'Deleted gone 3 3 foreign',
      'Applied changed 12 2 foreign',
      'Deleted again 4 4 foreign',
      'Applied again 11 new foreign',
    ]);
    expect(store.get(named('gone'))).to.equal(undefined);
    expect(store.position).to.equal('13');
  });

  it('tells of an event once, and moves on with it', () => {
    const store = listed();
    expect(told(store.apply(widget('a', 11)))).to.deep.equal(['Applied a 11 new foreign']);
    expect(told(store.apply(widget('a', 11)))).to.deep.equal([]);
    expect(told(store.apply(widget('a', 12)))).to.deep.equal(['Applied a 12 11 foreign']);
    expect(told(store.delete(widget('a', 13)))).to.deep.equal(['Deleted a 13 12 foreign']);
    expect(told(store.delete(widget('a', 13)))).to.deep.equal([]);
    expect(store.position).to.equal('13');
  });

  it('tells nothing of the end of what it did not know', () => {
    const store = listed();
    expect(store.delete(widget('a', 11))).to.deep.equal([]);
    expect(store.position).to.equal('11');
  });

  it('says that the server went back when an event is older than what is known', () => {
    const store = listed(widget('a', 9));
    expect(() => store.apply(widget('a', 9))).to.throw(VersionWentBack, 'Version 9 came after 10.');
    expect(() => store.delete(widget('a', 9))).to.throw(VersionWentBack);
    expect(store.get(named('a'))?.spec.size).to.equal(9);
  });

  it('compares versions as numbers', () => {
    const store = listed(widget('a', 9));
    expect(told(store.apply(widget('a', 100)))).to.deep.equal(['Applied a 100 9 foreign']);
  });

  it('moves on with a bookmark, never back', () => {
    const store = listed();
    store.bookmark('20');
    store.bookmark('15');
    expect(store.position).to.equal('20');
    expect(() => store.apply(widget('a', 19))).to.throw(VersionWentBack);
  });
});

describe('a write of ours', () => {
  it('is seen at once, and known as ours when the watch tells it', () => {
    const store = listed(widget('a', 1));
    store.wrote(widget('a', 12));
    expect(store.get(named('a'))?.spec.size).to.equal(12);
    expect(store.writes().size).to.equal(1);
    expect(told(store.apply(widget('a', 12)))).to.deep.equal(['Applied a 12 1 own']);
    expect(store.writes().size).to.equal(0);
  });

  it('is not told again when the version of the watch is that of an event before it', () => {
    const store = listed(widget('a', 1));
    store.wrote(widget('a', 12));
    expect(told(store.apply(widget('a', 11)))).to.deep.equal(['Applied a 11 1 foreign']);
    expect(store.get(named('a'))?.spec.size).to.equal(12);
  });

  it('gives way to what the watch has told since', () => {
    const store = listed(widget('a', 1));
    store.wrote(widget('a', 12));
    store.apply(widget('b', 13));
    expect(store.get(named('a'))?.spec.size).to.equal(1);
    expect(store.writes().size).to.equal(0);
  });

  it('gives way to a bookmark that covers it, and not to one before it', () => {
    const store = listed(widget('a', 1));
    store.wrote(widget('a', 12));
    store.bookmark('11');
    expect(store.get(named('a'))?.spec.size).to.equal(12);
    store.bookmark('12');
    expect(store.get(named('a'))?.spec.size).to.equal(1);
  });

  it('counts no more when it is older than what is known, by the watch or by a later write', () => {
    const store = listed(widget('a', 1));
    for (const version of [9, 10]) store.wrote(widget('a', version));
    expect(store.get(named('a'))?.spec.size).to.equal(1);
    store.wrote(widget('a', 13));
    store.wrote(widget('a', 12));
    store.wrote(widget('b', 12));
    expect(store.get(named('a'))?.spec.size).to.equal(13);
    expect(store.get(named('b'))?.spec.size).to.equal(12);
  });

  it('gives way to a list that was begun after it, at whatever version that is', () => {
    const store = listed(widget('a', 1));
    store.wrote(widget('a', 12));
    const covered = store.writes();
    store.wrote(widget('b', 13));
    store.replace([widget('a', 2)], '5', covered);
    expect(store.get(named('a'))?.spec.size).to.equal(2);
    expect(store.get(named('b'))?.spec.size).to.equal(13);
  });
});
