// The controller's own files behind the gate: everything that Node's promises of files do below its cache folder.
import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { relative } from 'node:path';
import type { Gate } from './gate.ts';

const CHANGES = ['mkdir', 'rename', 'rm', 'utimes', 'writeFile'] as const;

type Change = (path: string, ...rest: unknown[]) => Promise<unknown>;

/** Once for a process, before the files are used. Calls on files elsewhere pass by. */
export function decorateFiles(folder: string, gate: Gate): void {
  const areaOf = (path: unknown): string | undefined => {
    const [first = '', second = ''] = relative(folder, String(path)).split('/');
    return first === '..' ? undefined : `${first}${first === 'bundles' ? `/${second}` : ''}`;
  };
  const pass = async <T>(operation: string, path: unknown, call: () => Promise<T>): Promise<T> => {
    const area = areaOf(path);
    return area === undefined ? call() : gate.pass({ name: `file.${operation} ${area}`, call });
  };
  for (const name of CHANGES) {
    const original = Reflect.get(promises, name) as Change;
    const decorated: Change = async (path, ...rest) =>
      pass(name, name === 'rename' ? rest[0] : path, async () => original(path, ...rest));
    Reflect.set(promises, name, decorated);
  }
  const { open } = promises;
  promises.open = async (path, flags, mode) => {
    let opened: FileHandle | undefined;
    try {
      const handle = await pass('open', path, async () => (opened = await open(path, flags, mode)));
      return areaOf(path) === undefined ? handle : decorateHandle(handle, String(path), pass);
    } catch (error) {
      // What is lost on purpose is no leak of whoever has opened it.
      await opened?.close();
      throw error;
    }
  };
  syncBuiltinESMExports();
}

function decorateHandle(
  handle: FileHandle,
  path: string,
  pass: (operation: string, path: string, call: () => Promise<void>) => Promise<void>,
): FileHandle {
  const [sync, writeFile] = [handle.sync.bind(handle), handle.writeFile.bind(handle)];
  handle.sync = async () => pass('sync', path, sync);
  handle.writeFile = async (data, options) => pass('write', path, async () => writeFile(data, options));
  return handle;
}
