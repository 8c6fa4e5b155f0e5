// `spec.source.path`: the folder of a repository that is the plugin.
import { checkPath } from '../bundle/names.ts';

/**
 * The path as it is looked up; undefined stands for the root. A slash or `./` around it says nothing.
 * @throws PermanentError `InvalidContent` for a path that no plugin can have
 */
export function checkFolder(path: string | undefined): string | undefined {
  const trimmed = path?.replace(/^(\.?\/)+|\/+$/g, '') ?? '';
  return trimmed === '' || trimmed === '.' ? undefined : checkPath(Buffer.from(trimmed));
}
