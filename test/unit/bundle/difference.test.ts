// What differs between two contents, and whether an agent takes it up without a restart.
import { expect } from 'chai';
import type { ManifestEntry } from '../../../lib/bundle/bundle.ts';
import { differenceOf, reloadClass } from '../../../lib/bundle/difference.ts';

function files(content: Readonly<Record<string, string>>): readonly ManifestEntry[] {
  return Object.entries(content).map(([path, text]) => ({
    mode: text.startsWith('#!') ? '755' : '644',
    sha256: text.replace('#!', ''),
    path,
  }));
}

const modifying = (...modified: readonly string[]) => ({ added: [], modified, removed: [] });

describe('differenceOf', () => {
  it('tells files that came, changed in content or mode, and went', () => {
    const before = files({ 'a.md': '1', 'b.md': '1', 'c.sh': '1', 'd.md': '1' });
    const after = files({ 'a.md': '1', 'b.md': '2', 'c.sh': '#!1', 'e.md': '1' });
    expect(differenceOf(before, after)).to.deep.equal({
      added: ['e.md'],
      modified: ['b.md', 'c.sh'],
      removed: ['d.md'],
    });
  });
});

describe('reloadClass', () => {
  for (const path of [
    'skills/a/SKILL.md',
    'skills/a/tools/x.py',
    'rules/a.md',
    'rules/x/y',
    'README.md',
    '.md',
  ]) {
    it(`is HotReload for ${path}`, () => {
      expect(reloadClass(modifying(path))).to.equal('HotReload');
    });
  }

  for (const path of [
    'plugin.yaml',
    'setup.sh',
    'hooks/a.md',
    'commands/a.md',
    'adapters/x.py',
    'settings-fragment.json',
    'manifest.json',
    'docs/a.md',
    'skills',
    'Skills/a/SKILL.md',
    'a.MD',
    'rules.md.sh',
  ]) {
    it(`is Restart for ${path}`, () => {
      expect(reloadClass(modifying('rules/a.md', path))).to.equal('Restart');
    });
  }

  it('counts what came and what went like what changed', () => {
    expect(reloadClass({ added: ['setup.sh'], modified: [], removed: [] })).to.equal('Restart');
    expect(reloadClass({ added: [], modified: [], removed: ['setup.sh'] })).to.equal('Restart');
  });
});
