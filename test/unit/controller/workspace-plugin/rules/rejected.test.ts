// What a rejection is of, and what is kept of them.
import { expect } from 'chai';
import {
  rejects,
  takesUpdates,
  withoutContent,
  withRejection,
  type Rejection,
} from '../../../../../controller/workspace-plugin/rules/rejected.ts';
import { approving, candidate, failed, ok, rejecting, tracking, workspacePlugin } from '../../../builders.ts';

const [one, two] = [candidate(1), candidate(2)];

function rejection(seed: number, fields: Partial<Rejection> = {}): Rejection {
  const { revision, digest } = candidate(seed);
  const why = { reason: 'Quarantined', message: 'it failed', time: '2026-05-08T14:10:00Z' } as const;
  return { revision, digest, ...why, ...fields };
}

function withoutDigest(seed: number): Rejection {
  const { digest, ...rest } = rejection(seed);
  return digest === undefined ? rest : rest;
}

describe('a rejection', () => {
  it('is of the content, where both are known: not of another folder of that revision', () => {
    expect(rejects(rejection(1), one)).to.equal(true);
    expect(rejects(rejection(1), { revision: two.revision, digest: one.digest })).to.equal(true);
    expect(rejects(rejection(1), { revision: one.revision, digest: two.digest })).to.equal(false);
  });

  it('is of the revision, where the content of either is not known', () => {
    for (const [found, content] of [
      [withoutDigest(1), one],
      [rejection(1), { revision: one.revision, digest: undefined }],
      [withoutDigest(1), { revision: one.revision, digest: undefined }],
    ] as const) {
      expect(rejects(found, content)).to.equal(true);
      expect(rejects(found, { ...content, revision: two.revision })).to.equal(false);
    }
  });

  it('takes the place of one of the same content, and of one of the same revision', () => {
    const list = [rejection(1), rejection(2), rejection(3)];
    const sameContent = rejection(1, { revision: candidate(9).revision });
    expect(withRejection(list, sameContent)).to.deep.equal([sameContent, rejection(2), rejection(3)]);
    const sameRevision = rejection(2, { digest: candidate(9).digest });
    expect(withRejection(list, sameRevision)).to.deep.equal([sameRevision, rejection(1), rejection(3)]);
  });

  it('is kept with the nineteen before it', () => {
    const list = Array.from({ length: 20 }, (_, seed) => rejection(seed));
    const kept = withRejection(list, rejection(99));
    expect([kept.length, kept[0], kept.at(-1)]).to.deep.equal([20, rejection(99), rejection(18)]);
  });

  it('goes when its content is approved', () => {
    expect(withoutContent([rejection(1), rejection(2)], one)).to.deep.equal([rejection(2)]);
  });
});

describe('updates come into question', () => {
  const edited = tracking('tag:latest', 'v1.3.0')(workspacePlugin(approving(one)));
  for (const [when, object, wanted, expected] of [
    ['once the spec is answered', workspacePlugin(approving(one)), undefined, true],
    ['once what the spec was edited to has failed', rejecting(two)(edited), ok(two), true],
    ['not before that was tried', edited, ok(two), false],
    ['not while that cannot be had', rejecting(two)(edited), failed(), false],
    ['not where the first install has failed', rejecting(two)(workspacePlugin()), ok(two), false],
  ] as const) {
    it(when, () => {
      expect(takesUpdates({ object, wanted })).to.equal(expected);
    });
  }
});
