// The lines of the table that a fleet gives: each beside its floor and its goal.
import { latenciesOf, showLatencies, showMiB, showMs, showSpread, spreadOf } from './figures.ts';
import type { Floors } from './floors.ts';
import { limitResult, ratioResult, type Result } from './result.ts';
import type { Phase, Scaled } from './scale.ts';

/** The sizes at which there are goals. */
const JUDGED = { directory: 1_000, docker: 200 } as const;

const MOST_TIMES_THE_FLOOR = 2;
const MEMORY_LIMIT = { value: 200_000_000, shown: '200 MB' };

/** Level or falling, but for what one run differs from another. */
const LEVEL = { value: 1.1, shown: '1.10' };

export function resultsOf(scaled: Scaled): readonly Result[] {
  const { applied, pushed, plugins, problems } = scaled;
  const isJudged = plugins === JUDGED[scaled.kind];
  const context = { scaled, section: `${scaled.kind} ${plugins}`, isJudged };
  const problem = {
    section: context.section,
    what: 'warnings in the log',
    figure: String(problems.length),
    raw: { first: problems.slice(0, 5) },
  };
  return [
    timed(context, {
      what: 'apply → all Ready',
      phases: [applied],
      floorOf: applyFloor,
      restartsOf: applyRestarts,
    }),
    timed(context, { what: 'push → all have it', phases: pushed, floorOf: pushFloor }),
    // The objects themselves were written by us, as was the one annotation of each push.
    counted(context, { what: 'install', phases: [applied], notOurs: plugins, goal: 2 }),
    counted(context, { what: 'update', phases: pushed, notOurs: 1, goal: 1 }),
    memory(context),
    restarted(context),
    limitResult(problem, problems.length, { value: 0, shown: '0' }),
  ];
}

/** Across sizes: what one plugin costs must not grow with their number. */
export function growthOf(all: readonly Scaled[]): readonly Result[] {
  const [least, ...more] = [...all].sort((a, b) => a.plugins - b.plugins);
  const most = more.at(-1);
  if (least === undefined || most === undefined) return [];
  const of: Readonly<Record<string, (scaled: Scaled) => number>> = {
    'apply, time a plugin': ({ applied, plugins }) => applied.course.totalMs / plugins,
    'push, time a plugin': ({ pushed, plugins }) => medianOf(pushed) / plugins,
    'memory a plugin': ({ memory: { mostBytes, emptyBytes }, plugins }) =>
      (mostBytes - emptyBytes) / 1024 / plugins,
  };
  return Object.entries(of).map(([what, value]) => {
    const unit = what.startsWith('memory') ? 'KiB' : 'ms';
    const shown = [least, ...more].map((one) => `${one.plugins}: ${value(one).toFixed(1)} ${unit}`);
    const floor = `${value(least).toFixed(1)} ${unit} at ${least.plugins}`;
    const growth = { section: `${least.kind}, growth`, what, figure: shown.join(', '), floor, raw: {} };
    return ratioResult(growth, value(most) / value(least), LEVEL.value);
  });
}

interface Context {
  readonly scaled: Scaled;
  readonly section: string;
  readonly isJudged: boolean;
}

type FloorOf = (scaled: Scaled, floors: Floors) => number;

interface Timed {
  readonly what: string;
  readonly phases: readonly Phase[];
  readonly floorOf: FloorOf;
  /** What of the floor goes into restarts; default: nothing. */
  readonly restartsOf?: FloorOf;
}

/** Nobody can do without creating, holding and reporting each object, one look and one change a workspace, a fetch. */
const applyFloor: FloorOf = (scaled, floors) => {
  const { plugins, workspaces } = scaled;
  const { emptyMs, commandMs, writeMs, fetchMs } = floors;
  const commands = workspaces * (emptyMs + commandMs);
  return commands + (3 * plugins + 2 * workspaces) * writeMs + fetchMs + applyRestarts(scaled, floors);
};

