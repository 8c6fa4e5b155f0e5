// Starts the real parts of the story side by side, and takes them down again, whatever happens.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startControlPlane } from '../../lib/embedded/control-plane.ts';
import { GitServer } from '../../lib/embedded/git-server.ts';
import { createScratch } from '../../lib/embedded/scratch.ts';
import { startContainer } from './container.ts';
import { startController } from './controller.ts';
import { makeDirectory } from './directory.ts';
import { progress } from './narration.ts';
import { publishFirstReleases } from './plugins.ts';
import { Shell } from './shell.ts';
import type { Stage } from './steps/stage.ts';
import { makeToolbox, type Toolbox } from './toolbox.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..');

export interface Parts extends AsyncDisposable {
  readonly stage: Stage;
  /** Commands that make another terminal speak to these parts. */
  readonly hints: string;
}

/** @throws Error when a part does not start, or the signal's reason; what was started by then is gone */
export async function startParts(signal: AbortSignal): Promise<Parts> {
  await using starting = new AsyncDisposableStack();
  const scratch = owned(starting, await createScratch('demo'), (part) => part.remove());
  const [controlPlane, gitServer, container, directory] = await untilAborted(
    allStarted([
      keep(starting, startControlPlane({ onProgress: progress }), (part) => part.stop()),
      keep(starting, startGitServer(), (part) => part.close()),
      keep(starting, startContainer('alice', progress), (part) => part.stop()),
      keep(starting, makeDirectory('/srv/bob'), (part) => part.remove()),
    ]),
    signal,
  );
  const { kubeconfig } = controlPlane;
  const toolbox = await makeToolbox(scratch.path, { kubeconfig, dockerHost: container.host });
  const shell = new Shell({ env: toolbox.env, cwd: CHECKOUT, signal });
  await shell.quiet('kubectl apply -f crds/');
  await shell.quiet('kubectl wait --for=condition=Established --timeout=60s -f crds/');
  await shell.quiet('kubectl apply -f manifests/base/decisions.yaml');
  progress('starting the controller: node controller/main.ts run …');
  const logFile = join(scratch.path, 'controller.log');
  const cacheDir = join(scratch.path, 'cache');
  await mkdir(cacheDir);
  const controller = await startController({
    kubeconfig,
    dockerHost: container.host,
    directoryRoot: directory.root,
    githubBaseURL: gitServer.url,
    cacheDir,
    logFile,
  });
  owned(starting, controller, (part) => part.stop());
  const parts = starting.move();
  return {
    stage: { shell, gitServer },
    hints: hintsOf(toolbox, logFile),
    [Symbol.asyncDispose]: async () => {
      progress('taking everything down');
      await parts.disposeAsync();
    },
  };
}

async function startGitServer(): Promise<GitServer> {
  const server = await GitServer.start();
  await publishFirstReleases(server);
  progress(`git server with the plugins' repositories: ${server.url}`);
  return server;
}

function owned<T>(stack: AsyncDisposableStack, part: T, stop: (part: T) => Promise<void>): T {
  stack.defer(() => stop(part));
  return part;
}

async function keep<T>(
  stack: AsyncDisposableStack,
  part: Promise<T>,
  stop: (part: T) => Promise<void>,
): Promise<T> {
  return owned(stack, await part, stop);
}

/** As Promise.all, but a failure is told only when nothing is starting any more. */
async function allStarted<T extends readonly unknown[]>(parts: {
  [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  await Promise.allSettled(parts);
  return Promise.all(parts);
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    aborted.reject(signal.reason);
  };
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function hintsOf({ bin, env }: Toolbox, logFile: string): string {
  return [
    `export KUBECONFIG=${env['KUBECONFIG'] ?? ''} DOCKER_HOST=${env['DOCKER_HOST'] ?? ''} PATH=${bin}:$PATH`,
    'kubectl get ws,wsp,pu',
    'docker exec alice ls -lA /configs/plugins',
    `tail -f ${logFile}   # what the controller logs`,
  ].join('\n');
}
