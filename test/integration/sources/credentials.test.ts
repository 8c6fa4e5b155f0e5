// Credentials over http: they get where they are meant to go, and nowhere else.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeCertificates } from '../../../lib/embedded/certificates.ts';
import { createScratch } from '../../../lib/embedded/scratch.ts';
import { createSources } from '../../../lib/sources/registry.ts';
import { fetch, resolve } from '../../contract/source.ts';
import { canary, guard } from '../../support/canaries.ts';
import '../support/canaries.ts';
import { waitFor } from '../../support/wait-for.ts';
import { failureFrom } from '../../unit/bundle/expect-failure.ts';
import { type Front, startFront } from './front.ts';
import { basic, secret } from './secrets.ts';
import { configOf, type GitWorld, openGit } from './worlds.ts';

const CANARY = guard('a password', `${canary('the start of a password')}/e+7=%41`);
const TOKEN = canary('a token');
const LOGIN = { username: 'robot', password: CANARY };
const HEADER = basic('robot', CANARY);
const FORMS = [CANARY, encodeURIComponent(CANARY), Buffer.from(CANARY).toString('base64'), HEADER.slice(6)];

describe('the git source with credentials', () => {
  let world: GitWorld;
  let front: Front;
  let first: string;
  const more: Front[] = [];

  beforeEach(async () => {
    world = await openGit('http');
    first = await world.upstream.commit({ 'plugin.yaml': 'version: 1.0.0' });
    front = await open({ authorization: HEADER });
  });
  afterEach(async () => {
    await Promise.all(more.splice(0).map((one) => one.close()));
    await world.close();
  });

  async function open(options: Front['options']): Promise<Front> {
    const opened = await startFront(world.server.url, options);
    more.push(opened);
    return opened;
  }

  const at = (one: Front): GitWorld => ({ ...world, repository: `${one.url}/team/plugin` });

  it('is let in with a username and a password', async () => {
    const credentials = secret({ ...LOGIN, password: `${CANARY}\n` });
    const resolved = await resolve(at(front), { credentials });
    expect(resolved.revision).to.equal(first);
    expect((await fetch(at(front), resolved, { credentials })).version).to.equal('1.0.0');
    expect(new Set(front.heard)).to.deep.equal(new Set([HEADER]));
  });

  it('is let in with a bearer token', async () => {
    front.options = { authorization: `Bearer ${CANARY}` };
    const credentials = secret({ bearerToken: CANARY });
    expect((await resolve(at(front), { credentials })).revision).to.equal(first);
  });

  it('believes the authority that the Secret names, and no other', async () => {
    const scratch = await createScratch('certificates');
    try {
      const { authority, server } = await makeCertificates(scratch.path);
      const secure = await open({ tls: server, authorization: HEADER });
      const trusting = secret({ ...LOGIN, caFile: authority.cert });
      const resolved = await resolve(at(secure), { credentials: trusting });
      expect((await fetch(at(secure), resolved, { credentials: trusting })).revision).to.equal(first);
      const failure = await failureFrom(() =>
        resolve(at(secure), { credentials: secret(LOGIN, { key: 'b' }) }),
      );
      expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
      expect(failure.message).to.contain('caFile');
    } finally {
      await scratch.remove();
    }
  });

  it('says AuthFailed without, and with wrong ones, and shows none of them', async () => {
    const wrong = secret({ username: 'robot', password: `${CANARY}x` });
    for (const credentials of [undefined, wrong]) {
      const failure = await failureFrom(() => resolve(at(front), { credentials }));
      expect(failure).to.include({ kind: 'Transient', reason: 'AuthFailed' });
      expect(failure.message).to.contain('spec.source.secretRef').and.not.contain(CANARY);
    }
  });

  it('asks less while they are refused', async () => {
    const patience = { notOlderThan: new Date(0), retryIntervalMs: 60_000, intervalMs: 600_000 };
    const credentials = secret({ username: 'robot', password: 'old' });
    for (let visit = 0; visit < 10; visit += 1) {
      expect(await failureFrom(() => resolve(at(front), { credentials, ...patience }))).to.include({
        reason: 'AuthFailed',
      });
    }
    expect(front.heard.filter((header) => header !== undefined)).to.have.length(1);
    expect(credentials.reads).to.equal(1);
  });

  it('reads them once for each question, so that a changed Secret counts at the next', async () => {
    const credentials = secret({ username: 'robot', password: 'old' });
    await failureFrom(() => resolve(at(front), { credentials }));
    credentials.content = LOGIN;
    const resolved = await waitFor('the end of the back-off', () =>
      resolve(at(front), { credentials }).catch(() => undefined),
    );
    expect(resolved.revision).to.equal(first);
    const notOlderThan = new Date(Date.now() - 60_000);
    await Promise.all([1, 2, 3].map(() => resolve(at(front), { credentials, notOlderThan })));
    expect(credentials.reads).to.equal(2);
  });

  it('shares a question with those who have the same ones, and with nobody else', async () => {
    const notOlderThan = new Date();
    const [mine, other] = [secret(LOGIN), secret(LOGIN, { key: 'other/creds' })];
    await Promise.all(
      [mine, mine, mine].map((credentials) => resolve(at(front), { credentials, notOlderThan })),
    );
    expect(mine.reads).to.equal(1);
    await resolve(at(front), { credentials: other, notOlderThan });
    expect(other.reads).to.equal(1);
    expect(await failureFrom(() => resolve(at(front), { notOlderThan }))).to.include({
      reason: 'AuthFailed',
    });
  });

  it('serves what was fetched with them to nobody without, though they know the revision', async () => {
    const resolved = await resolve(at(front), { credentials: secret(LOGIN) });
    await fetch(at(front), resolved, { credentials: secret(LOGIN) });
    for (const credentials of [undefined, secret({ bearerToken: 'guess' }, { key: 'evil/creds' })]) {
      const failure = await failureFrom(() => fetch(at(front), resolved, { credentials }));
      expect(failure).to.include({ kind: 'Transient', reason: 'AuthFailed' });
    }
  });

  describe('does not send them', () => {
    it('to a host that the Secret does not name', async () => {
      const credentials = secret(LOGIN, { hosts: 'git.example.org, *.example.org, 127.0.0.1:1' });
      const failure = await failureFrom(() => resolve(at(front), { credentials }));
      expect(failure).to.include({ kind: 'Permanent', reason: 'NotPermitted' });
      expect(failure.message).to.contain(`127.0.0.1:${front.port}`).and.contain('Secret team/creds');
      expect(front.heard).to.deep.equal([]);
    });

    it('but to one that it names', async () => {
      const credentials = secret(LOGIN, { hosts: `git.example.org,127.0.0.1:${front.port}` });
      expect((await resolve(at(front), { credentials })).revision).to.equal(first);
    });

    it('unencrypted to another machine', async () => {
      const there = { ...world, repository: 'http://git.example.org/a' };
      const failure = await failureFrom(() => resolve(there, { credentials: secret(LOGIN) }));
      expect(failure).to.include({ kind: 'Permanent', reason: 'NotPermitted' });
      expect(failure.message).to.contain('use https');
    });

    for (const [what, content] of [
      ['a password', LOGIN],
      ['a token', { bearerToken: CANARY }],
    ] as const) {
      it(`to where a redirect leads (${what})`, async () => {
        const other = await open({});
        front.options = { redirectTo: other.url };
        const failure = await failureFrom(() => resolve(at(front), { credentials: secret(content) }));
        expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
        expect(failure.message).to.contain('redirect').and.contain('name the address');
        expect(front.heard).to.have.length(1);
        expect(other.heard).to.deep.equal([]);
      });
    }
  });

  describe('without credentials', () => {
    it('follows a redirect, for the question and the fetch', async () => {
      const other = await open({});
      front.options = { redirectTo: other.url };
      const resolved = await resolve(at(front));
      expect((await fetch(at(front), resolved)).revision).to.equal(first);
      expect(new Set(other.heard)).to.deep.equal(new Set([undefined]));
    });

    it('follows none where hosts are limited', async () => {
      const other = await open({});
      front.options = { redirectTo: other.url };
      const sourceHosts = [`127.0.0.1:${front.port}`];
      const sources = createSources(configOf({ cacheDir: join(world.server.root, 'cache'), sourceHosts }));
      const { repository, ...location } = sources.parse(`${front.url}/team/plugin`);
      const limited = { ...world, repository, source: sources.of({ ...location, repository }) };
      expect((await failureFrom(() => resolve(limited))).message).to.contain('--source-host');
      expect(other.heard).to.deep.equal([]);
      expect(() => sources.parse(`${other.url}/team/plugin`)).to.throw('--source-host');
    });
  });

  describe('keeps them to itself', () => {
    it('when a server repeats what it was sent', async () => {
      for (const content of [LOGIN, { bearerToken: TOKEN }, { username: TOKEN }]) {
        front.options = { repeats: true };
        const failure = await failureFrom(() => resolve(at(front), { credentials: secret(content) }));
        expect(failure).to.include({ reason: 'FetchFailed' });
        for (const form of [...FORMS, TOKEN]) expect(failure.message).not.to.contain(form);
      }
    });

    it('while git runs, where command lines are for everybody to see', async () => {
      front.options = {};
      world.server.behave('Hang');
      const stop = new AbortController();
      const asked = failureFrom(() =>
        resolve(at(front), { credentials: secret(LOGIN), signal: stop.signal }),
      );
      await waitFor('git to ask', () => Promise.resolve(front.heard.length > 0 ? true : undefined));
      const lines = await commandLines();
      stop.abort();
      await asked;
      expect(lines.some((line) => line.includes(front.url))).to.be.true;
      for (const form of FORMS) expect(lines.filter((line) => line.includes(form))).to.deep.equal([]);
    });
  });
});

/** Of all running processes. */
async function commandLines(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  // A process may end meanwhile.
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
}
