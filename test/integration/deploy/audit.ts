// What the API server's audit log says that somebody did.

/** One request: `create events`, `patch workspaces/status`; with the group in front where there is one. */
export type Deed = string;

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly requestURI: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

export interface Deeds {
  /** Each sort of request that was answered, once, sorted. */
  readonly done: readonly Deed[];
  /** Each request that was refused for want of rights, with its address. */
  readonly forbidden: readonly string[];
}

export function deedsOf(username: string, log: string): Deeds {
  const events = log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ user }) => user.username === username);
  const refused = events.filter(({ responseStatus }) => responseStatus?.code === 403);
  return {
    done: sorted(events.map(({ verb, objectRef, requestURI }) => deed(verb, objectRef, requestURI))),
    forbidden: refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`),
  };
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What the rules permit, in the same words. */
export function permittedBy(rules: readonly Rule[]): readonly Deed[] {
  return sorted(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${within(group, resource)}`)),
      ),
    ),
  );
}

function deed(verb: string, ref: AuditEvent['objectRef'], requestURI: string): Deed {
  if (ref === undefined) return `${verb} ${requestURI}`;
  const resource = ref.subresource === undefined ? ref.resource : `${ref.resource}/${ref.subresource}`;
  return `${verb} ${within(ref.apiGroup ?? '', resource)}`;
}

function within(group: string, resource: string): string {
  return group === '' ? resource : `${group}/${resource}`;
}

function sorted(deeds: readonly Deed[]): readonly Deed[] {
  return [...new Set(deeds)].sort();
}
