// Foreign names in messages: quoted, on one line, short, and without anything a terminal would obey.

const MAX_SHOWN = 120;
const HIDDEN = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|[\\"]/gu;

/**
 * @param name text, or raw bytes: those that are not UTF-8 are shown as `\xff`
 * @param maxShown what is longer, in characters, is cut
 */
export function printable(name: Uint8Array | string, maxShown = MAX_SHOWN): string {
  const text = typeof name === 'string' ? name.replace(HIDDEN, escape) : printableBytes(name);
  const points = Array.from(text);
  return points.length <= maxShown ? `"${text}"` : `"${points.slice(0, maxShown).join('')}…"`;
}

function printableBytes(raw: Uint8Array): string {
  const shown = raw.subarray(0, 4 * MAX_SHOWN);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      .decode(shown, { stream: true })
      .replace(HIDDEN, escape);
  } catch {
    return Buffer.from(shown)
      .toString('latin1')
      .replace(/[^ -~]|[\\"]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  }
}

function escape(point: string): string {
  return `\\u{${(point.codePointAt(0) ?? 0).toString(16)}}`;
}
