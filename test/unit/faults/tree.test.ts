import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { VERSIONS } from '../../faults/content.ts';
import { LiveTree, TAMPERED } from '../../faults/tree.ts';

describe('what stands in a plugin folder', () => {
  let folder: string;
  let tree: LiveTree;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tree-'));
    tree = new LiveTree(join(folder, 'browser'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (path: string, content: string | Uint8Array, mode = 0o644): void => {
    mkdirSync(dirname(join(folder, 'browser', path)), { recursive: true });
    writeFileSync(join(folder, 'browser', path), content, { mode });
  };

  const writeV1 = (): void => {
    const { files, sheet, digest } = VERSIONS.v1;
    for (const [path, file] of Object.entries(files)) {
      const content =
        typeof file === 'object' && 'content' in file ? file.content : (file as string | Uint8Array);
      write(path, content, sheet.get(path)?.startsWith('755') === true ? 0o755 : 0o644);
    }
    const lines = [...sheet].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    write('.manifest', lines.map(([path, line]) => `${line} ${path}\n`).join(''));
    write('.complete', JSON.stringify({ digest }));
  };

  it('is of no version where there is no folder, but something else', () => {
    symlinkSync('/etc', join(folder, 'browser'));
    expect(tree.read()).to.match(/^Mixed: .*(ENOTDIR|ELOOP)/);
    rmSync(join(folder, 'browser'));
    writeFileSync(join(folder, 'browser'), 'a file');
    expect(tree.read()).to.match(/^Mixed: .*ENOTDIR/);
  });

  it('is absent, then a version, whole and marked', () => {
    expect(tree.read()).to.equal('Absent');
    writeV1();
    expect(tree.read()).to.equal('v1');
  });

  it('is hashed anew after every change, however soon it comes', () => {
    writeV1();
    expect([tree.read(), tree.read()]).to.deep.equal(['v1', 'v1']);
    write(TAMPERED.path, TAMPERED.content);
    expect(tree.read()).to.equal('v1 tampered');
    write(TAMPERED.path, 'Be fair.\n');
    expect(tree.read()).to.match(/^Mixed/);
  });
});
