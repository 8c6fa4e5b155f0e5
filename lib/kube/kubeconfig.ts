// The way to the API server as it is written down: the current context of a kubeconfig, or a pod's service account.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { isRecord } from './failures.ts';

/** A cluster or a user; its fields are named as in the file, and those that name files are absolute. */
export type Fields = Readonly<Record<string, unknown>>;

/** The part of a kubeconfig that counts. */
export interface Kubeconfig {
  /** Without a slash at its end. */
  readonly server: string;
  readonly namespace: string | undefined;
  readonly cluster: Fields;
  readonly user: Fields;
}

const FILES = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

/** @throws Error with what is missing, or why it cannot be read */
export function readKubeconfig(file: string): Kubeconfig {
  const config: unknown = parse(readFileSync(file, 'utf8'));
  const current = isRecord(config) ? textOf(config, 'current-context') : undefined;
  if (!isRecord(config) || current === undefined) throw new Error('it has no current context');
  const context = entryOf(config, { list: 'contexts', kind: 'context', name: current });
  const of = (list: string, kind: string): Fields =>
    withAbsolutePaths(entryOf(config, { list, kind, name: context[kind] }), dirname(file));
  const cluster = of('clusters', 'cluster');
  const user = context['user'] === undefined || context['user'] === '' ? {} : of('users', 'user');
  return { ...{ cluster, user }, server: serverOf(cluster), namespace: textOf(context, 'namespace') };
}

/**
 * What every pod that has a service account finds.
 * @param folder where it is mounted
 * @param server where the pod was told that the API server is
 * @throws Error
 */
export function readServiceAccount(folder: string, server: string): Kubeconfig {
  const cluster = { server, 'certificate-authority': join(folder, 'ca.crt') };
  const file = join(folder, 'namespace');
  const namespace = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  return { server: serverOf(cluster), namespace, cluster, user: { tokenFile: join(folder, 'token') } };
}

/** The text of a field; undefined where it is missing or empty. @throws Error where it is no text */
export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? '';
  if (typeof value !== 'string') throw new Error(`its ${name} is no text`);
  return value.trim() === '' ? undefined : value.trim();
}

function entryOf(
  config: Fields,
  { list, kind, name }: { readonly list: string; readonly kind: string; readonly name: unknown },
): Fields {
  const entries: unknown = config[list];
  const found: unknown = Array.isArray(entries)
    ? entries.find((entry) => isRecord(entry) && entry['name'] === name)
    : undefined;
  if (!isRecord(found)) throw new Error(`it has no ${kind} ${JSON.stringify(name)}`);
  const value = found[kind];
  return isRecord(value) ? value : {};
}

function withAbsolutePaths(fields: Fields, folder: string): Fields {
  const paths = FILES.flatMap((name) => {
    const path = textOf(fields, name);
    return path === undefined ? [] : [[name, resolve(folder, path)] as const];
  });
  return { ...fields, ...Object.fromEntries(paths) };
}

/** A password or a token must not travel in the clear unless somebody has said that nobody has to be sure. */
function serverOf(cluster: Fields): string {
  const server = textOf(cluster, 'server')?.replace(/\/+$/, '');
  if (server === undefined || !URL.canParse(server)) throw new Error('its cluster names no server');
  if (server.startsWith('http:') && cluster['insecure-skip-tls-verify'] !== true) {
    throw new Error(
      `its server ${server} is reached without TLS: use https, or set insecure-skip-tls-verify`,
    );
  }
  return server;
}
