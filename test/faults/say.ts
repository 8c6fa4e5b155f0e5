// What a run tells people, a line at a time.

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
