// A namespace is deleted with all that is in it, whatever goes first: its workspaces are cleaned up all the same.
import { expect } from 'chai';
import { startDocker, type Docker } from '../../../lib/embedded/docker.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import { command } from '../../contract/runtime.ts';
import { guard } from '../../support/canaries.ts';
import type { ControllerProcess } from '../../support/controller-process.ts';
import { pluginManifest, workspaceManifest } from '../../support/manifests.ts';
import { pluginFiles } from '../stories/plugins.ts';
import { BED_TIMEOUT_MS, gitServer } from '../support/bed.ts';
import { join } from 'node:path';
import { Cluster, MANIFESTS } from './cluster.ts';

const TEAM = 'leaving';

describe('a namespace that is deleted', () => {
  let cluster: Cluster;
  let docker: Docker;
  let controller: ControllerProcess | undefined;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    [cluster, docker] = await Promise.all([Cluster.start(), startDocker({ secured: true })]);
    await cluster.kubectl('create', 'namespace', TEAM);
    await cluster.kubectl('apply', '-n', TEAM, '-k', join(MANIFESTS, 'namespace-secrets'));
    guard('the key for an engine', docker.secured?.key ?? '');
    controller = await cluster.startController([]);
  });

  after(async () => {
    await controller?.stop(0);
    await docker.stop();
    await cluster[Symbol.asyncDispose]();
  });

  async function declare(): Promise<void> {
    const git = await gitServer();
    const repository = await git.repository('leaving');
    await repository.release('v1', pluginFiles('1.0.0'));
    await docker.run('alice', 'busybox');
    const docked = { container: 'alice', engineSecretRef: { name: 'engine' } };
    const metadata = { name: 'engine', namespace: TEAM };
    await cluster.apply(
      { apiVersion: 'v1', kind: 'Secret', metadata, stringData: docker.secured },
      workspaceManifest({ runtime: { docker: docked } }, { name: 'alice', namespace: TEAM }),
      pluginManifest({ source: { url: `${git.urlOf('leaving')}#v1` } }, { name: 'browser', namespace: TEAM }),
    );
    await cluster.kubectl('wait', '-n', TEAM, '--for=condition=Ready', '--timeout=60s', 'ws,wsp', '--all');
  }

  async function filesIn(container: string): Promise<string> {
    const config = { dockerHost: docker.host, directoryRoots: [], searchPath: '', logger: silentLogger };
    const owner = { uid: 1000, gid: 1000 };
    const spec = { kind: 'docker', container, pluginsPath: '/configs/plugins', owner } as const;
    const { stdout } = await createRuntimes(config)
      .open(spec)
      .run(command('cd /configs/plugins && find . -type f'));
    return String(stdout);
  }

  it('goes, and its workspaces are cleaned up, though the right to read their Secret went first', async () => {
    await declare();
    expect(await filesIn('alice')).to.include('./browser/.complete');
    await cluster.kubectl('delete', 'rolebinding', '--all', '-n', TEAM);
    await cluster.kubectl('delete', 'namespace', TEAM, '--timeout=60s');
    expect(await filesIn('alice')).to.equal('./.controller/.ticket\n');
  });
});
