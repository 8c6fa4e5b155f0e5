// Volumes of a container at a plugin's folder, or below it: neither is moved, and nothing in them is deleted.
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { startDocker, type Docker } from '../../../lib/embedded/docker.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { Session } from '../../../lib/target/target.ts';
import { bundleOf } from '../../contract/bundles.ts';
import { Place } from '../../contract/place.ts';
import { failureOf, soon } from '../../contract/runtime.ts';

const START_TIMEOUT_MS = 5 * 60_000;

describe('in a container with volumes', () => {
  let docker: Docker;

  before(async function () {
    this.timeout(START_TIMEOUT_MS);
    docker = await startDocker({ onProgress: (message) => process.stderr.write(`      ${message}\n`) });
  });

  after(async () => {
    await docker.stop();
  });

  function open(container: string): Runtime {
    const config = { dockerHost: docker.host, directoryRoots: [], searchPath: '', logger: silentLogger };
    const owner = { uid: 1000, gid: 1000 };
    return createRuntimes(config).open({
      ...{ kind: 'docker', container, pluginsPath: '/configs/plugins', owner },
    });
  }

  it('refuses to swap or to remove a live folder that is a mount point', async () => {
    await docker.run('mount-source', 'busybox');
    await new Place(open('mount-source')).shell('mkdir demo');
    await docker.commit('mount-source', 'mount');
    await docker.run('mount', 'mount', { binds: ['some-volume:/configs/plugins/demo'] });
    const session = sessionOver(open('mount'));
    const bundle = await bundleOf({ 'plugin.yaml': 'version: 1\n' });
    const install = {
      plugin: 'demo',
      bundle,
      url: 'local://a',
      previousLimit: 1,
      untracked: 'LeaveBehind',
    } as const;
    const failures = await Promise.all([
      failureOf(session.install(install, soon())),
      failureOf(session.remove({ plugin: 'demo' }, soon())),
    ]);
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['MountPoint', 'MountPoint']);
    const { plugin } = await session.look({ plugin: 'demo', notOlderThan: new Date(), signal: soon() });
    expect(plugin.state).to.equal('MountPoint');
  });

  it('changes nothing of a plugin that a volume is mounted below, and nothing in that volume', async () => {
    await docker.run('below-source', 'busybox');
    const source = open('below-source');
    const [one, two] = await Promise.all(
      ['1', '2'].map((n) => bundleOf({ 'plugin.yaml': `version: ${n}\n` })),
    );
    if (one === undefined || two === undefined) throw new Error('nothing to install');
    const install = { plugin: 'demo', url: 'local://a', previousLimit: 1, untracked: 'LeaveBehind' } as const;
    await sessionOver(source).install({ ...install, bundle: one }, soon());
    await sessionOver(source).install({ ...install, bundle: two }, soon());
    await new Place(source).shell('mkdir demo/data && echo mine > demo/data/canary');
    await docker.commit('below-source', 'below');
    // An empty volume begins as a copy of what the image has there.
    const binds = ['below-plugins:/configs/plugins', 'below-data:/configs/plugins/demo/data'];
    await docker.run('below', 'below', { binds });
    const session = sessionOver(open('below'));
    const { digest, revision, version } = one;
    const failures = [
      await failureOf(session.install({ ...install, bundle: one }, soon())),
      await failureOf(session.install({ ...install, bundle: two, previousLimit: 0 }, soon())),
      await failureOf(session.restore({ ...install, digest, revision, version }, soon())),
      await failureOf(session.remove({ plugin: 'demo' }, soon())),
    ];
    expect(failures.map(({ reason }) => reason)).to.deep.equal(Array(4).fill('MountPoint'));
    expect(failures[0]?.message).to.include('something is mounted below demo, at demo/data,');
    expect(await new Place(open('below')).shell('cat demo/data/canary')).to.equal('mine\n');
  });
});

function sessionOver(runtime: Runtime): Session {
  const epoch = { since: 1, transitions: 0 };
  return createSession({ runtime, epoch: () => epoch, clock: systemClock, logger: silentLogger });
}
