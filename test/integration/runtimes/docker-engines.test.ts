// Which container and which engine are meant, and what an engine tells of its containers: on a real engine, also by TLS.
import { expect } from 'chai';
import { startDocker, type Docker, type SecuredEngine } from '../../../lib/embedded/docker.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { ContainerRef, Runtime } from '../../../lib/runtimes/runtime.ts';
import { command, describeRuntime, failureOf, soon } from '../../contract/runtime.ts';
import { waitFor } from '../../support/wait-for.ts';

const owner = { uid: 1000, gid: 1000 };
const START_TIMEOUT_MS = 5 * 60_000;
const alice: ContainerRef = { matchLabels: { 'com.example.agent': 'alice', tier: 'a b' } };
const labels = { 'com.example.agent': 'alice', tier: 'a b', other: 'x' };

describe('an engine by TLS, and containers by their labels', () => {
  let docker: Docker;
  let secured: SecuredEngine;

  before(async function () {
    this.timeout(START_TIMEOUT_MS);
    docker = await startDocker({ secured: true });
    if (docker.secured === undefined) throw new Error('the engine does not listen by TLS');
    secured = docker.secured;
    await docker.run('one', 'busybox', { labels });
    await docker.run('two', 'busybox', { labels: { ...labels, tier: 'a' } });
  });

  after(async () => {
    await docker.stop();
  });

  function open(container: ContainerRef, engine?: Partial<SecuredEngine>): Runtime {
    const config = { dockerHost: docker.host, directoryRoots: [], searchPath: '', logger: silentLogger };
    const spec = { kind: 'docker', container, pluginsPath: '/configs/plugins', owner } as const;
    return createRuntimes(config).open(
      engine === undefined ? spec : { ...spec, engine: { ...secured, ...engine } },
    );
  }

  describeRuntime('a container by its labels, on an engine by TLS', {
    open: () => Promise.resolve(open(alice, {})),
    owner,
  });

  it('is the one that has all the labels, and the same as by its name', async () => {
    const [byLabels, byName] = await Promise.all([open(alice).probe(soon()), open('one').probe(soon())]);
    expect(byLabels).to.deep.equal(byName);
  });

  it('is gone where none has the labels, and refused where several have, with their names', async () => {
    const none = await failureOf(open({ matchLabels: { tier: 'b' } }).probe(soon()));
    expect([none.name, none.reason]).to.deep.equal(['TransientError', 'WorkspaceGone']);
    expect(none.message).to.equal('there is no container with the label tier=b');
    const several = await failureOf(
      open({ matchLabels: { 'com.example.agent': 'alice' } }).run(command('true')),
    );
    expect([several.name, several.reason]).to.deep.equal(['PermanentError', 'AmbiguousSelector']);
    expect(several.message).to.include('with the label com.example.agent=alice').and.include('(one, two)');
  });

  it('names what is wrong with the way to an engine', async () => {
    const other = await startDocker({ secured: true });
    try {
      const { ca, cert, key } = other.secured ?? secured;
      const untrusted = await failureOf(open('one', { ca }).probe(soon()));
      expect(untrusted.reason).to.equal('WorkspaceUnreachable');
      expect(untrusted.message)
        .to.include('does not answer')
        .and.match(/certificate/);
      const refused = await failureOf(open('one', { cert, key }).probe(soon()));
      expect(refused.reason).to.equal('WorkspaceUnreachable');
    } finally {
      await other.stop();
    }
  });

  for (const [what, engine] of [
    ['the socket of this machine', { host: 'unix:///var/run/docker.sock' }],
    ['an address with more than a host', { host: 'tcp://127.0.0.1:1/path' }],
    ['an address with a user', { host: 'tcp://user:canary@127.0.0.1:1' }],
    ['what is no certificate', { cert: 'canary' }],
    ['what is no key', { key: 'canary' }],
  ] as const) {
    it(`refuses ${what} in a Secret, and repeats nothing of it`, async () => {
      const failure = await failureOf((async () => open('one', engine).probe(soon()))());
      expect([failure.name, failure.reason]).to.deep.equal(['PermanentError', 'InvalidSecret']);
      expect(failure.message).to.not.match(/canary|docker\.sock/);
    });
  }

  it('tells at once of a stop, a start, a pause, a rename and a container made again, and not of others', async () => {
    let count = 0;
    const seen = async (what: string, change: () => Promise<void>, times = 1): Promise<void> => {
      const before = count;
      await change();
      await waitFor(what, () => count === before + times, 5_000);
    };
    await docker.run('moody', 'busybox');
    using watch = open('moody', {}).watch?.(() => (count += 1));
    expect(watch).to.not.equal(undefined);
    await waitFor('the stream to begin', () => count === 1, 5_000);
    await seen('a pause', () => docker.act('moody', 'pause'));
    await seen('its end', () => docker.act('moody', 'unpause'));
    await seen('a stop', () => docker.act('moody', 'stop'), 2);
    await seen('a start', () => docker.act('moody', 'start'));
    await seen('another name', () => docker.rename('moody', 'calm'));
    await seen('the name again', () => docker.rename('calm', 'moody'));
    await seen('a removal', () => docker.remove('moody'), 2);
    await seen('a container of that name', () => docker.run('moody', 'busybox'), 2);
    await docker.act('one', 'restart');
    await seen('its own end, and nothing of what befell another', () => docker.act('moody', 'kill'));
  });

  it('tells of an engine that goes away, and tells again once it is back', async () => {
    let count = 0;
    const runtime = open('one');
    using watch = runtime.watch?.(() => (count += 1));
    expect(watch).to.not.equal(undefined);
    await waitFor('the stream to begin', () => count === 1, 5_000);
    await docker.restart();
    await waitFor('the end and another beginning', () => count === 3, 40_000);
    await docker.act('one', 'start');
    await waitFor('the start', () => count === 4, 5_000);
  });
});
