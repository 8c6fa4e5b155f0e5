// A disk that is full once a swap is done: what is due afterwards cannot be written down anew, and must not be lost.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { InstallRequest, Session } from '../../../lib/target/target.ts';
import { bundleOf, revisionOf } from '../../contract/bundles.ts';
import { soon } from '../../contract/runtime.ts';
import { newWorkspace, openDirectoryStand, openSession, withSearchPath, type Stand } from './stand.ts';
import { V1 } from './stories.ts';

const AFTERWARDS = { restart: 'Never', healthCheck: true } as const;

describe('the target program where a list cannot be written any more', () => {
  let stand: Stand;
  let session: Session;
  let refused: Session;

  before(async () => {
    stand = await openDirectoryStand();
    const tools = join(stand.folder, 'tools');
    await mkdir(tools);
    const full = `case $* in *.controller/.due.*) echo 'mv: No space left on device' >&2; exit 1 ;; esac`;
    await writeFile(join(tools, 'mv'), `#!/bin/sh\n${full}\nexec /usr/bin/mv "$@"\n`, { mode: 0o755 });
    const runtime = stand.open(await newWorkspace(stand));
    session = openSession(runtime);
    refused = openSession(withSearchPath(runtime, `${tools}:/usr/bin:/bin`));
  });

  after(async () => {
    await stand.close();
  });

  it('keeps the note of the change, and with it the health check that is due', async () => {
    const bundle = await bundleOf(V1, { revision: revisionOf(1) });
    const request: InstallRequest = {
      ...{ plugin: 'demo', bundle, url: 'local://demo', previousLimit: 1, untracked: 'LeaveBehind' },
      afterwards: AFTERWARDS,
    };
    expect((await refused.install(request, soon())).effect).to.equal('Installed');
    const { plugin } = await session.look({ plugin: 'demo', notOlderThan: new Date(), signal: soon() });
    expect(plugin.state).to.equal('Marked');
    expect(plugin.todo?.steps).to.deep.equal(['HealthCheck']);
  });
});
