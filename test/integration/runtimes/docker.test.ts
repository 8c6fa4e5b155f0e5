// The runtime for containers on a real engine: the contracts, by both kinds of tools, and what only a container can do.
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { startDocker, type Docker } from '../../../lib/embedded/docker.ts';
import { TransientError } from '../../../lib/errors.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { LookedPlugin, Session } from '../../../lib/target/target.ts';
import { bundleOf } from '../../contract/bundles.ts';
import { Place, treeOf } from '../../contract/place.ts';
import { command, describeRuntime, failureOf, soon } from '../../contract/runtime.ts';
import { describeSession } from '../../contract/session.ts';

const owner = { uid: 1000, gid: 1000 };
const START_TIMEOUT_MS = 5 * 60_000;

describe('on a Docker engine', () => {
  let docker: Docker;
  let count = 0;

  before(async function () {
    this.timeout(START_TIMEOUT_MS);
    docker = await startDocker({ onProgress: (message) => process.stderr.write(`      ${message}\n`) });
    await docker.run('busybox', 'busybox');
    await docker.run('debian', 'debian');
  });

  after(async () => {
    await docker.stop();
  });

  function open(container: string, pluginsPath = '/configs/plugins', host = docker.host): Runtime {
    const config = { dockerHost: host, directoryRoots: [], searchPath: '', logger: silentLogger };
    return createRuntimes(config).open({ kind: 'docker', container, pluginsPath, owner });
  }

  function openFresh(container: string): Promise<Runtime> {
    count += 1;
    return Promise.resolve(open(container, `/configs/${count}/plugins`));
  }

  for (const [container, swapMode] of [
    ['busybox', 'Rename'],
    ['debian', 'Exchange'],
  ] as const) {
    describeRuntime(`a container with ${container}`, { open: () => openFresh(container), owner });
    describeSession(`a container with ${container}`, { open: () => openFresh(container), swapMode });
  }

  for (const image of ['busybox', 'debian'] as const) {
    it(`replaces, restores and removes a folder that belongs to an image layer (${image})`, async () => {
      const [name, plugins] = [`layer-${image}`, '/configs/plugins'];
      await docker.run(`${name}-source`, image);
      const source = new Place(open(`${name}-source`, plugins));
      await source.shell(
        'for p in a b c; do mkdir -p $p/sub && echo old > $p/sub/file && ln -s file $p/sub/link; done',
      );
      await docker.commit(`${name}-source`, name);
      await docker.run(name, name);
      const place = new Place(open(name, plugins));
      const session = sessionOver(place.runtime);
      const files = { 'plugin.yaml': 'version: 1\n' };
      const install = { bundle: await bundleOf(files), url: 'local://a', previousLimit: 1 } as const;
      const changes = await Promise.all([
        session.install({ ...install, plugin: 'a', untracked: 'LeaveBehind' }, soon()),
        session.install({ ...install, plugin: 'b', untracked: 'CarryOver' }, soon()),
        session.remove({ plugin: 'c' }, soon()),
      ]);
      expect(changes.map(({ effect }) => effect)).to.deep.equal(['Installed', 'Installed', 'Removed']);
      expect(await place.content('a')).to.deep.equal(treeOf(files));
      expect(await place.content('b')).to.deep.equal({
        ...treeOf({ ...files, 'sub/file': 'old\n' }),
        'sub/link': 'link',
      });
      const stamp = changes[0].look.plugin.snapshots[0]?.stamp ?? '';
      expect(await place.tree(`.previous/a.${stamp}`)).to.deep.equal({
        ...treeOf({ 'sub/file': 'old\n' }),
        'sub/link': 'link',
      });
      expect(await place.tree('c')).to.deep.equal({});
      expect(Object.keys(await place.tree('.staging'))).to.deep.equal([]);
      expect(Object.keys(await place.tree('.controller'))).to.deep.equal([]);
    });
  }

  it('says whether a container is stopped, paused or missing, and whether the engine is down', async () => {
    await docker.run('moody', 'busybox');
    const runtime = open('moody');
    const { instance } = await runtime.probe(soon());
    const failures = async (): Promise<string[]> => {
      const all = [await failureOf(runtime.probe(soon())), await failureOf(runtime.run(command('true')))];
      return all.map(({ reason, message }) => `${reason}: ${message}`);
    };
    const twice = (text: string): string[] => [text, text];
    await docker.act('moody', 'pause');
    expect(await failures()).to.deep.equal(
      twice('WorkspaceUnreachable: the container moody is paused: unpause it'),
    );
    await docker.act('moody', 'unpause');
    await docker.act('moody', 'stop');
    expect(await failures()).to.deep.equal(
      twice('WorkspaceUnreachable: the container moody is not running: start it'),
    );
    await docker.act('moody', 'start');
    expect((await runtime.probe(soon())).instance).not.to.equal(instance);
    await docker.remove('moody');
    expect(await failures()).to.deep.equal(twice('WorkspaceGone: there is no container moody'));
    const down = open('moody', '/configs/plugins', 'unix:///nowhere/docker.sock');
    const failure = await failureOf(down.probe(soon()));
    expect(failure.reason).to.equal('WorkspaceUnreachable');
    expect(failure.message).to.include('the Docker engine at unix:///nowhere/docker.sock does not answer');
  });

  for (const image of ['busybox', 'debian'] as const) {
    it(`restarts a container once for a change, and not where somebody else has since (${image})`, async () => {
      const name = `agent-${image}`;
      await docker.run(name, image);
      const runtime = open(name);
      const started = async (): Promise<string> => (await runtime.probe(soon())).instance;
      const change = async (version: string): Promise<void> => {
        const bundle = await bundleOf({ 'plugin.yaml': `version: ${version}\n` });
        const afterwards = { restart: 'WhenNeeded', healthCheck: false } as const;
        const wanted = { plugin: 'demo', bundle, url: 'local://a', previousLimit: 1, afterwards } as const;
        const { look } = await sessionOver(runtime).install({ ...wanted, untracked: 'LeaveBehind' }, soon());
        expect(look.plugin.todo?.steps).to.deep.equal(['Restart']);
      };
      const restart = async (): Promise<unknown> =>
        (await sessionOver(runtime).restart({ plugin: 'demo' }, soon())).plugin.todo;
      const first = await started();
      await change('1');
      expect(await restart()).to.equal(undefined);
      const second = await started();
      expect(second).not.to.equal(first);
      await change('2');
      await docker.act(name, 'restart');
      const third = await started();
      expect(await restart()).to.equal(undefined);
      expect(await started()).to.equal(third);
      expect(Object.keys(await new Place(runtime).tree('.controller'))).to.deep.equal([]);
    });
  }

  describe('whose restart fails', () => {
    interface Options {
      readonly keepsUp?: true;
      readonly restart?: 'Proven';
    }

    /** A container that a restart is due in, and a session that asks for it. */
    async function due(name: string, first: string, { restart: how, ...options }: Options = {}) {
      await docker.run(name, 'busybox', { ...options, command: ['sh', '-c', first] });
      const runtime = open(name);
      const session = sessionOver(runtime);
      const bundle = await bundleOf({ 'plugin.yaml': 'version: 1\n' });
      const wanted = {
        plugin: 'demo',
        bundle,
        url: 'local://a',
        previousLimit: 1,
        afterwards: { restart: how ?? 'WhenNeeded', healthCheck: false },
      } as const;
      await session.install({ ...wanted, untracked: 'LeaveBehind' }, soon());
      const restart = async (): Promise<LookedPlugin> =>
        (await session.restart({ plugin: 'demo' }, soon())).plugin;
      const prove = async (): Promise<LookedPlugin> =>
        (await session.prove({ plugin: 'demo' }, soon())).plugin;
      return { runtime, restart, prove };
    }

    it('because it ends at once, says with which exit code, and that it is down', async () => {
      const { runtime, restart } = await due('brief', '[ ! -e /configs/bad ] || exit 3; tail -f /dev/null');
      await runtime.run(command('echo x > /configs/bad'));
      const failure = await failureOf(restart());
      expect(`${failure.name} ${failure.reason}: ${failure.message}`).to.equal(
        'TransientError RestartFailed: what runs in the container ended right after it was started again, ' +
          'with exit code 3; its logs say why',
      );
      expect(String(await failureOf(runtime.probe(soon())))).to.include('brief is not running: start it');
      await docker.remove('brief');
      expect(await failureOf(runtime.restart(soon()))).to.have.property('reason', 'WorkspaceGone');
    });

    it('because the engine cannot start it, says what the engine says', async () => {
      await docker.run('mute-source', 'busybox');
      const write = `printf '#!/bin/sh\\nexec tail -f /dev/null\\n' > /configs/first; chmod 755 /configs/first`;
      await open('mute-source').run(command(write));
      await docker.commit('mute-source', 'mute');
      await docker.run('mute', 'mute', { command: ['/configs/first'] });
      const runtime = open('mute');
      await runtime.run(command('rm /configs/first'));
      const failure = await failureOf(runtime.restart(soon()));
      expect(failure.reason).to.equal('RestartFailed');
      expect(failure.message).to.match(/^the Docker engine could not start it again: .*\/configs\/first/);
    });

    it('because it ends again and again, is told whether or not it is up for a moment', async () => {
      const first = 'while [ -e /configs/bad ]; do sleep 0.5; exit 4; done; tail -f /dev/null';
      const { runtime, restart } = await due('loop', first, { keepsUp: true });
      await runtime.run(command('echo x > /configs/bad'));
      const said = await restart().then(
        ({ todo }) => todo?.failed?.message ?? 'it is done',
        (error: unknown) => String(error),
      );
      expect(said).to.include('ended right after it was started again');
    });

    it('and of which nothing was recorded, is found by who looks next: what runs since ends again', async () => {
      const first = 'while [ -e /configs/bad ]; do sleep 0.5; exit 4; done; tail -f /dev/null';
      const { runtime, prove } = await due('lost', first, { keepsUp: true, restart: 'Proven' });
      await runtime.run(command('echo x > /configs/bad'));
      expect(await failureOf(runtime.restart(soon()))).to.have.property('reason', 'RestartFailed');
      const said = await prove().then(
        ({ todo }) => todo?.failed?.message ?? 'it is done',
        (error: unknown) => String(error),
      );
      expect(said).to.include('ended right after it was started again');
    });

    it('but for the record of it, is done once what runs has stayed up, and not again', async () => {
      const { runtime, restart, prove } = await due('kept', 'exec tail -f /dev/null', { restart: 'Proven' });
      await runtime.restart(soon());
      const { instance } = await runtime.probe(soon());
      expect((await restart()).todo).to.deep.include({ steps: ['Restart'], isStarted: true });
      expect((await prove()).todo).to.equal(undefined);
      expect((await runtime.probe(soon())).instance).to.equal(instance);
    });

    it('is told although the run that it has begun owes none', async () => {
      const { runtime } = await due('late', 'exec tail -f /dev/null');
      const reason = 'what runs there ended again';
      const failing: Runtime = {
        ...{ kind: runtime.kind, pluginsPath: runtime.pluginsPath, restarts: runtime.restarts },
        probe: (signal) => runtime.probe(signal),
        run: (one) => runtime.run(one),
        restart: async (signal) => {
          await runtime.restart(signal);
          throw new TransientError('RestartFailed', reason);
        },
      };
      const failure = await failureOf(sessionOver(failing).restart({ plugin: 'demo' }, soon()));
      expect(failure).to.deep.include({ reason: 'RestartFailed', message: reason });
    });
  });

  it('settles when the container goes away under a running command', async () => {
    await docker.run('doomed', 'busybox');
    const outcome = open('doomed')
      .run(command('echo begun; sleep 60'))
      .then(({ exitCode }) => `exit code ${exitCode}`)
      .catch((error: unknown) => (error instanceof TransientError ? error.reason : String(error)));
    await docker.act('doomed', 'kill');
    expect(await outcome).to.be.oneOf(['exit code 137', 'WorkspaceUnreachable']);
  });
});

function sessionOver(runtime: Runtime): Session {
  const epoch = { since: 1, transitions: 0 };
  return createSession({ runtime, epoch: () => epoch, clock: systemClock, logger: silentLogger });
}
