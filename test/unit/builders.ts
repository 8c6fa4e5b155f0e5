// Builders of what a visit works with: valid by default, each test names only what it is about.
import { API_VERSION, FINALIZER, REQUESTED_AT, RESET_AT } from '../../controller/api/group.ts';
import type {
  WorkspacePlugin,
  WorkspacePluginSpec,
  WorkspacePluginStatus,
} from '../../controller/api/workspace-plugin.ts';
import type { Workspace, WorkspaceSpec, WorkspaceStatus } from '../../controller/api/workspace.ts';
import {
  questionOf,
  type Candidate,
  type Observed,
  type Place,
} from '../../controller/workspace-plugin/observed.ts';
import { wishOf } from '../../controller/workspace-plugin/rules/wish.ts';
import type { Digest } from '../../lib/bundle/bundle.ts';
import type { Attempt, Failure } from '../../lib/errors.ts';
import type { ObjectMeta } from '../../lib/kube/kube.ts';
import type { LookedPlugin, Marker, Paths, Snapshot } from '../../lib/target/target.ts';

/** The moment at which unit tests happen. */
export const NOW = new Date('2026-05-08T14:15:30Z');
export const URL_WITHOUT_REF = 'github://acme/browser';

export function digestOf(seed: number): Digest {
  return `sha256:${seed.toString(16).padStart(64, '0')}`;
}

/** A commit SHA that differs by its seed from the first characters on, as people see them. */
export function commitOf(seed: number): string {
  return seed.toString(16).padStart(2, '0').repeat(20);
}

export type Modifier<T> = (object: T) => T;

/** Pinned to v1.2.0, tracking nothing, never visited. */
export function workspacePlugin(...modifiers: Modifier<WorkspacePlugin>[]): WorkspacePlugin {
  const object: WorkspacePlugin = {
    apiVersion: API_VERSION,
    kind: 'WorkspacePlugin',
    metadata: metadata('browser'),
    spec: {
      workspaceRef: { name: 'alice' },
      pluginName: 'browser',
      source: { url: `${URL_WITHOUT_REF}#v1.2.0`, interval: '1h', retryInterval: '30s', timeout: '5m' },
      track: 'none',
      update: {
        approval: 'Manual',
        initialInstall: 'Automatic',
        minimumAge: '0s',
        onFailure: 'Rollback',
      },
      integrity: { policy: 'Repair', untracked: 'Keep', interval: '10m' },
      previousLimit: 1,
      deletionPolicy: 'Delete',
      suspend: false,
    },
  };
  return modifiers.reduce((built, modify) => modify(built), object);
}

export function workspace(...modifiers: Modifier<Workspace>[]): Workspace {
  const object: Workspace = {
    apiVersion: API_VERSION,
    kind: 'Workspace',
    metadata: metadata('alice'),
    spec: {
      runtime: { docker: { container: 'alice' } },
      pluginsPath: '/configs/plugins',
      owner: { uid: 1000, gid: 1000 },
      restartPolicy: 'Auto',
      suspend: false,
    },
  };
  return modifiers.reduce((built, modify) => modify(built), object);
}

function metadata(name: string): ObjectMeta {
  const creationTimestamp = '2026-05-01T00:00:00Z';
  return {
    name,
    namespace: 'team',
    uid: `uid-${name}`,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp,
  };
}

interface Kind {
  readonly metadata: ObjectMeta;
  readonly spec: object;
  readonly status?: object;
}

export function withMetadata<T extends Kind>(fields: Partial<ObjectMeta>): Modifier<T> {
  return (object) => ({ ...object, metadata: { ...object.metadata, ...fields } });
}

export function withSpec<T extends Kind>(
  fields: Partial<T extends Workspace ? WorkspaceSpec : WorkspacePluginSpec>,
): Modifier<T> {
  return (object) => ({ ...object, spec: { ...object.spec, ...fields } });
}

export function withStatus<T extends Kind>(
  fields: T extends Workspace ? WorkspaceStatus : WorkspacePluginStatus,
): Modifier<T> {
  return (object) => ({ ...object, status: { ...object.status, ...fields } });
}

export function withSource(fields: Partial<WorkspacePluginSpec['source']>): Modifier<WorkspacePlugin> {
  return (object) => ({
    ...object,
    spec: { ...object.spec, source: { ...object.spec.source, ...fields } },
  });
}

/** Follows a ref, without `#ref` unless one is given. */
export function tracking(track: string, pin?: string): Modifier<WorkspacePlugin> {
  const url = pin === undefined ? URL_WITHOUT_REF : `${URL_WITHOUT_REF}#${pin}`;
  return (object) => withSource({ url })(withSpec<WorkspacePlugin>({ track })(object));
}

export const automatic: Modifier<WorkspacePlugin> = withUpdate({ approval: 'Automatic' });
export const holding: Modifier<WorkspacePlugin> = withUpdate({ onFailure: 'Hold' });
export const suspended: Modifier<WorkspacePlugin> = withSpec({ suspend: true });
export const orphaning: Modifier<WorkspacePlugin> = withSpec({ deletionPolicy: 'Orphan' });
export const reporting: Modifier<WorkspacePlugin> = withIntegrity({ policy: 'Report' });

