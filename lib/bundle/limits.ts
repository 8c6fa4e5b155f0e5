// How much one plugin may hold; what goes beyond is refused as TooLarge.

/** Sum of all files. */
export const MAX_TREE_BYTES = 100 * 1024 * 1024;
/** Regular files; folders have the same limit of their own. */
export const MAX_TREE_FILES = 10_000;
/** Everything a source lists, with what is left out (symlinks) or implied (folders). */
export const MAX_TREE_ENTRIES = 2 * MAX_TREE_FILES;
/** One name, in UTF-8 bytes: what common file systems hold. */
export const MAX_NAME_BYTES = 255;
/** A whole path below the plugin's folder, in UTF-8 bytes. */
export const MAX_PATH_BYTES = 1024;
/** Names in one path. */
export const MAX_PATH_DEPTH = 64;
