// Runs kubectl as a person would, with nothing of this person's own configuration.
import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from './binaries.ts';

export interface KubectlRequest {
  readonly program: Program;
  readonly kubeconfig: string;
  /** Folder for what it remembers of the server. */
  readonly cache: string;
  readonly args: readonly string[];
  /** The whole of its stdin. */
  readonly input: string;
}

export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  /** 137 when it was ended after two minutes. */
  readonly exitCode: number;
}

const TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** @throws Error when the program cannot be started, or says more than 64 MiB */
export async function runKubectl(request: KubectlRequest): Promise<KubectlResult> {
  const [command, ...prefix] = request.program;
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      [...prefix, `--cache-dir=${request.cache}`, ...request.args],
      {
        env: { KUBECONFIG: request.kubeconfig, PATH: '/usr/local/bin:/usr/bin:/bin' },
        timeout: TIMEOUT_MS,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT_BYTES,
      },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code === 'string') {
          reject(
            new Error(`kubectl ${request.args.join(' ')} did not run: ${error.message}`, { cause: error }),
          );
          return;
        }
        resolve({ stdout, stderr, exitCode: child.exitCode ?? 137 });
      },
    );
    // A command that does not read its input closes it; its exit code tells how it went.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(request.input);
  });
}

/** Makes the folder `bin` with a program `kubectl`: first in PATH, it is of the API server's version. */
export async function writeKubectl(bin: string, program: Program): Promise<void> {
  await mkdir(bin, { recursive: true });
  const file = join(bin, 'kubectl');
  await writeFile(file, `#!/bin/sh\nexec ${program.map(quote).join(' ')} "$@"\n`);
  await chmod(file, 0o755);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
