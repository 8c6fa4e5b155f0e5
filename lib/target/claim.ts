// Whose a workspace is: the claim that its folder carries, so that two objects never manage the same place.
import { PermanentError } from '../errors.ts';

export interface Claim {
  /** Identifies the cluster that the object is in. */
  readonly cluster: string;
  /** `namespace/name` */
  readonly object: string;
  readonly uid: string;
}

/** One who claims a workspace for itself. */
export interface Claimant {
  readonly claim: Claim;
  /** Does the object of another claim of the same cluster no longer exist? Then the workspace is taken over. */
  isGone(other: Claim, signal: AbortSignal): Promise<boolean>;
}

const WORD = '[A-Za-z0-9.:-]{1,253}';
const SHAPE = new RegExp(`^(?<cluster>${WORD}) (?<object>${WORD}/${WORD}) (?<uid>${WORD})$`);

/** The line in `.controller/.owner`. @throws PermanentError `InstallFailed` for what no API server gives */
export function formatClaim({ cluster, object, uid }: Claim): string {
  const line = `${cluster} ${object} ${uid}`;
  if (SHAPE.test(line)) return line;
  throw new PermanentError(
    'InstallFailed',
    `${JSON.stringify(line)} cannot be sent to a workspace as its owner`,
  );
}

/** Undefined for anything that we would not have written. */
export function parseClaim(line: string): Claim | undefined {
  const { cluster, object, uid } = SHAPE.exec(line)?.groups ?? {};
  if (cluster === undefined || object === undefined || uid === undefined) return undefined;
  return { cluster, object, uid };
}

/** @param pluginsPath as seen in the workspace */
export function alreadyManaged(other: Claim, own: Claim, pluginsPath: string): PermanentError {
  const message =
    other.cluster === own.cluster
      ? `the workspace is managed by Workspace ${other.object} (UID ${other.uid}): delete one of the two`
      : `the workspace is managed by Workspace ${other.object} of another cluster (${other.cluster}): ` +
        `to take it over, delete ${pluginsPath}/.controller/.owner in it`;
  return new PermanentError('AlreadyManaged', message);
}
