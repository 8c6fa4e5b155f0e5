// What the entries of a Secret mean, where they may go, and how they are kept out of messages.
import { expect } from 'chai';
import fc from 'fast-check';
import { parseCredentials, type Credentials } from '../../../lib/sources/credentials.ts';
import { hostOf, isHostPattern, isLoopback, matchesHost } from '../../../lib/sources/host.ts';
import { redactor } from '../../../lib/sources/redact.ts';
import { SSH_COMMAND } from '../../../lib/sources/ssh.ts';
import { failureFrom } from '../bundle/expect-failure.ts';

const origin = 'Secret team/creds';

function parse(data: Readonly<Record<string, string>>, hosts?: string): Credentials {
  return parseCredentials({ origin, data: new Map(Object.entries(data)), hosts });
}

describe('the credentials in a Secret', () => {
  it('are a username and a password, without the line feed that an editor left', () => {
    const { login } = parse({ username: 'robot\n', password: 'a b\r\n' });
    expect(login).to.deep.equal({ kind: 'Basic', username: 'robot', password: 'a b' });
  });

  it('are a username or a password alone', () => {
    expect(parse({ password: 'p' }).login).to.deep.equal({ kind: 'Basic', username: '', password: 'p' });
    expect(parse({ username: 't' }).login).to.deep.equal({ kind: 'Basic', username: 't', password: '' });
  });

  it('are a token, a key with known hosts, an authority, and nothing where an entry is empty', () => {
    const data = { bearerToken: 't\n', identity: 'key', known_hosts: 'h', caFile: '' };
    expect(parse(data)).to.deep.equal({
      ...{ origin, hosts: undefined, login: { kind: 'Bearer', token: 't' }, authority: undefined },
      ...{ identity: 'key', knownHosts: 'h' },
    });
  });

  for (const [what, data] of [
    ['a token beside a password', { bearerToken: 's3cret', password: 's3cret' }],
    ['a token with a line feed inside', { bearerToken: 's3cret\r\nX-Evil: 1' }],
    ['a username with a colon', { username: 's3cret:x', password: 's3cret' }],
  ] as const) {
    it(`are refused for ${what}, and not shown`, async () => {
      const failure = await failureFrom(() => parse(data));
      expect(failure).to.include({ kind: 'Transient', reason: 'AuthFailed' });
      expect(failure.message).to.contain(origin).and.not.contain('s3cret');
    });
  }

  it('are for the hosts of the annotation; one that names none is for none', () => {
    expect(parse({}, 'a.example, *.b.example:22').hosts).to.deep.equal(['a.example', '*.b.example:22']);
    expect(parse({}, '').hosts?.some((pattern) => matchesHost(pattern, { name: 'a', port: 1 }))).to.be.false;
  });
});

describe('the host of a repository', () => {
  for (const [repository, name, port] of [
    ['https://Git.Example/a', 'git.example', 443],
    ['http://git.example:3000/a', 'git.example', 3000],
    ['ssh://git@git.example/a', 'git.example', 22],
    ['ssh://git@[::1]:2222/a', '[::1]', 2222],
    ['git@git.example:a/b', 'git.example', 22],
  ] as const) {
    it(`is ${name}:${port} for ${repository}`, () => {
      expect(hostOf(repository)).to.deep.equal({ name, port });
    });
  }

  it('is none for a folder', () => {
    expect(hostOf('file:///srv/a@b:c')).to.equal(undefined);
    expect(hostOf('local://a')).to.equal(undefined);
  });

  it('is loopback only when it cannot be anything else', () => {
    const names = ['127.0.0.1', '127.9.9.9', 'localhost', 'a.localhost', '[::1]'];
    expect(names.every((name) => isLoopback({ name, port: 1 }))).to.be.true;
    const others = [
      '127.0.0.1.example',
      '127.example',
      'localhost.example',
      '10.0.0.1',
      '[::2]',
      '1270.0.0.1',
    ];
    expect(others.some((name) => isLoopback({ name, port: 1 }))).to.be.false;
  });

  it('is matched by patterns that are patterns, and by nothing else', () => {
    for (const text of [
      '',
      '*.*',
      'a b',
      '-a',
      'a-',
      'https://a',
      'a/b',
      '*a',
      'a:',
      'a:x',
      '.a',
      'a,b',
      'a*.b',
    ]) {
      expect(isHostPattern(text), text).to.be.false;
      expect(matchesHost(text, { name: text, port: 443 }), text).to.be.false;
    }
  });
});

describe('what a server says', () => {
  it('is shown without credentials, in whatever form they come back', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, unit: 'grapheme-ascii' }), fc.string(), (password, before) => {
        const username = 'robot';
        const login = { kind: 'Basic', username, password } as const;
        const hide = redactor({ ...parse({}), login });
        for (const form of [
          password,
          encodeURIComponent(password),
          Buffer.from(`${username}:${password}`).toString('base64'),
        ]) {
          expect(hide(`${before} ${form} after`)).not.to.contain(form);
        }
      }),
    );
  });

  it('stays readable where the password is a letter, which is hidden only where it stands by itself', () => {
    const login = { kind: 'Basic', username: 'robot', password: 'x' } as const;
    const hide = redactor({ ...parse({}), login });
    const said = `fatal: unable to fetch refs/heads/next from https://robot:x@example.com (Basic ${btoa('robot:x')}, x)`;
    expect(hide(said)).to.equal(
      'fatal: unable to fetch refs/heads/next from https://robot:***@example.com (Basic ***, ***)',
    );
  });

  it('is shown without the shortest of passwords where they stand by themselves', () => {
    const characters = fc.string({
      minLength: 1,
      maxLength: 3,
      unit: fc.constantFrom(
        'a',
        '1',
        '-',
        '\\',
        '^',
        '$',
        '.',
        '*',
        '+',
        '?',
        '(',
        ')',
        '[',
        ']',
        '{',
        '|',
        '/',
      ),
    });
    fc.assert(
      fc.property(characters, (password) => {
        const hide = redactor({ ...parse({}), login: { kind: 'Basic', username: 'robot', password } });
        expect(hide(`robot:${password}@host`)).to.match(/^robot:[*]+@host$/);
      }),
    );
  });

  it('is shown without any line of a private key, and otherwise as it is', () => {
    const identity = '-----BEGIN KEY-----\nbG9uZyBlbm91Z2ggdG8gYmUga2V5\nshort\n-----END KEY-----\n';
    const hide = redactor(parse({ identity }));
    expect(hide('bad key: bG9uZyBlbm91Z2ggdG8gYmUga2V5, shortly')).to.equal('bad key: ***, shortly');
    expect(redactor(undefined)('all of it')).to.equal('all of it');
  });
});

describe('the command for ssh', () => {
  it('is one fixed text, in which nothing comes from outside', () => {
    expect(SSH_COMMAND).to.match(/^ssh -F \/dev\/null( -o '[A-Za-z0-9]+=[A-Za-z0-9_/${}]+')+$/);
    expect(SSH_COMMAND).to.contain("'StrictHostKeyChecking=yes'").and.contain("'IdentitiesOnly=yes'");
  });
});
