// The processes of this machine that have to do with a folder or a container.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './tree.ts';

export interface Running {
  readonly pid: number;
  readonly argv: readonly string[];
}

/** Processes that speak of a text (a folder, a container) in their working directory, arguments or control group. */
export function processesOf(text: string): readonly Running[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      const argv = readProc(entry, 'cmdline').split('\0');
      const isConcerned = [cwdOf(entry), argv.join(' '), readProc(entry, 'cgroup')].some((words) =>
        words.includes(text),
      );
      return isConcerned && !isZombie(entry) ? [{ pid: Number(entry), argv }] : [];
    });
}

function isZombie(pid: string): boolean {
  const stat = readProc(pid, 'stat');
  return stat === '' || /^\) [ZX]/.test(stat.slice(stat.lastIndexOf(')')));
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(join('/proc', pid, file), 'utf8');
  } catch {
    return '';
  }
}

function cwdOf(pid: string): string {
  try {
    return readlinkSync(join('/proc', pid, 'cwd'));
  } catch {
    return '';
  }
}

/** kill -9 of every target program among them. The tools it has started run on. */
export function killTargets(running: readonly Running[]): void {
  for (const { pid } of running.filter((one) => one.argv[3] === 'target')) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      // It has ended by itself meanwhile.
      if (codeOf(error) !== 'ESRCH') throw error;
    }
  }
}
