// Processes of this machine, found by their command line.
import { readdir, readFile } from 'node:fs/promises';

export interface FoundProcess {
  readonly pid: number;
  readonly argv: readonly string[];
}

/** Those that run (a zombie does not) and have an argument that holds `text`. */
export async function findProcesses(text: string): Promise<readonly FoundProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map(async (pid) => ({ pid, argv: await argvOf(pid) })));
  return all.filter(({ pid, argv }) => pid !== process.pid && argv.some((word) => word.includes(text)));
}

/** Empty for a zombie, a kernel thread, and one that is gone meanwhile. */
async function argvOf(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.split('\0').filter((word) => word !== '');
}
