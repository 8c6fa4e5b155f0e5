// Scripts that are long for the way to a container: they go before its stdin, not among the arguments.
import type { Command } from './runtime.ts';

/**
 * An engine hands arguments on, through four programs, in formats of text: with a script of 75 kB that takes longer than all
 * that the script does at its start. Bytes.
 */
const LONGEST_ARGUMENT = 4096;

/** The same command with a long script for `sh -c` sent ahead of stdin; any other as it is. */
export function sendScript(command: Command): Command {
  const { argv, stdin } = command;
  const at = argv.findIndex((argument, index) => isScript(argv, index) && argument.length > LONGEST_ARGUMENT);
  const script = argv[at];
  if (script === undefined) return command;
  const bytes = Buffer.from(script);
  const [program, ...rest] = argv.with(at, READ_SCRIPT.replace('<bytes>', String(bytes.length)));
  return program === undefined
    ? command
    : { ...command, argv: [program, ...rest], stdin: ahead(bytes, stdin) };
}

function isScript(argv: readonly string[], index: number): boolean {
  return argv[index - 2] === 'sh' && argv[index - 1] === '-c';
}

/** The exit code is that of a program that is not there. */
const READ_SCRIPT = 'script=$(dd bs=<bytes> count=1 iflag=fullblock) || exit 127; eval "$script"';

async function* ahead(bytes: Uint8Array, stdin: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield bytes;
  yield* stdin;
}
