// Story: containers are stopped, paused, started and made again, by whoever runs the engine; nobody waits for the next look.
import { expect } from 'chai';
import { REQUESTED_AT } from '../../../controller/api/group.ts';
import { SECRET } from '../../../lib/kube/secret.ts';
import { startDocker, type Docker } from '../../../lib/embedded/docker.ts';
import { guard } from '../../support/canaries.ts';
import { workspaceManifest } from '../../support/manifests.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { kubectl } from '../support/kubectl.ts';
import { command, soon } from '../../contract/runtime.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { pluginFiles } from './plugins.ts';
import { conditionOf, World } from './world.ts';

/** Long enough that nothing below is due to a look, or a poll, by itself. */
const SELDOM = { integrity: { interval: '10m' }, source: { interval: '1h' } };
const BUSY_MS = 10_000;

describe('an engine of their own', () => {
  let world: World;
  let docker: Docker;
  let url: string;
  let first: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    [docker, world] = await Promise.all([
      startDocker({ secured: true }),
      World.open({ flags: ['--host-namespace=nobody'] }),
    ]);
    const repository = await world.git.repository('skills');
    first = await repository.release('v1', pluginFiles('1.0.0'));
    url = `${world.git.urlOf('skills')}#v1`;
    await applySecret(world, docker);
    await declare('alice');
    await world.installed('alice', first);
  });

  after(async () => {
    await world.close();
    await docker.stop();
  });

  async function declare(name: string): Promise<void> {
    await docker.run(name, 'busybox', { labels: { agent: name } });
    const runtime = {
      docker: { selector: { matchLabels: { agent: name } }, engineSecretRef: { name: 'engine' } },
    };
    await world.apply(
      workspaceManifest({ runtime }, { name, namespace: world.namespace }),
      world.plugin(name, name, { url, ...SELDOM }),
    );
  }

  /** Waits until Workspace and plugin say so, and tells how long that took. */
  async function told(what: string, status: string, message = ''): Promise<void> {
    const start = performance.now();
    await Promise.all([
      world.until('alice', what, (plugin) => {
        const ready = conditionOf(plugin, 'Ready');
        return ready?.status === status && ready.message.includes(message);
      }),
      world.untilWorkspace('alice', (one) => conditionOf(one, 'Ready')?.status === status),
    ]);
    const ms = performance.now() - start;
    process.stderr.write(`      ${what}: told after ${Math.round(ms)} ms\n`);
    expect(ms).to.be.below(BUSY_MS);
  }

  it('serves a namespace that may use none of the host, without a word of the key anywhere', async () => {
    const secret = await world.find(SECRET, 'engine');
    const key = Buffer.from(secret?.data?.['key'] ?? '', 'base64').toString();
    const words = key.split('\n').filter((line) => line.length > 20 && !line.includes('---'));
    expect(words).to.have.length.greaterThan(1);
    const said = JSON.stringify([
      world.tally.lines,
      await world.getWorkspace('alice'),
      await world.get('alice'),
      await world.kubectl('get', 'events', '-o', 'json'),
    ]);
    for (const word of words) expect(said).to.not.include(word);
  });

  it('is heard at once: a container is stopped, started, paused, unpaused', async () => {
    await docker.act('alice', 'stop');
    await told('a stop', 'Unknown', 'is not running: start it');
    await docker.act('alice', 'start');
    await told('a start', 'True');
    await docker.act('alice', 'pause');
    await told('a pause', 'Unknown', 'is paused: unpause it');
    await docker.act('alice', 'unpause');
    await told('its end', 'True');
  });

  it('has a container made again: the plugin is installed there as it was approved, at once', async () => {
    const before = (await world.getWorkspace('alice'))?.status?.runtime?.instance;
    await docker.remove('alice');
    await told('a removal', 'Unknown', 'there is no container with the label agent=alice');
    await docker.run('alice', 'busybox', { labels: { agent: 'alice' } });
    await told('another container', 'True');
    const { status } = await world.untilWorkspace('alice', (one) => one.status?.runtime?.instance !== before);
    expect(status?.runtime?.kind).to.equal('docker');
    await world.installed('alice', first);
  });

  it('goes away and comes back: what is in it is out of reach meanwhile, and well afterwards', async () => {
    await docker.restart();
    await told('an engine that was restarted', 'Unknown');
    await docker.act('alice', 'start');
    await told('its container', 'True');
  });

  it('has two containers with the labels: a person must say which', async () => {
    await docker.run('twin', 'busybox', { labels: { agent: 'alice' } });
    await world.condition('alice', 'Stalled', 'True', 'AmbiguousSelector');
    await docker.remove('twin');
    await told('one of two removed', 'True');
  });

  it('has a Secret that does not fit: it is named, and found mended', async () => {
    const request = (value: string) =>
      world.kubectl('annotate', 'ws/alice', '--overwrite', `${REQUESTED_AT}=${value}`);
    await applySecret(world, docker, { cert: 'no certificate' });
    await request('broken');
    const { status } = await world.untilWorkspace('alice', (one) => {
      return conditionOf(one, 'Stalled')?.reason === 'InvalidSecret';
    });
    const message = status?.conditions?.find(({ type }) => type === 'Ready')?.message;
    expect(message).to.include('certificates and key in PEM');
    await applySecret(world, docker);
    await request('mended');
    await told('a Secret that was mended', 'True');
  });

  it('has a container without a shell: it is named', async () => {
    await docker.run('bare', 'busybox', { labels: { agent: 'bare' } });
    const config = { dockerHost: docker.host, directoryRoots: [], searchPath: '', logger: silentLogger };
    const owner = { uid: 0, gid: 0 };
    const root = createRuntimes(config).open({ kind: 'docker', container: 'bare', pluginsPath: '/', owner });
    await root.run(command('rm /bin/sh', { signal: soon() }));
    await declareAgain('bare');
    const plugin = await world.condition('bare', 'Stalled', 'True', 'TargetToolMissing');
    expect(conditionOf(plugin, 'Stalled')?.message).to.include('no sh; install it there');
    await world.kubectl('delete', 'wsp/bare', '--wait=false');
    await docker.remove('bare');
    await world.kubectl('delete', 'ws/bare', 'wsp/bare', '--ignore-not-found', '--timeout=30s');
  });

  async function declareAgain(name: string): Promise<void> {
    const runtime = { docker: { container: name, engineSecretRef: { name: 'engine' } } };
    await world.apply(
      workspaceManifest({ runtime }, { name, namespace: world.namespace }),
      world.plugin(name, name, { url, ...SELDOM }),
    );
  }

  it('is cleaned up although its Secret is deleted first', async () => {
    await world.kubectl('delete', 'secret/engine', 'ws/alice', 'wsp/alice', '--timeout=30s');
    const config = { dockerHost: docker.host, directoryRoots: [], searchPath: '', logger: silentLogger };
    const owner = { uid: 1000, gid: 1000 };
    const spec = { kind: 'docker', container: 'alice', pluginsPath: '/configs/plugins', owner } as const;
    const { stdout } = await createRuntimes(config)
      .open(spec)
      .run(command('cd /configs/plugins && find . -type f'));
    expect(String(stdout)).to.equal('./.controller/.ticket\n');
  });
});

async function applySecret(world: World, { secured }: Docker, other: object = {}): Promise<void> {
  guard('the key for an engine', secured?.key ?? '');
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'engine', namespace: world.namespace },
    stringData: { ...secured, ...other },
  };
  await kubectl(world.controlPlane, ['apply', '-f', '-'], JSON.stringify(secret));
}
