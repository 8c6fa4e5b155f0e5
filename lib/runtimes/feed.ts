// Sends the whole of stdin to the far end, with back-pressure.
import type { Writable } from 'node:stream';

/**
 * Ends the stream after the last chunk. Resolves early when the far end reads no further, which is no failure.
 * @throws whatever the iterable throws; the stream is left open then, so that the far end cannot take it for the end
 */
export async function feed(stdin: AsyncIterable<Uint8Array>, to: Writable): Promise<void> {
  to.on('error', () => {
    // The far end stopped reading: `writable` turns false, and `close` wakes a waiting write.
  });
  for await (const chunk of stdin) {
    if (!to.writable) return;
    if (!to.write(chunk)) await drained(to);
  }
  to.end();
}

function drained(to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      to.off('drain', done).off('close', done);
      resolve();
    };
    to.on('drain', done).on('close', done);
    if (to.destroyed) done();
  });
}
