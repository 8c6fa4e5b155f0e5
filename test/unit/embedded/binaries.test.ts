import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPrograms } from '../../../lib/embedded/binaries.ts';
import { noProgress } from '../../../lib/embedded/progress.ts';
import { createScratch } from '../../../lib/embedded/scratch.ts';
import type { Scratch } from '../../../lib/embedded/scratch.ts';
import type { Settings } from '../../../lib/embedded/settings.ts';

const ENVTEST = ['etcd', 'kube-apiserver', 'kubectl'];

describe('finding the Kubernetes programs', () => {
  let scratch: Scratch;
  let settings: Settings;

  beforeEach(async () => {
    scratch = await createScratch('binaries-test');
    settings = { assets: undefined, archiveURL: undefined, cache: join(scratch.path, 'cache') };
  });

  afterEach(async () => {
    await scratch.remove();
  });

  /** @returns the folder that holds a program of each name */
  async function programs(names: readonly string[], folder = 'assets'): Promise<string> {
    const path = join(scratch.path, folder);
    await mkdir(path, { recursive: true });
    for (const name of names) {
      await writeFile(join(path, name), '#!/bin/sh\n');
      await chmod(join(path, name), 0o755);
    }
    return path;
  }

  /** Serves an archive of the envtest kind, or 404 without one. */
  async function serve(archive: Buffer | undefined): Promise<{ url: string; close: () => void }> {
    const server = createServer((_request, response) => {
      response.writeHead(archive === undefined ? 404 : 200).end(archive);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/envtest.tar.gz`, close: () => server.close() };
  }

  it('takes them from KUBEBUILDER_ASSETS, without a controller manager where there is none', async () => {
    const assets = await programs(ENVTEST);
    expect(await findPrograms(noProgress, { ...settings, assets })).to.deep.equal({
      etcd: [join(assets, 'etcd')],
      apiserver: [join(assets, 'kube-apiserver')],
      kubectl: [join(assets, 'kubectl')],
      controllerManager: undefined,
    });
  });

  it('takes a controller manager from KUBEBUILDER_ASSETS where there is one', async () => {
    const assets = await programs([...ENVTEST, 'kube-controller-manager']);
    const { controllerManager } = await findPrograms(noProgress, { ...settings, assets });
    expect(controllerManager).to.deep.equal([join(assets, 'kube-controller-manager')]);
  });

  it('names the program that KUBEBUILDER_ASSETS lacks', async () => {
    const assets = await programs(['etcd']);
    const error = await failureOf({ ...settings, assets });
    expect(error).to.include('KUBEBUILDER_ASSETS has no executable kube-apiserver');
  });

  it('downloads them once, and then takes them from the cache', async () => {
    await programs(ENVTEST, 'controller-tools/envtest');
    const file = join(scratch.path, 'a.tgz');
    await promisify(execFile)('tar', ['-czf', file, '-C', scratch.path, 'controller-tools']);
    const server = await serve(await readFile(file));
    const first = await findPrograms(noProgress, { ...settings, archiveURL: server.url });
    server.close();
    const second = await findPrograms(noProgress, settings);
    expect(first.etcd[0]).to.match(/\/cache\/kubernetes\/v[\d.]+-[0-9a-f]{12}\/etcd$/);
    expect(second).to.deep.equal(first);
  });

  it('says what to correct when the download fails', async () => {
    const server = await serve(undefined);
    const error = await failureOf({ ...settings, archiveURL: server.url });
    server.close();
    expect(error).to.include('the server answered 404').and.to.include('correct EMBEDDED_KUBERNETES_URL');
  });

  async function failureOf(given: Settings): Promise<string> {
    return findPrograms(noProgress, given).then(
      () => 'no failure',
      (error: unknown) => String(error),
    );
  }
});
