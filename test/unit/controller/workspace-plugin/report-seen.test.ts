// What the status says of the workspace and of upstream: what is installed, kept there, approved and available.
import { expect } from 'chai';
import type { WorkspacePlugin, WorkspacePluginStatus } from '../../../../controller/api/workspace-plugin.ts';
import type { Candidate } from '../../../../controller/workspace-plugin/observed.ts';
import type { LookedPlugin, Snapshot } from '../../../../lib/target/target.ts';
import {
  NOW,
  approving,
  candidate,
  digestOf,
  failed,
  look,
  observed,
  ok,
  reached,
  reporting,
  snapshotOf,
  tracking,
  withSource,
  withStatus,
  workspacePlugin,
  type Modifier,
} from '../../builders.ts';
import { carryOut } from './carry-out.ts';

const [one, two, three] = [candidate(1), candidate(2), candidate(3)];
const EARLIER = '2026-05-01T00:00:00Z';
const pinned = workspacePlugin(tracking('none', 'v1.1.0'), approving(one));
const followed = workspacePlugin(tracking('tag:latest'), approving(one));
const there = reached(look(one));

/** The status after a visit that found this; what was to be installed is in place then. */
function statusOf(object: WorkspacePlugin, fields: Parameters<typeof observed>[1]): WorkspacePluginStatus {
  return carryOut(observed(object, fields)).status;
}

function seenEarlier({ revision, digest, ref }: Candidate): NonNullable<WorkspacePluginStatus['available']> {
  return { revision, short: revision.slice(0, 12), digest, ref, firstSeenTime: EARLIER };
}

const knowing = (content: Candidate): Modifier<WorkspacePlugin> =>
  withStatus({ available: seenEarlier(content) });

describe('what is available', () => {
  const tagged = { ...two, ref: 'v1.2.1', revision: three.revision };
  const newest = { ...seenEarlier(two), firstSeenTime: '2026-05-08T14:15:30Z' };
  const cases: Readonly<
    Record<string, [WorkspacePlugin, Parameters<typeof observed>[1], object | undefined]>
  > = {
    'is what upstream has, seen now for the first time': [
      knowing(one)(followed),
      { place: there, upstream: ok(two) },
      newest,
    ],
    'was seen when its content was, under whatever name': [
      knowing(two)(followed),
      { place: there, upstream: ok(tagged) },
      seenEarlier(tagged),
    ],
    'is the approved revision where upstream has other names for its content only': [
      followed,
      { place: there, upstream: ok({ ...two, digest: one.digest }) },
      { revision: one.revision, digest: one.digest, ref: 'v1.2.0' },
    ],
    'stays as known while upstream does not answer': [
      knowing(two)(followed),
      { place: there, upstream: failed() },
      seenEarlier(two),
    ],
    'stays as known while the sources are late': [
      knowing(two)(followed),
      { place: there, upstream: ok(three), isOutsideLate: true },
      seenEarlier(two),
    ],
    'is the approved revision where upstream has never answered': [
      followed,
      { place: there, upstream: failed() },
      { revision: one.revision, digest: one.digest, ref: 'v1.1.0' },
    ],
    'is the approved revision again once nothing is followed any more': [
      knowing(two)(pinned),
      { place: there },
      { revision: one.revision, digest: one.digest, ref: 'v1.1.0' },
    ],
    'is, before the first install, what the spec asks for': [
      workspacePlugin(tracking('none', 'v1.2.0')),
      { wanted: ok(two) },
      newest,
    ],
    'is nothing where nothing is known': [workspacePlugin(), { wanted: failed() }, undefined],
  };
  for (const [what, [object, fields, expected]] of Object.entries(cases)) {
    it(what, () => {
      const { available } = statusOf(object, fields);
      if (expected === undefined) expect(available).to.equal(undefined);
      else expect(available).to.deep.include(expected);
    });
  }
});

describe('what is installed', () => {
  for (const [what, plugin, revision] of [
    ['is what the marker in a plugin folder says', look(one), one.revision],
    ['is that also where the folder cannot be swapped', look(one, { state: 'MountPoint' }), one.revision],
    ['is unknown where something else stands there', look(one, { state: 'Foreign' }), undefined],
    ['is unknown where there is no marker', look(one, { state: 'MountPoint', marker: undefined }), undefined],
    ['is unknown without a manifest beside it', look(one, { manifestDigest: undefined }), undefined],
  ] satisfies [string, LookedPlugin, string | undefined][]) {
    it(what, () => {
      const { installed } = statusOf(reporting(pinned), { place: reached(plugin) });
      expect(installed?.revision).to.equal(revision);
    });
  }
});

describe('the snapshots that can be gone back to', () => {
  it('are those whose marker speaks of the manifest beside it', () => {
    const good = snapshotOf(two);
    const snapshots: Snapshot[] = [
      { ...snapshotOf(three), digest: digestOf(9) },
      good,
      { ...snapshotOf(three), digest: undefined },
      { stamp: '20260508T130000Z', marker: undefined, digest: undefined },
      { stamp: '20260508T120000Z', marker: undefined, digest: digestOf(3) },
    ];
    expect(statusOf(pinned, { place: reached(look(one, { snapshots })) }).previous).to.deep.equal([
      { revision: two.revision, digest: two.digest, stamp: good.stamp },
    ]);
  });

  it('are twenty at most', () => {
    const snapshots = Array.from({ length: 25 }, (_, index) => snapshotOf(candidate(index + 2)));
    expect(statusOf(pinned, { place: reached(look(one, { snapshots })) }).previous).to.have.length(20);
  });
});

describe('what is approved', () => {
  it('has a path only where the spec has one', () => {
    const install = (...modifiers: Modifier<WorkspacePlugin>[]) =>
      statusOf(workspacePlugin(...modifiers), { wanted: ok(one) }).approved;
    expect(install()).to.not.have.property('path');
    expect(install(withSource({ path: '' }))).to.not.have.property('path');
    expect(install(withSource({ path: 'skills/browser' }))).to.have.property('path', 'skills/browser');
  });

  it('has the name by which it was found where a source was asked', () => {
    const install = (time: Date | undefined) =>
      statusOf(workspacePlugin(), { wanted: ok({ ...one, time }) }).approved;
    expect(install(NOW)).to.have.property('resolvedRef', 'v1.1.0');
    expect(install(undefined)).to.not.have.property('resolvedRef');
  });
});
