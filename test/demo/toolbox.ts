// A folder with a kubectl of the control plane's version, and the environment in which the story's commands run.
import { join } from 'node:path';
import { findPrograms } from '../../lib/embedded/binaries.ts';
import { writeKubectl } from '../../lib/embedded/kubectl.ts';
import { noProgress } from '../../lib/embedded/progress.ts';

export interface Toolbox {
  /** First in PATH, it makes `kubectl` the right one. */
  readonly bin: string;
  /** The whole environment of a command. */
  readonly env: Readonly<Record<string, string>>;
}

export async function makeToolbox(
  folder: string,
  parts: { readonly kubeconfig: string; readonly dockerHost: string },
): Promise<Toolbox> {
  const bin = join(folder, 'bin');
  const { kubectl } = await findPrograms(noProgress);
  await writeKubectl(bin, kubectl);
  const env = {
    PATH: `${bin}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    HOME: folder,
    KUBECONFIG: parts.kubeconfig,
    DOCKER_HOST: parts.dockerHost,
    LC_ALL: 'C.UTF-8',
  };
  return { bin, env };
}
