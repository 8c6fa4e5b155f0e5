// How many writes the API server says there were.
import type { ControlPlane } from '../../../lib/embedded/control-plane.ts';

const VERBS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE']);

/** Writes to one kind since the API server started, status and all, by whomever; refused ones too. */
export async function countWrites(controlPlane: ControlPlane, plural: string): Promise<number> {
  const byCode = await countByCode(controlPlane, plural);
  return [...byCode.values()].reduce((sum, count) => sum + count, 0);
}

/** The same by verb and code of the answer, as `PATCH 200`. */
export async function countByCode(
  controlPlane: ControlPlane,
  plural: string,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const lines = (await controlPlane.metrics()).matchAll(/^apiserver_request_total\{([^}]*)\} (\S+)$/gm);
  for (const [, text = '', count] of lines) {
    const labels = labelsOf(text);
    const [verb = '', code = ''] = [labels.get('verb'), labels.get('code')];
    if (labels.get('resource') !== plural || !VERBS.has(verb)) continue;
    counts.set(`${verb} ${code}`, (counts.get(`${verb} ${code}`) ?? 0) + Number(count));
  }
  return counts;
}

function labelsOf(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
}
