// Strings that try to be more than data: options of git or ssh, words of a shell, headers, lines of a log. The canary
// is a folder in which each of them tries to make a file.
import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { failureOf, messageOf } from '../../../lib/errors.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { createSources, type Sources } from '../../../lib/sources/registry.ts';
import { parseTrack } from '../../../lib/sources/track.ts';
import type { CredentialsRef } from '../../../lib/sources/credentials.ts';
import '../support/canaries.ts';
import type { RefSelector, Source } from '../../../lib/sources/source.ts';
import { tried } from '../../faults/tried.ts';
import { startSSHServer, type SSHServer } from '../../support/ssh-server.ts';
import { COMMANDS, LINES, OPTIONS } from '../support/injections.ts';
import { type Front, startFront } from './front.ts';
import { secret } from './secrets.ts';
import { configOf, type GitWorld, openGit } from './worlds.ts';

interface Attack {
  readonly place: string;
  readonly run: () => Promise<unknown>;
  /** The checks before it are left out: it must do nothing, in whatever words it is refused. */
  readonly isUnchecked?: boolean;
}

describe('strings that try to be more than data', () => {
  let world: GitWorld;
  let server: SSHServer;
  let front: Front;
  let scratch: Scratch;
  let revision: string;
  let sources: Sources;
  let secrets = 0;

  before(async () => {
    [world, server, scratch] = [await openGit('http'), await startSSHServer(), await createScratch('canary')];
    revision = await world.upstream.commit({ 'plugin.yaml': 'version: 1' });
    front = await startFront(world.server.url);
    sources = createSources(
      configOf({
        cacheDir: join(scratch.path, 'cache'),
        fileSourceRoots: [world.server.root],
        githubBaseURL: front.url,
        localCatalog: scratch.path,
      }),
    );
  });
  after(async () => {
    await Promise.all([front.close(), server.close(), world.close(), scratch.remove()]);
  });

  const given = (content: Readonly<Record<string, string>>): CredentialsRef =>
    secret(content, { key: `team/creds-${(secrets += 1)}` });
  const keys = (change: Readonly<Record<string, string>> = {}): CredentialsRef =>
    given({ identity: server.identity, known_hosts: server.knownHosts, ...change });

  /** Whatever comes in through the object, all the way to git; with a few of the checks before it left out. */
  function attacks(text: string): readonly Attack[] {
    const ssh = `127.0.0.1:${server.port}`;
    const path = world.upstream.path;
    const attack = (place: string, run: () => Promise<unknown>): Attack => ({ place, run });
    const unchecked = (place: string, run: () => Promise<unknown>): Attack => ({
      place,
      run,
      isUnchecked: true,
    });
    const selector = { kind: 'branch', name: 'main' } as const;
    const pass = (repository: string): Promise<void> =>
      ask(world.source, { repository, selector, credentials: keys() });
    return [
      attack('the url', () => use(text)),
      attack('the path of an http url', () => use(`${front.url}/${text}`)),
      attack('the host of an ssh url', () => use(`ssh://${text}/a`, keys())),
      attack('the user of an ssh url', () => use(`ssh://${text}@${ssh}${path}`, keys())),
      attack('the path of an ssh url', () => use(`ssh://root@${ssh}/${text}`, keys())),
      attack('the path of a short ssh url', () => use(`root@127.0.0.1:${text}`, keys())),
      attack('the path of a folder', () => use(`file://${world.server.root}/${text}`)),
      attack('the name of a repository', () => use(`github://owner/${text}`)),
      attack('the ref', () => use(`${front.url}/team/plugin#${text}`)),
      attack('the track', () => follow({ kind: 'none' }, text)),
      unchecked('an ssh path', () => pass(`ssh://root@${ssh}/${text}`)),
      unchecked('an ssh host', () => pass(`ssh://${text}/a`)),
      unchecked('a short ssh path', () => pass(`root@127.0.0.1:${text}`)),
      unchecked('an http path', () =>
        ask(world.source, { repository: `${front.url}/${text}`, selector, credentials: undefined }),
      ),
      unchecked('a tag', () => follow({ kind: 'tag', name: text })),
      unchecked('the ref of a revision', () => take({ ref: text })),
      attack('the folder', () => take({ path: text })),
      attack('the username', () => use(`${front.url}/team/plugin`, given({ username: text, password: 'p' }))),
      attack('the password', () => use(`${front.url}/team/plugin`, given({ username: 'u', password: text }))),
      attack('the token', () => use(`${front.url}/team/plugin`, given({ bearerToken: text }))),
      attack('the authority', () => use(`${front.url}/team/plugin`, given({ caFile: text }))),
      attack('the key for ssh', () => use(`ssh://root@${ssh}${path}`, keys({ identity: text }))),
      attack('the known hosts', () => use(`ssh://root@${ssh}${path}`, keys({ known_hosts: text }))),
    ];
  }

  async function use(url: string, credentials?: CredentialsRef): Promise<void> {
    const location = sources.parse(url);
    const { repository, ref = { kind: 'branch', name: 'main' } } = location;
    await ask(sources.of(location), { repository, selector: ref, credentials });
  }

  async function follow(selector: RefSelector | { readonly kind: 'none' }, track?: string): Promise<void> {
    const wanted = track === undefined ? selector : parseTrack(track);
    if (wanted.kind === 'none') return;
    await ask(world.source, { repository: world.repository, selector: wanted, credentials: undefined });
  }

  async function take({ ref, path }: { readonly ref?: string; readonly path?: string }): Promise<void> {
    const unknown = ref === undefined ? revision : 'f'.repeat(40);
    const signal = AbortSignal.timeout(30_000);
    const { repository } = world;
    await world.source.fetch({ repository, revision: unknown, ref, path, timeoutMs: 20_000, signal });
  }

  it('would do something, were a shell to read them', async () => {
    const file = join(scratch.path, 'alive');
    await promisify(execFile)('sh', ['-c', `: ${COMMANDS(file)[0] ?? ''}`]);
    expect(await readdir(scratch.path)).to.include('alive');
    await rm(file);
  });

  /** Each place, and each kind of string; what is refused must be refused with an error of ours, on one line. */
  for (const [kind, make] of Object.entries({ COMMANDS, OPTIONS, LINES })) {
    for (const index of make('').keys()) {
      it(`do nothing: ${JSON.stringify(make('/canary')[index])}`, async () => {
        const folder = join(scratch.path, 'cache');
        const target = join(scratch.path, `touched-${kind}-${index}`);
        const attempts = attacks(make(target)[index] ?? '').map(
          async ({ place, run, isUnchecked = false }) => {
            const refusal: unknown = await run().then(
              () => undefined,
              (error: unknown) => error,
            );
            if (isUnchecked || refusal === undefined) return;
            failureOf(refusal);
            expect(messageOf(refusal), place).to.match(/^[^\p{Cc}\p{Bidi_Control}]*$/u);
          },
        );
        const done = await Promise.all(attempts);
        const found = (await readdir(scratch.path)).filter((name) => join(scratch.path, name) !== folder);
        expect(found).to.deep.equal([]);
        expect(front.heard.join(' ')).not.to.contain('X-Injected');
        tried(done.length);
      });
    }
  }
});

async function ask(
  source: Source,
  request: { repository: string; selector: RefSelector; credentials: CredentialsRef | undefined },
): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  const common = { ...request, timeoutMs: 20_000, signal };
  const patience = { notOlderThan: new Date(), retryIntervalMs: 1, intervalMs: 1 };
  const { revision, ref } = await source.resolve({ ...common, ...patience });
  await source.fetch({ ...common, revision, ref, path: undefined });
}
