// Credentials for the tests of sources, as a Secret would hold them; how often they were read is counted.
import { parseCredentials, type CredentialsRef } from '../../../lib/sources/credentials.ts';

export interface GivenSecret extends CredentialsRef {
  /** Changed by a test as by `kubectl edit`. */
  content: Readonly<Record<string, string>>;
  reads: number;
}

export function secret(
  content: Readonly<Record<string, string>>,
  { key = 'team/creds', hosts }: { readonly key?: string; readonly hosts?: string } = {},
): GivenSecret {
  return {
    key,
    content,
    reads: 0,
    read(): ReturnType<CredentialsRef['read']> {
      this.reads += 1;
      const data = new Map(Object.entries(this.content));
      return Promise.resolve().then(() => parseCredentials({ origin: `Secret ${key}`, data, hosts }));
    },
  };
}

export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
