// What the rest of the code knows of logging: levels, a message and structured fields.
import { pino } from 'pino';

export type Fields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger that adds these fields to every line. */
  with(fields: Fields): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Lines of JSON on stderr. */
export function createLogger(level: LogLevel): Logger {
  return wrap(
    pino(
      { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
      pino.destination({ fd: 2, sync: true }),
    ),
  );
}

export const silentLogger: Logger = createLogger('silent');

function wrap(inner: pino.Logger): Logger {
  return {
    debug: (message, fields) => {
      inner.debug(fields ?? {}, message);
    },
    info: (message, fields) => {
      inner.info(fields ?? {}, message);
    },
    warn: (message, fields) => {
      inner.warn(fields ?? {}, message);
    },
    error: (message, fields) => {
      inner.error(fields ?? {}, message);
    },
    with: (fields) => wrap(inner.child(fields)),
  };
}
