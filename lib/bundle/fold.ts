// Which names a file system might take for the same: canonical caseless matching of Unicode (definition D145).

const ASCII = /^[\0-\x7f]*$/;

/** Equal for two names exactly when they differ in nothing but case, by full case folding, or normal form. */
export function foldName(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase();
  return foldCase(name.normalize('NFD')).normalize('NFD');
}

/**
 * Full case folding: down, up, down again, a code point at a time. Down first, because the capital sharp s has no
 * upper case of its own; alone, because lower case of a sigma depends on its neighbours. The dotless i is the one
 * letter that matches more than folding says (it goes with i), which errs on the safe side.
 */
function foldCase(text: string): string {
  return Array.from(text, (point) =>
    Array.from(point.toLowerCase().toUpperCase(), (upper) => upper.toLowerCase()).join(''),
  ).join('');
}
