// Durations as manifests write them.

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const FORM = /^(?:\d{1,7}(?:ms|s|m|h))+$/;

/**
 * Milliseconds of a duration such as `90s`, `10m` or `1h30m`.
 * @throws Error for any other text; the API server refuses it before it gets here
 */
export function parseDuration(text: string): number {
  if (!FORM.test(text)) {
    throw new Error(`"${text}" is no duration; write it like 90s, 10m or 1h30m`);
  }
  return [...text.matchAll(/(\d+)([a-z]+)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0),
    0,
  );
}
