// Which container of an engine is meant: by name or id, or by labels that exactly one has.
import type Docker from 'dockerode';
import { PermanentError, TransientError } from '../errors.ts';
import type { ContainerEvent } from './docker-event-stream.ts';
import type { ContainerRef } from './runtime.ts';

/** For messages, after `container`: `alice`, or `with the labels app=alice`. */
export function describeContainer(ref: ContainerRef): string {
  if (typeof ref === 'string') return ref;
  const labels = Object.entries(ref.matchLabels).map(([key, value]) => `${key}=${value}`);
  return `with the ${labels.length === 1 ? 'label' : 'labels'} ${labels.join(', ')}`;
}

/**
 * A container's name reaches the engine as part of a path, labels as a filter.
 * @throws TransientError `WorkspaceGone` for labels that none has; PermanentError `AmbiguousSelector` where several
 * have them; whatever the engine throws
 */
export async function findContainer(
  docker: Docker,
  ref: ContainerRef,
  abortSignal: AbortSignal,
): Promise<Docker.Container> {
  if (typeof ref !== 'string') return docker.getContainer(await selectOne(docker, ref, abortSignal));
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(ref)) return docker.getContainer(ref);
  throw new PermanentError('RuntimeNotPermitted', `${JSON.stringify(ref)} is no container name or id`);
}

/** Could this event be about the container? */
export function concerns(ref: ContainerRef, { id, names, attributes }: ContainerEvent): boolean {
  if (typeof ref !== 'string') return hasLabels(ref.matchLabels, attributes);
  return names.includes(ref) || id.startsWith(ref);
}

type Selector = Exclude<ContainerRef, string>;

/** Stopped ones count as well: which of two is meant must not depend on the moment. */
async function selectOne(docker: Docker, ref: Selector, abortSignal: AbortSignal): Promise<string> {
  const label = Object.entries(ref.matchLabels).map(([key, value]) => `${key}=${value}`);
  const listed = await docker.listContainers({ all: true, filters: { label }, abortSignal });
  const [found, ...others] = listed.filter(({ Labels }) => hasLabels(ref.matchLabels, Labels));
  if (found === undefined) {
    throw new TransientError('WorkspaceGone', `there is no container ${describeContainer(ref)}`);
  }
  if (others.length === 0) return found.Id;
  const names = [found, ...others].map(({ Names, Id }) => Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12));
  const shown = names.sort().slice(0, MAX_NAMES).join(', ');
  throw new PermanentError(
    'AmbiguousSelector',
    `${names.length} containers are there ${describeContainer(ref)}, and it must be one (${shown}): ` +
      'remove the others, or select by a label that only one has',
  );
}

const MAX_NAMES = 5;

function hasLabels(
  wanted: Readonly<Record<string, string>>,
  found: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(found, key) && found[key] === value);
}
