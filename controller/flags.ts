// Every setting of the controller: its flag, its environment variable, its default and what it is for.

export type Flag = Readonly<{
  name: string;
  environment: string;
  fallback: string;
  repeatable?: true;
  /** The one command that takes it; without it all do. */
  only?: 'run' | 'up';
  help: string;
}>;

/** Every setting: its flag, its environment variable, its default. The README's table is checked against this one. */
export const FLAGS = [
  {
    name: 'kubeconfig',
    environment: 'KUBECONFIG',
    fallback: '',
    only: 'run',
    help: "file with the way to the API server; default: the pod's service account",
  },
  {
    name: 'data-dir',
    environment: 'WPC_DATA_DIR',
    fallback: '',
    only: 'up',
    help: 'folder for the objects, the cache and the kubeconfig; default: workspace-plugin-controller in XDG_STATE_HOME, else in ~/.local/state',
  },
  {
    name: 'namespace',
    environment: 'WPC_NAMESPACE',
    fallback: '',
    repeatable: true,
    help: 'watch only this namespace; default: all',
  },
  {
    name: 'host-namespace',
    environment: 'WPC_HOST_NAMESPACE',
    fallback: '',
    repeatable: true,
    help: 'namespace whose Workspaces may use this Docker engine and these directories; * for all; default: none',
  },
  {
    name: 'docker-host',
    environment: 'DOCKER_HOST',
    fallback: 'unix:///var/run/docker.sock',
    help: 'the Docker engine of docker workspaces',
  },
  {
    name: 'directory-root',
    environment: 'WPC_DIRECTORY_ROOT',
    fallback: '',
    repeatable: true,
    help: 'directory workspaces must lie below this folder; default: none may be used',
  },
  {
    name: 'source-host',
    environment: 'WPC_SOURCE_HOST',
    fallback: '',
    repeatable: true,
    help: 'sources must be on this host: its name or *.domain, with or without :port; default: any host',
  },
  {
    name: 'file-source-root',
    environment: 'WPC_FILE_SOURCE_ROOT',
    fallback: '',
    repeatable: true,
    help: 'file:// sources must lie below this folder; default: none may be used',
  },
  {
    name: 'local-catalog',
    environment: 'WPC_LOCAL_CATALOG',
    fallback: '',
    help: 'folder whose sub-folders are the local:// sources; default: none',
  },
  {
    name: 'github-base-url',
    environment: 'WPC_GITHUB_BASE_URL',
    fallback: 'https://github.com',
    help: 'where github:// sources are',
  },
  {
    name: 'allow-unpinned',
    environment: 'WPC_ALLOW_UNPINNED',
    fallback: 'false',
    help: 'true: a source may name neither a #ref nor a track',
  },
  {
    name: 'cache-dir',
    environment: 'WPC_CACHE_DIR',
    fallback: '/var/cache/workspace-plugin-controller',
    help: 'folder for repositories and packed revisions; may be lost at any time',
  },
  {
    name: 'concurrency',
    environment: 'WPC_CONCURRENCY',
    fallback: '100',
    help: 'objects of a kind visited at the same time, 1 to 1000; an eighth more where they share a workspace',
  },
  {
    name: 'metrics-address',
    environment: 'WPC_METRICS_ADDRESS',
    fallback: '127.0.0.1:8080',
    help: 'host:port of /healthz, /readyz and /metrics',
  },
  {
    name: 'leader-elect',
    environment: 'WPC_LEADER_ELECT',
    fallback: 'true',
    only: 'run',
    help: 'true: of several controllers, the one that holds a Lease acts; false: this one acts, and must be the only one',
  },
  {
    name: 'leader-elect-resource-namespace',
    environment: 'WPC_LEADER_ELECT_RESOURCE_NAMESPACE',
    fallback: '',
    only: 'run',
    help: "namespace of the Lease; default: the pod's, or that of the kubeconfig's context",
  },
  {
    name: 'leader-elect-resource-name',
    environment: 'WPC_LEADER_ELECT_RESOURCE_NAME',
    fallback: 'workspace-plugin-controller',
    only: 'run',
    help: 'name of the Lease; controllers that serve different namespaces need different ones',
  },
  {
    name: 'leader-elect-lease-duration',
    environment: 'WPC_LEADER_ELECT_LEASE_DURATION',
    fallback: '15s',
    only: 'run',
    help: 'a leader that was not heard of for this long is taken for gone',
  },
  {
    name: 'leader-elect-renew-deadline',
    environment: 'WPC_LEADER_ELECT_RENEW_DEADLINE',
    fallback: '10s',
    only: 'run',
    help: 'a leader that could not renew its Lease for this long stops acting; shorter than the lease duration',
  },
  {
    name: 'leader-elect-retry-period',
    environment: 'WPC_LEADER_ELECT_RETRY_PERIOD',
    fallback: '2s',
    only: 'run',
    help: 'time between renewals, and between looks at the Lease of another; shorter than the renew deadline',
  },
  { name: 'log-level', environment: 'WPC_LOG_LEVEL', fallback: 'info', help: 'debug, info, warn or error' },
] as const satisfies readonly Flag[];

export type FlagName = (typeof FLAGS)[number]['name'];
