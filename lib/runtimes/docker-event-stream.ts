// The events of a Docker engine as they arrive: a line of JSON each, read strictly and capped.

/** Something happened to a container. */
export interface ContainerEvent {
  readonly id: string;
  /** Its name, and the one before where it was renamed. */
  readonly names: readonly string[];
  /** Its labels, among what else the engine tells of it. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What may make a workspace reachable, or end that; commands that run in it are not among it. */
export const TOLD = ['create', 'start', 'die', 'stop', 'pause', 'unpause', 'rename', 'destroy'] as const;

/** Labels may be long; no engine sends a line like this. */
const MAX_LINE_BYTES = 1024 * 1024;

/** @throws Error for what is no event, and whatever the stream throws */
export async function* readEvents(stream: AsyncIterable<unknown>): AsyncGenerator<ContainerEvent> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) throw new Error('the stream of events is no bytes');
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.subarray(0, end).toString('utf8').trim();
      rest = rest.subarray(end + 1);
      if (line !== '') yield readEvent(line);
    }
    if (rest.length > MAX_LINE_BYTES) throw new Error('an event is too long');
  }
}

function readEvent(line: string): ContainerEvent {
  const { Actor: actor } = fieldsOf(JSON.parse(line));
  const { ID: id, Attributes: all } = fieldsOf(actor);
  const attributes = fieldsOf(all);
  if (typeof id !== 'string' || id === '') throw new Error('an event names no container');
  const names = [attributes['name'], attributes['oldName']]
    .filter((name) => typeof name === 'string')
    .map((name) => name.replace(/^\//, ''));
  return { id, names, attributes };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('an event has another form');
  return { ...value };
}
