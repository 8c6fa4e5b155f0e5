import { expect } from 'chai';
import { TransientError } from '../../../lib/errors.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { Sessions } from '../../../lib/target/sessions.ts';
import type { Session } from '../../../lib/target/target.ts';

describe('the sessions of all workspaces', () => {
  let instance: string | undefined;
  let sessions: Sessions<string>;
  let runtime: Runtime;
  let renewals = 0;
  /** The run that the session knows of. */
  let known: string | undefined;
  const unused = async (): Promise<never> => Promise.reject(new Error('nothing is asked'));
  const start = (): Session => ({
    ...{ look: unused, list: unused, install: unused, restore: unused, remove: unused, release: unused },
    ...{ restart: unused, prove: unused, check: unused, settle: unused },
    forget: () => undefined,
    get instance() {
      return known;
    },
    renew: (found) => {
      renewals += 1;
      known = found;
    },
  });

  beforeEach(() => {
    instance = 'first run';
    renewals = 0;
    known = undefined;
    runtime = {
      kind: 'directory',
      pluginsPath: '/plugins',
      restarts: 'Nothing',
      restart: async () => Promise.reject(new Error('nothing is restarted')),
      probe: async () => {
        if (instance === undefined) throw new TransientError('WorkspaceUnreachable', 'gone for a moment');
        return Promise.resolve({ instance });
      },
      run: async () => Promise.reject(new Error('nothing is run')),
    };
    sessions = new Sessions(() => runtime, start);
  });

  const session = async () => (await sessions.reach('alice', 'place')).session;

  it('remember what they saw as long as the same run of the workspace is reached', async () => {
    expect(await session()).to.equal(await session());
    expect(renewals).to.equal(1);
  });

  it('stay one and see all anew when the workspace was started again, so that no two refuse each other', async () => {
    const before = await session();
    instance = 'second run';
    expect(await session()).to.equal(before);
    expect(renewals).to.equal(2);
  });

  it('remember what they saw since a restart of their own, and nothing once another run has begun', async () => {
    const before = await session();
    [known, instance] = ['second run', 'second run'];
    expect(await session()).to.equal(before);
    expect(await sessions.reach('alice', 'place')).to.have.property('instance', 'second run');
    expect(renewals).to.equal(1);
    instance = 'third run';
    expect(await session()).to.equal(before);
    expect([renewals, known]).to.deep.equal([2, 'third run']);
  });

  it('see all anew when what was found is not the run that their own restart has begun', async () => {
    await session();
    [known, instance] = ['second run', 'third run'];
    await session();
    expect([renewals, known]).to.deep.equal([2, 'third run']);
  });

  it('see all anew when the workspace could not be reached in between', async () => {
    const before = await session();
    instance = undefined;
    await session().catch((error: unknown) => {
      if (!(error instanceof TransientError)) throw error;
    });
    instance = 'first run';
    expect(await session()).to.equal(before);
    expect(renewals).to.equal(2);
  });

  it('tell of a workspace that may have changed, by its key, for as long as they are kept', async () => {
    const [listeners, changed]: [Set<() => void>, string[]] = [new Set(), []];
    const watched = new Sessions<string>(
      () => ({ ...runtime, watch: (listener) => added(listeners, listener) }),
      start,
      (key) => changed.push(key),
    );
    const happens = () => {
      for (const listener of listeners) listener();
    };
    await watched.reach('alice', 'place');
    await watched.reach('alice', 'another place');
    await watched.reach('bob', 'place');
    happens();
    expect(changed).to.deep.equal(['alice', 'bob']);
    watched.drop('alice');
    happens();
    expect(changed).to.deep.equal(['alice', 'bob', 'bob']);
    watched.close();
    expect(listeners.size).to.equal(0);
  });
});

function added(listeners: Set<() => void>, listener: () => void): Disposable {
  listeners.add(listener);
  return {
    [Symbol.dispose]: () => {
      listeners.delete(listener);
    },
  };
}
