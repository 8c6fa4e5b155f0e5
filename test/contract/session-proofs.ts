// A restart of what is on trial that has no known end: what runs since must be seen to stay up, and is not restarted again.
import { expect } from 'chai';
import { TransientError } from '../../lib/errors.ts';
import type { LookedPlugin, Session } from '../../lib/target/target.ts';
import { agent, PROVEN, put, RESTART, restartNow, todoNow, type Agent } from './session-agent.ts';
import { reasonOf, soon, V1, V2, type SessionWorld } from './session-ground.ts';

const ENDED = new TransientError('RestartFailed', 'it ended again');

/** What is due was noted in an earlier run of the workspace, as far as anybody can tell. */
async function restartElsewhere({ place }: Pick<Agent, 'place'>): Promise<void> {
  await place.shell(`for list in .controller/.todo-*; do
    sed '1s/[^ ]* [^ ]*$/0 0/' "$list" > x && mv x "$list"
  done`);
}

async function proveNow(session: Session, plugin = 'demo'): Promise<LookedPlugin['todo']> {
  return (await session.prove({ plugin }, soon())).plugin.todo;
}

export function describeProofs(world: SessionWorld): void {
  async function restartedElsewhere(): Promise<Agent> {
    const found = await agent(world, 'Workspace');
    await put(found.session, V1, PROVEN);
    await restartElsewhere(found);
    return found;
  }

  it('watches what was restarted since, restarts nothing, and keeps the health check due', async () => {
    const found = await restartedElsewhere();
    const { session, again } = found;
    const due = { steps: ['Restart', 'HealthCheck'], isStarted: true, failed: undefined };
    expect(await todoNow(again())).to.deep.include(due);
    expect(await restartNow(session)).to.deep.include(due);
    expect((await proveNow(session))?.steps).to.deep.equal(['HealthCheck']);
    expect((await todoNow(again()))?.steps).to.deep.equal(['HealthCheck']);
    expect([found.restarts, found.proofs]).to.deep.equal([0, 1]);
  });

  it('wants no proof of a restart of its own, nor of one after a change that is not on trial', async () => {
    const found = await agent(world, 'Workspace');
    const { session, place } = found;
    await put(session, V1, PROVEN);
    expect(await todoNow(session)).to.not.have.property('isStarted');
    expect((await restartNow(session))?.steps).to.deep.equal(['HealthCheck']);
    await put(session, V2, RESTART);
    await restartElsewhere({ place });
    expect(await todoNow(found.again())).to.equal(undefined);
    expect([found.restarts, found.proofs]).to.deep.equal([1, 0]);
  });

  it('holds it against the change that what runs has ended, also in a later run, and watches again when asked', async () => {
    const found = await restartedElsewhere();
    found.end = ENDED;
    const failed = { step: 'Restart', message: 'it ended again' };
    expect(await proveNow(found.session)).to.deep.include({ isStarted: true, failed });
    await restartElsewhere(found);
    expect(await todoNow(found.again())).to.deep.include({ isStarted: true, failed });
    found.end = undefined;
    expect((await proveNow(found.session))?.steps).to.deep.equal(['HealthCheck']);
  });

  it('says that what runs has ended where the workspace is down, and it stays due', async () => {
    const found = await restartedElsewhere();
    found.end = ENDED;
    found.down = new TransientError('WorkspaceUnreachable', 'it is not running');
    expect(await reasonOf(proveNow(found.session))).to.equal('RestartFailed');
    found.down = undefined;
    expect(await todoNow(found.again())).to.deep.include({ isStarted: true, failed: undefined });
  });

  it('leaves a restart due that is owed to a change since, which settles both', async () => {
    const found = await restartedElsewhere();
    const { session } = found;
    await put(session, V1, PROVEN, 'late');
    expect((await proveNow(session))?.steps).to.deep.equal(['HealthCheck']);
    expect((await todoNow(found.again(), 'late'))?.steps).to.deep.equal(['Restart', 'HealthCheck']);
    await restartElsewhere(found);
    await put(session, V1, RESTART, 'later');
    expect(await restartNow(session, 'later')).to.equal(undefined);
    expect((await todoNow(found.again(), 'late'))?.steps).to.deep.equal(['HealthCheck']);
  });

  it('is forgotten with the change that it is due after', async () => {
    const { session } = await restartedElsewhere();
    expect((await put(session, { ...V1, 'rules/new.md': 'new' }, RESTART)).look.plugin.todo).to.equal(
      undefined,
    );
  });

  it('outlasts the clean-up of a change that was cut short', async () => {
    const { place, again } = await restartedElsewhere();
    await place.shell(`sed '1s/^-/1/' .controller/.todo-demo > x && mv x .controller/.todo-demo`);
    expect(await todoNow(again())).to.deep.include({ isStarted: true });
    expect(await place.shell('cut -d " " -f 1,6,7 .controller/.todo-demo')).to.equal('- 0 0\n');
  });
}
