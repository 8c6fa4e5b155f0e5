// What a Docker engine, or what stands before it, may say in place of an answer to a step of a command.
import { FLOOD_BYTES } from './shells.ts';
import { repeated, type EngineFate, type EngineStep } from './proxy.ts';

export interface Answers {
  readonly name: string;
  /** Whatever is not named is answered by the engine. */
  readonly fates: Readonly<Partial<Record<EngineStep, EngineFate>>>;
  /** It comes to no end by itself. */
  readonly isEndless?: true;
}

const STEPS = ['Create', 'Start', 'Inspect'] as const;

const SAID: readonly (readonly [code: number, body: string])[] = [
  [500, '{"message":"on purpose"}'],
  [502, '<html><h1>Bad gateway</h1></html>'],
  [503, ''],
  [400, '{"message":"on purpose"}'],
  [404, '{"message":"No such exec instance"}'],
  [404, '<html><h1>Not found</h1></html>'],
  [409, '{"message":"on purpose"}'],
  [204, ''],
  [200, '{"Id":"'],
  [200, '{}'],
  [200, 'null'],
  [200, '[1]'],
];

const BREAKS: readonly EngineFate['kind'][] = ['Reset', 'Cut', 'Silence'];

/** The head of a frame of output. */
function frameHead(kind: number, bytes: number): Buffer {
  const head = Buffer.alloc(8);
  head[0] = kind;
  head.writeUInt32BE(bytes, 4);
  return head;
}

function frame(kind: number, content: string | Buffer): Buffer {
  return Buffer.concat([frameHead(kind, content.length), Buffer.from(content)]);
}

/** No command is started, this is its output, and the engine says that it has ended with 0. */
function pretended(name: string, stream: () => Iterable<Uint8Array>, ends = true): Answers {
  const fates = { Start: { kind: 'Pretend', stream, ends }, Inspect: ended(0) } as const;
  return { name, fates, ...(ends ? {} : { isEndless: true as const }) };
}

function ended(exitCode: number | null, isRunning = false): EngineFate {
  return { kind: 'Answer', code: 200, body: JSON.stringify({ Running: isRunning, ExitCode: exitCode }) };
}

/** Whatever became of the command, it has ended with 0. */
export const CLAIMED: Answers['fates'] = { Inspect: ended(0) };

export const BAD_ANSWERS: readonly Answers[] = [
  ...STEPS.flatMap((step) => [
    ...SAID.map(([code, body]) => ({
      name: `${code} ${body} to ${step}`,
      fates: { [step]: { kind: 'Answer', code, body } as const },
    })),
    ...BREAKS.map((kind) => ({
      ...{ name: `${kind} at ${step}`, fates: { [step]: { kind } as EngineFate } },
      ...(kind === 'Silence' ? { isEndless: true as const } : {}),
    })),
  ]),
  pretended('exit code 0 of a command that was never started', () => []),
  pretended('exit code 0, and the answer to another question', () => [frame(1, 'target 1\nend\n')]),
  pretended('exit code 0, and an answer on the wrong stream', () => [frame(2, 'target 1\nend\n')]),
  pretended('exit code 0, and half a head of a frame', () => [frameHead(1, 5).subarray(0, 3)]),
  pretended('exit code 0, and half a frame', () => [frame(1, 'target 1\nend\n').subarray(0, 12)]),
  pretended('exit code 0, and a frame of no kind', () => [frame(7, 'target 1\nend\n')]),
  pretended('exit code 0, and no frames', () => [Buffer.from('target 1\nend\n')]),
  pretended('a stream that says nothing and never ends', () => [], false),
  { name: 'no exit code', fates: { Inspect: ended(null) } },
  { name: 'a command that runs on for ever', fates: { Inspect: ended(null, true) } },
];

const PIECE = Buffer.alloc(64 * 1024, 'x');
const endless = (head: string): EngineFate => ({ kind: 'Endless', head, piece: PIECE, bytes: FLOOD_BYTES });
const JSON_HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2000000000\r\n\r\n{"Id":"';

function* oneFrame(kind: number): Generator<Buffer> {
  yield frameHead(kind, 2 ** 32 - 1);
  yield* repeated(PIECE, FLOOD_BYTES);
}

/** Each says 1 GiB. */
export const FLOODING_ANSWERS: readonly Answers[] = [
  pretended('1 GiB of stdout', () => repeated(frame(1, PIECE), FLOOD_BYTES)),
  pretended('1 GiB of stderr', () => repeated(frame(2, PIECE), FLOOD_BYTES)),
  pretended('1 GiB in one frame', () => oneFrame(1)),
  pretended('1 GiB of empty frames', () => repeated(Buffer.alloc(64 * 1024, frameHead(1, 0)), FLOOD_BYTES)),
  pretended('1 GiB that is no frames', () => repeated(PIECE, FLOOD_BYTES)),
  ...STEPS.flatMap((step) => [
    {
      name: `1 GiB of head of an answer to ${step}`,
      fates: { [step]: endless('HTTP/1.1 200 OK\r\nX-Long: ') },
    },
    { name: `1 GiB of an answer to ${step}`, fates: { [step]: endless(JSON_HEAD) } },
  ]),
];
