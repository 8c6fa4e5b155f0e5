// A git that notes how much memory it, and all it started, have had at most: exactly, as the kernel counts it at their end.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

export interface WeighedGit {
  /** Where it is found, before the real one. */
  readonly searchPath: string;
  /** Resolves with the most that one process of all runs so far has had resident, in bytes. */
  mostBytes(): Promise<number>;
}

/**
 * It adopts what git leaves behind, and reads `getrusage` of all that it has waited for; perl is there wherever git is.
 * PR_SET_CHILD_SUBREAPER is 36, RUSAGE_CHILDREN -1, and ru_maxrss is in KiB.
 */
const program = ({ prctl, getrusage }: Calls): string => `use strict;
my ($notes, $path) = splice(@ARGV, 0, 2);
$ENV{PATH} = $path;
syscall(${prctl}, 36, 1, 0, 0, 0);
my $status = system { 'git' } 'git', @ARGV;
1 while wait() != -1;
my $usage = "\\0" x 144;
syscall(${getrusage}, -1, $usage);
open(my $out, '>>', $notes) or die;
print $out unpack('x32 q', $usage), "\\n";
exit($status & 127 ? 128 + ($status & 127) : $status >> 8);
`;

/** Numbers of system calls. */
interface Calls {
  readonly prctl: number;
  readonly getrusage: number;
}

const CALLS: Readonly<Partial<Record<NodeJS.Architecture, Calls>>> = {
  x64: { prctl: 157, getrusage: 98 },
  arm64: { prctl: 167, getrusage: 165 },
};
const KIB = 1024;

/** @param folder for the program and its notes */
export async function weighedGit(
  folder: string,
  searchPath = process.env['PATH'] ?? '',
): Promise<WeighedGit> {
  const calls = CALLS[process.arch];
  if (calls === undefined) throw new Error(`system calls have no known numbers on ${process.arch}`);
  const [bin, script, notes] = [join(folder, 'bin'), join(folder, 'weigh.pl'), join(folder, 'notes')];
  await mkdir(bin, { recursive: true });
  await writeFile(script, program(calls));
  await writeFile(notes, '');
  await writeFile(join(bin, 'git'), `#!/bin/sh\nexec perl '${script}' '${notes}' '${searchPath}' "$@"\n`);
  await chmod(join(bin, 'git'), 0o755);
  return {
    searchPath: [bin, searchPath].join(delimiter),
    mostBytes: async () => {
      const lines = (await readFile(notes, 'utf8')).split('\n').filter((line) => line !== '');
      return Math.max(...lines.map(Number)) * KIB;
    },
  };
}
