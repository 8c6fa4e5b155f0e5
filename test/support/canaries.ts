// The secrets that tests give away, and all that is said while they are in use: no secret may be in what is said.
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { Fields, Logger } from '../../lib/logger.ts';

/** A piece of a secret shorter than this may stand anywhere by chance. */
const MIN_PIECE = 12;

/** What would betray a secret, by the secret's name. */
const forms = new Map<string, string>();
const names = new Set<string>();
const betrayals = new Set<string>();
const heard = new Map<string, number>();
let longest = 0;

/** A new secret: letters and digits, so that every way to write it down looks the same. */
export function canary(name: string): string {
  return guard(name, `canary${randomBytes(12).toString('hex')}`);
}

/** From now on this is a secret, and so is each line of it. Returns it. */
export function guard(name: string, secret: string): string {
  const pieces = secret.split('\n').filter((line) => line.length >= MIN_PIECE && !line.startsWith('-----'));
  names.add(name);
  for (const form of pieces.flatMap((piece) => [piece, ...base64Forms(piece)])) {
    forms.set(form, name);
    longest = Math.max(longest, form.length);
  }
  return secret;
}

/** How a text looks within base64, wherever in it the text begins. */
function base64Forms(text: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    const [start, end] = [Math.ceil((before * 4) / 3), Math.floor(bytes.length / 3) * 4];
    return bytes.toString('base64').slice(start, end);
  });
}

/** Takes all that is said in one place, in pieces as they come. @param place for messages */
export function overhearing(place: string): (text: string) => void {
  let rest = '';
  return (text) => {
    const said = rest + text;
    for (const [form, name] of forms) if (said.includes(form)) betrayals.add(`${name} in ${place}`);
    rest = said.slice(-longest);
    heard.set(place, (heard.get(place) ?? 0) + text.length);
  };
}

/** What somebody failed with, causes and all. */
export function overhearError(error: unknown): void {
  overhearing('errors')(inspect(error, { depth: 6 }));
}

/** A logger that nobody but us reads. */
export function overheardLogger(place: string): Logger {
  const hear = overhearing(place);
  const say = (message: string, fields: Fields = {}): void => {
    hear(`${JSON.stringify({ ...fields, message })}\n`);
  };
  return { debug: say, info: say, warn: say, error: say, with: () => overheardLogger(place) };
}

export interface Overheard {
  readonly secrets: number;
  /** Characters by place. */
  readonly heard: ReadonlyMap<string, number>;
  /** Which secret was met where. */
  readonly betrayals: readonly string[];
}

export function overheard(): Overheard {
  return { secrets: names.size, heard, betrayals: [...betrayals].sort() };
}
