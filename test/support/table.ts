// Lines and tables on stdout, for the programs that people run by hand.

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Columns as wide as their widest cell; the first line is the heading. */
export function printTable(lines: readonly (readonly string[])[]): void {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  for (const line of lines) {
    const cells = line.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    say(cells.join('  ').trimEnd());
  }
}
