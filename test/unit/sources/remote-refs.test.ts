// What the answer of a repository says of its refs.
import { Buffer } from 'node:buffer';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { parseCredentials } from '../../../lib/sources/credentials.ts';
import { revealer } from '../../../lib/sources/redact.ts';
import { equalRefs, parseRemoteRefs, type RemoteRefs } from '../../../lib/sources/remote-refs.ts';
import { revisionOf } from '../../contract/bundles.ts';
import { failureFrom } from '../bundle/expect-failure.ts';

const withPassword = (password: string) =>
  parseCredentials({
    origin: 'Secret team/creds',
    data: new Map([['password', password]]),
    hosts: undefined,
  });

describe('the refs of an answer', () => {
  const [one, two] = [revisionOf(1), revisionOf(2)];
  const repository = 'https://example.com/r';
  const parse = (answer: string, reveals: (name: string) => boolean = () => false): RemoteRefs =>
    parseRemoteRefs(Buffer.from(answer), { repository, reveals });

  it('are branches, and tags peeled to what they stand for', () => {
    const refs = parse(
      `${one}\tHEAD\n${one}\trefs/heads/a/b\n${one}\trefs/tags/v1\n${two}\trefs/tags/v1^{}\n${one}\trefs/pull/1/head\n`,
    );
    expect(refs.head).to.equal(one);
    expect([...refs.branches]).to.deep.equal([['a/b', one]]);
    expect([...refs.tags]).to.deep.equal([['v1', two]]);
  });

  it('leave out names that cannot be shown', () => {
    const answer = `${one}\trefs/tags/a\u001b[2J\n${one}\trefs/tags/${'x'.repeat(256)}\n${one}\trefs/tags/ok\n`;
    expect([...parse(answer).tags.keys()]).to.deep.equal(['ok']);
  });

  it('leave out names that show what must not be shown, and are otherwise as they came', () => {
    const answer = `${one}\trefs/heads/next\n${two}\trefs/heads/a-secret-name\n`;
    const refs = parse(answer, revealer(withPassword('a-secret')));
    expect([...refs.branches]).to.deep.equal([['next', one]]);
    for (const password of ['x', '1', one.slice(0, 7)]) {
      const { branches } = parse(answer, revealer(withPassword(password)));
      expect([...branches]).to.deep.equal([
        ['next', one],
        ['a-secret-name', two],
      ]);
    }
  });

  it('are no more than a plugin needs', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, nth) => `${one}\trefs/tags/v${nth}\n${two}\trefs/tags/v${nth}^{}\n`);
    expect(parse(many(20_000).join('')).tags).to.have.length(20_000);
    const failure = await failureFrom(() => parse(many(20_001).join('')));
    expect(failure).to.include({ kind: 'Permanent', reason: 'TooLarge' });
    expect(failure.message).to.contain(repository).and.contain('20001');
  });

  it('keep nothing in memory of the answer that they are from', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heldBytes = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const pulls = `${one}\trefs/pull/1/head-of-something-long\n`.repeat(10_000);
    const before = heldBytes();
    const kept = Array.from({ length: 60 }, (_, nth) =>
      parse(`${one}\trefs/tags/v1.0.${nth}-of-it\n${pulls}`),
    );
    expect(heldBytes() - before).to.be.below(10 * 1024 * 1024);
    expect(kept).to.have.length(60);
  });

  it('are not found in anything else', async () => {
    expect(await failureFrom(() => parse('<html>'))).to.include({
      kind: 'Transient',
      reason: 'FetchFailed',
    });
  });

  it('are equal when nothing was added, moved or removed', () => {
    const refsOf = (tag: string): RemoteRefs => parse(`${one}\trefs/tags/${tag}\n${one}\trefs/heads/main\n`);
    const refs = refsOf('v1');
    expect(equalRefs(refs, refsOf('v1'))).to.be.true;
    expect(equalRefs(refs, refsOf('v2'))).to.be.false;
    expect(equalRefs(refs, { ...refs, tags: new Map([['v1', two]]) })).to.be.false;
    expect(equalRefs(refs, { ...refs, head: one })).to.be.false;
  });
});
