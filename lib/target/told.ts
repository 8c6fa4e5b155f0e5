// What the workspace has just said under its lock: for a moment as good as another answer.
import type { Found } from './exchange.ts';
import type { Look } from './target.ts';

/** Counted from before it was asked, so that nobody who was stopped meanwhile takes it for new; milliseconds. */
const MOMENT_MS = 10_000;

/**
 * A change, or the record of a restart, had the newest ticket, and the lock until its end; and a session asks one thing after
 * the other. So only others can have come in between. Another leader begins once our term is over, which is checked right
 * before a restart in any case. Somebody else's restart begins another run of the workspace: the platform is asked for that
 * (steps.ts). Where something has failed since, or a reply was lost, nothing is known.
 */
export class JustTold {
  readonly #looks = new Map<string, Look>();

  /** A command has just ended. One that holds no lock only says what does not hold any more. */
  note({ kind, results, looks }: Found): void {
    if (!results.every(({ ok }) => ok)) {
      this.forget();
      return;
    }
    for (const [plugin, look] of looks) {
      if (kind === 'change') this.#looks.set(plugin, look);
      else if (isRestartDue(look) !== isRestartDue(this.#looks.get(plugin))) this.#looks.delete(plugin);
    }
  }

  forget(): void {
    this.#looks.clear();
  }

  /** Of a clock that was set back nothing can be said. */
  looks(plugins: readonly string[], now: Date): ReadonlyMap<string, Look> {
    const ageMs = ({ time }: Look): number => now.getTime() - time.getTime();
    const isNew = (look: Look): boolean => ageMs(look) >= 0 && ageMs(look) <= MOMENT_MS;
    return new Map([...this.#looks].filter(([name, look]) => plugins.includes(name) && isNew(look)));
  }
}

export function isRestartDue(look: Look | undefined): boolean {
  const todo = look?.plugin.todo;
  return todo?.steps[0] === 'Restart' && todo.isStarted !== true;
}
