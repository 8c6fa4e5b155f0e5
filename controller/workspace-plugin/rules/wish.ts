// What the spec asks for, as a checksum: by it an edit of that is told from an edit of anything else.
import type { WorkspacePlugin } from '../../api/workspace-plugin.ts';
import { questionOf } from '../observed.ts';

/** Eight hexadecimal digits over url, path, ref (or track) and the health check that what is asked for must pass. */
export function wishOf(object: WorkspacePlugin): string {
  const { url, path, ref } = questionOf(object);
  const { command, timeout } = object.spec.update.healthCheck ?? {};
  const hash = fnv1a(JSON.stringify([url, path, ref, command ?? [], timeout ?? '']));
  return hash.toString(16).padStart(8, '0');
}

/** FNV-1a of 32 bits: it tells one edit from another and keeps nobody out, so it need not be a cryptographic one. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
