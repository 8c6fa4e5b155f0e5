// `spec.source.url`: every form, and everything that is none.
import { expect } from 'chai';
import fc from 'fast-check';
import { PermanentError } from '../../../lib/errors.ts';
import type { SourceLocation } from '../../../lib/sources/source.ts';
import { parseSourceURL, type URLOptions } from '../../../lib/sources/url.ts';
import { failureFrom } from '../bundle/expect-failure.ts';

const options: URLOptions = {
  githubBaseURL: 'https://github.example/',
  fileSourceRoots: ['/srv/git', '/data'],
  sourceHosts: [],
  localCatalog: '/catalog',
};
const sha = '0123456789abcdef0123456789abcdef01234567';
const git = (repository: string): SourceLocation => ({ kind: 'git', repository });

describe('a source url', () => {
  for (const [url, location] of [
    ['github://owner/repo', git('https://github.example/owner/repo')],
    [
      'github://owner/repo.js#v1.2.0',
      { ...git('https://github.example/owner/repo.js'), ref: { kind: 'any', name: 'v1.2.0' } },
    ],
    ['https://Git.Example:443/a/b.git/', git('https://git.example/a/b.git')],
    ['http://127.0.0.1:3000/a', git('http://127.0.0.1:3000/a')],
    [
      'https://git.example/a#release/1.x',
      { ...git('https://git.example/a'), ref: { kind: 'any', name: 'release/1.x' } },
    ],
    ['https://git.example/a#tag:v1', { ...git('https://git.example/a'), ref: { kind: 'tag', name: 'v1' } }],
    [
      'https://git.example/a#branch:main',
      { ...git('https://git.example/a'), ref: { kind: 'branch', name: 'main' } },
    ],
    [`https://git.example/a#sha:${sha}`, { ...git('https://git.example/a'), ref: { kind: 'sha', sha } }],
    [
      `https://git.example/a#${sha.toUpperCase()}`,
      { ...git('https://git.example/a'), ref: { kind: 'sha', sha } },
    ],
    [
      `https://git.example/a#${sha}${sha.slice(0, 24)}`,
      { ...git('https://git.example/a'), ref: { kind: 'sha', sha: sha + sha.slice(0, 24) } },
    ],
    ['file:///srv/git/team/repo', git('file:///srv/git/team/repo')],
    ['file:///srv/git/x/../a%20b/', git('file:///srv/git/a%20b')],
    ['file:///data/repo#main', { ...git('file:///data/repo'), ref: { kind: 'any', name: 'main' } }],
    ['ssh://git@Git.Example:22/a/b.git/', git('ssh://git@git.example/a/b.git')],
    ['ssh://git.example:2222/~me/b', git('ssh://git.example:2222/~me/b')],
    ['ssh://git@[::1]:2222/a', git('ssh://git@[::1]:2222/a')],
    ['git@Git.Example:a/b.git', git('git@git.example:a/b.git')],
    ['git@git.example:/srv/b#v1', { ...git('git@git.example:/srv/b'), ref: { kind: 'any', name: 'v1' } }],
    ['local://browser-automation', { kind: 'local', repository: 'local://browser-automation' }],
  ] as const) {
    it(`may be ${url}`, () => {
      expect(parseSourceURL(url, options)).to.deep.equal(location);
    });
  }

  for (const [url, words] of [
    ['', 'is none of'],
    ['owner/repo', 'is none of'],
    ['ftp://host/x', 'is none of'],
    ['ext::sh -c id', 'white space'],
    ['ext::sh', 'is none of'],
    ['--upload-pack=touch', 'is none of'],
    ['ssh://git@host', 'is no ssh'],
    ['ssh://host/', 'is no ssh'],
    ['ssh://-oProxyCommand=id@host/a', 'is no ssh'],
    ['ssh://-oProxyCommand=id/a', 'is no ssh'],
    ['ssh://git@host:0/a', 'is no ssh'],
    ['ssh://git@host:70000/a', 'is no ssh'],
    ['ssh://git@host/a/../b', 'is no ssh'],
    ['ssh://git@host/-x', 'is no ssh'],
    ["ssh://git@host/a'b", 'is no ssh'],
    ['ssh://git@host/a%20b', 'is no ssh'],
    ['SSH://git@host/a', 'is no ssh'],
    ['git@-host:a', 'is no ssh'],
    ['git@host:-a', 'is no ssh'],
    ['git@host:a;id', 'is no ssh'],
    ['@host:a', 'is no ssh'],
    ['github://owner', 'is no github'],
    ['github://owner/repo/more', 'is no github'],
    ['github://-owner/repo', 'is no github'],
    ['github://owner/..', 'is no github'],
    ['https://host', 'no repository'],
    ['https://host/', 'no repository'],
    ['https:///x y', 'white space'],
    ['https://[::1/x', 'cannot be parsed'],
    ['https://host/a?service=x', 'query'],
    ['https://host/a#', '#ref'],
    ['https://host/a#-x', 'dash in front'],
    ['https://host/a#a..b', '".."'],
    ['https://host/a#a~1', '#ref'],
    ['https://host/a#sha:abc', '#ref'],
    ['https://host/a#tag:', '#ref'],
    [`https://host/a#${'x'.repeat(256)}`, '#ref'],
    ['https://host/a\n', 'white space'],
    ['local://a/b', 'names no plugin'],
    ['local://..', 'names no plugin'],
    ['local://Upper', 'names no plugin'],
    ['local://a#v1', 'no refs'],
    ['file://host/srv/git/a', 'is no file'],
    ['file:///srv/git/a%2fb', 'is no file'],
    [`https://host/${'x'.repeat(2048)}`, '2048'],
  ] as const) {
    it(`may not be ${JSON.stringify(url.slice(0, 40))}`, async () => {
      const failure = await failureFrom(() => parseSourceURL(url, options));
      expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidURL' });
      expect(failure.message).to.contain(words);
    });
  }

  for (const url of [
    'file:///etc',
    'file:///srv/git',
    'file:///srv/git/..',
    'file:///srv/git/%2e%2e/etc',
    'file:///srv/gitx/a',
    'file:///',
  ]) {
    it(`may not lead to ${url}, which is below no root`, async () => {
      expect(await failureFrom(() => parseSourceURL(url, options))).to.include({ reason: 'NotPermitted' });
    });
  }

  describe('where hosts are named', () => {
    const limited = { ...options, sourceHosts: ['git.example', '*.corp.example:8443', '[::1]'] };

    for (const url of [
      'https://git.example/a',
      'http://git.example:3000/a',
      'ssh://me@GIT.example/a',
      'git@git.example:a',
      'https://x.y.corp.example:8443/a',
      'http://[::1]/a',
      'file:///srv/git/a',
      'local://a',
    ]) {
      it(`may be ${url}`, () => {
        expect(() => parseSourceURL(url, limited)).not.to.throw();
      });
    }

    for (const url of [
      'https://other.example/a',
      'https://git.example.evil.example/a',
      'https://evilgit.example/a',
      'https://corp.example:8443/a',
      'https://x.corp.example/a',
      'ssh://git@x.corp.example/a',
      'git@other.example:a',
      'github://owner/repo',
      'https://169.254.169.254/a',
    ]) {
      it(`may not be ${url}`, async () => {
        const failure = await failureFrom(() => parseSourceURL(url, limited));
        expect(failure).to.include({ kind: 'Permanent', reason: 'NotPermitted' });
        expect(failure.message).to.contain('--source-host');
      });
    }
  });

  it('may not name a local plugin where there is no catalog', async () => {
    const failure = await failureFrom(() =>
      parseSourceURL('local://a', { ...options, localCatalog: undefined }),
    );
    expect(failure).to.include({ kind: 'Permanent', reason: 'NotPermitted' });
  });

  for (const url of [
    'https://user:s3cret@host/a',
    'https://s3cret@host/a',
    'https://u:s3cret@ho st/a',
    'ssh://u:s3cret@host/a',
    'https://u:s3cret@[/a',
  ]) {
    it(`is refused with credentials, which are not shown (${url.replace('s3cret', '…')})`, async () => {
      const failure = await failureFrom(() => parseSourceURL(url, options));
      expect(failure.reason).to.equal('InvalidURL');
      expect(failure.message).not.to.contain('s3cret');
    });
  }

  it('is parsed or refused, whatever it is, and what is parsed never looks like an option', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .tuple(
          fc.constantFrom('github://', 'https://', 'ssh://', 'git@', 'file:///srv/git/', 'local://'),
          fc.string(),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(anything, (url) => {
        try {
          expect(parseSourceURL(url, options).repository).to.match(
            /^((https?|ssh|file|local):\/\/|\w[\w.-]*@)[!-~]+$/,
          );
        } catch (error) {
          expect(error).to.be.instanceOf(PermanentError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
