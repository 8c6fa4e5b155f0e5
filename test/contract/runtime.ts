// What every runtime must do, however it reaches the workspace.
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import {
  MAX_OUTPUT_BYTES,
  type Command,
  type CommandResult,
  type Runtime,
} from '../../lib/runtimes/runtime.ts';

const PATIENCE_MS = 20_000;
const MEBIBYTE = 1024 * 1024;

export interface RuntimeWorld {
  open(): Promise<Runtime>;
  readonly owner: { readonly uid: number; readonly gid: number };
}

export async function* chunksOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
}

export function command(script: string, more: Partial<Command> = {}): Command {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return { argv: ['sh', '-c', script], stdin: chunksOf(), timeoutMs: PATIENCE_MS, signal, ...more };
}

export async function failureOf(call: Promise<unknown>): Promise<PermanentError | TransientError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof PermanentError || error instanceof TransientError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

export function describeRuntime(name: string, world: RuntimeWorld): void {
  describe(`a runtime for ${name}`, () => {
    let runtime: Runtime;
    const run = (script: string, more?: Partial<Command>): Promise<CommandResult> =>
      runtime.run(command(script, more));

    before(async () => {
      runtime = await world.open();
    });

    it('takes the whole of stdin, and gives back stdout, stderr and the exit code apart', async () => {
      const stdin = chunksOf('one\n', 'two\n');
      const { exitCode, stdout, stderr } = await run('cat; echo oops >&2; exit 7', { stdin });
      expect([exitCode, String(stdout), String(stderr)]).to.deep.equal([7, 'one\ntwo\n', 'oops\n']);
    });

    it('carries 30 MiB unchanged', async () => {
      const chunk = Buffer.alloc(MEBIBYTE, 'workspace plugin ');
      const stdin = chunksOf(...Array.from({ length: 30 }, () => chunk));
      const hash = createHash('sha256');
      for (let sent = 0; sent < 30; sent++) hash.update(chunk);
      const { stdout } = await run('sha256sum', { stdin });
      expect(String(stdout)).to.equal(`${hash.digest('hex')}  -\n`);
    });

    it('passes arguments as they are, whatever they hold', async () => {
      const argument = `a b"c'd\\e$f\`g\n*;&|<>`;
      const { stdout } = await runtime.run(
        command('', { argv: ['sh', '-c', 'printf %s "$1"', 'sh', argument] }),
      );
      expect(String(stdout)).to.equal(argument);
    });

    it("runs as the workspace's owner, with no other group", async () => {
      const { stdout } = await run('id -u; id -g; id -G');
      const { uid, gid } = world.owner;
      expect(String(stdout)).to.equal(`${uid}\n${gid}\n${gid}\n`);
    });

    it('tells a program that was ended by a signal', async () => {
      expect((await run('kill -9 $$')).exitCode).to.equal(137);
    });

    it('is content with a far end that stops reading early', async () => {
      const stdin = chunksOf(...Array.from({ length: 8 }, () => Buffer.alloc(MEBIBYTE)));
      expect((await run('exit 3', { stdin })).exitCode).to.equal(3);
    });

    it('fails with what the source of stdin threw', async () => {
      const stdin = (async function* () {
        yield* chunksOf('begun\n');
        throw new Error('the source broke');
      })();
      const outcome = await run('cat', { stdin }).catch((error: unknown) => error);
      expect(outcome).to.be.an('error').with.property('message', 'the source broke');
    });

    it('refuses more output than its cap', async () => {
      const script = `dd if=/dev/zero bs=65536 count=${MAX_OUTPUT_BYTES / 65536 + 1} 2>/dev/null`;
      expect(await failureOf(run(script))).to.deep.include({
        name: 'PermanentError',
        reason: 'AnswerTooLong',
      });
    });

    it('settles at the deadline', async () => {
      const start = performance.now();
      const failure = await failureOf(run('sleep 60', { timeoutMs: 500 }));
      expect(failure).to.deep.include({ name: 'TransientError', reason: 'WorkspaceUnreachable' });
      expect(performance.now() - start).to.be.below(5_000);
    });

    it("settles with the signal's reason when it aborts, also before the start", async () => {
      const abort = new AbortController();
      const reason = new Error('no longer wanted');
      const outcome = run('echo; sleep 60', { signal: abort.signal }).catch((error: unknown) => error);
      setTimeout(() => {
        abort.abort(reason);
      }, 100);
      expect(await outcome).to.equal(reason);
      expect(await run('true', { signal: abort.signal }).catch((error: unknown) => error)).to.equal(reason);
    });

    it('names a program that is missing', async () => {
      const failure = await failureOf(runtime.run(command('', { argv: ['no-such-program'] })));
      expect(failure).to.deep.include({ name: 'PermanentError', reason: 'TargetToolMissing' });
      expect(failure.message).to.include('no-such-program');
    });

    it('can be entered after a restart, and tells a new run of the workspace apart', async () => {
      const before = await runtime.probe(soon());
      await runtime.restart(soon());
      expect((await run('echo back')).stdout.toString()).to.equal('back\n');
      const isSame = (await runtime.probe(soon())).instance === before.instance;
      expect(isSame).to.equal(runtime.restarts !== 'Workspace');
    });

    it('identifies the run of the workspace, the same each time', async () => {
      const [first, second] = [await runtime.probe(soon()), await runtime.probe(soon())];
      expect(first).to.deep.equal(second);
      expect(first.instance).to.match(/^.{1,128}$/);
    });
  });
}

export function soon(): AbortSignal {
  return AbortSignal.timeout(PATIENCE_MS);
}
