// Row 5: a controller whose view of the objects is stale, gapped or out of order never acts against what the server has.
import { expect } from 'chai';
import { isRecord } from '../../../lib/kube/failures.ts';
import { isEqual } from '../../../lib/reconcile/status.ts';
import type { Line } from '../api/line.ts';
import { Proxied } from '../api/proxied.ts';
import { createRandom, pick, shuffle, type Random } from '../random.ts';
import { suiteCases, suiteSeed, tried } from '../tried.ts';
import { Fleet, VERSIONS, declareKinds, type Version } from './fleet.ts';

/** Objects that change at the same time; each change is a case. */
const SIZE = 50;
const CASES_EACH = 200;

/** After this a watch that ends is followed by a list; a little more than the controller's own; milliseconds. */
const RESYNC_MS = 31 * 60_000;

const SEED = suiteSeed();

/** Of an object that is there: its finalizer, its status. */
const WRITES: ReadonlySet<string> = new Set(['PATCH', 'PUT']);

/** The view is disturbed from the first call until the second. */
type Disturbance = (line: Line, random: Random) => () => void;

const DISTURBANCES: Readonly<Record<string, Disturbance>> = {
  'events that are dropped': (line, random) => {
    line.onEvent = (text) => (isBookmark(text) || random() < 0.3 ? [text] : []);
    return () => undefined;
  },
  'events that come twice': (line) => {
    line.onEvent = (text) => [text, text];
    return () => undefined;
  },
  'events that come out of order': (line, random) => {
    const held: string[] = [];
    line.onEvent = (text) => {
      if (random() < 0.4) {
        held.push(text);
        return [];
      }
      return [text, ...shuffle(random, held.splice(0))];
    };
    return () => {
      for (const watch of line.watches) for (const text of held.splice(0)) watch.send(text);
    };
  },
  'lists that are stale': (line, random) => {
    let left = 6;
    line.onRequest = ({ method, isWatch }) => {
      if (method !== 'GET' || isWatch || (left -= 1) < 0) return { kind: 'Pass' };
      return { kind: random() < 0.8 ? 'Stale' : 'Reset' };
    };
    for (const watch of line.watches) watch.reset();
    return () => {
      for (const watch of line.watches) watch.reset();
    };
  },
};

describe('row 5: views that are stale', () => {
  let bed: Proxied;
  let fleet: Fleet;
  let broken: string[];
  let fleets = 0;

  before(async function () {
    this.timeout(600_000);
    process.stderr.write(`seed ${SEED}\n`);
    bed = await Proxied.start();
    await declareKinds(bed);
  });

  beforeEach(async function () {
    this.timeout(300_000);
    fleet = await Fleet.open(bed, `row-5-${(fleets += 1)}`, SIZE);
    broken = [];
    fleet.line.onWritten = ({ method, path }, code, sent, answer) => {
      if (WRITES.has(method) && code === 200) broken.push(...offences(path, sent, answer));
    };
  });

  afterEach(async function () {
    this.timeout(60_000);
    await fleet.close();
  });

  after(() => bed.close());

  for (const [name, disturb] of Object.entries(DISTURBANCES)) {
    it(`acts on the objects as they are, after ${name}`, async function () {
      this.timeout(20 * 60_000);
      // How many events come depends on the moment; what is changed must not depend on that.
      const [random, events] = [createRandom(SEED), createRandom(SEED + 1)];
      await inRounds(async () => {
        const undo = disturb(fleet.line, events);
        await Promise.all(fleet.names.map((one) => change(one, random)));
        fleet.line.heal();
        undo();
        resync();
      });
    });
  }

  it('acts on the objects as they are, after they were deleted and made again between two lists', async function () {
    this.timeout(20 * 60_000);
    const random = createRandom(SEED);
    await inRounds(async () => {
      fleet.line.onRequest = ({ method }) => (method === 'GET' ? { kind: 'Reset' } : { kind: 'Pass' });
      for (const watch of fleet.line.watches) watch.reset();
      await Promise.all(fleet.names.map((one) => fleet.replace(one, pick(random, VERSIONS))));
      fleet.line.heal();
    });
  });

  /** @param disturb changes every object once, and is over */
  async function inRounds(disturb: () => Promise<void>): Promise<void> {
    for (let cases = 0; cases < suiteCases(CASES_EACH); cases += SIZE) {
      await disturb();
      await fleet.converge();
      expect(broken).to.deep.equal([]);
      tried(SIZE);
    }
    expect(await fleet.writesWhenQuiet()).to.equal(0);
  }

  /** The moment at which the server ends its watches, long after the last list. */
  function resync(): void {
    fleet.clock.leap(RESYNC_MS);
    for (const watch of fleet.line.watches) watch.end();
  }

  async function change(name: string, random: Random): Promise<void> {
    const [version, dice]: [Version, number] = [pick(random, VERSIONS), random()];
    const known = await fleet.find(name);
    if (known === undefined || (dice < 0.6 && known.metadata.deletionTimestamp === undefined)) {
      await fleet.declare(name, version);
    } else if (dice < 0.8) {
      await fleet.remove(name);
    } else {
      await fleet.replace(name, version);
    }
  }
});

function isBookmark(text: string): boolean {
  return text.startsWith('{"type":"BOOKMARK"');
}

/**
 * What is wrong with a write that the server took: it must name the object and the version it was made for, and, where it
 * tells of a spec, be made for that.
 */
function offences(path: string, sent: string, answer: string): readonly string[] {
  const [write, object] = [sent, answer].map((text): unknown => JSON.parse(text));
  const [meant, is] = [fieldsOf(write, 'metadata'), fieldsOf(object, 'metadata')];
  const found: string[] = [];
  if (typeof meant['resourceVersion'] !== 'string') found.push(`${path}: named no version`);
  if (meant['uid'] !== is['uid']) found.push(`${path}: ${String(meant['uid'])} was meant`);
  const [spec, status] = [fieldsOf(object, 'spec'), fieldsOf(object, 'status')];
  if (isRecord(write) && 'spec' in write && !isEqual(write['spec'], spec))
    found.push(`${path}: made for another spec`);
  const isCurrent = status['observedGeneration'] === is['generation'];
  const approved = fieldsOf(status, 'approved')['url'];
  const wanted = fieldsOf(spec, 'source')['url'];
  if (isCurrent && isReady(status['conditions']) && approved !== wanted)
    found.push(`${path}: says that it is Ready with ${String(approved)} where ${String(wanted)} is wanted`);
  return found;
}

function isReady(conditions: unknown): boolean {
  if (!Array.isArray(conditions)) return false;
  return conditions.some(
    (one: unknown) => isRecord(one) && one['type'] === 'Ready' && one['status'] === 'True',
  );
}

function fieldsOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  const found = isRecord(value) ? value[name] : undefined;
  return isRecord(found) ? found : {};
}
