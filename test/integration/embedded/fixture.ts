// A process with a control plane, for the test that kills it.
import { readFile } from 'node:fs/promises';
import { startControlPlane } from '../../../lib/embedded/control-plane.ts';

const { kubeconfig } = await startControlPlane();
const { clusters } = JSON.parse(await readFile(kubeconfig, 'utf8')) as {
  clusters: [{ cluster: { server: string } }];
};
process.stdout.write(`${JSON.stringify({ kubeconfig, server: clusters[0].cluster.server })}\n`);
