// What is still due after a change: told by every look, kept by the workspace, and done once.
import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import type { Step } from '../../lib/target/target.ts';
import { bundleOf, type Files } from './bundles.ts';
import { agent, ALL, CHECK, put, RESTART, restartNow, settleAll, todoNow } from './session-agent.ts';
import { lookNow, reasonOf, request, soon, V1, V2, type SessionWorld } from './session-ground.ts';

/** Differs from V1 only in what the agent loads anew by itself. */
const HOT: Files = { ...V1, 'skills/browse/SKILL.md': 'hot', 'rules/new.md': 'new', 'notes.md': 'note' };

const HOT_PATHS = {
  'skills/browse/deep/er.txt': 'HotReload',
  'rules/x.txt': 'HotReload',
  'README.md': 'HotReload',
} as const;
const COLD_PATHS = {
  'docs/a.md': 'Restart',
  'hooks/x': 'Restart',
  skills: 'Restart',
  'unheard-of': 'Restart',
} as const;

export function describeTodos(world: SessionWorld): void {
  it('has nothing due after a change that the agent takes up by itself, or where nothing was asked for', async () => {
    const { session, place } = await agent(world);
    await put(session, V1);
    expect((await put(session, HOT, RESTART)).look.plugin.todo).to.equal(undefined);
    expect((await put(session, V2)).look.plugin.todo).to.equal(undefined);
    expect((await put(session, V1, { restart: 'Never', healthCheck: false })).look.plugin.todo).to.equal(
      undefined,
    );
    expect(Object.keys(await place.tree('.controller'))).to.deep.equal([]);
  });

  it('tells what is due with every look, in another session too, and touches nothing by that', async () => {
    const { session, place, again } = await agent(world);
    const { look } = await put(session, V1, ALL);
    const todo = {
      ...{ digest: (await bundleOf(V1)).digest, reload: 'Restart', steps: ['Restart', 'HealthCheck'] },
      failed: undefined,
    };
    expect(look.plugin.todo).to.deep.equal(todo);
    const before = await place.prints();
    expect(await todoNow(again())).to.deep.equal(todo);
    expect(await place.prints()).to.equal(before);
  });

  it('takes a path for a HotReload or a Restart, whether it comes, changes or goes', async () => {
    const { session } = await agent(world);
    const paths = { ...HOT_PATHS, ...COLD_PATHS };
    const plugins = Object.keys(paths).map((path, nth) => ({ path, plugin: `p${nth}` }));
    const base: Files = { 'skills.txt': 'x' };
    await Promise.all(plugins.map(({ plugin }) => put(session, base, undefined, plugin)));
    for (const content of ['comes', 'changes', undefined]) {
      const found = await Promise.all(
        plugins.map(async ({ path, plugin }) => {
          const files = content === undefined ? base : { ...base, [path]: content };
          const { todo } = (await put(session, files, ALL, plugin)).look.plugin;
          await settleAll(session, plugin);
          return [path, todo?.reload, todo?.steps[0]];
        }),
      );
      expect(found).to.deep.equal(
        Object.entries(paths).map(([path, reload]) => [
          path,
          reload,
          reload === 'Restart' ? 'Restart' : 'HealthCheck',
        ]),
      );
    }
  });

  it('counts what was tampered with as changed by its repair', async () => {
    const { session, place } = await agent(world);
    const repair = async (script: string): Promise<string | undefined> => {
      await place.shell(script);
      const wanted = { ...(await request('demo', V1, 1)), untracked: 'CarryOver', afterwards: ALL } as const;
      const { todo } = (await session.install(wanted, soon())).look.plugin;
      await settleAll(session);
      return todo?.reload;
    };
    await put(session, V1);
    expect(await repair('echo x > demo/rules/be-kind.md; mkdir demo/data; echo d > demo/data/d')).to.equal(
      'HotReload',
    );
    expect(await repair('echo x > demo/setup.sh')).to.equal('Restart');
    expect(await repair('mkdir demo/hooks && echo x > demo/hooks/x')).to.equal('Restart');
    expect(await repair('rm -r demo/skills')).to.equal('HotReload');
    expect(await repair('rm -r demo')).to.equal('Restart');
  });

  it('restarts once for all that were changed until then, and not again', async () => {
    const found = await agent(world, 'Agent', systemClock);
    const { session } = found;
    await Promise.all(['a', 'b', 'c'].map(async (plugin) => put(session, V1, RESTART, plugin)));
    const all = ['a', 'b'].map(async (plugin) => restartNow(session, plugin));
    const late = put(session, V1, RESTART, 'd').then(async () => restartNow(session, 'd'));
    expect(await Promise.all([...all, late])).to.deep.equal([undefined, undefined, undefined]);
    expect(found.restarts).to.equal(1);
    expect(await Promise.all(['c', 'd'].map(async (plugin) => restartNow(session, plugin)))).to.deep.equal([
      undefined,
      undefined,
    ]);
    expect(found.restarts).to.equal(1);
  });

  it('looks at all that is there as a restart of the workspace is put on record, and not once more', async () => {
    const found = await agent(world, 'Workspace');
    const { session } = found;
    session.renew('before');
    await Promise.all(['a', 'b'].map(async (plugin) => lookNow(session, plugin)));
    await Promise.all([put(session, V1, RESTART, 'a'), put(session, V1, undefined, 'b')]);
    const start = new Date();
    expect(await restartNow(session, 'a')).to.equal(undefined);
    const { commands } = found;
    const { time, plugin } = await session.look({ plugin: 'b', notOlderThan: start, signal: soon() });
    expect(plugin).to.deep.include({ state: 'Marked', tampered: { count: 0, first: [] } });
    expect((await session.list({ notOlderThan: time, signal: soon() })).folders).to.include.members([
      'a',
      'b',
    ]);
    expect([found.restarts, found.commands - commands]).to.deep.equal([1, 0]);
    expect(session.instance).to.equal((await found.place.runtime.probe(soon())).instance);
  });

  it('knows what a change has just found due, and asks again once a look says otherwise', async () => {
    const found = await agent(world, 'Workspace');
    const { session, again } = found;
    const { instance } = await found.place.runtime.probe(soon());
    const restarted = async (): Promise<readonly number[]> => {
      const { restarts, commands } = found;
      expect((await restartNow(session))?.steps).to.deep.equal(['HealthCheck']);
      return [found.restarts - restarts, found.commands - commands];
    };
    session.renew(instance);
    await put(session, V1, ALL);
    expect(await restarted()).to.deep.equal([1, 1]);
    expect(await restarted()).to.deep.equal([0, 0]);
    await put(session, V2, ALL);
    await session.settle({ plugin: 'demo', step: 'Restart' }, soon());
    expect(await restarted()).to.deep.equal([0, 0]);
    await put(again(), V1, ALL);
    expect((await todoNow(session))?.steps).to.deep.equal(['Restart', 'HealthCheck']);
    expect(await restarted()).to.deep.equal([1, 2]);
    await put(session, V2, ALL);
    await restartNow(again());
    expect(await todoNow(session)).to.deep.include({ steps: ['HealthCheck'] });
    expect(await restarted()).to.deep.equal([0, 1]);
  });

  it('keeps the health check due after the restart', async () => {
    const { session } = await agent(world);
    await put(session, V1, ALL);
    expect((await restartNow(session))?.steps).to.deep.equal(['HealthCheck']);
  });

  it('records why a restart has failed, for all who waited, and tries again when asked', async () => {
    const found = await agent(world);
    const { session, again } = found;
    await put(session, V1, ALL, 'a');
    await put(session, V1, RESTART, 'b');
    found.refusal = new TransientError('RestartFailed', "the file\nholds 'no' process id");
    const failed = { step: 'Restart', message: "the file holds 'no' process id" };
    expect((await restartNow(session, 'a'))?.failed).to.deep.equal(failed);
    expect(await todoNow(again(), 'b')).to.deep.include({ steps: ['Restart'], failed });
    found.refusal = undefined;
    expect(await restartNow(again(), 'b')).to.equal(undefined);
    expect(await todoNow(session, 'a')).to.deep.include({ steps: ['HealthCheck'], failed: undefined });
  });

  it('throws what kept a restart from being tried, and it stays due', async () => {
    const found = await agent(world);
    await put(found.session, V1, RESTART);
    found.refusal = new PermanentError('RuntimeNotPermitted', 'no');
    expect(await reasonOf(restartNow(found.session))).to.equal('RuntimeNotPermitted');
    expect((await todoNow(found.session))?.failed).to.equal(undefined);
  });

  it('lets a later change take the place of what was due, but for a restart that is owed', async () => {
    const { session } = await agent(world);
    await put(session, V1, ALL);
    const { todo } = (await put(session, HOT, RESTART)).look.plugin;
    expect(todo).to.deep.include({
      digest: (await bundleOf(HOT)).digest,
      reload: 'HotReload',
      steps: ['Restart'],
    });
    expect((await put(session, V1, CHECK)).look.plugin.todo?.steps).to.deep.equal(['HealthCheck']);
    expect((await put(session, V2)).look.plugin.todo).to.equal(undefined);
  });

  it('leaves what was due as it was when a change fails, or keeps what is there', async () => {
    const { session, place } = await agent(world);
    const { todo } = (await put(session, V1, ALL)).look.plugin;
    const { bundle, ...rest } = await request('demo', V2, 2);
    const lie = {
      ...rest,
      bundle: { ...bundle, digest: (await bundleOf(HOT)).digest, open: () => bundle.open() },
    };
    expect(await reasonOf(session.install({ ...lie, afterwards: ALL }, soon()))).to.equal('VerifyFailed');
    expect(await todoNow(session)).to.deep.equal(todo);
    expect((await put(session, V1, RESTART)).effect).to.equal('Kept');
    expect(await todoNow(session)).to.deep.equal(todo);
    expect(Object.keys(await place.tree('.controller'))).to.deep.equal(['.todo-demo']);
  });

  it('restarts for a removal, and what is due outlasts the plugin', async () => {
    const found = await agent(world);
    const { session, again, place } = found;
    await put(session, V1);
    const { look } = await session.remove({ plugin: 'demo', afterwards: { restart: 'WhenNeeded' } }, soon());
    const todo = { digest: undefined, reload: 'Restart', steps: ['Restart'], failed: undefined };
    expect(look.plugin).to.deep.include({ state: 'Absent', todo });
    expect(await todoNow(again())).to.deep.equal(todo);
    expect(await restartNow(again())).to.equal(undefined);
    expect(found.restarts).to.equal(1);
    expect(Object.keys(await place.tree('.controller'))).to.deep.equal([]);
  });

  it('settles one step without doing it, and keeps the other', async () => {
    const found = await agent(world);
    const { session, place } = found;
    const settle = async (step: Step) => (await session.settle({ plugin: 'demo', step }, soon())).plugin.todo;
    await put(session, V1, ALL);
    expect((await settle('Restart'))?.steps).to.deep.equal(['HealthCheck']);
    expect((await restartNow(session))?.steps).to.deep.equal(['HealthCheck']);
    expect(await settle('HealthCheck')).to.equal(undefined);
    expect(Object.keys(await place.tree('.controller'))).to.deep.equal([]);
    await put(session, V2, ALL);
    expect((await settle('HealthCheck'))?.steps).to.deep.equal(['Restart']);
    expect(await settle('Restart')).to.equal(undefined);
    expect(found.restarts).to.equal(0);
  });

  it('settles a restart that has failed, with its failure', async () => {
    const found = await agent(world);
    await put(found.session, V1, ALL);
    found.refusal = new TransientError('RestartFailed', 'no');
    await restartNow(found.session);
    const { plugin } = await found.session.settle({ plugin: 'demo', step: 'Restart' }, soon());
    expect(plugin.todo).to.deep.include({ steps: ['HealthCheck'], failed: undefined });
  });

  it('keeps or drops the list of a change that was cut short, as its swap was done or not', async () => {
    const { session, place, again } = await agent(world);
    await put(session, V1, ALL);
    await place.shell(`sed '1s/^-/1/' .controller/.todo-demo > x && rm .controller/.todo-demo
      stamp=$(sed 's/.*"stamp":"//;s/".*//' demo/.complete)
      cp x .controller/.todo-demo.$stamp && cp x .controller/.todo-demo.20200101T000000Z && rm x`);
    expect((await todoNow(again()))?.steps).to.deep.equal(['Restart', 'HealthCheck']);
    expect(Object.keys(await place.tree('.controller'))).to.deep.equal(['.todo-demo']);
    await place.shell('mv .controller/.todo-demo .controller/.todo-demo.20200101T000000Z');
    expect(await todoNow(again())).to.equal(undefined);
    expect(Object.keys(await place.tree('.controller'))).to.deep.equal([]);
  });

  for (const [what, script] of [
    ['words', 'echo "all of it" > .controller/.todo-demo'],
    [
      'a failure of what is not due',
      'sed 1p .controller/.todo-demo | sed "2s/.*/failed HealthCheck x/" > .controller/x; mv .controller/x .controller/.todo-demo',
    ],
    ['a list without end', 'head -c 3000000 /dev/zero | tr "\\000" 0 > .controller/.todo-demo'],
    [
      'a folder',
      'rm .controller/.todo-demo; mkdir -p .controller/.todo-demo/x .controller/.todo-demo.20200101T000000Z',
    ],
    ['a FIFO', 'rm .controller/.todo-demo; mkfifo .controller/.todo-demo'],
    ['a symlink', 'mv .controller/.todo-demo x; ln -s ../x .controller/.todo-demo'],
    ['the list of a name that is none', 'cp .controller/.todo-demo ".controller/.todo-..\nx"'],
  ] as const) {
    it(`goes on where somebody put ${what} in the place of what is due`, async () => {
      const { session, place, again } = await agent(world);
      await put(session, V1, ALL);
      await place.shell(script);
      expect((await lookNow(again())).plugin.state).to.equal('Marked');
      await put(again(), V2, ALL);
      expect((await todoNow(again()))?.steps).to.deep.equal(['Restart', 'HealthCheck']);
      expect(Object.keys(await place.tree('.controller'))).to.deep.equal(['.todo-demo']);
    });
  }
}
