import { expect } from 'chai';
import { decide, isDrifted, isTagMoved } from '../../../../controller/workspace-plugin/decide.ts';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import type { Candidate } from '../../../../controller/workspace-plugin/observed.ts';
import {
  approving,
  automatic,
  candidate,
  failed,
  look,
  observed,
  ok,
  paths,
  reached,
  reporting,
  tracking,
  withMetadata,
  workspacePlugin,
} from '../../builders.ts';

const [one, two] = [candidate(1), candidate(2)];

function following(track: string, pin?: string): WorkspacePlugin {
  return workspacePlugin(tracking(track, pin), approving(one));
}

function visit(object: WorkspacePlugin, upstream: Candidate) {
  return observed(object, { place: reached(look(one)), upstream: ok(upstream) });
}

describe('decide: updates', () => {
  it('installs what upstream has where approval is Automatic', () => {
    expect(decide(visit(automatic(following('tag:latest')), two))).to.deep.equal({
      kind: 'Install',
      target: two,
      reason: 'UpstreamChanged',
      approves: true,
      untracked: 'LeaveBehind',
    });
  });

  it('updates rather than repairs where both are due, under Report too', () => {
    const object = reporting(automatic(following('tag:latest')));
    const place = reached(look(one, { tampered: paths('a') }));
    expect(decide(observed(object, { place, upstream: ok(two) }))).to.include({ reason: 'UpstreamChanged' });
  });

  it('waits for a person where approval is Manual', () => {
    const value = visit(following('tag:latest'), two);
    expect(decide(value)).to.deep.equal({ kind: 'Nothing', reason: 'UpToDate' });
    expect(isDrifted(value)).to.equal(true);
  });

  it('takes another revision with the same content for no drift', () => {
    const push = candidate(2, { digest: one.digest });
    const value = visit(automatic(following('branch:main')), push);
    expect(decide(value)).to.deep.equal({ kind: 'Nothing', reason: 'UpToDate' });
    expect(isDrifted(value)).to.equal(false);
  });

  it('approves the content of an update that somebody installed already', () => {
    const value = observed(automatic(following('tag:latest')), {
      place: reached(look(two)),
      upstream: ok(two),
    });
    const plan = { kind: 'Approve', target: two, reason: 'AlreadyInstalled', trial: 'UpstreamChanged' };
    expect(decide(value)).to.deep.equal(plan);
  });

  it('changes nothing while upstream does not answer', () => {
    const value = observed(automatic(following('tag:latest')), {
      place: reached(look(one)),
      upstream: failed(),
    });
    expect(decide(value)).to.deep.equal({ kind: 'Nothing', reason: 'UpToDate' });
  });
});

describe('decide: a tag that moved', () => {
  const sameTag = candidate(2, { ref: one.ref });

  for (const [track, pin] of [
    ['tag:v1.1.0', undefined],
    ['tag:v1.1.0', 'v1.1.0'],
    ['tag:latest', undefined],
    ['tag:latest', 'v1.1.0'],
    ['semver:^1', undefined],
  ] as const) {
    it(`is never installed automatically: ${track}${pin === undefined ? '' : ` after #${pin}`}`, () => {
      const value = visit(automatic(following(track, pin)), sameTag);
      expect(isTagMoved(value)).to.equal(true);
      expect(decide(value)).to.deep.equal({ kind: 'Nothing', reason: 'UpToDate' });
    });
  }

  it('is told of a plain tag also where the record of its name was lost', () => {
    const object = workspacePlugin(
      tracking('tag:v1.1.0'),
      approving(candidate(1, { ref: one.revision })),
      automatic,
    );
    expect(isTagMoved(visit(object, sameTag))).to.equal(true);
  });

  it('is not forgotten when the source or the workspace was away in between', () => {
    const away = { type: 'Drifted', status: 'Unknown', reason: 'SourceUnavailable', message: '' } as const;
    const conditions = [{ ...away, observedGeneration: 1, lastTransitionTime: '2026-05-08T14:00:00Z' }];
    const object = automatic(following('tag:latest'));
    const later = { ...object, status: { ...object.status, conditions } };
    expect(decide(visit(later, sameTag))).to.include({ kind: 'Nothing' });
  });

  it('is no matter where the content stayed the same', () => {
    const object = automatic(following('tag:latest'));
    expect(isDrifted(visit(object, candidate(2, { ref: one.ref, digest: one.digest })))).to.equal(false);
  });

  it('is another thing than a higher tag', () => {
    for (const track of ['tag:latest', 'semver:^1']) {
      expect(isTagMoved(visit(following(track), two)), track).to.equal(false);
    }
  });

  it('is another thing than a first look at a tag that is followed after a pin', () => {
    expect(isTagMoved(visit(following('tag:stable', 'v1.1.0'), candidate(2, { ref: 'stable' })))).to.equal(
      false,
    );
  });

  it('is another thing than a branch that went on', () => {
    const main = candidate(1, { ref: 'main' });
    const object = workspacePlugin(tracking('branch:main'), approving(main), automatic);
    expect(decide(visit(object, candidate(2, { ref: 'main' })))).to.include({ reason: 'UpstreamChanged' });
  });

  it('is installed once a person names it in the spec', () => {
    const accepted = workspacePlugin(
      tracking('tag:latest', 'v1.1.0'),
      approving(one),
      tracking('tag:latest', `sha:${sameTag.revision}`),
      withMetadata({ generation: 2 }),
    );
    const value = observed(accepted, {
      place: reached(look(one)),
      wanted: ok(sameTag),
      upstream: ok(sameTag),
    });
    expect(decide(value)).to.deep.include({ kind: 'Install', target: sameTag, reason: 'SpecChanged' });
  });
});
