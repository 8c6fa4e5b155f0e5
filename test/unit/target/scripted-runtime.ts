// A workspace whose answers a test writes, so that a session can be asked about each of them.
import type { Command, CommandResult, Runtime } from '../../../lib/runtimes/runtime.ts';

export type Answerer = (asked: readonly string[], command: Command) => Promise<string> | string;

/** A workspace in which nothing is installed, unless `answer` says otherwise. Records the lines of each command. */
export class ScriptedRuntime implements Runtime {
  readonly kind = 'directory';
  readonly pluginsPath = '/plugins';
  restarts: Runtime['restarts'] = 'Agent';
  instance = 'one';
  readonly commands: string[][] = [];
  answer: Answerer = nothingInstalled;

  restarted = 0;

  probe = (): Promise<{ instance: string }> => Promise.resolve({ instance: this.instance });

  restart = (): Promise<void> => {
    this.restarted += 1;
    return Promise.resolve();
  };

  async run(command: Command): Promise<CommandResult> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of command.stdin) chunks.push(chunk);
    const lines = Buffer.concat(chunks).toString().trimEnd().split('\n');
    this.commands.push(lines);
    const stdout = Buffer.from(await this.answer(lines, command));
    return { exitCode: 0, stdout, stderr: Buffer.alloc(0) };
  }
}

/** What a look says of a plugin that is gone, for which a restart is due, after its state. */
export const OWED = '\n todo - Restart 1 0';

export function nothingInstalled(lines: readonly string[]): string {
  const said = lines.slice(5).flatMap((line, index) => {
    if (line.startsWith('look ')) return [`plugin ${line.slice('look '.length)} Absent`];
    if (line.startsWith('remove ')) return [`result ${index + 1} done Removed -`];
    return line === 'mode' ? ['mode Exchange'] : [];
  });
  return ['target 1', ...said, 'end', ''].join('\n');
}
