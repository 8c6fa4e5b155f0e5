// What git's words mean.
import { expect } from 'chai';
import { failureOf } from '../../../lib/errors.ts';
import { gitFailure } from '../../../lib/sources/git-failure.ts';
import { gitEnvironment } from '../../../lib/sources/git-environment.ts';

const repository = 'https://example.com/r';

describe('a failure of git', () => {
  for (const [stderr, kind, reason] of [
    [
      "fatal: could not read Username for 'https://example.com': terminal prompts disabled",
      'Transient',
      'AuthFailed',
    ],
    ["fatal: Authentication failed for 'https://example.com/r/'", 'Transient', 'AuthFailed'],
    [
      'error: RPC failed; HTTP 403\nfatal: unable to access: The requested URL returned error: 403',
      'Transient',
      'AuthFailed',
    ],
    ['fatal: unable to access: The requested URL returned error: 503', 'Transient', 'FetchFailed'],
    ["fatal: repository 'https://example.com/r/' not found", 'Transient', 'FetchFailed'],
    ['fatal: unable to access: Could not resolve host: example.com', 'Transient', 'FetchFailed'],
    ['fatal: the remote end hung up unexpectedly', 'Transient', 'FetchFailed'],
    ['', 'Transient', 'FetchFailed'],
    ['fatal: remote error: upload-pack: not our ref 1111', 'Transient', 'RefNotFound'],
    ['error: Server does not allow request for unadvertised object 1111', 'Transient', 'RefNotFound'],
    ["fatal: couldn't find remote ref refs/tags/v1", 'Transient', 'RefNotFound'],
    [
      "error: object 0123456789abcdef: hasDotgit: contains '.git'\nfatal: fsck error in packed object",
      'Permanent',
      'InvalidContent',
    ],
    [
      'error: rev-list died of signal 11\nerror: remote did not send all necessary objects',
      'Permanent',
      'InvalidContent',
    ],
    ['error: exceeded maximum allowed tree depth', 'Permanent', 'InvalidContent'],
    ["fatal: transport 'ext' not allowed", 'Permanent', 'NotPermitted'],
    ['fatal: attempting to allocate 314572801 over limit 67108864', 'Permanent', 'TooLarge'],
    ['fatal: Out of memory, malloc failed (tried to allocate 62914561 bytes)', 'Permanent', 'TooLarge'],
    ['fatal: size_t overflow: 18446744073709551615 + 1', 'Permanent', 'TooLarge'],
    ['remote: fatal: Out of memory, malloc failed', 'Transient', 'FetchFailed'],
    ["fatal: detected dubious ownership in repository at '/x'", 'Transient', 'FetchFailed'],
  ] as const) {
    it(`is ${kind} ${reason} for ${JSON.stringify(stderr.slice(0, 60))}`, () => {
      const failure = failureOf(gitFailure(stderr, repository));
      expect(failure).to.include({ kind, reason });
      expect(failure.message).to.contain(repository);
    });
  }

  it('is one of memory where the git that hands out a folder lacks it, whatever else it says', () => {
    for (const words of [
      'attempting to allocate 314572801 over limit 67108864',
      'Out of memory, malloc failed',
    ]) {
      const stderr = `remote: error: ${words}\nremote: aborting due to possible repository corruption on the remote side.`;
      const failure = failureOf(gitFailure(stderr, 'file:///srv/r'));
      expect(failure).to.include({ kind: 'Permanent', reason: 'TooLarge' });
      expect(failure.message).to.contain('file:///srv/r').and.contain('core.bigFileThreshold=16m repack');
    }
  });

  it('is told on one line, short, without anything a terminal would obey', () => {
    const { message } = gitFailure(`remote: \u001b[2J${'x'.repeat(5000)}\nfatal: broken\r\n`, repository);
    expect(message).to.match(/^[^\p{Cc}]{1,600}$/u);
  });
});

describe('the environment of git', () => {
  const remote = { protocols: 'https', settings: [], environment: {} };
  const env = gitEnvironment({ searchPath: '/bin', home: '/h', gitDir: '/g', remote });

  it('lets nothing of the machine or a person in, and asks nobody', () => {
    expect(env).to.include({
      PATH: '/bin',
      HOME: '/h',
      GIT_DIR: '/g',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: 'https',
    });
  });

  it('limits what it may ask for at once', () => {
    expect(env).to.include({ GIT_ALLOC_LIMIT: '67108864' });
  });

  it('turns on the check of what arrives', () => {
    const index = Object.entries(env)
      .find(([, value]) => value === 'transfer.fsckObjects')?.[0]
      .slice('GIT_CONFIG_KEY_'.length);
    expect(env[`GIT_CONFIG_VALUE_${index ?? ''}`]).to.equal('true');
    expect(env['GIT_CONFIG_COUNT']).to.equal(
      String(Object.keys(env).filter((name) => name.startsWith('GIT_CONFIG_KEY_')).length),
    );
  });
});
