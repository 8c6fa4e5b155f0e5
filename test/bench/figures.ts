// Figures: medians, percentiles and spread, and how people read them.

/** Of durations in milliseconds, or of anything else that can be ordered. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly count: number;
}

/** @throws Error for no values: then nothing was measured */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = sort(values);
  return {
    median: percentile(sorted, 50),
    least: sorted[0] ?? Number.NaN,
    most: sorted.at(-1) ?? Number.NaN,
    count: sorted.length,
  };
}

export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** @throws Error for no values */
export function latenciesOf(values: readonly number[]): Latencies {
  const sorted = sort(values);
  return { p50: percentile(sorted, 50), p99: percentile(sorted, 99), max: percentile(sorted, 100) };
}

function sort(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new Error('nothing was measured');
  return [...values].sort((a, b) => a - b);
}

/** The nearest rank: a value that was really measured. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}

/** `12 ms`, `1.23 s`. */
export function showMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** `61 ms (55 ms to 80 ms)`. */
export function showSpread({ median, least, most, count }: Spread): string {
  return count === 1 ? showMs(median) : `${showMs(median)} (${showMs(least)} to ${showMs(most)})`;
}

export function showLatencies({ p50, p99, max }: Latencies): string {
  return `p50 ${showMs(p50)}, p99 ${showMs(p99)}, max ${showMs(max)}`;
}

export function showMiB(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
}
