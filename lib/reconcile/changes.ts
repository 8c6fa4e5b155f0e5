// Which changes of an object deserve a visit.
import type { KubeObject } from '../kube/kube.ts';
import type { Change } from '../kube/store.ts';
import { isEqual } from './status.ts';

/**
 * False for a change of the status alone, and for a finalizer that a visit itself has just put or taken: neither
 * says anything that the visit did not know.
 */
export function deservesVisit(change: Change<KubeObject>): boolean {
  const { object, before } = change;
  if (change.type === 'Deleted' || before === undefined) return true;
  if (isWithoutGeneration(object)) return true;
  const fields = change.own ? DECLARED : [...DECLARED, 'finalizers' as const];
  return fields.some((field) => !isEqual(object.metadata[field], before.metadata[field]));
}

/** The generation stands for the whole spec. */
const DECLARED = ['generation', 'deletionTimestamp', 'annotations', 'labels'] as const;

/** Kinds without a spec, such as Secrets, have no generation: any of their changes counts. */
function isWithoutGeneration(object: KubeObject): boolean {
  return object.metadata.generation === 0;
}
