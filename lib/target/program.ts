// The text of the target program, put together from its parts.
import { readFileSync } from 'node:fs';

const PARTS = [
  'target',
  'look',
  'compare',
  'claim',
  'fence',
  'stage',
  'swap',
  'clean',
  'todo',
  'check',
  'recover',
  'batch',
] as const;

/** What a runtime runs: `sh -c <text> target`. The parts lie beside this file, also in a build. */
export function targetCommand(): readonly [string, ...string[]] {
  const text = PARTS.map((part) => readFileSync(new URL(`${part}.sh`, import.meta.url), 'utf8')).join('\n');
  return ['sh', '-c', text, 'target'];
}
