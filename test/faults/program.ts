// The controller under test as one file: it starts with a third of the work, and is started some thousand times a run.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ENTRY = join(import.meta.dirname, 'controller.ts');
const OURS = /\/(controller|lib|test)\/.*\.ts$/;

/** What packages in CommonJS expect to find. */
const PRELUDE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/** The same sources as ever, put together. @returns the path of the file, which lies in the folder */
export async function bundleProgram(folder: string): Promise<string> {
  const nothing = join(folder, 'nothing.cjs');
  await writeFile(nothing, 'module.exports = {};\n');
  const outfile = join(folder, 'controller.mjs');
  await build({
    ...{ entryPoints: [ENTRY], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node24' },
    ...{ minifySyntax: true, minifyWhitespace: true, keepNames: true, legalComments: 'none' },
    ...{ banner: { js: PRELUDE }, logLevel: 'error', plugins: [whereItWas] },
    // The way to an engine over ssh, which the controller has no use for; it is half of what is loaded.
    alias: { ssh2: nothing },
  });
  return outfile;
}

/** Sources of ours find what lies beside them. */
const whereItWas: Plugin = {
  name: 'where it was',
  setup: (bundling) => {
    bundling.onLoad({ filter: OURS }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return {
        contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
        loader: 'ts',
      };
    });
  },
};
