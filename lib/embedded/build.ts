// Builds the embedded Kubernetes binary with Go.
import { rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { messageOf } from '../errors.ts';
import { startChild } from './child.ts';
import { withHeartbeat } from './progress.ts';
import type { Progress } from './progress.ts';

const BUILD_TIMEOUT_MS = 30 * 60_000;

export interface BuildRequest {
  /** Folder of the Go module. */
  readonly module: string;
  /** What the programs are to say of themselves, with the leading `v`. */
  readonly version: string;
  /** The file to make; appears only when it is complete. */
  readonly target: string;
  readonly onProgress: Progress;
}

/** @throws Error when Go is missing, or with the end of what it said */
export async function buildKubernetes(request: BuildRequest): Promise<void> {
  await requireGo();
  const partial = `${request.target}.${process.pid}.partial`;
  try {
    await withHeartbeat(
      request.onProgress,
      `building Kubernetes ${request.version} with Go, once; this takes about 5 minutes`,
      () => compile(request, partial),
    );
    await rename(partial, request.target);
  } finally {
    await rm(partial, { force: true });
  }
}

async function compile({ module, version }: BuildRequest, output: string): Promise<void> {
  const stamp = `-X k8s.io/component-base/version.gitVersion=${version}`;
  const build = startChild({
    name: 'go build',
    argv: [
      'env',
      'CGO_ENABLED=0',
      'go',
      'build',
      '-trimpath',
      '-ldflags',
      `-s -w ${stamp}`,
      '-o',
      output,
      '.',
    ],
    cwd: module,
  });
  const timer = setTimeout(() => void build.stop(0), BUILD_TIMEOUT_MS);
  await build.exited;
  clearTimeout(timer);
  if (build.exitCode !== 0) {
    throw new Error(`go build of Kubernetes failed (exit code ${build.exitCode ?? 137}): ${build.log()}`);
  }
}

async function requireGo(): Promise<void> {
  try {
    await promisify(execFile)('go', ['version'], { timeout: 30_000 });
  } catch (error) {
    throw new Error(
      `Kubernetes is not in the cache and cannot be built without Go 1.26 or later (${messageOf(error)}); ` +
        'install Go, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl',
      { cause: error },
    );
  }
}
