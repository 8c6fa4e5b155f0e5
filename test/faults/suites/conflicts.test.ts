// Row 7: half of the writes are refused with 409, as others edit the same objects: nothing of theirs is lost.
import { expect } from 'chai';
import type { Asked } from '../api/line.ts';
import { Proxied } from '../api/proxied.ts';
import type { Fate } from '../fate.ts';
import { createRandom } from '../random.ts';
import { suiteCases, suiteSeed, tried } from '../tried.ts';
import { Fleet, declareKinds } from './fleet.ts';
import { ForeignEditor } from './foreign-edits.ts';

/** Objects that change at the same time; each change is a case. */
const SIZE = 25;
const CASES = 150;

/** In each change of an object; then its writes are refused without an edit. */
const MAX_EDITS = 4;

/**
 * A change takes at most two writes, each edit asks for one more, and each is refused once; twice that, as on a busy machine
 * some meet a view that lags behind by itself.
 */
const MAX_ATTEMPTS = 2 * 2 * (2 + MAX_EDITS);

const SEED = suiteSeed();
/** Of an object that is there: its finalizer, its status. */
const WRITES: ReadonlySet<string> = new Set(['PATCH', 'PUT']);
const PLUGIN = /\/workspaceplugins\/([^/]+)/;
const CONFLICT = JSON.stringify({ kind: 'Status', status: 'Failure', reason: 'Conflict', code: 409 });

describe('row 7: writes that conflict', () => {
  let bed: Proxied;
  let fleet: Fleet;
  let editor: ForeignEditor;
  /** In the change under way, by object. */
  const attempts = new Map<string, number>();
  let refused = 0;
  let taken = 0;

  before(async function () {
    this.timeout(600_000);
    process.stderr.write(`seed ${SEED}\n`);
    bed = await Proxied.start();
    await declareKinds(bed);
    fleet = await Fleet.open(bed, 'row-7', SIZE);
    editor = new ForeignEditor(createRandom(SEED));
    fleet.line.onRequest = conflict;
    fleet.line.onWritten = ({ method, path }, code) => {
      if (!WRITES.has(method) || !PLUGIN.test(path)) return;
      if (code === 409) refused += 1;
      else taken += 1;
    };
  });

  after(async function () {
    this.timeout(60_000);
    await fleet.close();
    await bed.close();
  });

  it('are repeated, a bounded number of times, and take nothing of others away', async function () {
    this.timeout(20 * 60_000);
    const changes = [update, remove, install];
    for (let cases = 0; cases < suiteCases(CASES); cases += SIZE) {
      attempts.clear();
      await changes[(cases / SIZE) % changes.length]?.();
      await fleet.converge();
      for (const object of await fleet.list()) editor.expectKept(object);
      for (const [name, count] of attempts) expect(count, name).to.be.at.most(MAX_ATTEMPTS);
      tried(SIZE);
    }
    expect(refused).to.be.within(taken * 0.5, taken * 1.5);
    expect(await fleet.writesWhenQuiet()).to.equal(0);
  });

  const update = (): Promise<unknown> => Promise.all(fleet.names.map((name) => fleet.declare(name, 'two')));

  const remove = (): Promise<unknown> => Promise.all(fleet.names.map((name) => fleet.remove(name)));

  /** What was held back by others is let go first. */
  async function install(): Promise<void> {
    const held = (await fleet.list()).map(({ metadata }) => metadata.name);
    await Promise.all(held.map((name) => fleet.touch(name, { metadata: { finalizers: [] } })));
    for (const name of fleet.names) editor.forget(name);
    await Promise.all(fleet.names.map((name) => fleet.declare(name, 'three')));
  }

  /** Every second write of an object comes too late: by an edit of somebody else, else by the server's word. */
  async function conflict({ method, path }: Asked): Promise<Fate> {
    const name = PLUGIN.exec(path)?.[1];
    if (!WRITES.has(method) || name === undefined) return { kind: 'Pass' };
    const count = (attempts.get(name) ?? 0) + 1;
    attempts.set(name, count);
    if (count % 2 === 0) return { kind: 'Pass' };
    if (count > 2 * MAX_EDITS) {
      refused += 1;
      return { kind: 'Answer', code: 409, body: CONFLICT };
    }
    const object = await fleet.find(name);
    if (object !== undefined) await fleet.touch(name, editor.edit(object));
    return { kind: 'Pass' };
  }
});
