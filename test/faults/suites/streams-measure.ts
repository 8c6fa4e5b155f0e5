// Holds the memory of a process that meets floods against its memory of before.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { MemoryOrder, MemoryReport } from './streams-memory.ts';

export type { Entry } from './streams-memory.ts';

const PROGRAM = join(import.meta.dirname, 'streams-memory.ts');
const TIMEOUT_MS = 10 * 60_000;
const MIB = 1024 * 1024;
const MORE_MIB = 64;

/** In a process of its own. Each flood must fail, and none takes more than 64 MiB. */
export async function measureMemory(order: MemoryOrder): Promise<void> {
  const child = spawn(process.execPath, ['--expose-gc', PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: TIMEOUT_MS,
  });
  child.stdin.end(JSON.stringify(order));
  const { normalBytes, mostBytes, said } = JSON.parse(await text(child.stdout)) as MemoryReport;
  const more = Math.round((mostBytes - normalBytes) / MIB);
  process.stderr.write(`        ${more} MiB more than ${Math.round(normalBytes / MIB)}\n`);
  for (const [nth, one] of said.entries()) {
    expect(one, `flood ${nth}`).to.match(/^(PermanentError|TransientError)/);
  }
  expect(said).to.have.length(order.flooding.length);
  expect(more, 'MiB more than normal').to.be.at.most(MORE_MIB);
}
