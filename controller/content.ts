// The content of a revision, as a WorkspacePlugin wants it: fetched with its credentials, within its limits, as pinned.
import { parseDuration } from './api/duration.ts';
import { HOSTS } from './api/group.ts';
import { parseQuantity } from './api/quantity.ts';
import type { WorkspacePlugin } from './api/workspace-plugin.ts';
import { unansweredRequest } from './workspace-plugin/observed.ts';
import type { Bundle } from '../lib/bundle/bundle.ts';
import { PermanentError, TransientError } from '../lib/errors.ts';
import type { KubeClient } from '../lib/kube/kube.ts';
import { readSecret } from '../lib/kube/secret.ts';
import { parseCredentials, type Credentials, type CredentialsRef } from '../lib/sources/credentials.ts';
import type { RetryIntervals } from '../lib/sources/failed.ts';
import type { Source, SourceLocation } from '../lib/sources/source.ts';

/** What getting content needs: contracts only. */
export interface ContentTools {
  readonly kube: KubeClient;
  readonly sources: {
    parse(url: string): SourceLocation;
    of(location: SourceLocation): Source;
  };
}

export interface Wanted {
  readonly object: WorkspacePlugin;
  readonly location: SourceLocation;
  readonly revision: string;
  /** How it was found. */
  readonly ref: string | undefined;
  readonly signal: AbortSignal;
}

/** @throws what `Source.fetch` throws; PermanentError `TooLarge` and `VerificationFailed` by what the spec says */
export async function fetchContent(tools: ContentTools, wanted: Wanted): Promise<Bundle> {
  const { source } = wanted.object.spec;
  const bundle = await getContent(tools, wanted);
  checkLimits(bundle, source);
  checkPin(bundle, source);
  return bundle;
}

/** As `fetchContent`, for content that is only to be read: whatever the spec asks of it. */
export async function getContent(tools: ContentTools, wanted: Wanted): Promise<Bundle> {
  const { object, location, revision, ref, signal } = wanted;
  const { source } = object.spec;
  return tools.sources.of(location).fetch({
    repository: location.repository,
    credentials: credentialsOf(tools.kube, object),
    revision,
    ref,
    path: source.path,
    // What somebody asks for now is tried again, whatever failed before.
    retry: unansweredRequest(object) === undefined ? retryIntervalsOf(source) : undefined,
    timeoutMs: parseDuration(source.timeout),
    signal,
  });
}

/** How long its source's failures stand for this object. */
export function retryIntervalsOf(source: WorkspacePlugin['spec']['source']): RetryIntervals {
  return {
    retryIntervalMs: parseDuration(source.retryInterval),
    intervalMs: parseDuration(source.interval),
  };
}

/** The Secret that the object names, in its own namespace and in no other; undefined when it names none. */
export function credentialsOf(
  kube: Pick<KubeClient, 'get'>,
  { metadata, spec }: WorkspacePlugin,
): CredentialsRef | undefined {
  const { secretRef } = spec.source;
  if (secretRef === undefined) return undefined;
  const name = { namespace: metadata.namespace, name: secretRef.name };
  return {
    key: `${name.namespace}/${name.name}`,
    read: async (signal) => readCredentials(kube, name, signal),
  };
}

async function readCredentials(
  kube: Pick<KubeClient, 'get'>,
  name: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Credentials> {
  const origin = `Secret ${name.namespace}/${name.name}`;
  const secret = await readSecret(kube, name, signal).catch((error: unknown) => {
    throw unreadable(origin, error);
  });
  if (secret === undefined) {
    throw new TransientError(
      'AuthFailed',
      `${origin} does not exist: create it, or correct spec.source.secretRef`,
    );
  }
  return parseCredentials({ origin, data: secret.data, hosts: secret.annotations[HOSTS] });
}

/** Nothing of what was answered is repeated where it may be a part of the Secret. */
function unreadable(origin: string, error: unknown): unknown {
  if (error instanceof PermanentError) {
    return new TransientError('AuthFailed', `${origin} may not be read: ${error.message}`);
  }
  if (!(error instanceof TransientError)) return error;
  const detail = error.cause instanceof SyntaxError ? 'the API server answered no JSON' : error.message;
  return new TransientError('FetchFailed', `${origin} cannot be read now: ${detail}`);
}

function checkLimits(
  { revision, bytes, files }: Bundle,
  { url, limits }: WorkspacePlugin['spec']['source'],
): void {
  if (limits === undefined) return;
  const problems = [
    ...(bytes > parseQuantity(limits.maxBytes)
      ? [`${bytes} bytes, more than limits.maxBytes ${limits.maxBytes}`]
      : []),
    ...(files > limits.maxFiles ? [`${files} files, more than limits.maxFiles ${limits.maxFiles}`] : []),
  ];
  if (problems.length === 0) return;
  const message = `revision ${revision} of ${url} holds ${problems.join(' and ')}; raise the limit in spec.source.limits, or make it smaller`;
  throw new PermanentError('TooLarge', message);
}

function checkPin(
  { revision, pluginYAMLSHA256 }: Bundle,
  { url, verify }: WorkspacePlugin['spec']['source'],
): void {
  if (verify === undefined || verify.pluginYAMLSHA256 === pluginYAMLSHA256) return;
  const found =
    pluginYAMLSHA256 === null ? 'no plugin.yaml' : `a plugin.yaml with the sha256 ${pluginYAMLSHA256}`;
  const message = `revision ${revision} of ${url} has ${found}, but spec.source.verify.pluginYAMLSHA256 is ${verify.pluginYAMLSHA256}; correct the pin if you trust it`;
  throw new PermanentError('VerificationFailed', message);
}
