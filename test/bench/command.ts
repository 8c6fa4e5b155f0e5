// The least that one command can do in a workspace: the floor of all installs.
import type { Runtime } from '../../lib/runtimes/runtime.ts';

const COMMAND_MS = 60_000;

/** Does nothing; the shell lives as long as its input. */
export const NOTHING = ': <&0';

/** Unpacks, hashes, flushes and renames, and is not careful. Beside the plugins folder, where nobody looks. */
export const CARELESS = `set -e; cd "$HOME" 2>/dev/null || :; cd /configs 2>/dev/null || cd configs 2>/dev/null || { mkdir -p configs; cd configs; }
rm -rf .floor.old; mkdir -p .floor.$$; tar -xmof - -C .floor.$$
find .floor.$$ -type f -print0 | xargs -0 sha256sum >.floor.$$.sums
sync -f .; [ ! -e .floor ] || mv -T .floor .floor.old; mv -T .floor.$$ .floor; rm .floor.$$.sums`;

/** @throws Error unless it succeeds */
export async function runCommand(runtime: Runtime, script: string, stdin: Uint8Array): Promise<void> {
  const { exitCode, stderr } = await runtime.run({
    argv: ['sh', '-c', script],
    stdin: once(stdin),
    timeoutMs: COMMAND_MS,
    signal: AbortSignal.timeout(COMMAND_MS),
  });
  if (exitCode !== 0) {
    throw new Error(`the command of the floor ended with ${exitCode}: ${stderr.toString()}`);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
