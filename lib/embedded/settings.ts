// What the environment says about the embedded parts; the only reader of it among them.
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Settings {
  /** A folder with etcd, kube-apiserver and kubectl, as other Kubernetes projects use it: `KUBEBUILDER_ASSETS`. */
  readonly assets: string | undefined;
  /** Where what was built or downloaded is kept. */
  readonly cache: string;
  /** Address of an envtest archive (.tar.gz) to download: `EMBEDDED_KUBERNETES_URL`; without it nothing is. */
  readonly archiveURL: string | undefined;
}

export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const cacheHome = env['XDG_CACHE_HOME'] ?? '';
  return {
    assets: filled(env['KUBEBUILDER_ASSETS']),
    cache: join(cacheHome === '' ? join(homedir(), '.cache') : cacheHome, 'workspace-plugin-controller'),
    archiveURL: filled(env['EMBEDDED_KUBERNETES_URL']),
  };
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
