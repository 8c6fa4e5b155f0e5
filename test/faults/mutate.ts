// Preloaded into a controller under test: puts bugs into the product's source as it is loaded; no file is changed.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { basename, join } from 'node:path';
import type { Patch } from './mutant.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The target program is no module: its bugs are put into its parts as they are read. */
const PROGRAM = {
  file: 'lib/target/program.ts',
  part: "readFileSync(new URL(`${part}.sh`, import.meta.url), 'utf8')",
};

const patches = (JSON.parse(process.env['MUTATIONS'] ?? '[]') as readonly Patch[]).map(toModule);

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    const concerned = patches.filter(({ file }) => url.endsWith(`/${file}`));
    if (concerned.length === 0 || loaded.source == null) return loaded;
    const text = new TextDecoder().decode(Buffer.from(loaded.source as Uint8Array));
    return { ...loaded, source: concerned.reduce(apply, text) };
  },
});

function toModule(patch: Patch): Patch {
  const { file, from, to } = patch;
  if (!file.endsWith('.sh')) return patch;
  apply(readFileSync(join(ROOT, file), 'utf8'), patch);
  const [part, before, after] = [basename(file, '.sh'), from, to].map((text) => JSON.stringify(text));
  const change = `.replace(part === ${part ?? ''} ? ${before ?? ''} : '\\0', () => ${after ?? ''})`;
  return { file: PROGRAM.file, from: PROGRAM.part, to: `${PROGRAM.part}${change}` };
}

/** @throws Error when the product has changed so that the patch does not fit any more */
function apply(text: string, { file, from, to }: Patch): string {
  if (text.split(from).length !== 2) throw new Error(`${file} does not hold exactly one "${from}" to mutate`);
  return text.replace(from, () => to);
}
