// The head of a CGI program's answer, read off its stdout.
import type { Readable } from 'node:stream';

export interface CGIHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What was read beyond the head. */
  readonly rest: Buffer;
}

const MAX_HEAD_BYTES = 64 * 1024;

/** @throws Error when the program ends, or says too much, before the head is complete */
export async function readCGIHead(stdout: Readable): Promise<CGIHead> {
  let read: Buffer = Buffer.alloc(0);
  while (read.length < MAX_HEAD_BYTES) {
    const end = read.indexOf('\r\n\r\n');
    if (end !== -1) return parseHead(read.subarray(0, end).toString('latin1'), read.subarray(end + 4));
    read = Buffer.concat([read, await nextChunk(stdout)]);
  }
  throw new Error('the head of the answer is too long');
}

async function nextChunk(stdout: Readable): Promise<Buffer> {
  for (;;) {
    const chunk = stdout.read() as Buffer | null;
    if (chunk !== null) return chunk;
    if (stdout.readableEnded || stdout.destroyed) throw new Error('the answer ended within its head');
    await readableOrEnded(stdout);
  }
}

function readableOrEnded(stdout: Readable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['readable', 'end', 'close'] as const) stdout.off(event, done);
      resolve();
    };
    for (const event of ['readable', 'end', 'close'] as const) stdout.on(event, done);
  });
}

function parseHead(head: string, rest: Buffer): CGIHead {
  const headers = Object.fromEntries(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const { status = '200', ...others } = headers;
  return { status: Number.parseInt(status, 10), headers: others, rest };
}
