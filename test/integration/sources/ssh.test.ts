// Repositories behind a real sshd: who is let in, who is believed, and what is left behind.
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { createSources, removeLeftovers } from '../../../lib/sources/registry.ts';
import { fetch, resolve } from '../../contract/source.ts';
import { startSSHServer, type SSHServer } from '../../support/ssh-server.ts';
import '../support/canaries.ts';
import { waitFor } from '../../support/wait-for.ts';
import { failureFrom } from '../../unit/bundle/expect-failure.ts';
import { secret, type GivenSecret } from './secrets.ts';
import { configOf, type GitWorld, openGit } from './worlds.ts';

describe('the git source over ssh', () => {
  let server: SSHServer;
  let world: GitWorld;
  let scratch: Scratch;
  let first: string;

  before(async () => {
    server = await startSSHServer();
  });
  after(() => server.close());

  beforeEach(async () => {
    [world, scratch] = [await openGit('http'), await createScratch('ssh')];
    first = await world.upstream.commit({ 'plugin.yaml': 'version: 1.0.0' });
    await world.upstream.tag('v1.0.0', first, { message: 'one' });
  });
  afterEach(async () => {
    await world.close();
    await scratch.remove();
  });

  const cacheDir = (): string => join(scratch.path, 'cache');
  const keys = (change: Readonly<Record<string, string>> = {}): GivenSecret =>
    secret({ identity: server.identity, known_hosts: server.knownHosts, ...change });

  /** The repository as a URL names it, served by sources with a cache of their own. */
  function at(url: string, searchPath = process.env['PATH'] ?? ''): GitWorld {
    const sources = createSources(configOf({ cacheDir: cacheDir(), searchPath }));
    const location = sources.parse(url);
    return { ...world, sources, repository: location.repository, source: sources.of(location) };
  }
  const url = (path = world.upstream.path, user = 'root'): string =>
    `ssh://${user}@127.0.0.1:${server.port}${path}`;

  it('is let in with the identity, and fetches', async () => {
    const [place, credentials] = [at(url()), keys()];
    const resolved = await resolve(place, { credentials, selector: { kind: 'latest' } });
    expect(resolved).to.include({ revision: first, ref: 'v1.0.0' });
    expect((await fetch(place, resolved, { credentials })).version).to.equal('1.0.0');
  });

  it('takes a key whose last line feed is missing', async () => {
    const credentials = keys({ identity: server.identity.trimEnd() });
    expect((await resolve(at(url()), { credentials })).revision).to.equal(first);
  });

  for (const [what, change, words] of [
    ['a key that is not let in', () => ({ identity: server.stranger }), 'Permission denied'],
    ['another host key than known', () => ({ known_hosts: server.otherHosts }), 'another host key'],
    ['a host that is not known', () => ({ known_hosts: 'example.org ssh-ed25519 AAAA' }), 'does not name'],
    ['known_hosts that are none', () => ({ known_hosts: '* \u0000 \n@cert-authority *' }), 'does not name'],
    ['something that is no key', () => ({ identity: 'no key' }), 'a private key without a passphrase'],
    ['no key', () => ({ identity: '' }), 'no identity'],
    ['no known hosts', () => ({ known_hosts: '' }), 'no known_hosts'],
  ] as const) {
    it(`says AuthFailed for ${what}, and the same words each time`, async () => {
      const place = at(url());
      const failures = [1, 2].map(() => failureFrom(() => resolve(place, { credentials: keys(change()) })));
      for (const failure of await Promise.all(failures)) {
        expect(failure).to.include({ kind: 'Transient', reason: 'AuthFailed' });
        expect(failure.message).to.contain(words).and.not.contain(scratch.path);
      }
    });
  }

  it('says AuthFailed for a user that is not there, and FetchFailed for a repository or a server', async () => {
    const reasons: string[] = [];
    // One after the other: each place has sources of its own, and a cache folder belongs to one at a time.
    for (const there of [url(undefined, 'nobody-here'), url('/nowhere'), 'ssh://root@127.0.0.1:1/a']) {
      reasons.push((await failureFrom(() => resolve(at(there), { credentials: keys() }))).reason);
    }
    expect(reasons).to.deep.equal(['AuthFailed', 'FetchFailed', 'FetchFailed']);
  });

  it('wants a Secret', async () => {
    const failure = await failureFrom(() => resolve(at(url())));
    expect(failure).to.include({ kind: 'Permanent', reason: 'AuthFailed' });
    expect(failure.message).to.contain('spec.source.secretRef');
  });

  it('leaves no key behind, however it ended', async () => {
    const place = at(url());
    await resolve(place, { credentials: keys() });
    await failureFrom(() => resolve(place, { credentials: keys({ identity: server.stranger }) }));
    await failureFrom(() =>
      fetch(place, { revision: 'a'.repeat(40), ref: 'x', time: new Date() }, { credentials: keys() }),
    );
    const gone = { ...place, repository: 'ssh://root@127.0.0.1:1/a' };
    await failureFrom(() => resolve(gone, { credentials: keys() }));
    expect(await filesNamed(cacheDir(), /^(identity|known_hosts|ca\.pem)$/)).to.deep.equal([]);
  });

  it('keeps the key to itself while it runs, and a killed controller leaves none for long', async () => {
    const stub = await stubSSH(scratch, 'exec sleep 60');
    const stop = new AbortController();
    const asked = failureFrom(() =>
      resolve(at(url(), stub.searchPath), { credentials: keys(), signal: stop.signal }),
    );
    await waitFor('ssh to start', stub.argv);
    const [identity = ''] = await filesNamed(cacheDir(), /^identity$/);
    expect((await stat(identity)).mode & 0o777).to.equal(0o600);
    expect((await stat(join(identity, '..'))).mode & 0o777).to.equal(0o700);
    await removeLeftovers(cacheDir());
    expect(await filesNamed(cacheDir(), /^identity$/)).to.deep.equal([]);
    stop.abort();
    await asked;
  });

  it('is always run with the same arguments, and the short form means the same server', async () => {
    const stub = await stubSSH(scratch, `exec /usr/bin/ssh -p ${server.port} "$@"`);
    const credentials = keys({ known_hosts: server.knownHosts });
    const short = `root@127.0.0.1:${world.upstream.path}`;
    expect((await resolve(at(short, stub.searchPath), { credentials })).revision).to.equal(first);
    const argv = (await stub.argv()) ?? [];
    expect(argv.slice(0, 2)).to.deep.equal(['-F', '/dev/null']);
    expect(argv).to.include.members(['BatchMode=yes', 'StrictHostKeyChecking=yes', 'IdentityAgent=none']);
    expect(argv.slice(-2)).to.deep.equal(['root@127.0.0.1', `git-upload-pack '${world.upstream.path}'`]);
    expect(argv.join(' ')).not.to.contain(cacheDir());
  });
});

/** Files below the folder, in full. */
async function filesNamed(folder: string, name: RegExp): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** An `ssh` that is found before the real one, and writes down what it was given. */
async function stubSSH(
  scratch: Scratch,
  then: string,
): Promise<{ searchPath: string; argv: () => Promise<readonly string[] | undefined> }> {
  const bin = join(scratch.path, 'bin');
  const log = join(scratch.path, 'argv');
  await mkdir(bin);
  const script = `#!/bin/sh\nprintf '%s\\0' "$@" >'${log}.part' && mv '${log}.part' '${log}'\n${then}\n`;
  await writeFile(join(bin, 'ssh'), script, { mode: 0o755 });
  return {
    searchPath: `${bin}:${process.env['PATH'] ?? ''}`,
    // Not written yet.
    argv: async () => (await readFile(log, 'utf8').catch(() => undefined))?.split('\0').slice(0, -1),
  };
}
