// Who may talk to the embedded API server: bearer tokens, the key of service accounts, kubeconfigs.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

export interface User {
  /** `^[a-z0-9][a-z0-9.-]*$` */
  readonly name: string;
  readonly groups: readonly string[];
}

export interface TokenUser extends User {
  readonly token: string;
}

/** May do everything, by its group. */
export const ADMIN: User = { name: 'admin', groups: ['system:masters'] };

/** @param known tokens by the name of their user */
export function withTokens(
  users: readonly User[],
  known: ReadonlyMap<string, string> = new Map(),
): readonly TokenUser[] {
  return users.map((user) => ({ ...user, token: known.get(user.name) ?? randomBytes(24).toString('hex') }));
}

/** Tokens by the name of their user, from the text of a static token file. */
export function readTokens(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^([^,]+),([^,]+),/gm)].map(([, token = '', name = '']) => [name, token]));
}

/** Writes the API server's static token file. */
export async function writeTokens(file: string, users: readonly TokenUser[]): Promise<void> {
  const lines = users.map(({ token, name, groups }) => `${token},${name},${name},"${groups.join(',')}"\n`);
  await writeFile(file, lines.join(''), { mode: 0o600 });
}

/** Writes the key that signs and checks the tokens of service accounts. */
export async function writeServiceAccountKey(file: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(file, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
}

/** @param authority the certificates, in PEM, that the server's own is checked against */
export async function writeKubeconfig(
  file: string,
  { server, authority, user }: { server: string; authority: string; user: TokenUser },
): Promise<void> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'embedded',
        cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') },
      },
    ],
    users: [{ name: user.name, user: { token: user.token } }],
    contexts: [{ name: 'embedded', context: { cluster: 'embedded', user: user.name } }],
    'current-context': 'embedded',
  };
  await writeFile(file, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}
