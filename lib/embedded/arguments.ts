// The command lines of the control plane's programs.
import { join } from 'node:path';
import type { Program, Programs } from './binaries.ts';

export interface Layout {
  /** Everything the control plane writes is below it. */
  readonly folder: string;
  readonly ports: { readonly etcd: number; readonly etcdPeers: number; readonly apiserver: number };
  /** What etcd says is written must be on the disk, because it is needed again. */
  readonly durable: boolean;
  /** Every request is noted in `files.audit`. */
  readonly audited: boolean;
}

export const files = {
  tokens: 'tokens.csv',
  serviceAccountKey: 'service-account.key',
  certificates: 'certificates',
  /** The API server makes it in `certificates`: its own certificate, then the authority's. */
  certificate: join('certificates', 'apiserver.crt'),
  kubeconfig: (user: string) => `${user}.kubeconfig`,
  ports: 'ports.json',
  programs: 'bin',
  auditPolicy: 'audit-policy.json',
  audit: 'audit.log',
} as const;

/** What the API server makes where it is missing. */
export const certificates = [files.certificate, join(files.certificates, 'apiserver.key')] as const;

export function serverURL(layout: Layout): string {
  return `https://127.0.0.1:${layout.ports.apiserver}`;
}

export function etcdURL(layout: Layout): string {
  return `http://127.0.0.1:${layout.ports.etcd}`;
}

export function etcdArguments(programs: Programs, layout: Layout): Program {
  const peers = `http://127.0.0.1:${layout.ports.etcdPeers}`;
  return [
    ...programs.etcd,
    `--data-dir=${join(layout.folder, 'etcd')}`,
    `--listen-client-urls=${etcdURL(layout)}`,
    `--advertise-client-urls=${etcdURL(layout)}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    ...(layout.durable ? [] : ['--unsafe-no-fsync']),
    '--log-level=warn',
  ];
}

export function apiserverArguments(programs: Programs, layout: Layout): Program {
  const key = join(layout.folder, files.serviceAccountKey);
  return [
    ...programs.apiserver,
    `--etcd-servers=${etcdURL(layout)}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    // The address is on loopback, which no Endpoints object may hold.
    '--endpoint-reconciler-type=none',
    `--secure-port=${layout.ports.apiserver}`,
    `--cert-dir=${join(layout.folder, files.certificates)}`,
    `--token-auth-file=${join(layout.folder, files.tokens)}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--allow-privileged=true',
    ...(layout.audited ? auditArguments(layout) : []),
  ];
}

function auditArguments({ folder }: Layout): readonly string[] {
  return [
    `--audit-policy-file=${join(folder, files.auditPolicy)}`,
    `--audit-log-path=${join(folder, files.audit)}`,
  ];
}

/** Only what an API without nodes needs: owned objects and namespaces go away, service accounts exist. */
const CONTROLLERS = [
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'clusterrole-aggregation-controller',
  'validatingadmissionpolicy-status-controller',
];

export function managerArguments(manager: Program, layout: Layout, kubeconfig: string): Program {
  return [
    ...manager,
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${join(layout.folder, files.serviceAccountKey)}`,
    `--controllers=${CONTROLLERS.join(',')}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--concurrent-namespace-syncs=2',
    '--concurrent-gc-syncs=4',
  ];
}
