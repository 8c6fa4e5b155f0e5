// Gathers what one visit needs to know of a WorkspacePlugin, asking as little as the ages allow.
import { REQUESTED_AT } from '../api/group.ts';
import { parseDuration } from '../api/duration.ts';
import type { Workspace } from '../api/workspace.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import type { Reach } from '../reach.ts';
import {
  isAnswered,
  questionOf,
  unansweredRequest,
  type Candidate,
  type Observed,
  type Place,
} from './observed.ts';
import { lookMaxAgeMs, pollMaxAgeMs } from './schedule.ts';
import { attempt, type Attempt } from '../../lib/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Cache } from '../../lib/kube/kube.ts';
import type { RefSelector, Source, SourceLocation } from '../../lib/sources/source.ts';

/** What observing needs: contracts only. */
export interface ObserveTools {
  readonly clock: Clock;
  readonly plugins: Cache<WorkspacePlugin>;
  readonly workspaces: Cache<Workspace>;
  readonly reach: Reach;
  readonly sources: {
    parse(url: string): SourceLocation;
    of(location: SourceLocation): Source;
  };
  readonly parseTrack: (track: string) => RefSelector | { readonly kind: 'none' };
}

export async function observe(
  tools: ObserveTools,
  object: WorkspacePlugin,
  signal: AbortSignal,
): Promise<Observed> {
  const { namespace } = object.metadata;
  const workspace = tools.workspaces.get({ namespace, name: object.spec.workspaceRef.name });
  const rival = findRival(object, tools.plugins.list(namespace));
  const deleting = object.metadata.deletionTimestamp !== undefined;
  const idle = rival !== undefined || (object.spec.suspend && !deleting);
  const asked = { tools, object, signal, fresh: unansweredRequest(object, REQUESTED_AT) !== undefined };
  const [place, sources] = await Promise.all([
    idle && workspace !== undefined ? { state: 'NotLooked' as const } : lookInside(asked, workspace),
    idle || deleting ? NO_SOURCES : askSources(asked),
  ]);
  const found = deleting ? undefined : await identify(asked, place, sources.wanted);
  return Object.freeze({ object, place, rival, ...sources, found });
}

interface Asked {
  readonly tools: ObserveTools;
  readonly object: WorkspacePlugin;
  readonly signal: AbortSignal;
  /** A person asked for a look now. */
  readonly fresh: boolean;
}

const NO_SOURCES = { wanted: undefined, upstream: undefined };

/** Of two objects for the same plugin in the same workspace the older is in charge, then the lesser name. */
function findRival(object: WorkspacePlugin, all: readonly WorkspacePlugin[]): string | undefined {
  const order = ({ metadata }: WorkspacePlugin) => `${metadata.creationTimestamp}/${metadata.name}`;
  return all.find(
    (other) =>
      other.metadata.uid !== object.metadata.uid &&
      other.spec.workspaceRef.name === object.spec.workspaceRef.name &&
      other.spec.pluginName === object.spec.pluginName &&
      order(other) < order(object),
  )?.metadata.name;
}

async function lookInside(asked: Asked, workspace: Workspace | undefined): Promise<Place> {
  const { tools, object, signal, fresh } = asked;
  if (workspace === undefined) return { state: 'NoWorkspace' };
  const maxAgeMs = fresh ? 0 : lookMaxAgeMs(object);
  const notOlderThan = new Date(tools.clock.now().getTime() - maxAgeMs);
  const looked = await attempt(async () => {
    const { session } = await tools.reach(workspace);
    return session.look({ plugin: object.spec.pluginName, notOlderThan, signal });
  });
  return looked.ok
    ? { state: 'Reached', look: looked.value }
    : { state: 'Unreachable', failure: looked.failure };
}

/** The revision that the spec names (only while it is a new question), and the one that the tracked ref resolves to. */
async function askSources(asked: Asked): Promise<Pick<Observed, 'wanted' | 'upstream'>> {
  const { tools, object } = asked;
  const location = await attempt(async () => Promise.resolve(tools.sources.parse(object.spec.source.url)));
  if (!location.ok) return { wanted: location, upstream: location };
  const track = tools.parseTrack(object.spec.track);
  const tracked = track.kind === 'none' ? undefined : track;
  const pin = location.value.ref;
  const ask = async (selector: RefSelector | undefined) =>
    attempt(async () => findCandidate(asked, location.value, selector));
  const [wanted, upstream] = await Promise.all([
    isAnswered(object) ? undefined : ask(pin ?? tracked),
    tracked !== undefined && (pin !== undefined || isAnswered(object)) ? ask(tracked) : undefined,
  ]);
  return { wanted, upstream: upstream ?? (tracked === undefined ? undefined : wanted) };
}

async function findCandidate(
  asked: Asked,
  location: SourceLocation,
  selector: RefSelector | undefined,
): Promise<Candidate> {
  const { tools, object, signal, fresh } = asked;
  const { source } = object.spec;
  const maxAgeMs = fresh ? 0 : pollMaxAgeMs(object);
  const resolved = await tools.sources.of(location).resolve({
    repository: location.repository,
    selector,
    notOlderThan: new Date(tools.clock.now().getTime() - maxAgeMs),
    retryIntervalMs: parseDuration(source.retryInterval),
    intervalMs: parseDuration(source.interval),
    timeoutMs: parseDuration(source.timeout),
    signal,
  });
  const approved = object.status?.approved;
  if (isAnswered(object) && approved?.revision === resolved.revision) {
    const version = object.status?.installed?.version ?? '';
    return {
      revision: approved.revision,
      digest: approved.digest,
      version,
      ref: resolved.ref,
      time: resolved.time,
    };
  }
  return { ...(await packed(asked, location, resolved)), ref: resolved.ref, time: resolved.time };
}

/** The record of what was approved is missing, but a marked folder is there: what does its revision hold? */
async function identify(
  asked: Asked,
  place: Place,
  wanted: Observed['wanted'],
): Promise<Attempt<Candidate> | undefined> {
  const { object, tools } = asked;
  const marker = place.state === 'Reached' ? place.look.plugin.marker : undefined;
  if (marker === undefined || object.status?.approved !== undefined || wanted === undefined) return undefined;
  if (marker.url !== questionOf(object).url) return undefined;
  if (wanted.ok && wanted.value.revision === marker.revision) return undefined;
  return attempt(async () => {
    const location = tools.sources.parse(object.spec.source.url);
    const { revision } = marker;
    return {
      ...(await packed(asked, location, { revision, ref: undefined })),
      ref: revision,
      time: undefined,
    };
  });
}

async function packed(
  { tools, object, signal }: Asked,
  location: SourceLocation,
  wanted: { readonly revision: string; readonly ref: string | undefined },
): Promise<Pick<Candidate, 'revision' | 'digest' | 'version'>> {
  const { revision, digest, version } = await tools.sources.of(location).fetch({
    repository: location.repository,
    revision: wanted.revision,
    ref: wanted.ref,
    path: object.spec.source.path,
    timeoutMs: parseDuration(object.spec.source.timeout),
    signal,
  });
  return { revision, digest, version };
}
