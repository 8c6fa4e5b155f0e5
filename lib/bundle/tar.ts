// Our own canonical tar: ustar with nothing in it but names, two modes and content.
import { Buffer } from 'node:buffer';

/** All of a tar comes in blocks of so many bytes. */
export const TAR_BLOCK = 512;
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
/** 11 octal digits. */
const MAX_SIZE = 8 ** 11 - 1;

/** Two empty blocks end an archive. */
export const TAR_END: Uint8Array = Buffer.alloc(2 * TAR_BLOCK);

export interface TarMember {
  /** Relative, `/` between the parts, none at the end. */
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly executable: boolean;
  /** In bytes; 0 for a directory. */
  readonly size: number;
}

/**
 * Everything that precedes the member's content: its header, and before it, where the path fits no ustar header,
 * a GNU long-name member ('L'), which GNU tar, busybox and every library read.
 */
export function tarHeader(member: TarMember): Buffer {
  const path = Buffer.from(member.type === 'directory' ? `${member.path}/` : member.path);
  const split = splitPath(path);
  if (split !== undefined) return header(split, member);
  const longName = Buffer.concat([path, Buffer.alloc(1)]);
  return Buffer.concat([
    block({ prefix: Buffer.alloc(0), name: Buffer.from('././@LongLink') }, 'L', 0o644, longName.length),
    longName,
    tarPadding(longName.length),
    header({ prefix: Buffer.alloc(0), name: path.subarray(0, NAME_BYTES) }, member),
  ]);
}

/** How long the header of a member will be, in bytes. */
export function tarHeaderBytes({ path, type }: Pick<TarMember, 'path' | 'type'>): number {
  const bytes = Buffer.from(type === 'directory' ? `${path}/` : path);
  return splitPath(bytes) === undefined ? 2 * TAR_BLOCK + padded(bytes.length + 1) : TAR_BLOCK;
}

/** So many bytes and the padding after them. */
export function padded(size: number): number {
  return Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
}

/** The zeros that fill the last block of a content of this many bytes. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc(padded(size) - size);
}

/** What one header block says; the path of a `longName` is that of the member after it, and follows as content. */
export interface TarHead {
  readonly type: 'file' | 'directory' | 'longName';
  readonly path: string;
  readonly executable: boolean;
  readonly size: number;
}

/**
 * Reads one block that `tarHeader` wrote; undefined for an empty one, which ends an archive.
 * @throws RangeError for anything else
 */
export function readMember(bytes: Buffer): TarHead | undefined {
  if (bytes.every((byte) => byte === 0)) return undefined;
  const type = TYPES.get(bytes.toString('latin1', 156, 157));
  if (type === undefined || bytes.toString('latin1', 257, 262) !== 'ustar') {
    throw new RangeError('it holds no header where one is due');
  }
  const [name, prefix] = [textAt(bytes, 0, NAME_BYTES), textAt(bytes, 345, PREFIX_BYTES)];
  const path = (prefix === '' ? name : `${prefix}/${name}`).replace(/\/$/, '');
  const [mode, size] = [numberAt(bytes, 100, 7), numberAt(bytes, 124, 11)];
  return { type, path, executable: (mode & 0o111) !== 0, size };
}

const TYPES: ReadonlyMap<string, TarHead['type']> = new Map([
  ['0', 'file'],
  ['5', 'directory'],
  ['L', 'longName'],
]);

function textAt(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function numberAt(bytes: Buffer, start: number, digits: number): number {
  const text = bytes.toString('latin1', start, start + digits);
  if (!/^[0-7]+$/.test(text)) throw new RangeError('it holds a header with a number that is none');
  return Number.parseInt(text, 8);
}

interface SplitPath {
  readonly prefix: Buffer;
  readonly name: Buffer;
}

/** Where ustar can hold the path: whole, or cut at the first slash that leaves a name short enough. */
function splitPath(path: Buffer): SplitPath | undefined {
  if (path.length <= NAME_BYTES) return { prefix: Buffer.alloc(0), name: path };
  const slash = path.indexOf('/', path.length - NAME_BYTES - 1);
  if (slash < 1 || slash > PREFIX_BYTES || slash === path.length - 1) return undefined;
  return { prefix: path.subarray(0, slash), name: path.subarray(slash + 1) };
}

function header(path: SplitPath, member: TarMember): Buffer {
  if (member.type === 'directory') return block(path, '5', 0o755, 0);
  return block(path, '0', member.executable ? 0o755 : 0o644, member.size);
}

/** One header block: owner 0, time 0, no names of users; the checksum is computed with spaces in its own place. */
function block({ prefix, name }: SplitPath, type: string, mode: number, size: number): Buffer {
  if (!Number.isSafeInteger(size) || size < 0 || size > MAX_SIZE) throw new RangeError(`tar size ${size}`);
  const out = Buffer.alloc(TAR_BLOCK);
  name.copy(out, 0);
  out.write(`${octal(mode, 7)}\0`, 100);
  out.write(`${octal(0, 7)}\0`, 108);
  out.write(`${octal(0, 7)}\0`, 116);
  out.write(`${octal(size, 11)}\0`, 124);
  out.write(`${octal(0, 11)}\0`, 136);
  out.write('        ', 148);
  out.write(type, 156);
  out.write('ustar\x0000', 257);
  prefix.copy(out, 345);
  const sum = out.reduce((total, byte) => total + byte, 0);
  out.write(`${octal(sum, 6)}\0 `, 148);
  return out;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
