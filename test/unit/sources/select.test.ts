// Which ref a selector means, among those a repository has.
import { expect } from 'chai';
import fc from 'fast-check';
import { compareNatural } from '../../../lib/sources/natural.ts';
import type { RemoteRefs } from '../../../lib/sources/remote-refs.ts';
import { selectRef } from '../../../lib/sources/select.ts';
import type { RefSelector } from '../../../lib/sources/source.ts';
import { revisionOf } from '../../contract/bundles.ts';
import { failureFrom } from '../bundle/expect-failure.ts';

/** Each name points at the revision of its place in the list. */
function refsOf({
  tags = [],
  branches = [],
}: {
  tags?: readonly string[];
  branches?: readonly string[];
}): RemoteRefs {
  return {
    tags: new Map(tags.map((name, index) => [name, revisionOf(index + 1)])),
    branches: new Map(branches.map((name, index) => [name, revisionOf(index + 101)])),
    head: undefined,
  };
}

const chosen = (refs: RemoteRefs, selector: RefSelector): string => selectRef(refs, selector).ref;

describe('choosing a ref', () => {
  it('takes a tag, or a branch, by its name', () => {
    const refs = refsOf({ tags: ['v1', 'x'], branches: ['main', 'x'] });
    expect(selectRef(refs, { kind: 'tag', name: 'x' })).to.deep.equal({
      revision: revisionOf(2),
      ref: 'x',
      refKind: 'tag',
    });
    expect(selectRef(refs, { kind: 'branch', name: 'x' })).to.deep.equal({
      revision: revisionOf(102),
      ref: 'x',
      refKind: 'branch',
    });
  });

  it('takes a tag before a branch where either may be meant', () => {
    const refs = refsOf({ tags: ['x'], branches: ['main', 'x'] });
    const found = (name: string) => selectRef(refs, { kind: 'any', name });
    expect(found('x')).to.include({ revision: revisionOf(1), refKind: 'tag' });
    expect(found('main')).to.include({ revision: revisionOf(101), refKind: 'branch' });
  });

  it('takes a SHA as it is, though no ref points there', () => {
    const sha = revisionOf(9);
    expect(selectRef(refsOf({}), { kind: 'sha', sha })).to.deep.equal({
      revision: sha,
      ref: sha,
      refKind: 'revision',
    });
  });

  for (const [tags, latest] of [
    [['v1.9.0', 'v1.10.0', 'v1.2.0'], 'v1.10.0'],
    [['1.0.0', 'v2.0.0', '1.5.0'], 'v2.0.0'],
    [['v1.0.0', 'v2.0.0-rc.1', 'nightly'], 'v1.0.0'],
    [['release-9', 'release-10', 'release-1'], 'release-10'],
    [['v1', 'v2', 'v1.10'], 'v2'],
    [['v1.2.0', 'zzz'], 'v1.2.0'],
    [['v1.0.0', '1.0.0'], 'v1.0.0'],
    [['1.0.0', 'v1.0.0'], 'v1.0.0'],
    [['1.0.0+b2', '1.0.0+b10'], '1.0.0+b10'],
  ] as const) {
    it(`finds ${latest} to be the latest of ${tags.join(', ')}`, () => {
      expect(chosen(refsOf({ tags }), { kind: 'latest' })).to.equal(latest);
    });
  }

  for (const [range, tag] of [
    ['^1.0.0', 'v1.4.0'],
    ['~1.2', 'v1.2.9'],
    ['*', 'v2.0.0'],
    ['>=2.1.0-0', 'v2.1.0-beta.1'],
    ['1.2.3 || 1.4.x', 'v1.4.0'],
  ] as const) {
    it(`finds ${tag} to be the highest in ${range}`, () => {
      const refs = refsOf({ tags: ['v1.2.3', 'v1.2.9', 'v1.4.0', 'v2.0.0', 'v2.1.0-beta.1', 'v1', 'main'] });
      expect(chosen(refs, { kind: 'semver', range })).to.equal(tag);
    });
  }

  it('does not depend on the order of the answer', () => {
    const tags = fc.uniqueArray(
      fc.constantFrom('v1.0.0', '1.0.0', 'v1.0.1', '1.1.0-rc', 'a', 'b10', 'b9', '01.0'),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(tags, (names) => {
        const pick = (list: string[]): string | undefined => {
          try {
            return chosen(refsOf({ tags: list }), { kind: 'latest' });
          } catch {
            return undefined;
          }
        };
        expect(pick(names)).to.equal(pick(names.toReversed()));
      }),
    );
  });

  for (const [selector, words] of [
    [{ kind: 'tag', name: 'v1.2.O' }, 'no tag:v1.2.O; did you mean "v1.2.0"'],
    [{ kind: 'any', name: 'mian' }, 'did you mean "main"'],
    [{ kind: 'any', name: 'V1.2.0' }, 'did you mean "v1.2.0"'],
    [{ kind: 'branch', name: 'something-else' }, 'it has 1 branches, the last of them "main"'],
    [{ kind: 'semver', range: '^9' }, 'no semver:^9; it has 2 tags, the last of them "v1.2.0", "v1.2.1-rc"'],
  ] as const) {
    it(`is Transient when there is no ${JSON.stringify(selector)}, and names what is alike`, async () => {
      const refs = refsOf({ tags: ['v1.2.0', 'v1.2.1-rc'], branches: ['main'] });
      const failure = await failureFrom(() => selectRef(refs, selector));
      expect(failure).to.include({ kind: 'Transient', reason: 'RefNotFound' });
      expect(failure.message).to.contain(words);
    });
  }

  it('finds no latest where all releases are yet to come, or there is no tag', async () => {
    for (const tags of [['v1.0.0-rc.1', 'nightly'], []]) {
      expect(await failureFrom(() => selectRef(refsOf({ tags }), { kind: 'latest' }))).to.include({
        reason: 'RefNotFound',
      });
    }
  });
});

describe('the natural order', () => {
  it('counts digits as numbers', () => {
    const names = ['v10', 'v9', 'v1.10', 'v1.9', 'a', 'v01', 'v'];
    expect(names.sort(compareNatural)).to.deep.equal(['a', 'v', 'v01', 'v1.9', 'v1.10', 'v9', 'v10']);
  });

  it('is an order', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '0', '1', '9', '.') });
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(compareNatural(a, b)) + Math.sign(compareNatural(b, a))).to.equal(0);
        expect(compareNatural(a, b) === 0).to.equal(a === b);
        if (compareNatural(a, b) < 0 && compareNatural(b, c) < 0) expect(compareNatural(a, c)).to.be.below(0);
      }),
      { numRuns: 2000 },
    );
  });
});
