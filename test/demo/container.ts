// The container workspace of the samples, on a Docker engine of its own.
import { startDocker, type Docker } from '../../lib/embedded/docker.ts';
import type { Progress } from '../../lib/embedded/progress.ts';

/** Starts a Docker engine with one container, of a small image with busybox. */
export async function startContainer(name: string, onProgress: Progress): Promise<Docker> {
  const docker = await startDocker({ onProgress });
  try {
    await docker.run(name, 'busybox');
    return docker;
  } catch (error) {
    await docker.stop();
    throw error;
  }
}
