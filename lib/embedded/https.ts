// One GET to a server whose certificate is checked against a given authority.
import { request } from 'node:https';

export interface GetOptions {
  /** Certificates in PEM; no others are believed. */
  readonly authority: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

const MAX_BYTES = 64 * 1024 * 1024;

/** @throws Error of the network, of the certificate, of the signal, or when the body is over 64 MiB */
export async function httpsGet(url: string, options: GetOptions): Promise<{ status: number; body: string }> {
  const { authority, token, signal } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { ca: authority, signal, agent: false, headers: { authorization: `Bearer ${token}` } },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_BYTES) {
            response.destroy(new Error(`${url} answered more than ${MAX_BYTES} bytes`));
            return;
          }
          chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}
