// Tags that are not as people make them: what leads to a commit in the end is taken, all else refused.
import { expect } from 'chai';
import type { RefSelector } from '../../../lib/sources/source.ts';
import { fetch, resolve } from '../../contract/source.ts';
import { failureFrom } from '../../unit/bundle/expect-failure.ts';
import { HostileAuthor } from './hostile.ts';
import { type GitWorld, openGit } from './worlds.ts';

const ABSENT = 'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef';

describe('an odd tag', () => {
  let world: GitWorld;
  let author: HostileAuthor;
  let commit: string;

  beforeEach(async () => {
    world = await openGit('http');
    author = new HostileAuthor(world.upstream);
    const file = await author.blob('be kind');
    commit = await author.commit(await author.tree([{ mode: '100644', name: 'README.txt', id: file }]));
  });
  afterEach(() => world.close());

  for (const [what, make] of [
    [
      'leads to a tag of a tag of a commit',
      async () => {
        const first = await author.tag('first', { id: commit, type: 'commit' });
        const second = await author.tag('second', { id: first, type: 'tag' });
        await author.tag('odd', { id: second, type: 'tag' });
      },
    ],
    ['names nobody', () => author.tag('odd', { id: commit, type: 'commit' }, { tagger: false })],
    [
      'has a branch of its name beside it',
      async () => {
        await author.tag('odd', { id: commit, type: 'commit' });
        await world.upstream.branch('odd', await author.commit(await author.tree([])));
      },
    ],
  ] as const) {
    it(`that ${what} is taken for that commit`, async () => {
      await make();
      const resolved = await resolve(world, { selector: TAG });
      expect(resolved).to.include({ revision: commit, ref: 'odd', refKind: 'tag' });
      expect((await fetch(world, resolved)).files).to.equal(1);
    });
  }

  it('that leads to what is missing is refused, the others are served', async () => {
    await author.tag('odd', { id: ABSENT, type: 'commit' });
    await author.tag('good', { id: commit, type: 'commit' });
    const failure = await failureFrom(async () => fetch(world, await resolve(world, { selector: TAG })));
    expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
    expect(failure.message).to.contain(ABSENT);
    const good = await resolve(world, { selector: { kind: 'tag', name: 'good' } });
    expect((await fetch(world, good)).files).to.equal(1);
  });
});

const TAG: RefSelector = { kind: 'tag', name: 'odd' };
