// A long script reaches the shell ahead of stdin, and does there what it does as an argument.
import { execFileSync } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { sendScript } from '../../../lib/runtimes/long-script.ts';
import type { Command } from '../../../lib/runtimes/runtime.ts';

const COMMENT = `# ${'é'.repeat(5_000)}\n`;
const SCRIPT = `${COMMENT}read -r line; printf '%s|%s|%s' "$0" "$1" "$line"; exit 3`;

function commandOf(argv: Command['argv']): Command {
  const stdin = Readable.from([Buffer.from('first\n'), Buffer.from('second\n')]);
  return { argv, stdin, timeoutMs: 1_000, signal: AbortSignal.timeout(1_000) };
}

/** What it says, and its exit code. */
async function run({ argv: [program, ...rest], stdin }: Command): Promise<string> {
  const input = await buffer(stdin);
  try {
    return execFileSync(program, rest, { input, stdio: ['pipe', 'pipe', 'ignore'] }).toString();
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: Buffer };
    return `${stdout.toString()}|${status}`;
  }
}

describe('a script that is long for a container', () => {
  it('is sent ahead of stdin, and does the same', async () => {
    const sent = sendScript(commandOf(['sh', '-c', SCRIPT, 'zero', 'one']));

    expect(sent.argv.join(' ').length).to.be.below(200);
    expect(await run(sent)).to.equal('zero|one|first|3');
  });

  it('is found behind what sets the stage for the shell', async () => {
    const sent = sendScript(commandOf(['env', 'PATH=/usr/bin:/bin', 'sh', '-c', SCRIPT, 'zero', 'one']));

    expect(sent.argv.slice(0, 4)).to.deep.equal(['env', 'PATH=/usr/bin:/bin', 'sh', '-c']);
    expect(await run(sent)).to.equal('zero|one|first|3');
  });

  it('ends as a program that is not there where nothing can read it', async () => {
    const sent = sendScript(commandOf(['env', 'PATH=/nowhere', 'sh', '-c', SCRIPT]));
    const [, , , , bootstrap = ''] = sent.argv;

    expect(await run({ ...sent, argv: ['sh', '-c', `PATH=/nowhere; ${bootstrap}`] })).to.equal('|127');
  });

  it('stays an argument where it is short, or no script', () => {
    const short = commandOf(['sh', '-c', 'exit 0']);
    const other = commandOf(['printf', '-c', SCRIPT]);

    expect(sendScript(short)).to.equal(short);
    expect(sendScript(other)).to.equal(other);
  });
});
