// Notes how programs are called, each time: a process that lives for a moment is gone before anybody looks at it.
import { access, chmod, constants, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createScratch } from '../../../lib/embedded/scratch.ts';

export interface RecordedPrograms {
  /** Puts PATH back; resolves with every command line, one a line. */
  end(): Promise<string>;
}

/** From now on, whatever this process starts finds programs of these names that note how they were called, and then are the real ones. */
export async function recordPrograms(names: readonly string[]): Promise<RecordedPrograms> {
  const before = process.env['PATH'] ?? '';
  const scratch = await createScratch('recorded');
  const notes = join(scratch.path, 'notes');
  await writeFile(notes, '');
  // Whoever runs as another user notes, too.
  await Promise.all([chmod(scratch.path, 0o755), chmod(notes, 0o666)]);
  for (const name of names) {
    const real = await find(name, before);
    if (real === undefined) continue;
    const script = `#!/bin/sh\n{ printf '%s\\n' "$0 $*" >>${notes}; } 2>/dev/null\nexec ${real} "$@"\n`;
    await writeFile(join(scratch.path, name), script, { mode: 0o755 });
  }
  process.env['PATH'] = `${scratch.path}${delimiter}${before}`;
  return {
    end: async () => {
      process.env['PATH'] = before;
      const text = await readFile(notes, 'utf8');
      await scratch.remove();
      return text;
    },
  };
}

async function find(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const program = join(folder, name);
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return program;
  }
  return undefined;
}
