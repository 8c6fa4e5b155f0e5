// The canonical tar: what others read in it is what went in.
import { expect } from 'chai';
import fc from 'fast-check';
import { extract } from 'tar-stream';
import { bundleOf, type Files, tarOf } from '../../contract/bundles.ts';
import { treesOf } from './trees.ts';

interface Member {
  readonly name: string;
  readonly mode: number | undefined;
  readonly type: string | null | undefined;
  readonly content: string;
}

async function membersOf(tar: Buffer): Promise<Member[]> {
  const reader = extract();
  reader.end(tar);
  const members: Member[] = [];
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const { name, mode, type, uid, gid, mtime } = entry.header;
    expect({ uid, gid, time: mtime.getTime() }).to.deep.equal({ uid: 0, gid: 0, time: 0 });
    members.push({
      name: name.replace(/\/$/, ''),
      mode,
      type,
      content: Buffer.concat(chunks).toString('utf8'),
    });
  }
  return members;
}

async function packed(files: Files): Promise<Member[]> {
  return membersOf(await tarOf(await bundleOf(files)));
}

describe('the canonical tar', () => {
  it('holds files in the order of the manifest, each folder before what is in it', async () => {
    const members = await packed({ 'b/c': '3', 'a.b': '1', 'a/c': '2' });
    expect(members.map(({ name, type }) => `${name} ${type ?? ''}`)).to.deep.equal([
      'a.b file',
      'a directory',
      'a/c file',
      'b directory',
      'b/c file',
    ]);
  });

  it('knows two modes of files, and one of folders', async () => {
    const members = await packed({ 'hooks/run': { content: '#!', executable: true }, 'hooks/text': 'x' });
    expect(members.map(({ mode }) => mode)).to.deep.equal([0o755, 0o755, 0o644]);
  });

  it('is a multiple of 512 bytes, as long as the bundle says, and the same each time', async () => {
    const files = { 'plugin.yaml': 'version: 1', 'rules/a.md': 'x'.repeat(513) };
    const [one, two] = [await bundleOf(files), await bundleOf(files)];
    const tar = await tarOf(one);
    expect(tar.length).to.equal(one.tarBytes);
    expect(tar.length % 512).to.equal(0);
    expect(tar.equals(await tarOf(two))).to.be.true;
    expect(tar.equals(await tarOf(one))).to.be.true;
  });

  for (const length of [99, 100, 101, 155, 156, 255]) {
    it(`keeps a name of ${length} bytes, at the root and below a folder`, async () => {
      const name = 'n'.repeat(length);
      const members = await packed({ [name]: '1', [`folder/${name}`]: '2' });
      expect(members.map((member) => member.name)).to.deep.equal(['folder', `folder/${name}`, name]);
    });
  }

  it('keeps a path of 1,024 bytes', async () => {
    const path = `${`${'p'.repeat(99)}/`.repeat(10)}${'q'.repeat(24)}`;
    expect(path).to.have.length(1024);
    expect((await packed({ [path]: 'deep' })).at(-1)).to.include({ name: path, content: 'deep' });
  });

  it('gives back every tree that may be packed', async () => {
    await fc.assert(
      fc.asyncProperty(treesOf(), async (files) => {
        const found = (await packed(files)).filter(({ type }) => type === 'file');
        expect(Object.fromEntries(found.map(({ name, content }) => [name, content]))).to.deep.equal(files);
      }),
      { numRuns: 60 },
    );
  });
});
