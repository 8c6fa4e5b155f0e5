// A workspace that goes while its health check runs: that is no fault of the plugin's.
import { chown, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundleOf } from '../../contract/bundles.ts';
import { failureOf, soon } from '../../contract/runtime.ts';
import { resetWorkspace } from './disk-state.ts';
import { openDirectoryStand, openSession, owner, type Stand } from './stand.ts';
import { V1 } from './stories.ts';

describe('a health check in a workspace that goes meanwhile', () => {
  let stand: Stand;

  before(async () => {
    stand = await openDirectoryStand();
  });

  after(async () => {
    await stand.close();
  });

  it('is neither passed nor failed, and runs again once the workspace is back', async () => {
    const [parent, workspace] = [join(stand.folder, 'agent'), join(stand.folder, 'agent', 'workspace')];
    await mkdir(parent);
    await chown(parent, owner.uid, owner.gid);
    await resetWorkspace(workspace, owner);
    const session = openSession(stand.open(workspace));
    const bundle = await bundleOf(V1);
    const afterwards = { restart: 'Never', healthCheck: true } as const;
    const wanted = { plugin: 'demo', bundle, url: 'local://demo', previousLimit: 1, afterwards } as const;
    await session.install({ ...wanted, untracked: 'LeaveBehind' }, soon());
    const check = async (script: string) =>
      session.check(
        { plugin: 'demo', digest: bundle.digest, command: ['sh', '-c', script], timeoutMs: 10_000 },
        soon(),
      );

    const failure = await failureOf(check('mv "$PWD" "$PWD.away"; exit 3'));
    await rename(`${workspace}.away`, workspace);
    const { plugin } = await session.look({ plugin: 'demo', notOlderThan: new Date(), signal: soon() });

    expect(failure).to.include({ name: 'TransientError', reason: 'WorkspaceUnreachable' });
    expect(plugin.todo).to.deep.include({ steps: ['HealthCheck'], failed: undefined });
    expect((await check('true')).plugin.todo).to.equal(undefined);
  });
});
