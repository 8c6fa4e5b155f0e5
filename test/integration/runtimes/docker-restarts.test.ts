// A container that its session restarts: what it asks of it around that, and what it believes, beside others who restart it.
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { startDocker, type Docker } from '../../../lib/embedded/docker.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { createSession } from '../../../lib/target/session.ts';
import { Sessions, type Reached } from '../../../lib/target/sessions.ts';
import type { Look } from '../../../lib/target/target.ts';
import { bundleOf } from '../../contract/bundles.ts';
import { soon } from '../../contract/runtime.ts';

const START_TIMEOUT_MS = 5 * 60_000;
const PLUGINS = ['a', 'b', 'c'];
const ANY_AGE = new Date(0);

describe('a container that its session restarts', () => {
  let docker: Docker;

  before(async function () {
    this.timeout(START_TIMEOUT_MS);
    docker = await startDocker({ onProgress: (message) => process.stderr.write(`      ${message}\n`) });
  });

  after(async () => docker.stop());

  /** As the controller reaches it, with its plugins looked at and then changed. */
  async function changed(name: string) {
    await docker.run(name, 'debian');
    const commands = { count: 0 };
    const sessions = new Sessions<string>(() => counted(open(name), commands), sessionOver);
    const reach = (): Promise<Reached> => sessions.reach(name, name);
    const look = async (plugin: string): Promise<Look> =>
      (await reach()).session.look({ plugin, notOlderThan: ANY_AGE, signal: soon() });
    const first = await reach();
    await Promise.all(PLUGINS.map(look));
    const bundle = await bundleOf({ 'plugin.yaml': 'version: 1\n' });
    const afterwards = { restart: 'WhenNeeded', healthCheck: false } as const;
    const wanted = {
      bundle,
      url: 'local://a',
      previousLimit: 1,
      afterwards,
      untracked: 'LeaveBehind',
    } as const;
    await Promise.all(PLUGINS.map((plugin) => first.session.install({ ...wanted, plugin }, soon())));
    const restart = (): Promise<readonly Look[]> =>
      Promise.all(PLUGINS.map((plugin) => first.session.restart({ plugin }, soon())));
    return { first, commands, reach, look, restart };
  }

  function open(container: string): Runtime {
    const config = { dockerHost: docker.host, directoryRoots: [], searchPath: '', logger: silentLogger };
    const owner = { uid: 1000, gid: 1000 };
    return createRuntimes(config).open({ kind: 'docker', container, pluginsPath: '/configs/plugins', owner });
  }

  it('is asked for three things: what is there, a change, and to record the restart', async () => {
    const { first, commands, reach, look, restart } = await changed('calm');
    expect((await restart()).map(({ plugin }) => plugin.todo)).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
    const { session, instance } = await reach();
    expect(session).to.equal(first.session);
    expect(instance).to.not.equal(first.instance);
    const looks = await Promise.all(PLUGINS.map(look));
    expect(looks.map(({ plugin }) => plugin.state)).to.deep.equal(['Marked', 'Marked', 'Marked']);
    expect((await session.list({ notOlderThan: ANY_AGE, signal: soon() })).folders).to.deep.equal(PLUGINS);
    expect(commands.count).to.equal(3);
  });

  it('is looked at again once somebody else has restarted it after that', async () => {
    const { commands, look, restart } = await changed('again');
    await restart();
    await docker.act('again', 'restart');
    await look('a');
    expect(commands.count).to.equal(4);
  });

  it('is not restarted where somebody else has done it right after the change', async () => {
    const { commands, reach, restart } = await changed('quick');
    await docker.act('quick', 'restart');
    const { instance } = await open('quick').probe(soon());
    expect((await restart()).map(({ plugin }) => plugin.todo)).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
    expect((await reach()).instance).to.equal(instance);
    expect(commands.count, 'with the question whether it is due').to.equal(3);
  });
});

function counted(inner: Runtime, commands: { count: number }): Runtime {
  return {
    ...{ kind: inner.kind, pluginsPath: inner.pluginsPath, restarts: inner.restarts },
    probe: (signal) => inner.probe(signal),
    restart: (signal) => inner.restart(signal),
    run: (command) => {
      commands.count += 1;
      return inner.run(command);
    },
  };
}

function sessionOver(runtime: Runtime) {
  const epoch = { since: 1, transitions: 0 };
  return createSession({ runtime, epoch: () => epoch, clock: systemClock, logger: silentLogger });
}
