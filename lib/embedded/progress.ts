// Tells the person who waits what takes so long.

/** Takes one sentence for a person; never throws. */
export type Progress = (message: string) => void;

export const noProgress: Progress = () => undefined;

const BEAT_MS = 5_000;

/** Runs `work` and repeats, every five seconds until it ends, what is going on and for how long already. */
export async function withHeartbeat<T>(
  onProgress: Progress,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  onProgress(what);
  const timer = setInterval(() => {
    onProgress(`${what}: ${Math.round((performance.now() - start) / 1_000)} s so far`);
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
