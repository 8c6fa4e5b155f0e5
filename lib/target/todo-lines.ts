// What is still due for a plugin, as the target program says it.
import { invalid, MAX_MESSAGE, oneOf, printable, splitOnce, toDigest } from './lines.ts';
import type { ReloadClass, Step, Todo } from './todo.ts';

const CLASSES: readonly ReloadClass[] = ['HotReload', 'Restart'];
const STEPS: readonly Step[] = ['Restart', 'HealthCheck'];

/**
 * `<hex digest or -> <reload class> <restart 0|1|2> <health check 0|1>`; a restart of 2 has happened, and is to be proven.
 * @throws TransientError `InvalidAnswer`
 */
export function parseTodo(rest: string, line: string): Todo {
  const [, hex = '', word = '', restart, check] =
    /^(-|[0-9a-f]{64}) ([A-Za-z]+) ([012]) ([01])$/.exec(rest) ?? [];
  const [first, ...others] = STEPS.filter((step) => (step === 'Restart' ? restart : check) !== '0');
  if (first === undefined) throw invalid('nothing is due', line);
  return {
    digest: hex === '-' ? undefined : toDigest(hex, line),
    reload: oneOf(CLASSES, word, line),
    steps: [first, ...others],
    ...(restart === '2' ? { isStarted: true } : {}),
    failed: undefined,
  };
}

/** @param rest `<step> <words>` @throws TransientError `InvalidAnswer` for a step that is not the next */
export function withFailure(todo: Todo | undefined, rest: string, line: string): Todo {
  const [step, words] = splitOnce(rest);
  if (todo?.steps[0] !== step) throw invalid('a step has failed that is not due', line);
  return { ...todo, failed: { step: todo.steps[0], message: printable(words).slice(0, MAX_MESSAGE) } };
}
