// kubectl as tests use it.
import type { ControlPlane } from '../../../lib/embedded/control-plane.ts';

/** Every API server that was spoken to. */
export const spokenTo = new Set<Speaker>();

/** What it takes to speak to an API server. */
export type Speaker = Pick<ControlPlane, 'kubectl' | 'kubeconfig'>;

/** stdout of a command that must succeed. @throws Error with what kubectl said */
export async function kubectl(controlPlane: Speaker, args: readonly string[], input = ''): Promise<string> {
  spokenTo.add(controlPlane);
  const { stdout, stderr, exitCode } = await controlPlane.kubectl(args, { input });
  if (exitCode !== 0) {
    throw new Error(`kubectl ${args.join(' ')} failed (${exitCode}): ${stderr}`);
  }
  return stdout;
}

/** Applies an object and returns it as the server made it. */
export async function apply<T = unknown>(controlPlane: ControlPlane, object: object): Promise<T> {
  const text = await kubectl(controlPlane, ['apply', '-o', 'json', '-f', '-'], JSON.stringify(object));
  return JSON.parse(text) as T;
}

/** What the server says when it refuses the object. @throws Error when it takes it */
export async function refusal(controlPlane: ControlPlane, object: object): Promise<string> {
  const args = ['create', '--dry-run=server', '-f', '-'];
  const { stderr, exitCode } = await controlPlane.kubectl(args, { input: JSON.stringify(object) });
  if (exitCode === 0) {
    throw new Error(`the API server took an object that it should refuse: ${JSON.stringify(object)}`);
  }
  return stderr;
}
