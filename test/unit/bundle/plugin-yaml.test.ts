// The version that people read.
import { expect } from 'chai';
import { versionOf } from '../../../lib/bundle/plugin-yaml.ts';

const of = (text: string): string => versionOf(Buffer.from(text));

describe('the version of a plugin', () => {
  for (const [text, version] of [
    ['version: 1.2.3', '1.2.3'],
    ['name: x\nversion: "2.0.0-rc.1+b"\n', '2.0.0-rc.1+b'],
    ['version: 1.10', '1.10'],
    ['version: 0x10', '0x10'],
    ["version: ' 3 '", '3'],
    ['a: &v 9\nversion: 4', '4'],
    [`version: ${'9'.repeat(100)}`, '9'.repeat(64)],
  ] as const) {
    it(`is ${version} in ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(of(text)).to.equal(version);
    });
  }

  for (const [what, text] of [
    ['nothing', ''],
    ['a list', '- version: 1'],
    ['no YAML', 'version: [1'],
    ['bytes', '\u0000\u0001'],
    ['another key', 'Version: 1'],
    ['a map', 'version: {a: 1}'],
    ['an alias', 'a: &x 1\nversion: *x'],
    ['a control character', 'version: "1\\u001b[0m"'],
    ['nesting without end', '['.repeat(60_000)],
    ['more than is looked at', `version: 1\n#${'x'.repeat(70_000)}`],
    ['two documents', 'version: 1\n---\nversion: 2'],
  ] as const) {
    it(`is 0.0.0 where plugin.yaml holds ${what}`, () => {
      expect(of(text)).to.equal('0.0.0');
    });
  }

  it('is 0.0.0 without plugin.yaml', () => {
    expect(versionOf(undefined)).to.equal('0.0.0');
  });

  it('is found at once among aliases made to explode', () => {
    const levels = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`);
    expect(of(`a0: &a0 x\n${levels.join('\n')}\nversion: 5`)).to.equal('5');
  });
});
