// A workspace in memory: understands batches, holds plugins, and answers when and how a test says.
import { TransientError } from '../../../lib/errors.ts';
import type { Command, CommandResult, Runtime } from '../../../lib/runtimes/runtime.ts';

/** What becomes of a command: `Lost`: done, and no answer; `Failed`: not done; `Cut`: done, half an answer; `Locked`: refused. */
export type End = 'Answered' | 'Lost' | 'Failed' | 'Cut' | 'Locked';

/** An operation as the batch has it. */
export interface Asked {
  readonly verb: 'install' | 'remove';
  readonly plugin: string;
  /** Of an install: 64 hex digits, and the marker. */
  readonly hex?: string;
  readonly marker?: string;
}

export interface SeenCommand {
  readonly sequence: number;
  readonly asked: readonly Asked[];
  /** Plugin to digest, after it. */
  readonly state: ReadonlyMap<string, string>;
}

interface Held {
  readonly hex: string;
  readonly marker: string;
}

interface Batch {
  readonly sequence: number;
  readonly asked: readonly Asked[];
  readonly looks: readonly string[];
  readonly wantsMode: boolean;
}

export class FakeWorkspace implements Runtime {
  readonly kind = 'directory';
  readonly pluginsPath = '/plugins';
  readonly restarts = 'Nothing';
  /** Those that had an effect, or could have had. */
  readonly done: SeenCommand[] = [];
  mostAtOnce = 0;
  readonly #held = new Map<string, Held>();
  readonly #open: ((end: End) => void)[] = [];

  get running(): number {
    return this.#open.length;
  }

  probe(): Promise<{ instance: string }> {
    return Promise.resolve({ instance: 'one' });
  }

  restart(): Promise<void> {
    return Promise.resolve();
  }

  /** Ends the command that runs. */
  end(how: End): void {
    this.#open.shift()?.(how);
  }

  async run({ stdin, signal }: Command): Promise<CommandResult> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stdin) chunks.push(chunk);
    const batch = parseBatch(Buffer.concat(chunks));
    const { promise, resolve } = Promise.withResolvers<End>();
    this.#open.push(resolve);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open.length);
    const how = await Promise.race([promise, whenAborted(signal)]);
    const index = this.#open.indexOf(resolve);
    if (index >= 0) this.#open.splice(index, 1);
    if (how === 'Failed') throw new TransientError('WorkspaceUnreachable', 'It is not there.');
    if (how === 'Locked') return said('target 1\nrefused Locked another command runs\nend\n');
    const answer = this.#do(batch);
    signal.throwIfAborted();
    if (how === 'Lost') throw new TransientError('WorkspaceUnreachable', 'The connection was cut.');
    return said(how === 'Cut' ? answer.slice(0, answer.length / 2) : answer);
  }

  #do({ sequence, asked, looks, wantsMode }: Batch): string {
    for (const { plugin, hex = '', marker = '' } of asked) {
      if (hex === '') this.#held.delete(plugin);
      else this.#held.set(plugin, { hex, marker });
    }
    const state = new Map([...this.#held].map(([plugin, { hex }]) => [plugin, hex]));
    this.done.push({ sequence, asked, state });
    const lines = [
      'target 1',
      ...asked.map(({ verb }, index) =>
        verb === 'install'
          ? `result ${index + 1} done Installed Exchange`
          : `result ${index + 1} done Removed -`,
      ),
      ...looks.flatMap((plugin) => this.#look(plugin)),
      ...(wantsMode ? ['mode Exchange'] : []),
      'end',
    ];
    return `${lines.join('\n')}\n`;
  }

  #look(plugin: string): readonly string[] {
    const held = this.#held.get(plugin);
    if (held === undefined) return [`plugin ${plugin} Absent`];
    const marker = `${held.marker},"stamp":"20260101T000000Z"}`;
    return [`plugin ${plugin} Marked`, ` marker ${marker}`, ` manifest ${held.hex}`, ' counts 0 0'];
  }
}

function whenAborted(signal: AbortSignal): Promise<'Lost'> {
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve('Lost');
      },
      { once: true },
    );
  });
}

function said(text: string): CommandResult {
  return { exitCode: 0, stdout: Buffer.from(text), stderr: Buffer.alloc(0) };
}

/** After five lines of head; an install is followed by its marker and its payload. */
function parseBatch(bytes: Buffer): Batch {
  const asked: Asked[] = [];
  const rest: string[] = [];
  let at = 0;
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    const text = bytes.toString('utf8', at, end);
    at = end + 1;
    return text;
  };
  const head = [line(), line(), line(), line(), line()];
  while (at < bytes.length) {
    const [verb = '', plugin = '', hex = '', size] = line().split(' ');
    if (verb === 'install') {
      asked.push({ verb, plugin, hex, marker: line() });
      at += Number(size);
    } else if (verb === 'remove') asked.push({ verb, plugin });
    else rest.push(`${verb} ${plugin}`.trim());
  }
  return {
    ...{ sequence: Number(head[2]?.split(' ')[6]), asked, wantsMode: rest.includes('mode') },
    looks: rest.filter((text) => text.startsWith('look ')).map((text) => text.slice('look '.length)),
  };
}
