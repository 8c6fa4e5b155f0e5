// The way to a Docker engine that a Workspace brings along: what its Secret holds, checked.
import { PermanentError } from '../lib/errors.ts';
import type { ObjectName } from '../lib/kube/kube.ts';
import type { Secret } from '../lib/kube/secret.ts';
import type { EngineAccess } from '../lib/runtimes/runtime.ts';

const ENTRIES = ['host', 'ca', 'cert', 'key'] as const;

/**
 * @param secret undefined when there is none
 * @throws PermanentError `InvalidSecret` that names the Secret and what it lacks, never what is in it
 */
export function engineAccess(name: ObjectName, secret: Secret | undefined): EngineAccess {
  const title = `Secret ${name.namespace}/${name.name}`;
  if (secret === undefined) {
    throw new PermanentError(
      'InvalidSecret',
      `there is no ${title} with the way to the Docker engine: create it`,
    );
  }
  const read = (entry: string): string => secret.data.get(entry)?.trim() ?? '';
  const missing = ENTRIES.filter((entry) => read(entry) === '');
  if (missing.length > 0) {
    const message = `${title} lacks ${missing.join(', ')}: a Docker engine needs host (tcp://…), ca, cert and key`;
    throw new PermanentError('InvalidSecret', message);
  }
  return { host: read('host'), ca: read('ca'), cert: read('cert'), key: read('key') };
}
