// The version that a plugin says it has; nothing depends on it but what people read.
import { isScalar, parseDocument } from 'yaml';

/** Longer files are not looked at. */
export const MAX_PLUGIN_YAML_BYTES = 64 * 1024;
const MAX_VERSION_CHARACTERS = 64;
const NO_VERSION = '0.0.0';

/**
 * The top-level `version` of `plugin.yaml` as written, at most 64 characters; `0.0.0` when the file is missing,
 * unparsable or says none. Only that one scalar is looked at, so that aliases are never expanded.
 */
export function versionOf(pluginYAML: Uint8Array | undefined): string {
  if (pluginYAML === undefined || pluginYAML.length > MAX_PLUGIN_YAML_BYTES) return NO_VERSION;
  const written = writtenVersion(Buffer.from(pluginYAML).toString('utf8'))?.trim() ?? '';
  const isText = written !== '' && !/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u.test(written);
  return isText ? Array.from(written).slice(0, MAX_VERSION_CHARACTERS).join('') : NO_VERSION;
}

/** The failsafe schema keeps `1.10` a text, where others make it the number 1.1. */
function writtenVersion(text: string): string | undefined {
  try {
    const document = parseDocument(text, { schema: 'failsafe', logLevel: 'error' });
    if (document.errors.length > 0) return undefined;
    const node = document.get('version', true);
    return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
  } catch {
    // Text made to exhaust the parser (nesting) ends here: as good as unparsable.
    return undefined;
  }
}
