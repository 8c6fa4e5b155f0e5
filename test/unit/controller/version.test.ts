// The version, from whichever package.json belongs to the program.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { readVersion } from '../../../controller/version.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';

describe('the version', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await createScratch('version');
  });

  afterEach(() => scratch.remove());

  const place = (name: string): URL => pathToFileURL(join(scratch.path, name));
  const failure = (...names: readonly string[]): Promise<string> =>
    readVersion(names.map(place)).then(String, String);

  it('is that of this program', async () => {
    expect(await readVersion()).to.match(/^\d+\.\d+\.\d+/);
  });

  it('comes from the first file that is there', async () => {
    await writeFile(place('b.json'), '{"version":"1.2.3"}');
    await writeFile(place('c.json'), '{"version":"9.9.9"}');
    expect(await readVersion(['a.json', 'b.json', 'c.json'].map(place))).to.equal('1.2.3');
  });

  it('is not looked for elsewhere when the file is there and bad: what is wrong is said', async () => {
    await mkdir(place('folder'));
    await writeFile(place('cut.json'), '{"version":');
    await writeFile(place('other.json'), '{"version":7}');
    await writeFile(place('good.json'), '{"version":"1.2.3"}');
    expect(await failure('folder', 'good.json')).to.match(/EISDIR/);
    expect(await failure('cut.json', 'good.json')).to.match(/JSON/);
    expect(await failure('other.json', 'good.json')).to.match(/other\.json names no version/);
    expect(await failure('none.json')).to.match(/install it again/);
  });
});
