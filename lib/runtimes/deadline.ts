// Makes a conversation settle in time, whatever the far end does.
import { TransientError } from '../errors.ts';
import type { Command } from './runtime.ts';

/**
 * Runs `converse` until it settles, the command's deadline passes or its signal aborts; its own signal aborts in the
 * latter two cases, and a rejection that comes later is dropped.
 * @throws TransientError `WorkspaceUnreachable` at the deadline, the signal's reason on abort
 */
export async function withDeadline<T>(
  { timeoutMs, signal }: Pick<Command, 'timeoutMs' | 'signal'>,
  converse: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const end = new AbortController();
  const timer = setTimeout(() => {
    const message = `the workspace did not answer within ${timeoutMs} ms`;
    end.abort(new TransientError('WorkspaceUnreachable', message));
  }, timeoutMs);
  const onAbort = (): void => {
    end.abort(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([rejectOnAbort(end.signal), converse(end.signal)]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => {
      reject(reasonOf(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error(String(reason));
}
