// A workspace in memory with one plugins folder, and what is still due after a change of it.
import type { Candidate } from '../../../controller/workspace-plugin/observed.ts';
import type { Clock } from '../../../lib/clock.ts';
import type {
  Afterwards,
  Change,
  CheckRequest,
  InstallRequest,
  Look,
  LookedPlugin,
  ReloadClass,
  RemoveRequest,
  RestoreRequest,
  Session,
  SettleRequest,
  Step,
  Todo,
} from '../../../lib/target/target.ts';
import type { FakeKube } from '../../contract/fake-kube.ts';
import { look, markerOf, snapshotOf } from '../builders.ts';

export class FakePlace implements Session {
  readonly instance = 'run-1';
  plugin: LookedPlugin = look();
  folders: readonly string[] = [];
  /** What is thrown by the named call; `reach` for the way to the workspace. */
  readonly failures = new Map<string, Error>();
  readonly calls: string[] = [];
  /** What was to be looked at with the last list. */
  beside: readonly string[] | undefined;
  /** Of every change from now on. */
  reload: ReloadClass = 'HotReload';
  /** What the named step says when it fails; a step that is not named passes. */
  readonly verdicts = new Map<Step, string>();
  /** How many writes the API server had seen when the workspace was changed first. */
  writesBeforeEffect: number | undefined;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #kube: FakeKube;

  constructor(clock: Pick<Clock, 'now'>, kube: FakeKube) {
    this.#clock = clock;
    this.#kube = kube;
  }

  async reach(): Promise<{ session: Session; instance: string }> {
    await this.#fail('reach');
    return { session: this, instance: this.instance };
  }

  async look(): ReturnType<Session['look']> {
    await this.#called('look');
    return { time: this.#clock.now(), plugin: this.plugin };
  }

  async list({ beside }: Parameters<Session['list']>[0]): ReturnType<Session['list']> {
    this.beside = beside;
    await this.#called('list');
    return { time: this.#clock.now(), swapMode: 'Exchange', folders: this.folders };
  }

  async install({ bundle, untracked, afterwards }: InstallRequest): Promise<Change> {
    await this.#effect('install', `${bundle.version} ${untracked}`);
    return this.#change('Installed', { ...bundle, ref: '', time: undefined }, afterwards);
  }

  async restore({ revision, digest, version, afterwards }: RestoreRequest): Promise<Change> {
    await this.#effect('restore', version);
    return this.#change('Restored', { revision, digest, version, ref: '', time: undefined }, afterwards);
  }

  async remove({ afterwards }: RemoveRequest): Promise<Change> {
    await this.#effect('remove', '');
    const due = afterwards === undefined ? undefined : { ...afterwards, healthCheck: false };
    return this.#change('Removed', undefined, due);
  }

  async restart(): Promise<Look> {
    return this.plugin.todo?.isStarted === true ? this.#found() : this.#step('Restart', '');
  }

  /** As after a restart of which nothing is on record; `failures` of `Proof` say that it did not stay up. */
  async prove(): Promise<Look> {
    return this.plugin.todo?.isStarted === true ? this.#step('Restart', '', 'Proof') : this.#found();
  }

  async check({ digest, command }: CheckRequest): Promise<Look> {
    const isOther = this.plugin.todo?.digest !== digest;
    return isOther ? this.#found() : this.#step('HealthCheck', command.join(' '));
  }

  async settle({ step }: SettleRequest): Promise<Look> {
    await this.#effect('settle', step);
    const { todo } = this.plugin;
    const rest = todo?.steps.filter((one) => one !== step) ?? [];
    this.plugin = { ...this.plugin, todo: todo === undefined ? undefined : todoOf(todo, rest) };
    return this.#found();
  }

  forget(): void {
    this.calls.push('forget');
  }

  renew(): void {
    this.calls.push('renew');
  }

  async release(): Promise<void> {
    await this.#called('release');
  }

  async #effect(name: string, detail: string): Promise<void> {
    this.writesBeforeEffect ??= this.#kube.writes.length;
    await this.#called(name, detail);
  }

  async #called(name: string, detail = ''): Promise<void> {
    this.calls.push(`${name} ${detail}`.trim());
    await this.#fail(name);
  }

  #fail(name: string): Promise<void> {
    const error = this.failures.get(name);
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  }

  /** Nothing is done where it is not the next step. */
  async #step(step: Step, detail: string, name: string = step): Promise<Look> {
    const { todo } = this.plugin;
    if (todo?.steps[0] !== step) return this.#found();
    await this.#effect(name, detail);
    const message = this.verdicts.get(step);
    const [, ...rest] = todo.steps;
    this.plugin = {
      ...this.plugin,
      todo: message === undefined ? todoOf(todo, rest) : { ...todo, failed: { step, message } },
    };
    return this.#found();
  }

  #found(): Look {
    return { time: this.#clock.now(), plugin: this.plugin };
  }

  #change(
    effect: Change['effect'],
    content: Candidate | undefined,
    afterwards: Afterwards = { restart: 'Never', healthCheck: false },
  ): Change {
    const { todo } = this.plugin;
    const replaced = this.plugin.marker;
    const kept =
      content === undefined || replaced === undefined
        ? []
        : [snapshotOf({ ...replaced, ref: '', time: undefined })];
    const isDue = this.reload === 'Restart' || todo?.steps.includes('Restart') === true;
    const steps: Step[] = [];
    if (isDue && afterwards.restart !== 'Never') steps.push('Restart');
    if (afterwards.healthCheck) steps.push('HealthCheck');
    const digest = content === undefined ? undefined : markerOf(content).digest;
    this.plugin = look(content, {
      snapshots: kept,
      todo: todoOf({ digest, reload: this.reload }, steps),
    });
    return { effect, swapMode: 'Exchange', uncleaned: [], look: this.#found() };
  }
}

function todoOf(
  { digest, reload }: Pick<Todo, 'digest' | 'reload'>,
  [first, ...rest]: readonly Step[],
): Todo | undefined {
  return first === undefined ? undefined : { digest, reload, steps: [first, ...rest], failed: undefined };
}
