// CLAUDE.md is never damaged: random texts with the blocks of many plugins, through every shell and make of tools.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';

const TEXTS = 150;
const NAMES = ['demo', 'demo.x', 'a-b', '0', 'demo-2'];
const TAKEN = ['demo', 'a-b'];

/** The program's own functions on one folder after the other. */
const RUN = `
cd "$1" && for configs in "$1"/*; do
  why='' flusher=true
  strip_blocks " $2" || printf '%s: %s\\n' "$configs" "$why"
done`;

const heading = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom('rule: a.md', 'fragment: b c.md', 'x'))
  .map(([name, what]) => Buffer.from(`# Plugin: ${name} / ${what}`));
const nearly = fc.constantFrom(
  ...[
    '# Plugin: demo',
    ' # Plugin: demo / x',
    '# Plugin: demoXx / y',
    '## Plugin: demo / x',
    '\0# Plugin: demo / x',
  ],
  ...['# Plugin: ', '# plugin: demo / x', 'p', 'b text', '\\', '&', '$(id)', '}'],
);
const line = fc.oneof(
  { weight: 3, arbitrary: heading },
  { weight: 3, arbitrary: fc.constant(Buffer.alloc(0)) },
  { weight: 1, arbitrary: fc.constantFrom(' ', '\t').map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: nearly.map((text) => Buffer.from(text)) },
  {
    weight: 3,
    arbitrary: fc
      .uint8Array({ maxLength: 40 })
      .map((bytes) => Buffer.from(bytes).filter((byte) => byte !== 10)),
  },
);
const text = fc
  .tuple(fc.array(line, { maxLength: 40 }), fc.boolean(), fc.boolean())
  .map(([lines, isClosed, isWindows]) => {
    const end = Buffer.from(isWindows ? '\r\n' : '\n');
    const whole = lines.flatMap((one, nth) => (nth < lines.length - 1 || isClosed ? [one, end] : [one]));
    return Buffer.concat(whole.map((part) => Buffer.from(part)));
  });

describe('CLAUDE.md', function () {
  this.timeout(5 * 60_000);
  let scratch: Scratch;

  before(async () => {
    scratch = await createScratch('memory');
  });

  after(async () => {
    await scratch.remove();
  });

  for (const [shell, argv] of [
    ['dash', ['dash']],
    ['bash', ['bash', '--posix']],
    ['busybox', ['busybox', 'sh']],
  ] as const) {
    it(`loses the blocks of the plugins meant, and not a byte else, whatever it holds (${shell})`, async () => {
      const seed = Date.now() % 1_000_000;
      process.stderr.write(`        seed ${seed}\n`);
      const big = Buffer.concat(
        Array.from({ length: 30_000 }, () => Buffer.from('what a person wrote, on and on\n')),
      );
      const texts = [
        ...fc.sample(text, { seed, numRuns: TEXTS }),
        Buffer.concat([big, Buffer.from('# Plugin: a-b / x\ny')]),
      ];
      const folder = join(scratch.path, shell);
      for (const [nth, content] of texts.entries()) {
        await mkdir(join(folder, String(nth)), { recursive: true });
        await writeFile(join(folder, String(nth), 'CLAUDE.md'), content);
      }
      const parts = ['target', 'swap', 'clean'].map((part) =>
        readFile(new URL(`../../../lib/target/${part}.sh`, import.meta.url), 'utf8'),
      );
      const program = `${(await Promise.all(parts)).join('\n')}\n${RUN}`;
      const [file, ...more] = argv;
      const args = [...more, '-c', program, 'memory', folder, TAKEN.join(' ')];
      const { stdout } = await promisify(execFile)(file, args, { timeout: 4 * 60_000 });
      expect(stdout).to.equal('');
      for (const [nth, content] of texts.entries()) {
        const found = await readFile(join(folder, String(nth), 'CLAUDE.md'));
        expect(found.toString('latin1'), `text ${nth}`).to.equal(without(content.toString('latin1'), TAKEN));
      }
    });
  }
});

/** The same rule in other words: up to the next heading, or to two blank lines, which stay. */
function without(content: string, names: readonly string[]): string {
  const lines = content.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const isBlank = (one: string | undefined): boolean => one !== undefined && /^[ \t]*\r?\n?$/.test(one);
  let isInside = false;
  return lines
    .filter((one, nth) => {
      if (one.startsWith('# Plugin: '))
        isInside = names.some((name) => one.startsWith(`# Plugin: ${name} /`));
      else if (isInside && isBlank(one) && isBlank(lines[nth + 1])) isInside = false;
      return !isInside;
    })
    .join('');
}
