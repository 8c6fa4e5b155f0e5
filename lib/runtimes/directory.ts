// The runtime for a workspace that is a plain folder of the controller's own machine.
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { PermanentError, TransientError } from '../errors.ts';
import { runProcess } from './process.ts';
import { sendSignal } from './reload-signal.ts';
import type { Command, CommandResult, Owner, Probe, Runtime, RuntimeSpec } from './runtime.ts';

export type DirectorySpec = Extract<RuntimeSpec, { kind: 'directory' }>;

export interface DirectoryConfig {
  /** Only folders at or below one of these are reached, symlinks resolved. */
  readonly roots: readonly string[];
  /** PATH of the commands. */
  readonly searchPath: string;
}

export class DirectoryRuntime implements Runtime {
  readonly kind = 'directory';
  readonly restarts: 'Agent' | 'Nothing';
  readonly pluginsPath: string;
  readonly #spec: DirectorySpec;
  readonly #config: DirectoryConfig;

  constructor(spec: DirectorySpec, config: DirectoryConfig) {
    this.#spec = spec;
    this.#config = config;
    this.restarts = spec.reload === undefined ? 'Nothing' : 'Agent';
    this.pluginsPath = normalize(join(spec.path, normalize(`/${spec.pluginsPath}`))).replace(/(.)\/+$/, '$1');
  }

  async probe(signal: AbortSignal): Promise<Probe> {
    signal.throwIfAborted();
    const { dev, ino, birthtimeMs } = await stat(await this.#enter());
    return { instance: `${dev}:${ino}:${Math.floor(birthtimeMs)}` };
  }

  async run(command: Command): Promise<CommandResult> {
    const cwd = await this.#enter();
    const env = { PATH: this.#config.searchPath, HOME: cwd };
    return runProcess(command, { cwd, env, owner: this.#user() });
  }

  async restart(signal: AbortSignal): Promise<void> {
    const { path, reload } = this.#spec;
    if (reload === undefined) return;
    const file = join(path, normalize(`/${reload.pidFile}`));
    await sendSignal({ file, name: reload.signal, run: (command) => this.run(command), signal });
  }

  /** The folder, with what the agent could have put in the way checked each time. */
  async #enter(): Promise<string> {
    const { path } = this.#spec;
    const real = await resolve(path);
    if (real === undefined) {
      throw new TransientError('WorkspaceUnreachable', `the folder ${path} is missing; it is never made`);
    }
    const roots = await Promise.all(this.#config.roots.map(resolve));
    if (!roots.some((root) => root !== undefined && isWithin(real, root))) {
      const message = `the folder ${path} is not below a --directory-root of the controller`;
      throw new PermanentError('RuntimeNotPermitted', message);
    }
    const plugins = await resolveExisting(this.pluginsPath);
    if (!isWithin(plugins, real)) {
      const message = `${this.pluginsPath} leads out of the workspace, to ${plugins}: remove the symlink`;
      throw new PermanentError('RuntimeNotPermitted', message);
    }
    return real;
  }

  #user(): Owner | undefined {
    const { owner } = this.#spec;
    const [uid, gid] = [process.getuid?.(), process.getgid?.()];
    if (uid === owner.uid && gid === owner.gid) return undefined;
    if (uid === 0) return owner;
    const message =
      `commands must run as ${owner.uid}:${owner.gid}, but the controller is ${uid ?? '?'}:${gid ?? '?'}: ` +
      "set spec.owner to the controller's user, or run the controller as root";
    throw new PermanentError('RuntimeNotPermitted', message);
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Undefined when there is no such folder. @throws TransientError when it cannot be told */
async function resolve(path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path);
    return (await stat(real)).isDirectory() ? real : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new TransientError('WorkspaceUnreachable', `${path} cannot be looked at: ${String(error)}`);
  }
}

/** The real path of the deepest part that exists. */
async function resolveExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error) && dirname(path) !== path) return resolveExisting(dirname(path));
    throw new TransientError('WorkspaceUnreachable', `${path} cannot be looked at: ${String(error)}`);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
