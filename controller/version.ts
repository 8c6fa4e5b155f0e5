// Which version of the program this is.
import { readFile } from 'node:fs/promises';

/** Beside the source, and beside what was compiled from it. */
const PLACES = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url));

/** The version in the first of the files that is there. @throws Error when none is, or it cannot be read or has none */
export async function readVersion(places: readonly URL[] = PLACES): Promise<string> {
  for (const place of places) {
    const text = await readIfThere(place);
    if (text !== undefined) return versionIn(text, place);
  }
  throw new Error('package.json is missing beside the program: install it again');
}

async function readIfThere(place: URL): Promise<string | undefined> {
  try {
    return await readFile(place, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function versionIn(text: string, { pathname }: URL): string {
  const { version } = JSON.parse(text) as { readonly version?: unknown };
  if (typeof version === 'string') return version;
  throw new Error(`${pathname} names no version: install the program again`);
}
