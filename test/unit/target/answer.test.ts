import { expect } from 'chai';
import fc from 'fast-check';
import { PermanentError, TransientError } from '../../../lib/errors.ts';
import { parseAnswer, type Answer } from '../../../lib/target/answer.ts';
import type { Batch } from '../../../lib/target/protocol.ts';

const HEX = 'ab'.repeat(32);
const MARKER =
  `{"revision":"${'1'.repeat(40)}","digest":"sha256:${HEX}","url":"local://d","version":"1 b",` +
  '"time":"2026-05-08T14:15:30Z","stamp":"20260508T141530Z-001"}';

function parse(lines: readonly string[], more: Partial<Batch> = {}): Answer {
  return parseText(['target 1', ...lines, 'end', ''].join('\n'), more);
}

function parseText(text: string, more: Partial<Batch> = {}): Answer {
  return parseAnswer(text, {
    ...{ kind: 'look', pluginsPath: '/p', time: new Date(0), seconds: 60, restarts: 'Workspace' },
    ...{
      ticket: { since: 1, transitions: 1, sequence: 1 },
      ...{ claim: undefined, former: undefined },
      operations: [],
      looks: [],
      list: true,
      mode: false,
    },
    ...more,
  });
}

function failure(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof PermanentError || error instanceof TransientError)
      return `${error.name} ${error.reason}`;
    throw error;
  }
  return 'no failure';
}

describe('an answer of the target program', () => {
  it('tells of a plugin all that was found', () => {
    const lines = [
      ...['plugin demo Marked', ` marker ${MARKER}`, ` manifest ${HEX}`, ' counts 1 12', ' tampered a b'],
      ...[' untracked c', ` snapshot 20260508T141530Z ${HEX} ${MARKER}`, ' snapshot 20200101T000000Z'],
    ];
    const look = parse(lines, { looks: ['demo'] }).looks.get('demo');
    const marker = JSON.parse(MARKER) as unknown;
    expect(look).to.deep.equal({
      ...{ state: 'Marked', marker, manifestDigest: `sha256:${HEX}` },
      ...{ tampered: { count: 1, first: ['a b'] }, untracked: { count: 12, first: ['c'] } },
      snapshots: [
        { stamp: '20260508T141530Z', marker, digest: `sha256:${HEX}` },
        { stamp: '20200101T000000Z', marker: undefined, digest: undefined },
      ],
      todo: undefined,
    });
  });

  it('takes a marker of a wrong shape for none', () => {
    const lines = ['plugin demo Marked', ' marker {"revision":"HEAD"}', ` manifest ${HEX}`, ' counts 0 0'];
    const look = parse(lines, { looks: ['demo'] }).looks.get('demo');
    expect(look).to.include({ state: 'Unmarked', marker: undefined });
  });

  it('gives folders sorted, how trees are swapped, and whether something is left over', () => {
    const answer = parse(['folder b', 'folder a', 'leftovers', 'mode Rename'], { mode: true });
    expect(answer).to.deep.include({ folders: ['a', 'b'], swapMode: 'Rename', leftovers: true });
  });

  it('tells what was left behind of at most a hundred plugins, and of nothing that is none', () => {
    const lines = Array.from({ length: 300 }, (_, nth) => [`uncleaned p${nth} it`, `uncleaned X${nth} it`]);
    const { uncleaned } = parse(lines.flat());
    expect([...uncleaned.keys()]).to.deep.equal(Array.from({ length: 100 }, (_, nth) => `p${nth}`));
  });

  it('shows control, bidi and undecodable characters as ?', () => {
    const answer = parse(['folder a\u0007\u202e\ufffdb']);
    expect(answer.folders).to.deep.equal(['a???b']);
  });

  for (const [reason, kind] of Object.entries({
    ...{ TargetToolMissing: 'PermanentError', NotWritable: 'PermanentError', StaleTicket: 'TransientError' },
    ...{ NoSpace: 'TransientError', Locked: 'TransientError', Invented: 'TransientError' },
  })) {
    it(`passes on a refusal for ${reason}`, () => {
      const expected = reason === 'Invented' ? 'InvalidAnswer' : reason;
      expect(failure(() => parse([`refused ${reason} some words`]))).to.equal(`${kind} ${expected}`);
    });
  }

  const garbage: Readonly<Record<string, readonly string[]>> = {
    'an unknown line': ['hello'],
    'a detail of no plugin': [' counts 0 0'],
    'an unknown state': ['plugin demo Fine'],
    'a plugin that nobody asked about': ['plugin other Absent'],
    'a plugin twice': ['plugin demo Absent', 'plugin demo Absent'],
    'a count that is no number': ['plugin demo Unmarked', ' counts x 0'],
    'more paths than counted': ['plugin demo Unmarked', ' counts 0 0', ' tampered a'],
    'a hash that is none': ['plugin demo Unmarked', ' manifest abc'],
    'a result nobody waits for': ['result 1 done Kept -'],
    'more folders than it may name': Array.from({ length: 1_001 }, (_, nth) => `folder ${nth}`),
    'a name that no folder has': [`folder ${'x'.repeat(256)}`],
    'a snapshot without a stamp': ['plugin demo Absent', ' snapshot ../..'],
  };
  for (const [what, lines] of Object.entries(garbage)) {
    it(`refuses ${what}`, () => {
      expect(failure(() => parse(lines))).to.equal('TransientError InvalidAnswer');
    });
  }

  it('refuses one that is cut short at any byte', () => {
    const whole = ['target 1', 'folder a', 'end', ''].join('\n');
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      expect(failure(() => parseText(cut))).to.equal('TransientError InvalidAnswer');
    }
  });

  it('never fails in another way, whatever a workspace says', () => {
    const word = fc.constantFrom(
      'plugin',
      ' marker',
      'result',
      ' counts',
      'demo',
      'Marked',
      '0',
      '1',
      MARKER,
      HEX,
    );
    const line = fc.array(fc.oneof(word, fc.string()), { maxLength: 5 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        expect(failure(() => parse(lines))).to.match(/^(no failure|(Permanent|Transient)Error [A-Za-z]+)$/);
      }),
    );
  });
});