/** Nor without restarting each container: an agent takes up a first install only when it is started again. */
const applyRestarts: FloorOf = ({ workspaces }, { restartMs = 0 }) => workspaces * restartMs;

/** One change a workspace, one report of each object, a fetch. */
const pushFloor: FloorOf = ({ plugins, workspaces }, { commandMs, writeMs, fetchMs }) =>
  workspaces * commandMs + plugins * writeMs + fetchMs;

function timed({ scaled, section, isJudged }: Context, { what, phases, floorOf, restartsOf }: Timed): Result {
  const total = spreadOf(phases.map(({ course }) => course.totalMs));
  const each = latenciesOf(phases.flatMap(({ course }) => course.eachMs));
  const floors = phases.map((phase) => floorOf(scaled, phase.floors));
  const floor = spreadOf(floors);
  const restartsMs = spreadOf(phases.map((phase) => restartsOf?.(scaled, phase.floors) ?? 0)).median;
  const ratios = phases.map(({ course }, index) => course.totalMs / (floors[index] ?? Number.NaN));
  const figure = `${showSpread(total)}; ${showLatencies(each)}`;
  const raw = { total, each, floor, restartsMs, ratios, floors: phases.map((phase) => phase.floors) };
  const shown = `${showSpread(floor)}${restartsMs > 0 ? `, of which restarts ${showMs(restartsMs)}` : ''}`;
  return ratioResult(
    { section, what, figure, floor: shown, raw },
    spreadOf(ratios).median,
    isJudged ? MOST_TIMES_THE_FLOOR : undefined,
  );
}

function counted(
  { scaled: { plugins, workspaces }, section, isJudged }: Context,
  phase: { what: string; phases: readonly Phase[]; notOurs: number; goal: number },
): Result {
  const all = phase.phases.map(({ counts }) => counts);
  const mean = (count: (counts: Phase['counts']) => number): number =>
    all.reduce((sum, counts) => sum + count(counts), 0) / all.length;
  const writes = mean((counts) => counts.workspaceplugins - phase.notOurs) / plugins;
  const commands = mean(({ looks, changes, others }) => looks + changes + others) / workspaces;
  const [questions, fetches] = [mean((counts) => counts.questions), mean((counts) => counts.fetches)];
  const events = mean((counts) => counts.events) / plugins;
  const figure =
    `${writes.toFixed(2)} writes and ${events.toFixed(2)} Events a plugin, ${commands.toFixed(2)} commands a workspace, ` +
    `${questions.toFixed(1)} questions and ${fetches.toFixed(1)} fetches in all`;
  const line = { section, what: `${phase.what}: cost`, figure, raw: { counts: all } };
  // The push has one answer to its annotation besides.
  const goal = isJudged ? { value: phase.goal + 2 / plugins, shown: `${phase.goal} writes` } : undefined;
  return limitResult(line, writes, goal);
}

function memory({ scaled, section, isJudged }: Context): Result {
  const { mostBytes, emptyBytes } = scaled.memory;
  const each = (mostBytes - emptyBytes) / scaled.plugins / 1024;
  const figure = `${showMiB(mostBytes)}: ${showMiB(emptyBytes)} with nothing declared, and ${each.toFixed(0)} KiB a plugin`;
  const line = { section, what: 'memory, at its most', figure, raw: scaled.memory };
  return limitResult(line, mostBytes, isJudged ? MEMORY_LIMIT : undefined);
}

function restarted({ scaled, section }: Context): Result {
  const { ms, counts, mostBytes } = scaled.restart;
  const { workspaceplugins, workspaces, events } = counts;
  const writes = workspaceplugins + workspaces + events;
  const figure = `${showMs(ms)} until all are checked; ${writes} writes, ${counts.looks} looks, ${showMiB(mostBytes)}`;
  const line = { section, what: 'start again', figure, raw: { ms, counts, mostBytes } };
  return limitResult(line, writes, { value: 0, shown: '0 writes' });
}

function medianOf(phases: readonly Phase[]): number {
  return spreadOf(phases.map(({ course }) => course.totalMs)).median;
}
