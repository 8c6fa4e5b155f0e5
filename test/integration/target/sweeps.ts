// The sweeps on both runtimes, as deep as it is asked for.
import { openDirectoryStand, openDockerStand } from './stand.ts';
import { describeSweep, type Depth } from './sweep.ts';

/** Tools of both makes in each mode: what one's messages hide from the program, the other's show. */
export function describeSweeps(depth: Readonly<Record<'directory' | 'docker', Depth>>): void {
  describeSweep('in a directory', {
    ...depth.directory,
    open: openDirectoryStand,
    tools: { Exchange: 'busybox', Rename: 'busybox' },
  });
  describeSweep('in a container', {
    ...depth.docker,
    open: openDockerStand,
    tools: { Exchange: 'debian', Rename: 'busybox' },
  });
}
