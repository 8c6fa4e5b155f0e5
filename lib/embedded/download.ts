// Fetches the envtest archive: etcd, kube-apiserver and kubectl, ready made.
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { messageOf } from '../errors.ts';
import { withHeartbeat } from './progress.ts';
import type { Progress } from './progress.ts';
import { createScratch } from './scratch.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;
/** The folder inside the archive that holds the programs. */
const INSIDE = 'controller-tools/envtest';
/** Once it is there, the others are. */
export const LAST_DOWNLOADED = 'kubectl';
const NAMES = ['etcd', 'kube-apiserver', LAST_DOWNLOADED] as const;

/**
 * Puts the three programs of the archive at `url` into `folder`.
 * @throws Error when the server does not answer within 10 s, or what it sends is no such archive
 */
export async function downloadKubernetes(url: string, folder: string, onProgress: Progress): Promise<void> {
  const { host } = new URL(url);
  const scratch = await createScratch('embedded-kubernetes');
  const archive = join(scratch.path, 'archive.tar.gz');
  try {
    await withHeartbeat(onProgress, `downloading Kubernetes from ${host}`, () => save(url, archive));
    await promisify(execFile)('tar', ['-xzf', archive, '-C', scratch.path], { timeout: DOWNLOAD_TIMEOUT_MS });
    for (const name of NAMES) {
      await moveAcross(join(scratch.path, INSIDE, name), join(folder, name));
    }
  } catch (error) {
    throw new Error(
      `Kubernetes could not be downloaded from ${host}: ${messageOf(error)}; ` +
        'correct EMBEDDED_KUBERNETES_URL, or unset it to build Kubernetes with Go',
      { cause: error },
    );
  } finally {
    await scratch.remove();
  }
}

async function save(url: string, file: string): Promise<void> {
  const connecting = new AbortController();
  const timer = setTimeout(() => {
    connecting.abort(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1_000} s`));
  }, CONNECT_TIMEOUT_MS);
  const signal = AbortSignal.any([connecting.signal, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)]);
  const response = await fetch(url, { signal }).finally(() => {
    clearTimeout(timer);
  });
  if (!response.ok || response.body === null) {
    throw new Error(`the server answered ${response.status}`);
  }
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file), { signal });
}

/** The cache may be on another file system than temporary files; the name appears only with the whole content. */
async function moveAcross(from: string, to: string): Promise<void> {
  const partial = `${to}.${process.pid}.partial`;
  try {
    await promisify(execFile)('cp', ['--', from, partial], { timeout: DOWNLOAD_TIMEOUT_MS });
    await rename(partial, to);
  } finally {
    await rm(partial, { force: true });
  }
}
