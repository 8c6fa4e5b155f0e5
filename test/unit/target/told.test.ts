import { expect } from 'chai';
import { TransientError } from '../../../lib/errors.ts';
import type { Found } from '../../../lib/target/exchange.ts';
import type { Look, Todo } from '../../../lib/target/target.ts';
import { JustTold } from '../../../lib/target/told.ts';
import { look } from '../builders.ts';

const START = new Date('2026-05-08T12:00:00Z');
const DUE = { digest: undefined, reload: 'Restart', steps: ['Restart'], failed: undefined } as const;

type Todos = Readonly<Record<string, Todo | undefined>>;

describe('what the workspace has just said under its lock', () => {
  let told: JustTold;

  beforeEach(() => {
    told = new JustTold();
  });

  const known = (ms: number) => [...told.looks(['a', 'b'], new Date(START.getTime() + ms)).keys()];

  it('counts for a moment from before it was asked, and not once the clock was set back', () => {
    told.note(found('change', { a: DUE, b: undefined, c: DUE }));
    expect([known(0), known(10_000), known(10_001), known(-1)]).to.deep.equal([
      ...[['a', 'b'], ['a', 'b'], [], []],
    ]);
    expect(told.looks(['a'], START).get('a')?.plugin.todo).to.deep.equal(DUE);
  });

  it('counts beside what is said of others later, and for nothing once a change has failed', () => {
    told.note(found('change', { a: DUE }));
    told.note(found('change', { b: undefined }));
    expect(known(0)).to.deep.equal(['a', 'b']);
    told.note({
      ...found('change', { b: undefined }),
      results: [{ ok: false, error: new TransientError('NoSpace', 'the disk is full') }],
    });
    expect(known(0)).to.deep.equal([]);
  });

  it('is not what a look finds, which only says what does not hold any more', () => {
    told.note(found('look', { a: DUE }));
    expect(known(0)).to.deep.equal([]);
    told.note(found('change', { a: DUE, b: DUE }));
    told.note(found('look', { a: { ...DUE, isStarted: true }, b: DUE }));
    expect(known(0)).to.deep.equal(['b']);
    told.note(found('change', { a: undefined }));
    told.note(found('look', { a: DUE }));
    expect(known(0)).to.deep.equal(['b']);
  });

  it('can be forgotten', () => {
    told.note(found('change', { a: DUE }));
    told.forget();
    expect(known(0)).to.deep.equal([]);
  });
});

function found(kind: Found['kind'], todos: Todos): Found {
  const looks = Object.entries(todos).map(([name, todo]): [string, Look] => [
    name,
    { time: START, plugin: { ...look(), todo } },
  ]);
  return { kind, results: [], uncleaned: new Map(), looks: new Map(looks), listing: undefined };
}
