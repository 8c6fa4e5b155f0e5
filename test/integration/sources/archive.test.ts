// What we write, every tar reads alike.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { bundleOf, tarOf } from '../../contract/bundles.ts';
import { treesOf } from '../../unit/bundle/trees.ts';

const run = promisify(execFile);
const LIST_BY_PYTHON = `
import sys, tarfile
for m in tarfile.open(sys.argv[1], 'r:', encoding='utf-8'):
    sys.stdout.buffer.write((m.name + ('/' if m.isdir() else '') + '\\n').encode())`;

describe('the canonical tar, read by others', () => {
  let scratch: Scratch;

  before(async () => {
    scratch = await createScratch('archive');
  });
  after(() => scratch.remove());

  it('is listed alike by GNU tar, busybox and python, and comes out as it went in', async () => {
    const file = join(scratch.path, 'a.tar');
    let round = 0;
    await fc.assert(
      fc.asyncProperty(treesOf(), async (files) => {
        await writeFile(file, await tarOf(await bundleOf(files)));
        const out = join(scratch.path, String((round += 1)));
        await mkdir(out);
        const { stdout: gnu } = await run('tar', ['--quoting-style=literal', '-tf', file]);
        const { stdout: python } = await run('python3', ['-c', LIST_BY_PYTHON, file]);
        await run('busybox', ['tar', '-xf', file, '-C', out]);
        expect(python).to.equal(gnu);
        for (const [path, content] of Object.entries(files)) {
          expect(await readFile(join(out, path), 'utf8')).to.equal(content);
        }
      }),
      { numRuns: 20 },
    );
  });
});
