// Which revisions a WorkspacePlugin may be about: what its spec names, what is upstream, what a marker tells of.
import { parseDuration } from '../api/duration.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import { credentialsOf, fetchContent, retryIntervalsOf, type ContentTools } from '../content.ts';
import { isAnswered, questionOf, type Candidate, type Observed, type Place } from './observed.ts';
import { pollMaxAgeMs } from './schedule.ts';
import type { Clock } from '../../lib/clock.ts';
import { attempt, TransientError, type Attempt } from '../../lib/errors.ts';
import type { RefSelector, Resolved, SourceLocation } from '../../lib/sources/source.ts';

/** What asking needs: contracts only. */
export interface AskTools extends ContentTools {
  readonly clock: Clock;
  readonly parseTrack: (track: string) => RefSelector | { readonly kind: 'none' };
}

export interface Asked {
  readonly tools: AskTools;
  readonly object: WorkspacePlugin;
  readonly signal: AbortSignal;
  /** A person asked for a look now. */
  readonly fresh: boolean;
}

/** The revision that the spec names (only while it is a new question), and the one that the tracked ref resolves to. */
export async function askSources(asked: Asked): Promise<Pick<Observed, 'wanted' | 'upstream'>> {
  const { tools, object } = asked;
  const answered = isAnswered(object);
  const parsed = await attempt(async () => Promise.resolve(selectorsOf(tools, object)));
  if (!parsed.ok) return { wanted: answered ? undefined : parsed, upstream: parsed };
  const { location, pin, tracked } = parsed.value;
  const ask = async (selector: RefSelector | undefined) =>
    attempt(async () => findCandidate(asked, location, selector));
  const [wanted, upstream] = await Promise.all([
    answered ? undefined : ask(pin ?? tracked),
    tracked !== undefined && (pin !== undefined || answered) ? ask(tracked) : undefined,
  ]);
  return { wanted, upstream: upstream ?? (tracked === undefined ? undefined : wanted) };
}

interface Selectors {
  readonly location: SourceLocation;
  /** What `#ref` names. */
  readonly pin: RefSelector | undefined;
  readonly tracked: RefSelector | undefined;
}

/** @throws PermanentError for a URL or a track that means nothing */
function selectorsOf({ sources, parseTrack }: AskTools, { spec }: WorkspacePlugin): Selectors {
  const location = sources.parse(spec.source.url);
  const track = parseTrack(spec.track);
  return { location, pin: location.ref, tracked: track.kind === 'none' ? undefined : track };
}

async function findCandidate(
  asked: Asked,
  location: SourceLocation,
  selector: RefSelector | undefined,
): Promise<Candidate> {
  const { object } = asked;
  const { limits, verify } = object.spec.source;
  const resolved = await resolve(asked, location, selector);
  const { revision: _revision, ...answer } = resolved;
  const approved = object.status?.approved;
  // What is asked of the content may have been edited since it was approved: then it is looked at again.
  const isFree = limits === undefined && verify === undefined;
  if (isFree && isAnswered(object) && approved?.revision === resolved.revision) {
    const version = object.status?.installed?.version ?? '';
    return {
      revision: approved.revision,
      digest: approved.digest,
      version,
      ...answer,
    };
  }
  return { ...(await packed(asked, location, resolved)), ...answer };
}

/** What a person has just named may have been pushed after the last answer: a ref that is missing is asked for anew. */
async function resolve(
  { tools, object, signal, fresh }: Asked,
  location: SourceLocation,
  selector: RefSelector | undefined,
): Promise<Resolved> {
  const { source } = object.spec;
  const intervals = retryIntervalsOf(source);
  const { retryIntervalMs } = intervals;
  const ask = async (maxAgeMs: number) =>
    tools.sources.of(location).resolve({
      repository: location.repository,
      credentials: credentialsOf(tools.kube, object),
      selector,
      notOlderThan: new Date(tools.clock.now().getTime() - maxAgeMs),
      ...intervals,
      timeoutMs: parseDuration(source.timeout),
      signal,
    });
  if (fresh) return ask(0);
  const maxAgeMs = pollMaxAgeMs(object);
  return ask(maxAgeMs).catch(async (error: unknown) => {
    const missing = error instanceof TransientError && error.reason === 'RefNotFound';
    if (missing && !isAnswered(object) && retryIntervalMs < maxAgeMs) return ask(retryIntervalMs);
    throw error;
  });
}

/**
 * The record of what was approved is missing, but a marked folder is there: what does its revision hold? A spec that
 * names one version is not in doubt: what it names is wanted, whatever is found. What was pushed to a branch since, or
 * released, is no reason to install it.
 */
export async function identify(
  asked: Asked,
  place: Place,
  wanted: Observed['wanted'],
): Promise<Attempt<Candidate> | undefined> {
  const { object, tools } = asked;
  const marker = place.state === 'Reached' ? place.look.plugin.marker : undefined;
  if (marker === undefined || object.status?.approved !== undefined || wanted === undefined) return undefined;
  if (marker.url !== questionOf(object).url) return undefined;
  if (wanted.ok && wanted.value.revision === marker.revision) return undefined;
  const parsed = await attempt(async () => Promise.resolve(selectorsOf(tools, object)));
  if (!parsed.ok || isExact(parsed.value, wanted)) return undefined;
  return attempt(async () => {
    const { location } = parsed.value;
    const { revision } = marker;
    return {
      ...(await packed(asked, location, { revision, ref: undefined })),
      ref: revision,
      time: undefined,
    };
  });
}

/**
 * `#ref` without a track, where it is a SHA or the name of a tag: whoever declares a plugin anew, over a folder that was
 * left, means that version. A tag that was moved meanwhile is taken as in a first install: no record is left to tell it
 * by. Until it is known which a name is, it is waited for. A folder of the catalog is all that its name can mean.
 */
function isExact({ location, pin, tracked }: Selectors, wanted: NonNullable<Observed['wanted']>): boolean {
  if (location.kind === 'local') return true;
  if (tracked !== undefined || pin === undefined) return false;
  const isBranch = wanted.ok && wanted.value.refKind === 'branch';
  return pin.kind === 'sha' || pin.kind === 'tag' || (pin.kind === 'any' && !isBranch);
}

async function packed(
  { tools, object, signal }: Asked,
  location: SourceLocation,
  wanted: { readonly revision: string; readonly ref: string | undefined },
): Promise<Pick<Candidate, 'revision' | 'digest' | 'version'>> {
  const { revision, digest, version } = await fetchContent(tools, { ...wanted, object, location, signal });
  return { revision, digest, version };
}
