// What a source hands over for packing: the entries of a tree, nothing of them believed yet.

export type EntryType = 'file' | 'directory' | 'symlink' | 'submodule' | 'other';

export interface TreeEntry {
  /** Relative to the plugin's folder, `/` between the parts, as the source has it: any bytes. */
  readonly path: Uint8Array;
  readonly type: EntryType;
  readonly executable: boolean;
  /** In bytes; 0 for everything but a file. */
  readonly size: number;
  /** The content of a file. Called once at most, one file at a time, in the order of the sorted paths. */
  open(): AsyncIterable<Uint8Array>;
}
