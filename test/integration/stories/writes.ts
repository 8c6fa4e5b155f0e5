// How many writes the API server says it accepted.
import type { ControlPlane } from '../../../lib/embedded/control-plane.ts';

const VERBS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE']);

/** Writes to one kind since the API server started, status and all, by whomever. */
export async function countWrites(controlPlane: ControlPlane, plural: string): Promise<number> {
  const lines = (await controlPlane.metrics()).matchAll(/^apiserver_request_total\{([^}]*)\} (\S+)$/gm);
  return [...lines]
    .map(([, labels = '', count]) => ({ labels: labelsOf(labels), count: Number(count) }))
    .filter(({ labels }) => labels.get('resource') === plural && VERBS.has(labels.get('verb') ?? ''))
    .reduce((sum, { count }) => sum + count, 0);
}

function labelsOf(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
}
