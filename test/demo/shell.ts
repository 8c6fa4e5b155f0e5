// Runs commands as a person types them, in a shell whose kubectl and docker speak to the demo's own parts.
import { startChild } from '../../lib/embedded/child.ts';
import { command as show, print } from './narration.ts';

/** Longer than any `--timeout` in the story. */
const COMMAND_TIMEOUT_MS = 120_000;

export interface ShellOptions {
  /** The whole environment of the commands. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Ends the command that runs. */
  readonly signal: AbortSignal;
}

interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

export class Shell {
  readonly #options: ShellOptions;

  constructor(options: ShellOptions) {
    this.#options = options;
  }

  /**
   * Shows the command and what it says, which must match every pattern; resolves with it.
   * @throws Error when the command fails or says something else
   */
  async run(text: string, ...patterns: readonly RegExp[]): Promise<string> {
    show(text);
    const ended = await this.#execute(text);
    print(ended.output);
    return checked(text, ended, patterns);
  }

  /** As `run`, for a command that must be refused. */
  async runRefused(text: string, ...patterns: readonly RegExp[]): Promise<void> {
    show(text);
    const { exitCode, output } = await this.#execute(text);
    print(output);
    if (exitCode === 0) throw new Error(`this should have been refused: ${text}`);
    checked(text, { exitCode: 0, output }, patterns);
  }

  /** Runs a command that is no part of the story: it is shown only when it fails. */
  async quiet(text: string, ...patterns: readonly RegExp[]): Promise<string> {
    return checked(text, await this.#execute(text), patterns);
  }

  async #execute(text: string): Promise<Ended> {
    const { env, cwd, signal } = this.#options;
    signal.throwIfAborted();
    const chunks: Buffer[] = [];
    const child = startChild({
      name: text,
      argv: ['sh', '-c', text],
      env,
      cwd,
      onOutput: (chunk) => chunks.push(chunk),
    });
    const end = (): void => void child.stop(0);
    const timer = setTimeout(end, COMMAND_TIMEOUT_MS);
    signal.addEventListener('abort', end);
    await child.exited;
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    signal.throwIfAborted();
    return { exitCode: child.exitCode ?? 137, output: Buffer.concat(chunks).toString('utf8') };
  }
}

function checked(text: string, { exitCode, output }: Ended, patterns: readonly RegExp[]): string {
  if (exitCode !== 0) throw new Error(`exit code ${exitCode} from: ${text}\n${output}`);
  const missing = patterns.find((pattern) => !pattern.test(output));
  if (missing === undefined) return output;
  throw new Error(`this should have said ${String(missing)}: ${text}\n${output}`);
}
