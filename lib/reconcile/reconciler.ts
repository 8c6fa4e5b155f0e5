// The contract between the frame and a kind: one visit of one object.
import type { KubeObject, ObjectName } from '../kube/kube.ts';
import type { Outcome } from './outcome.ts';

export interface Reconciler {
  /** For logs and metrics: the kind, in kebab case. */
  readonly name: string;
  /**
   * Brings one object closer to what it declares. Never runs twice at once for the same name.
   * May throw Transient or Permanent errors of the API server: the frame maps them to a retry with back-off.
   */
  reconcile(name: ObjectName, signal: AbortSignal): Promise<Outcome>;
}

/** A change of this object asks for a visit of those objects (its own name is not implied). */
export type MapToNames<T extends KubeObject> = (object: T) => readonly ObjectName[];
