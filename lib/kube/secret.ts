// Secrets, read one at a time when they are needed: they are never listed, watched or kept.
import type { KubeClient, KubeObject, ObjectName, Resource } from './kube.ts';

interface SecretObject extends KubeObject {
  /** Base64 each. */
  readonly data?: Readonly<Record<string, string>>;
}

export const SECRET: Resource<SecretObject> = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' };

export interface Secret {
  /** Decoded, as UTF-8. */
  readonly data: ReadonlyMap<string, string>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Undefined when there is none. @throws what `KubeClient.get` throws */
export async function readSecret(
  client: Pick<KubeClient, 'get'>,
  name: ObjectName,
  signal: AbortSignal,
): Promise<Secret | undefined> {
  const found = await client.get(SECRET, name, signal);
  if (found === undefined) return undefined;
  const entries = Object.entries(found.data ?? {}).map(
    ([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')] as const,
  );
  return { data: new Map(entries), annotations: found.metadata.annotations ?? {} };
}
