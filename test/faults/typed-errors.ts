// The typed errors that each contract names, so that every call can be made to fail in each of these ways.
import { PermanentError, TransientError } from '../../lib/errors.ts';

/** How a call fails: as an adapter's typed error, or as the file system says it. */
export type TypedError =
  | { readonly sort: 'Transient' | 'Permanent'; readonly reason: string }
  | { readonly sort: 'File'; readonly reason: 'ENOSPC' | 'EACCES' | 'EIO' };

/** When nothing is known of what became of the call, by the part before the dot of its name. */
const UNKNOWN: Readonly<Record<string, TypedError>> = {
  kube: { sort: 'Transient', reason: 'APIUnavailable' },
  runtime: { sort: 'Transient', reason: 'WorkspaceUnreachable' },
  source: { sort: 'Transient', reason: 'FetchFailed' },
  file: { sort: 'File', reason: 'EIO' },
};

/** Of an object that is there. */
const CHANGE: readonly TypedError[] = [
  ...[transient('APIUnavailable'), transient('Conflict')],
  ...[permanent('NotFound'), permanent('Forbidden'), permanent('Invalid')],
];

/** By the beginning of a call's name: what its contract says that it may fail with. */
const TYPED: Readonly<Record<string, readonly TypedError[]>> = {
  'kube.list': [transient('APIUnavailable'), transient('Expired'), permanent('Forbidden')],
  'kube.get': [transient('APIUnavailable'), permanent('Forbidden')],
  'kube.create': [
    transient('APIUnavailable'),
    transient('Conflict'),
    permanent('NotFound'),
    permanent('Forbidden'),
  ],
  'kube.patch': CHANGE,
  'kube.update': CHANGE,
  // One that is gone already is deleted.
  'kube.delete': [transient('APIUnavailable'), transient('Conflict'), permanent('Forbidden')],
  'runtime.probe': [
    ...[transient('WorkspaceUnreachable'), transient('WorkspaceGone')],
    ...[permanent('AmbiguousSelector'), permanent('RuntimeNotPermitted')],
  ],
  'runtime.run': [
    ...[transient('WorkspaceUnreachable'), transient('WorkspaceGone')],
    ...[permanent('TargetToolMissing'), permanent('AnswerTooLong')],
    ...[permanent('AmbiguousSelector'), permanent('RuntimeNotPermitted')],
  ],
  // `RestartFailed` is a verdict about the version, which is rejected for it: no story ends as without it.
  'runtime.restart': [transient('WorkspaceUnreachable'), transient('WorkspaceGone')],
  'source.resolve': [
    ...[transient('FetchFailed'), transient('AuthFailed'), transient('RefNotFound')],
    ...[permanent('NotPermitted'), permanent('UnpinnedSource'), permanent('AuthFailed')],
  ],
  'source.fetch': [
    ...[transient('FetchFailed'), transient('AuthFailed'), permanent('AuthFailed')],
    ...[permanent('InvalidContent'), permanent('TooLarge'), permanent('VerificationFailed')],
  ],
  'file.': [file('ENOSPC'), file('EACCES'), file('EIO')],
};

export function typedErrorsOf(call: string): readonly TypedError[] {
  return Object.entries(TYPED).find(([beginning]) => call.startsWith(beginning))?.[1] ?? [];
}

/** What a call fails with whose reply was lost, or came too late. @throws Error for a call of no known contract */
export function unknownOutcomeOf(call: string): TypedError {
  const found = UNKNOWN[call.slice(0, call.indexOf('.'))];
  if (found === undefined) throw new Error(`${call} is a call of no contract`);
  return found;
}

export function createError({ sort, reason }: TypedError, message: string): Error {
  if (sort === 'Transient') return new TransientError(reason, message);
  if (sort === 'Permanent') return new PermanentError(reason, message);
  return Object.assign(new Error(`${reason}: ${message}`), { code: reason, syscall: 'on purpose' });
}

function transient(reason: string): TypedError {
  return { sort: 'Transient', reason };
}

function permanent(reason: string): TypedError {
  return { sort: 'Permanent', reason };
}

function file(reason: 'ENOSPC' | 'EACCES' | 'EIO'): TypedError {
  return { sort: 'File', reason };
}
