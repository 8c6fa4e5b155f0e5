import { expect } from 'chai';
import { TransientError } from '../../../lib/errors.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { Sessions } from '../../../lib/target/sessions.ts';
import type { Session } from '../../../lib/target/target.ts';

describe('the sessions of all workspaces', () => {
  let instance: string | undefined;
  let sessions: Sessions<string>;

  beforeEach(() => {
    instance = 'first run';
    const runtime: Runtime = {
      kind: 'directory',
      pluginsPath: '/plugins',
      probe: async () => {
        if (instance === undefined) throw new TransientError('WorkspaceUnreachable', 'gone for a moment');
        return Promise.resolve({ instance });
      },
      run: async () => Promise.reject(new Error('nothing is run')),
    };
    const unused = async (): Promise<never> => Promise.reject(new Error('nothing is asked'));
    const start = (): Session => ({
      ...{ look: unused, list: unused, install: unused, restore: unused, remove: unused, release: unused },
      forget: () => undefined,
    });
    sessions = new Sessions(() => runtime, start);
  });

  const session = async () => (await sessions.reach('alice', 'place')).session;

  it('are kept as long as the same run of the workspace is reached', async () => {
    expect(await session()).to.equal(await session());
  });

  it('begin anew when the workspace was started again', async () => {
    const before = await session();
    instance = 'second run';
    expect(await session()).not.to.equal(before);
  });

  it('begin anew when the workspace could not be reached in between', async () => {
    const before = await session();
    instance = undefined;
    await session().catch((error: unknown) => {
      if (!(error instanceof TransientError)) throw error;
    });
    instance = 'first run';
    expect(await session()).not.to.equal(before);
  });
});
