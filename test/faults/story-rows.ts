// The rows of RELIABILITY's matrix that are about kills and lost replies: from the calls of a story to its faults.
import type { DeedName, Disturbance, Fault, Point } from './boundaries.ts';
import { DEEDS, isPossible } from './deeds.ts';
import { pick, pickNumber, type Random } from './random.ts';
import type { StoryRow } from './row.ts';
import { typedErrorsOf } from './typed-errors.ts';

/** Longer than any command of the stories takes; milliseconds. */
const LONGEST_COMMAND_MS = 350;

/** At so many random moments a command in the workspace is met while it runs. */
const MOMENTS = 4;

const MOMENTS_OF_A_CALL = ['Before', 'After'] as const;

const deedNames = Object.keys(DEEDS) as DeedName[];

/** What a controller does that finds a story interrupted, whatever the story. */
const RECOVERY: readonly Point[] = [
  'kube.list workspaces',
  'kube.list workspaceplugins',
  'runtime.probe',
  'runtime.run look',
].map((name) => ({ name, occurrence: 1 }));

export const STORY_ROWS: readonly StoryRow[] = [
  {
    sort: 'Stories',
    number: 1,
    goal: 500,
    title: 'controller killed',
    faults: (calls, random) => kills(calls, random).map(alone),
  },
  {
    sort: 'Stories',
    number: 2,
    goal: 250,
    title: 'reply lost or late, each typed error',
    faults: (calls) => calls.flatMap((point) => troubles(point, calls)).map(alone),
  },
  {
    sort: 'Stories',
    number: 3,
    goal: 500,
    title: 'killed again while it recovers',
    faults: (calls, random) =>
      kills(calls, random).map((fault) => [fault, pick(random, kills(undone(fault, calls), random))]),
  },
  {
    sort: 'Stories',
    number: 4,
    goal: 60,
    title: 'target program killed',
    faults: (calls, random) =>
      calls.filter(isCommand).flatMap((point) => moments(point, 'KillCommand', random).map(alone)),
  },
  {
    sort: 'Stories',
    number: 8,
    goal: 300,
    title: 'leader stopped beyond its lease, or cut off from the API server',
    competes: true,
    faults: (calls) =>
      calls
        .filter(isOutside)
        .flatMap((point) => [
          ...MOMENTS_OF_A_CALL.map((moment) => disturbed(point, { kind: 'Stop', moment })),
          disturbed(point, { kind: 'Partition' }),
        ])
        .map(alone),
  },
  {
    sort: 'Stories',
    number: 9,
    goal: 100,
    title: 'object deleted, created anew or replaced; workspace gone',
    faults: (calls, _random, where) =>
      calls
        .filter(isOutside)
        .flatMap((point) =>
          deedNames
            .filter((deed) => isPossible(deed, where))
            .flatMap((deed) =>
              MOMENTS_OF_A_CALL.map((moment) => disturbed(point, { kind: 'Hold', moment, deed })),
            ),
        )
        .map(alone),
  },
];

/**
 * What is called again, or for the first time, by a controller that comes after one that was killed there: it looks, and goes on
 * with the commands that were not done by then. Each counts from one again.
 */
function undone({ name, occurrence, disturbance }: Fault, calls: readonly Point[]): readonly Point[] {
  const struck = calls.findIndex((call) => call.name === name && call.occurrence === occurrence);
  const isUndone = disturbance.kind === 'KillBefore' || disturbance.kind === 'KillInTransfer';
  const rest = calls.slice(isUndone ? struck : struck + 1);
  const commands = new Set(rest.filter((call) => isCommand(call)).map((call) => call.name));
  commands.delete('runtime.run look');
  return [...RECOVERY, ...[...commands].map((command) => ({ name: command, occurrence: 1 }))];
}

function kills(calls: readonly Point[], random: Random): readonly Fault[] {
  const around = calls.flatMap((point) =>
    (['KillBefore', 'KillAfter'] as const).map((kind) => ({ ...point, disturbance: { kind } })),
  );
  const within = calls
    .filter(isCommand)
    .flatMap((point) => [...transfers(point, random), ...moments(point, 'KillWhileRunning', random)]);
  return [...around, ...within];
}

/** A reply that is lost or late, and each typed error that the call may fail with. */
function troubles(point: Point, calls: readonly Point[]): readonly Fault[] {
  const errors = typedErrorsOf(point.name).filter(
    ({ reason }) => reason !== 'WorkspaceGone' || !removes(calls),
  );
  return [
    disturbed(point, { kind: 'LoseReply' }),
    disturbed(point, { kind: 'Late' }),
    ...errors.map((error) => disturbed(point, { kind: 'Fail', error })),
  ];
}

/** A workspace that is said to be gone needs no clean-up: its plugin then stays, and rightly so. */
function removes(calls: readonly Point[]): boolean {
  return calls.some(({ name }) => name === 'runtime.run remove');
}

/** Only an install is sent something long enough to be cut. */
function transfers(point: Point, random: Random): readonly Fault[] {
  if (!point.name.endsWith(' install')) return [];
  const share = Math.round(random() * 99) / 100;
  return [0.5, share].map((part) => disturbed(point, { kind: 'KillInTransfer', share: part }));
}

function moments(point: Point, kind: 'KillWhileRunning' | 'KillCommand', random: Random): readonly Fault[] {
  return Array.from({ length: MOMENTS }, () =>
    disturbed(point, { kind, afterMs: pickNumber(random, LONGEST_COMMAND_MS) }),
  );
}

/** What is done to the controller's own files concerns nobody else. */
export function isOutside({ name }: Point): boolean {
  return !name.startsWith('file.');
}

function isCommand({ name }: Point): boolean {
  return name.startsWith('runtime.run ');
}

function disturbed(point: Point, disturbance: Disturbance): Fault {
  return { ...point, disturbance };
}

function alone(fault: Fault): readonly Fault[] {
  return [fault];
}
