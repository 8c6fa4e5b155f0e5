// What a packed plugin is: checked content of one revision and path, ready to be sent to any workspace.

/** `sha256:` and 64 hex digits: the hash of the canonical manifest. */
export type Digest = `sha256:${string}`;

/** A full git commit SHA (40 or 64 hex digits), or a Digest for a source without commits. */
export type Revision = string;

export type ModeClass = '644' | '755';

/** One regular file. */
export interface ManifestEntry {
  readonly mode: ModeClass;
  /** 64 hex digits. */
  readonly sha256: string;
  /** Relative to the plugin's folder, `/` between the parts. */
  readonly path: string;
}

export interface Bundle {
  readonly revision: Revision;
  readonly digest: Digest;
  /** The version that `plugin.yaml` names, at most 64 characters; 0.0.0 without one. */
  readonly version: string;
  /** 64 hex digits; null without such a file at the root. */
  readonly pluginYAMLSHA256: string | null;
  readonly files: number;
  /** Sum of the files' sizes, in bytes. */
  readonly bytes: number;
  /** Symlinks are never installed; how many the source had. */
  readonly skippedSymlinks: number;
  /** Size of the canonical tar in bytes, a multiple of 512. */
  readonly tarBytes: number;
  /** The canonical tar from its beginning; may be called many times. */
  open(): AsyncIterable<Uint8Array>;
}
