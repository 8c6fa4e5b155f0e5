// Conditions as Kubernetes knows them: merging new findings without losing transition times.

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly observedGeneration: number;
  /** ISO 8601, whole seconds: when `status` last changed. */
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

/** What a decision says of one condition; generation and time are added when it is reported. */
export interface Finding {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}

/** Longest message a condition holds, in characters; the API server refuses longer ones. */
export const MAX_MESSAGE = 4096;

/**
 * The new list of conditions: one for each finding, in the findings' order. A condition keeps its transition time
 * as long as its status stays the same.
 */
export function mergeConditions(
  before: readonly Condition[],
  findings: readonly Finding[],
  generation: number,
  now: Date,
): readonly Condition[] {
  const known = new Map(before.map((condition) => [condition.type, condition]));
  return findings.map((finding) => {
    const old = known.get(finding.type);
    return {
      type: finding.type,
      status: finding.status,
      observedGeneration: generation,
      lastTransitionTime: old?.status === finding.status ? old.lastTransitionTime : toSeconds(now),
      reason: finding.reason,
      message: finding.message.slice(0, MAX_MESSAGE),
    };
  });
}

export function findCondition(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** The form of Kubernetes' own times: ISO 8601 without fractions. */
export function toSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
