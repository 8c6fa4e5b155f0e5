// `spec.track`: every form, the same for us and for the API server.
import { expect } from 'chai';
import { parseTrack, TRACK_PATTERN } from '../../../lib/sources/track.ts';
import { failureFrom } from '../bundle/expect-failure.ts';

const sha = 'a'.repeat(40);

describe('track', () => {
  for (const [text, track] of [
    ['', { kind: 'none' }],
    ['none', { kind: 'none' }],
    ['tag:v1.2.0', { kind: 'tag', name: 'v1.2.0' }],
    ['tag:latest', { kind: 'latest' }],
    ['tag:plugins/a/v1', { kind: 'tag', name: 'plugins/a/v1' }],
    ['semver:^1.2', { kind: 'semver', range: '^1.2' }],
    ['semver:>=1.0.0 <2.0.0 || ~3', { kind: 'semver', range: '>=1.0.0 <2.0.0 || ~3' }],
    ['semver:*', { kind: 'semver', range: '*' }],
    ['branch:main', { kind: 'branch', name: 'main' }],
    ['branch:latest', { kind: 'branch', name: 'latest' }],
    [`sha:${sha}`, { kind: 'sha', sha }],
    [`sha:${'B'.repeat(64)}`, { kind: 'sha', sha: 'b'.repeat(64) }],
  ] as const) {
    it(`may be ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(parseTrack(text)).to.deep.equal(track);
      expect(text).to.match(new RegExp(TRACK_PATTERN));
    });
  }

  for (const text of [
    'main',
    'v1',
    'None',
    ' none',
    'none\n',
    'tag:',
    'tag:-x',
    'tag:a b',
    'tag:a\nb',
    'branch:',
    'sha:abc',
    `sha:${'a'.repeat(41)}`,
    'semver:',
    'semver:$(id)',
    `tag:${'x'.repeat(256)}`,
  ]) {
    it(`may not be ${JSON.stringify(text.slice(0, 40))}, and the API server says so`, async () => {
      expect(await failureFrom(() => parseTrack(text))).to.include({
        kind: 'Permanent',
        reason: 'InvalidTrack',
      });
      expect(text).not.to.match(new RegExp(TRACK_PATTERN));
    });
  }

  for (const text of [
    'tag:a..b',
    'tag:a//b',
    'branch:.a',
    'branch:a.lock',
    'semver:latest',
    'semver:1.2.3.4',
    'tag:x/',
  ]) {
    it(`has the form but no meaning as ${text}`, async () => {
      expect(await failureFrom(() => parseTrack(text))).to.include({
        kind: 'Permanent',
        reason: 'InvalidTrack',
      });
    });
  }

  it('has a pattern that RE2 understands: no look-around, no back reference', () => {
    expect(TRACK_PATTERN).not.to.match(/\(\?|\\[1-9]/);
  });
});
