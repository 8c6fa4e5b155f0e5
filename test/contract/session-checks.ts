// Health checks: a command of a plugin's declaration, run in the workspace, whose outcome is on record with its end.
import { expect } from 'chai';
import type { CheckRequest, LookedPlugin, Session } from '../../lib/target/target.ts';
import { waitFor } from '../support/wait-for.ts';
import { bundleOf } from './bundles.ts';
import { agent, ALL, CHECK, put, restartNow, todoNow } from './session-agent.ts';
import { reasonOf, soon, V1, V2, type SessionWorld } from './session-ground.ts';

type Command = CheckRequest['command'];

export function describeChecks(world: SessionWorld): void {
  async function check(
    session: Session,
    command: Command,
    timeoutMs = 10_000,
  ): Promise<LookedPlugin['todo']> {
    const { digest } = await bundleOf(V1);
    const { plugin } = await session.check({ plugin: 'demo', digest, command, timeoutMs }, soon());
    return plugin.todo;
  }

  async function checked(command: Command, timeoutMs?: number): Promise<string> {
    const { session } = await agent(world);
    await put(session, V1, CHECK);
    const todo = await check(session, command, timeoutMs);
    return todo === undefined ? 'passed' : (todo.failed?.message ?? 'still due');
  }

  it('is done when the command ends with 0, and not run again', async () => {
    const { session, place } = await agent(world);
    await put(session, V1, CHECK);
    const command: Command = ['sh', '-c', 'echo x >> "$PLUGIN_DIR/../ran"'];
    expect(await check(session, command)).to.equal(undefined);
    expect(await check(session, command)).to.equal(undefined);
    expect(await place.shell('cat ran; ls -A .controller')).to.equal('x\n.ticket\n');
  });

  it("runs in the workspace's root, as its owner, told where the plugin and the configuration are", async () => {
    const { session, place } = await agent(world);
    await put(session, V1, CHECK);
    const script = 'cat <&- 2>&-; { pwd; id -u; echo "$PLUGIN_DIR $CONFIGS_DIR"; } > "$CONFIGS_DIR/said"';
    expect(await check(session, ['sh', '-c', script])).to.equal(undefined);
    const { pluginsPath, run } = { pluginsPath: place.runtime.pluginsPath, run: place.shell.bind(place) };
    const root = await run('cd "$OLDPWD" && pwd');
    const configs = pluginsPath.slice(0, pluginsPath.lastIndexOf('/'));
    expect(await run('cat ../said')).to.equal(`${root}${await run('id -u')}${pluginsPath}/demo ${configs}\n`);
  });

  it('passes words on as they are, whatever they hold', async () => {
    const words = [
      'a b',
      '',
      '\\n\\\\0101',
      'two\nlines\n',
      'it\'s "$(id)" `id` $HOME',
      '-n',
      '*',
      'ä\u0001\r',
    ];
    const { session, place } = await agent(world);
    await put(session, V1, CHECK);
    const script = 'for word; do printf "%s|" "$word"; done > "$PLUGIN_DIR/../said"';
    expect(await check(session, ['sh', '-c', script, 'sh', ...words])).to.equal(undefined);
    expect(await place.shell('cat said')).to.equal(words.map((word) => `${word}|`).join(''));
  });

  for (const [what, command, said] of [
    [
      'the last line that it said',
      ['sh', '-c', 'echo one; echo "t\two\u202e" >&2; echo; exit 3'],
      'exit code 3: t wo?',
    ],
    ['the end by a signal', ['sh', '-c', 'kill -9 $$'], 'exit code 137'],
    [
      'a long line, cut',
      ['sh', '-c', 'head -c 5000 /dev/zero | tr "\\000" x; false'],
      `exit code 1: ${'x'.repeat(400)}`,
    ],
    ['a program that is missing', ['no-such-program'], 'exit code 127'],
    ['words that begin like options', ['false', '--', '-x'], 'exit code 1'],
    ['no program, but an option', ['--'], 'exit code 127: --: not found'],
  ] as const) {
    it(`tells ${what}`, async () => {
      expect(await checked(command)).to.satisfy((text: string) => text.startsWith(said), said);
    });
  }

  it('ends a command that takes too long, with all that it started, and says so', async () => {
    const { session, place } = await agent(world);
    await put(session, V1, CHECK);
    const script = 'echo waits; sleep 61.25 & sleep 61.25; true';
    const todo = await check(session, ['sh', '-c', script], 1_000);
    expect(todo?.failed).to.deep.equal({ step: 'HealthCheck', message: 'did not end within 1 s: waits' });
    await waitFor('its processes to end', async () => {
      const all = await place.shell("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '");
      return !all.includes('sleep 61.25 sleep') && !/sleep 61\.25 $/m.test(all);
    });
  });

  it('is not fooled by output without end, or by a command that reads', async () => {
    expect(await checked(['sh', '-c', 'cat; head -c 30000000 /dev/zero; echo; echo done; exit 4'])).to.equal(
      'exit code 4: done',
    );
  });

  it('keeps the outcome for every later look, and tries again when asked', async () => {
    const { session, again } = await agent(world);
    await put(session, V1, CHECK);
    const failed = { step: 'HealthCheck', message: 'exit code 1' };
    expect((await check(session, ['false']))?.failed).to.deep.equal(failed);
    expect((await todoNow(again()))?.failed).to.deep.equal(failed);
    expect(await check(again(), ['true'])).to.equal(undefined);
  });

  it('is not run before the restart, nor for other content than was meant', async () => {
    const { session } = await agent(world);
    await put(session, V1, ALL);
    expect((await check(session, ['false']))?.failed).to.equal(undefined);
    await restartNow(session);
    await put(session, V2, CHECK);
    expect((await check(session, ['false']))?.failed).to.equal(undefined);
    expect(await check(session, ['true'])).not.to.equal(undefined);
  });

  it('refuses a command that cannot be sent', async () => {
    const { session } = await agent(world);
    await put(session, V1, CHECK);
    expect(await reasonOf(check(session, ['a\0b']))).to.equal('InstallFailed');
    expect(await reasonOf(check(session, ['a', 'x'.repeat(40_000)]))).to.equal('InstallFailed');
  });
}
