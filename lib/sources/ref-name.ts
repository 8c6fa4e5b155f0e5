// What a ref may be called in a manifest, and the pieces of pattern that say so to an API server too.
import type { RefSelector } from './source.ts';

/** RE2 and JavaScript read it alike. No dash in front, so that git never takes a ref for an option. */
export const REF_PATTERN = '[A-Za-z0-9_./][A-Za-z0-9_./-]{0,254}';
export const SHA_PATTERN = '([0-9a-fA-F]{40}|[0-9a-fA-F]{64})';

const REF = new RegExp(`^${REF_PATTERN}$`);
const SHA = new RegExp(`^${SHA_PATTERN}$`);

/** Why git would not have this name; undefined when it would. The rules are those of `git check-ref-format`. */
export function problemOfRef(name: string): string | undefined {
  if (!REF.test(name))
    return 'is not made of 1 to 255 letters, digits, "_", ".", "/", "-", without a dash in front';
  if (name.includes('..')) return 'holds ".."';
  if (name.endsWith('.')) return 'ends in a dot';
  const parts = name.split('/');
  if (parts.includes('')) return 'has an empty part between slashes';
  if (parts.some((part) => part.startsWith('.'))) return 'has a part that begins with a dot';
  return parts.some((part) => part.endsWith('.lock')) ? 'has a part that ends in ".lock"' : undefined;
}

/** A full commit SHA in lower case; undefined for anything else. */
export function shaOf(text: string): string | undefined {
  return SHA.test(text) ? text.toLowerCase() : undefined;
}

/** For messages: the selector in the words of a manifest. */
export function selectorText(selector: RefSelector): string {
  switch (selector.kind) {
    case 'any':
      return selector.name;
    case 'tag':
      return `tag:${selector.name}`;
    case 'branch':
      return `branch:${selector.name}`;
    case 'latest':
      return 'tag:latest';
    case 'semver':
      return `semver:${selector.range}`;
    case 'sha':
      return `sha:${selector.sha}`;
  }
}
