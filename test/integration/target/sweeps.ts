// The sweeps on both runtimes, as deep as it is asked for.
import { describeLayerSweep } from './layer-sweep.ts';
import { openDirectoryStand, openDockerStand } from './stand.ts';
import { describeSweep, type Depth } from './sweep.ts';

export interface Depths {
  readonly directory: Depth;
  readonly docker: Depth;
  /** As `Depth.every`. */
  readonly layer: number;
}

/** Tools of both makes: what the messages of one hide from the program, those of the other show. */
export function describeSweeps({ directory, docker, layer }: Depths): void {
  describeSweep('in a directory', {
    ...directory,
    open: openDirectoryStand,
    tools: { Exchange: 'busybox', Rename: 'busybox' },
  });
  describeSweep('in a container', {
    ...docker,
    open: openDockerStand,
    tools: { Exchange: 'debian', Rename: 'busybox' },
  });
  describeLayerSweep(layer);
}
