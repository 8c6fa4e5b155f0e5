// An agent beside a directory: a process that starts anew on SIGHUP, and leaves a line each time.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitFor } from './wait-for.ts';

const SCRIPT = `trap 'echo start >> "$STARTS"' HUP
echo $$ > "$PID_FILE"; echo start >> "$STARTS"
exec 3<&0; cat <&3 > /dev/null & while kill -0 $! 2> /dev/null; do wait $!; done`;

export interface AgentProcess {
  /** It ends with the process that started it, too. */
  end(): Promise<void>;
}

/**
 * Resolves once it runs.
 * @param options.starts the file that the lines go to, its start for one; its owner may write it
 * @param options.countStarts how many lines there are
 */
export async function startAgent(options: {
  readonly starts: string;
  readonly pidFile: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly countStarts: () => number | Promise<number>;
}): Promise<AgentProcess> {
  const { starts, pidFile, owner, countStarts } = options;
  const env = { PATH: process.env['PATH'], STARTS: starts, PID_FILE: pidFile };
  const child = spawn('sh', ['-c', SCRIPT], {
    ...{ cwd: '/', env, uid: owner.uid, gid: owner.gid },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const closed = once(child, 'close');
  await waitFor('the agent', async () => (await countStarts()) > 0);
  return {
    end: async () => {
      child.stdin.end();
      await closed;
    },
  };
}
