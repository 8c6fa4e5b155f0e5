// The test bed: one real control plane that knows our kinds, and a namespace of its own for each test.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startControlPlane } from '../../../lib/embedded/control-plane.ts';
import type { ControlPlane } from '../../../lib/embedded/control-plane.ts';
import { GitServer } from '../../../lib/embedded/git-server.ts';
import { overhearObjects } from './canaries.ts';
import { kubectl } from './kubectl.ts';
import { shared } from './shared.ts';

const CRDS = join(import.meta.dirname, '..', '..', '..', 'crds');

export interface Bed {
  readonly controlPlane: ControlPlane;
  /** Makes a namespace that no other test has; it goes away with the control plane. */
  namespace(): Promise<string>;
}

/** The first call takes some seconds, or about five minutes where Kubernetes must be built first. */
export const bed = shared(startBed, ({ controlPlane }) => controlPlane.stop());

export const gitServer = shared(
  () => GitServer.start(),
  (server) => server.close(),
);

/** For `before` hooks that call `bed()`; milliseconds. */
export const BED_TIMEOUT_MS = 15 * 60_000;

async function startBed(): Promise<Bed> {
  const controlPlane = await startControlPlane({
    onProgress: (message) => process.stderr.write(`${message}\n`),
  });
  await kubectl(controlPlane, ['apply', '-f', CRDS]);
  await kubectl(controlPlane, ['wait', '--for=condition=Established', '--timeout=60s', '-f', CRDS]);
  await overhearObjects(controlPlane);
  return {
    controlPlane,
    namespace: async () => {
      const name = `test-${randomBytes(4).toString('hex')}`;
      await kubectl(controlPlane, ['create', 'namespace', name]);
      return name;
    },
  };
}
