// Looks into a Node.js process that was started with --inspect: what it holds, after its garbage is collected.
import { readdir } from 'node:fs/promises';

/** What a process holds. */
export interface Holdings {
  readonly rssBytes: number;
  /** Objects and buffers. */
  readonly heapBytes: number;
  readonly descriptors: number;
  /** Timers, sockets, requests … that are open, by their kind. */
  readonly resources: Readonly<Record<string, number>>;
}

export const INSPECT = { NODE_OPTIONS: '--inspect=127.0.0.1:0' } as const;

const CALL_TIMEOUT_MS = 30_000;

interface Answer {
  readonly id: number;
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

const SOURCE = `({
  pid: process.pid,
  memory: process.memoryUsage(),
  resources: process.getActiveResourcesInfo(),
})`;

interface Snapshot {
  readonly pid: number;
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly external: number };
  readonly resources: readonly string[];
}

/** @param log what the process wrote at its start, with the address of its inspector */
export function inspectorURL(log: string): string {
  const url = /Debugger listening on (ws:\S+)/.exec(log)?.[1];
  if (url === undefined) throw new Error(`this process has no inspector: ${log}`);
  return url;
}

export async function holdingsOf(url: string): Promise<Holdings> {
  const socket = new WebSocket(url);
  try {
    await once(socket, 'open');
    // What finalizers let go in the first pass is collected in the second.
    await call(socket, 1, 'HeapProfiler.collectGarbage');
    await call(socket, 2, 'HeapProfiler.collectGarbage');
    const params = { expression: SOURCE, returnByValue: true };
    const { result } = await call(socket, 3, 'Runtime.evaluate', params);
    const { pid, memory, resources } = result?.result?.value as Snapshot;
    const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
    return {
      rssBytes: memory.rss,
      heapBytes: memory.heapUsed + memory.external,
      descriptors,
      resources: Object.fromEntries(
        Object.entries(Object.groupBy(resources, (kind) => kind)).map(([kind, all = []]) => [
          kind,
          all.length,
        ]),
      ),
    };
  } finally {
    socket.close();
  }
}

async function call(socket: WebSocket, id: number, method: string, params: object = {}): Promise<Answer> {
  socket.send(JSON.stringify({ id, method, params }));
  for (;;) {
    const answer = JSON.parse(String((await once(socket, 'message')).data)) as Answer;
    if (answer.id === id) return answer;
  }
}

async function once(socket: WebSocket, type: 'open' | 'message'): Promise<MessageEvent> {
  const { promise, resolve, reject } = Promise.withResolvers<MessageEvent>();
  const timer = setTimeout(() => {
    reject(new Error(`the inspector was silent for ${CALL_TIMEOUT_MS} ms`));
  }, CALL_TIMEOUT_MS);
  const fail = (): void => {
    reject(new Error('the inspector is gone'));
  };
  socket.addEventListener(type, resolve as (event: Event) => void, { once: true });
  socket.addEventListener('close', fail, { once: true });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.removeEventListener('close', fail);
  }
}
