// Fleets of growing size: apply until all are Ready, push until all have it, start again.
import { say } from '../support/table.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Bed } from './bed.ts';
import { countsBetween, readCounts, untilQuiet, type Counts } from './counts.ts';
import { Fleet, type Course } from './fleet.ts';
import { measureFloors, type Floors } from './floors.ts';
import type { PlaceKind } from './place.ts';
import type { Product } from './product.ts';

export interface Size {
  readonly kind: PlaceKind;
  readonly workspaces: number;
}

/** One thing that was done to a fleet, and what it cost. */
export interface Phase {
  readonly floors: Floors;
  readonly course: Course;
  readonly counts: Counts;
}

export interface Scaled extends Size {
  readonly plugins: number;
  readonly applied: Phase;
  readonly pushed: readonly Phase[];
  /** Resident memory of the controller with nothing declared, and at its most; bytes. */
  readonly memory: { readonly emptyBytes: number; readonly mostBytes: number };
  readonly restart: Restart;
  /** Warnings and errors in the logs. */
  readonly problems: readonly string[];
}

export interface Restart {
  /** From the start of the process until every plugin was visited. */
  readonly ms: number;
  readonly counts: Counts;
  readonly mostBytes: number;
}

const PUSHES = 3;
const CHECKED_MS = 300_000;

export async function measureScale(bed: Bed, size: Size): Promise<Scaled> {
  await using fleet = await Fleet.open(bed, { ...size, name: `${size.kind}-${size.workspaces}` });
  const title = `${size.kind}, ${fleet.size} plugins`;
  await fleet.commit('1.0.0');
  const product = await fleet.start();
  const { bytes: emptyBytes } = await product.memory();
  say(`${title}: apply`);
  const applied = await phase({ bed, fleet, product, restarts: true }, () => fleet.apply());
  const pushed: Phase[] = [];
  for (let push = 1; push <= PUSHES; push += 1) {
    say(`${title}: push ${push} of ${PUSHES}`);
    pushed.push(await phase({ bed, fleet, product, restarts: false }, () => fleet.push(`1.${push}.0`)));
  }
  const { mostBytes } = await product.memory();
  const { problems } = await product.work();
  await product.stop();
  say(`${title}: start again`);
  const restart = await startAgain(bed, fleet);
  const memory = { emptyBytes, mostBytes };
  return { ...size, plugins: fleet.size, applied, pushed, memory, restart, problems };
}

interface Stage {
  readonly bed: Bed;
  readonly fleet: Fleet;
  readonly product: Product;
  /** Whether the floor has restarts: only as long as nothing is declared, as a controller would come to look after them. */
  readonly restarts: boolean;
}

async function phase({ bed, fleet, product, restarts }: Stage, work: () => Promise<Course>): Promise<Phase> {
  const floors = await measureFloors(bed, fleet, { restarts });
  const before = await readCounts(bed, product);
  const course = await work();
  await untilQuiet(bed);
  return { floors, course, counts: countsBetween(before, await readCounts(bed, product)) };
}

async function startAgain(bed: Bed, fleet: Fleet): Promise<Restart> {
  const start = performance.now();
  const product = await fleet.start();
  const before = { ...(await readCounts(bed, product)), looks: 0, changes: 0, others: 0 };
  await waitFor(
    'a visit of every plugin',
    async () => (await product.work()).visited.size === fleet.size,
    CHECKED_MS,
  );
  const ms = performance.now() - start;
  await untilQuiet(bed);
  const after = await readCounts(bed, product);
  const { mostBytes } = await product.memory();
  await product.stop();
  return { ms, counts: countsBetween(before, after), mostBytes };
}
