// Which existing names somebody may have meant.

const MAX_SHOWN = 3;
/** A repository may have very many refs, and a message is no place to work on all of them. */
const MAX_COMPARED = 5_000;
const MAX_LENGTH = 64;

/** At most three of the names, the most alike first; none when nothing is alike. */
export function nearMisses(wanted: string, names: Iterable<string>): readonly string[] {
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return Iterator.from(names)
    .take(MAX_COMPARED)
    .map((name) => ({ name, distance: distance(wanted, name) }))
    .filter((miss) => miss.distance <= limit)
    .toArray()
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_SHOWN)
    .map(({ name }) => name);
}

/** Edits between the two (Levenshtein), where another case costs nothing. */
function distance(a: string, b: string): number {
  const from = a.toLowerCase().slice(0, MAX_LENGTH);
  const to = b.toLowerCase().slice(0, MAX_LENGTH);
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= to.length; column += 1) {
      const change = from[line - 1] === to[column - 1] ? 0 : 1;
      next.push(
        Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (row[column - 1] ?? 0) + change),
      );
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
