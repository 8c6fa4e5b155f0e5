// Files that are either there whole or not at all, whatever ends the process.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Sink } from './pack.ts';

const WRITE_BYTES = 256 * 1024;

/**
 * Writes a file under a temporary name in `temporaryFolder`, on the same file system, and returns that name with the
 * hash of what was written, once it is on the disk. When the writer throws, nothing is left.
 */
export async function writeTemporary<T>(
  temporaryFolder: string,
  writer: (sink: Sink) => Promise<T>,
): Promise<{ readonly file: string; readonly sha256: string; readonly result: T }> {
  const file = join(temporaryFolder, randomUUID());
  const handle = await open(file, 'wx', 0o600);
  try {
    const output = new HashedOutput(handle);
    const result = await writer((chunk) => output.write(chunk));
    await output.flush();
    await handle.sync();
    await handle.close();
    return { file, sha256: output.hex(), result };
  } catch (error) {
    await handle.close();
    await rm(file, { force: true });
    throw error;
  }
}

/** Gives a finished temporary file its name, replacing what is there, and makes the name last. */
export async function publish(temporary: string, name: string): Promise<void> {
  await rename(temporary, name);
  const folder = await open(dirname(name), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** 64 hex digits. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Gathers small pieces (headers, paddings) into few large writes. */
class HashedOutput {
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.#pending.push(Uint8Array.from(chunk));
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes >= WRITE_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const data = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    await this.#handle.writeFile(data);
  }

  hex(): string {
    return this.#hash.digest('hex');
  }
}
