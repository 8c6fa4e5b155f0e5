// `up`: everything on one machine: a Kubernetes API of its own that knows our kinds, and the controller on it.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { openAdapters, run } from './wiring.ts';
import { untilAborted } from '../lib/deadline.ts';
import { claimFolder, FolderTakenError } from '../lib/embedded/claim.ts';
import { startControlPlane, type ControlPlane } from '../lib/embedded/control-plane.ts';
import { PermanentError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';

/** Beside the program, compiled or not. */
const CRDS = join(import.meta.dirname, '..', 'crds');
const DECISIONS = join(import.meta.dirname, '..', 'manifests', 'base', 'decisions.yaml');

export interface UpOptions {
  readonly config: Config;
  /** Holds the objects, the cache and the kubeconfig; one process at a time. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** Takes what is for the person who waits; whole lines. */
  readonly say: (text: string) => void;
}

/**
 * Runs until the signal aborts; resolves when all has ended, and what was declared is on the disk.
 * @throws PermanentError `FolderTaken`; Error that says which program is missing, did not start or ended by itself
 */
export async function up(options: UpOptions, signal: AbortSignal): Promise<void> {
  const { config, dataDir, logger, say } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await using parts = new AsyncDisposableStack();
  parts.use(await claim(dataDir));
  const broken = new AbortController();
  const starting = startControlPlane({
    folder: dataDir,
    onProgress: (message) => {
      say(message);
    },
    onFailure: (message) => {
      broken.abort(new Error(message));
    },
  });
  const plane = parts.adopt(await untilAborted(starting, signal), (part) => part.stop());
  await untilAborted(applyKinds(plane), signal);
  await mkdir(config.cacheDir, { recursive: true });
  const adapters = await openAdapters({ ...config, kubeconfig: plane.kubeconfig }, logger);
  adapters.metrics.observeProcess();
  say(welcome(plane, dataDir));
  await run(config, adapters, AbortSignal.any([signal, broken.signal]));
  if (!signal.aborted) broken.signal.throwIfAborted();
}

async function claim(dataDir: string): Promise<AsyncDisposable> {
  try {
    return await claimFolder(dataDir);
  } catch (error) {
    if (!(error instanceof FolderTakenError)) throw error;
    throw new PermanentError('FolderTaken', `${error.message}: end it, or choose another --data-dir`, {
      cause: error,
    });
  }
}

/** With the rules for decisions about updates; also brings those of an older version up to date. */
async function applyKinds(plane: ControlPlane): Promise<void> {
  for (const args of [
    ['apply', '--server-side', '--force-conflicts', '-f', CRDS],
    ['wait', '--for=condition=Established', '--timeout=60s', '-f', CRDS],
    ['apply', '--server-side', '--force-conflicts', '-f', DECISIONS],
  ]) {
    const { exitCode, stderr } = await plane.kubectl(args);
    if (exitCode !== 0) throw new Error(`the kinds could not be put into the API server: ${stderr}`);
  }
}

function welcome(plane: ControlPlane, dataDir: string): string {
  return `
Kubernetes is ready, and the controller starts. Ctrl-C ends both; what you declare is kept in ${dataDir}.

In another terminal:
  export KUBECONFIG=${plane.kubeconfig} PATH=${plane.programs}:$PATH
  kubectl explain wsp.spec             # what can be declared
  kubectl apply -f my-workspace.yaml   # the README has a first plugin; namespace "default" is fine
  kubectl get ws,wsp                   # what became of it
`;
}
