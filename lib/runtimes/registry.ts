// Opens the runtime that a workspace names.
import type { Logger } from '../logger.ts';
import { DirectoryRuntime } from './directory.ts';
import { createEngine, createRemoteEngine } from './docker-engine.ts';
import { EngineEvents } from './docker-events.ts';
import { DockerRuntime } from './docker.ts';
import type { Runtime, RuntimeSpec } from './runtime.ts';

export interface RuntimesConfig {
  /** `unix:///path`, `tcp://host:port` or a path; undefined for the engine's usual socket. */
  readonly dockerHost: string | undefined;
  /** Workspaces of kind `directory` must lie at or below one of these. */
  readonly directoryRoots: readonly string[];
  /** PATH of the commands that run in directories. */
  readonly searchPath: string;
  readonly logger: Logger;
}

/** Opening reaches nothing yet. @throws PermanentError `InvalidConfig`, and when opening `InvalidSecret` */
export function createRuntimes(config: RuntimesConfig): { open(spec: RuntimeSpec): Runtime } {
  const ownEngine = createEngine(config.dockerHost);
  const events = new EngineEvents({ logger: config.logger });
  const directories = { roots: config.directoryRoots, searchPath: config.searchPath };
  return {
    open(spec) {
      config.logger.debug('opens a runtime', { kind: spec.kind });
      switch (spec.kind) {
        case 'docker':
          return new DockerRuntime(
            spec,
            spec.engine === undefined ? ownEngine : createRemoteEngine(spec.engine),
            events,
          );
        case 'directory':
          return new DirectoryRuntime(spec, directories);
      }
    },
  };
}