export function withIntegrity(fields: Partial<WorkspacePluginSpec['integrity']>): Modifier<WorkspacePlugin> {
  return (object) => ({
    ...object,
    spec: { ...object.spec, integrity: { ...object.spec.integrity, ...fields } },
  });
}

export function withUpdate(fields: Partial<WorkspacePluginSpec['update']>): Modifier<WorkspacePlugin> {
  return (object) => ({ ...object, spec: { ...object.spec, update: { ...object.spec.update, ...fields } } });
}

export function held<T extends Kind>(object: T): T {
  return withMetadata<T>({ finalizers: [FINALIZER] })(object);
}

/** Deleted by somebody, and still held by our finalizer. */
export function deleted<T extends Kind>(object: T): T {
  return withMetadata<T>({ deletionTimestamp: '2026-05-08T14:00:00Z' })(held(object));
}

export function requested<T extends Kind>(value: string): Modifier<T> {
  return (object) =>
    withMetadata<T>({ annotations: { ...object.metadata.annotations, [REQUESTED_AT]: value } })(object);
}

/** Somebody asks that what was rejected may be tried again. */
export function resetting(value: string): Modifier<WorkspacePlugin> {
  return (object) =>
    withMetadata<WorkspacePlugin>({ annotations: { ...object.metadata.annotations, [RESET_AT]: value } })(
      object,
    );
}

/** This content was tried and failed, while the spec was as it is when this modifier comes. */
export function rejecting(
  { revision, digest }: Pick<Candidate, 'revision' | 'digest'>,
  fields: Partial<NonNullable<WorkspacePluginStatus['rejected']>[number]> = {},
): Modifier<WorkspacePlugin> {
  return (object) => {
    const rejection = {
      revision,
      digest,
      reason: 'Quarantined',
      message: 'the health check ended with exit code 1',
      time: '2026-05-08T14:10:00Z',
      observedGeneration: object.metadata.generation,
      specHash: wishOf(object),
      ...fields,
    } as const;
    const rejected = [rejection, ...(object.status?.rejected ?? [])];
    return withStatus<WorkspacePlugin>({ rejected })(object);
  };
}

/** This candidate was approved, in answer to the spec as it is when this modifier comes. */
export function approving(
  { revision, digest, ref }: Candidate,
  fields: Partial<NonNullable<WorkspacePluginStatus['approved']>> = {},
): Modifier<WorkspacePlugin> {
  return (object) => {
    const { path, ...question } = questionOf(object);
    const where = path === '' ? question : { ...question, path };
    const approved = {
      revision,
      digest,
      ...where,
      resolvedRef: ref,
      time: '2026-05-08T14:00:00Z',
      ...fields,
    };
    return withStatus<WorkspacePlugin>({ approved })(object);
  };
}

/** Candidates of different seeds differ in revision and content. */
export function candidate(seed: number, fields: Partial<Candidate> = {}): Candidate {
  return {
    revision: commitOf(seed),
    digest: digestOf(seed),
    version: `1.${seed}.0`,
    ref: `v1.${seed}.0`,
    time: NOW,
    ...fields,
  };
}

export function ok<T>(value: T): Attempt<T> {
  return { ok: true, value };
}

export function failed(failure: Partial<Failure> = {}): Attempt<never> {
  return { ok: false, failure: failureWith(failure) };
}

export function failureWith(fields: Partial<Failure> = {}): Failure {
  return { kind: 'Transient', reason: 'FetchFailed', message: 'the server does not answer', ...fields };
}

export const NO_PATHS: Paths = { count: 0, first: [] };

export function paths(...first: string[]): Paths {
  return { count: first.length, first };
}

export function markerOf({ revision, digest, version }: Candidate, fields: Partial<Marker> = {}): Marker {
  const [time, stamp] = ['2026-05-08T14:00:00Z', '20260508T140000Z'];
  return { revision, digest: digest as Digest, url: URL_WITHOUT_REF, version, time, stamp, ...fields };
}

export function snapshotOf(content: Candidate): Snapshot {
  const marker = markerOf(content);
  return { stamp: marker.stamp, marker, digest: marker.digest };
}

/** The live folder: absent, or as this candidate was installed. */
export function look(content?: Candidate, fields: Partial<LookedPlugin> = {}): LookedPlugin {
  const marker = content === undefined ? undefined : markerOf(content);
  return {
    state: marker === undefined ? 'Absent' : 'Marked',
    marker,
    manifestDigest: marker?.digest,
    tampered: NO_PATHS,
    untracked: NO_PATHS,
    snapshots: [],
    todo: undefined,
    ...fields,
  };
}

export function reached(plugin: LookedPlugin): Place {
  return { state: 'Reached', look: { time: NOW, plugin } };
}

export function unreachable(fields: Partial<Failure> = {}): Place {
  const failure = failureWith({
    reason: 'WorkspaceUnreachable',
    message: 'container alice is not running: start it',
    ...fields,
  });
  return { state: 'Unreachable', failure };
}

/** One visit's findings: an empty workspace, no rival, and nothing asked upstream. */
export function observed(object: WorkspacePlugin, fields: Partial<Omit<Observed, 'object'>> = {}): Observed {
  return {
    now: NOW,
    object,
    place: reached(look()),
    rival: undefined,
    isOutsideLate: false,
    wanted: undefined,
    upstream: undefined,
    found: undefined,
    proposal: undefined,
    asked: undefined,
    answer: undefined,
    ...fields,
  };
}
