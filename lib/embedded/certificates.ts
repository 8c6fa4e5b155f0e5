// Certificates of our own for servers on loopback, made by openssl: an authority, a server's and a client's.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface KeyPair {
  /** Paths of PEM files. */
  readonly certFile: string;
  readonly keyFile: string;
  /** The same as text. */
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  readonly authority: KeyPair;
  /** For 127.0.0.1 and localhost. */
  readonly server: KeyPair;
  readonly client: KeyPair;
}

const VALID_DAYS = 2;
const TIMEOUT_MS = 30_000;
const run = promisify(execFile);

/** Writes them into a folder of the caller's. @throws Error with what openssl complained about */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const authority = await make(folder, 'authority', ['-addext', 'basicConstraints=critical,CA:TRUE']);
  const signed = ['-CA', authority.certFile, '-CAkey', authority.keyFile];
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  const [server, client] = await Promise.all([
    make(folder, 'server', [...signed, '-addext', names, '-addext', 'extendedKeyUsage=serverAuth']),
    make(folder, 'client', [...signed, '-addext', 'extendedKeyUsage=clientAuth']),
  ]);
  return { authority, server, client };
}

async function make(folder: string, name: string, options: readonly string[]): Promise<KeyPair> {
  const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', keyFile, '-out', certFile, '-days', String(VALID_DAYS), '-subj', `/CN=${name}`];
  await run('openssl', ['req', '-x509', ...curve, ...files, ...options], { timeout: TIMEOUT_MS });
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  return { certFile, keyFile, cert, key };
}
