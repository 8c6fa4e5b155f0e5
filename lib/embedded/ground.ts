// What a control plane stands on: its folder, ports and users, made for once or found again by the next process.
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { certificates, files, type Layout } from './arguments.ts';
import { readTokens, withTokens, writeServiceAccountKey, writeTokens } from './credentials.ts';
import type { TokenUser, User } from './credentials.ts';
import { freePort } from './port.ts';
import { createScratch } from './scratch.ts';

export interface Ground {
  readonly layout: Layout;
  readonly users: readonly TokenUser[];
  /** Removes what was made for once; may be called again. */
  remove(): Promise<void>;
}

export interface GroundRequest {
  /** Kept, and found again by the next control plane; without it a temporary one, gone with this process. */
  readonly folder?: string;
  readonly users: readonly User[];
  /** Other ports than last time, where these are taken. */
  readonly freshPorts: boolean;
  readonly audited: boolean;
}

/** A certificate that ends sooner than this is made anew at the start. */
const CERTIFICATE_MARGIN_MS = 30 * 24 * 60 * 60_000;

export async function openGround(request: GroundRequest): Promise<Ground> {
  const { folder, audited } = request;
  const scratch = folder === undefined ? await createScratch('control-plane') : undefined;
  const path = scratch?.path ?? folder ?? '';
  await mkdir(join(path, files.certificates), { recursive: true, mode: 0o700 });
  const users = await openUsers(path, request.users);
  await openServiceAccountKey(join(path, files.serviceAccountKey));
  await dropOldCertificate(path);
  const ports = await openPorts(join(path, files.ports), request.freshPorts);
  if (audited) await writeFile(join(path, files.auditPolicy), AUDIT_POLICY);
  return {
    layout: { folder: path, ports, durable: folder !== undefined, audited },
    users,
    remove: async () => scratch?.remove(),
  };
}

/** Who did what to which object, and the answer; no contents. */
const AUDIT_POLICY = `${JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
})}\n`;

/** Who was known keeps the token, so that a kubeconfig stays good. */
async function openUsers(folder: string, users: readonly User[]): Promise<readonly TokenUser[]> {
  const file = join(folder, files.tokens);
  const known = readTokens(await contentOf(file));
  const all = withTokens(users, known);
  await writeTokens(file, all);
  return all;
}

async function openServiceAccountKey(file: string): Promise<void> {
  if ((await contentOf(file)) === '') await writeServiceAccountKey(file);
}

/** The API server makes a new one where there is none. */
async function dropOldCertificate(folder: string): Promise<void> {
  const text = await contentOf(join(folder, files.certificate));
  if (text === '') return;
  if (Date.parse(new X509Certificate(text).validTo) > Date.now() + CERTIFICATE_MARGIN_MS) return;
  await Promise.all(certificates.map((name) => rm(join(folder, name), { force: true })));
}

async function openPorts(file: string, fresh: boolean): Promise<Layout['ports']> {
  const known = await contentOf(file);
  if (known !== '' && !fresh) return JSON.parse(known) as Layout['ports'];
  const ports = { etcd: await freePort(), etcdPeers: await freePort(), apiserver: await freePort() };
  await writeFile(file, `${JSON.stringify(ports)}\n`);
  return ports;
}

/** Empty where there is no such file. */
async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
