import { expect } from 'chai';
import { TransientError } from '../../../lib/errors.ts';
import { parseTodo, withFailure } from '../../../lib/target/todo-lines.ts';

const HEX = 'ab'.repeat(32);

function refused(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof TransientError) return error.reason;
    throw error;
  }
  return 'nothing';
}

describe('what is still due, as the target program says it', () => {
  it('is of a digest, or of a removal, with its steps in order', () => {
    expect(parseTodo(`${HEX} Restart 1 1`, '')).to.deep.equal({
      ...{ digest: `sha256:${HEX}`, reload: 'Restart', steps: ['Restart', 'HealthCheck'] },
      failed: undefined,
    });
    expect(parseTodo('- HotReload 1 0', '')).to.deep.include({ digest: undefined, steps: ['Restart'] });
    expect(parseTodo(`${HEX} HotReload 0 1`, '').steps).to.deep.equal(['HealthCheck']);
    expect(parseTodo(`${HEX} Restart 2 1`, '')).to.deep.equal({
      ...{ digest: `sha256:${HEX}`, reload: 'Restart', steps: ['Restart', 'HealthCheck'] },
      ...{ isStarted: true, failed: undefined },
    });
  });

  it('may tell why the next step has failed, in printable words', () => {
    const todo = parseTodo(`${HEX} Restart 0 1`, '');
    const failed = { step: 'HealthCheck', message: `exit code 1: a?${'x'.repeat(585)}` };
    expect(withFailure(todo, `HealthCheck exit code 1: a\u202e${'x'.repeat(900)}`, '').failed).to.deep.equal(
      failed,
    );
  });

  for (const line of [
    ...['', `${HEX} Restart 0 0`, `${HEX} Restart 1`, `${HEX} Reboot 1 0`, `x${HEX} Restart 1 0`],
    ...[`${HEX.slice(1)} Restart 1 0`, `${HEX} Restart 3 0`, `-- Restart 1 0`, `- Restart 1 0 `],
  ]) {
    it(`is not ${JSON.stringify(line)}`, () => {
      expect(refused(() => parseTodo(line, line))).to.equal('InvalidAnswer');
    });
  }

  it('has no failure of a step that is not the next, or that is none', () => {
    const todo = parseTodo(`${HEX} Restart 1 1`, '');
    for (const [known, rest] of [
      [todo, 'HealthCheck x'],
      [todo, 'Reboot x'],
      [todo, ''],
      [undefined, 'Restart x'],
    ] as const) {
      expect(refused(() => withFailure(known, rest, ''))).to.equal('InvalidAnswer');
    }
  });
});
