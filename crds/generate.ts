// `npm run generate`: writes the TypeScript types of the CRDs; with `-- --check` it fails where they part.
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { renderTypes } from './render.ts';
import { readDefinitions } from './schema.ts';

const TARGET = join(import.meta.dirname, '..', 'controller', 'api');

const check = process.argv.includes('--check');
for (const definition of await readDefinitions()) {
  const file = join(TARGET, `${kebab(definition.kind)}.gen.ts`);
  const wanted = renderTypes(definition);
  const name = relative(process.cwd(), file);
  if ((await contentOf(file)) === wanted) {
    say(`${name} is as its CRD says`);
  } else if (check) {
    say(`${name} is not what its CRD says; run: npm run generate`);
    process.exitCode = 1;
  } else {
    await writeFile(file, wanted);
    say(`${name} written`);
  }
}

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

function kebab(kind: string): string {
  return kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
