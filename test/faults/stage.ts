// The stage of one case: a folder, a namespace, a workspace and a repository that no other case has.
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bed } from './bed.ts';
import type { ControllerOptions } from './controller-process.ts';
import { createPlace, type PlaceKind } from './place.ts';
import type { Stage, Story } from './stories.ts';
import { ELECTION } from './usurper.ts';

export interface OpenStage extends Stage {
  readonly folder: string;
  /** Where controllers keep temporary files. */
  readonly temporary: string;
  readonly dockerHost: string | undefined;
  close(): Promise<void>;
}

export async function openStage(bed: Bed, kind: PlaceKind, story: Story): Promise<OpenStage> {
  const namespace = await bed.namespace();
  const folder = await bed.folder(namespace);
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  await chmod(temporary, 0o1777);
  const [hasAgent, copies] = [story.hasAgent === true, story.copies === true];
  const place = await createPlace(kind, { folder, name: namespace, docker: bed.docker, hasAgent, copies });
  const repository = await bed.repository(folder);
  const dockerHost = kind === 'directory' ? undefined : (await bed.docker()).host;
  return {
    ...{ bed, namespace, place, repository, folder, temporary, dockerHost },
    close: async () => {
      await place.remove();
      await rm(folder, { recursive: true, maxRetries: 5 });
    },
  };
}

export interface Part {
  readonly mutations: string | undefined;
  readonly competes: boolean;
  /** Its cache folder: who comes after one that is gone finds what that one left, who runs beside it has another. */
  readonly cache: 'cache' | 'cache-of-usurper';
}

/** A controller that serves this stage alone. */
export function controllerOptions(stage: OpenStage, { mutations, competes, cache }: Part): ControllerOptions {
  const { bed, namespace, folder, temporary, dockerHost } = stage;
  return {
    flags: [
      `--kubeconfig=${bed.controlPlane.kubeconfig}`,
      `--namespace=${namespace}`,
      `--host-namespace=${namespace}`,
      `--directory-root=${folder}`,
      `--file-source-root=${folder}`,
      `--cache-dir=${join(folder, cache)}`,
      '--metrics-address=127.0.0.1:0',
      ...(competes
        ? [...ELECTION, `--leader-elect-resource-namespace=${namespace}`]
        : ['--leader-elect=false']),
      ...(dockerHost === undefined ? [] : [`--docker-host=${dockerHost}`]),
    ],
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: temporary, NODE_COMPILE_CACHE: bed.compiled },
    program: bed.program,
    mutations,
  };
}
