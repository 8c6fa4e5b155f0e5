import { expect } from 'chai';
import { createReach, type Place } from '../../../controller/reach.ts';
import type { Workspace } from '../../../controller/api/workspace.ts';
import type { ObjectName } from '../../../lib/kube/kube.ts';
import type { Secret } from '../../../lib/kube/secret.ts';
import { PermanentError } from '../../../lib/errors.ts';
import type { Runtime, RuntimeSpec } from '../../../lib/runtimes/runtime.ts';
import type { Claim } from '../../../lib/target/claim.ts';
import { Sessions } from '../../../lib/target/sessions.ts';
import { deleted, withSpec, workspace } from '../builders.ts';
import { World } from './world.ts';

/** What runtimes are asked to open, in order. */
function setUp(hostNamespaces: readonly string[]) {
  const opened: RuntimeSpec[] = [];
  const runtime: Runtime = {
    kind: 'docker',
    pluginsPath: '/configs/plugins',
    restarts: 'Workspace',
    restart: () => Promise.reject(new Error('nothing is restarted')),
    probe: () => Promise.resolve({ instance: 'run-1' }),
    run: () => Promise.reject(new Error('nothing is run')),
  };
  const open = (spec: RuntimeSpec): Runtime => {
    opened.push(spec);
    return runtime;
  };
  const claim: Claim = { cluster: 'c-1', object: 'team/alice', uid: 'u-1' };
  const sessions = new Sessions<Place>(
    (place) => open(place.runtime),
    () => new World().place,
  );
  const secrets = new Map<string, Secret>();
  const refused = new PermanentError('Forbidden', 'The API server answered 403 to GET /api/v1/…');
  const rights = { mayRead: true };
  const readSecret = ({ namespace, name }: ObjectName) =>
    rights.mayRead ? Promise.resolve(secrets.get(`${namespace}/${name}`)) : Promise.reject(refused);
  return {
    rights,
    opened,
    secrets,
    reach: createReach({ sessions, hostNamespaces, readSecret, claimOf: () => Promise.resolve(claim) }),
  };
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof PermanentError ? `${error.reason}: ${error.message}` : 'none';
}

describe('the way to a workspace', () => {
  it('is closed to namespaces that were not named, and says which flag opens it', async () => {
    const { reach, opened } = setUp(['other']);
    const reason = await reasonOf(reach(workspace()));
    expect(reason).to.match(/^RuntimeNotPermitted: Workspace team\/alice .*--host-namespace=team/);
    expect(opened).to.deep.equal([]);
  });

  for (const namespace of ['team', '*']) {
    it(`is open to the namespaces of --host-namespace=${namespace}`, async () => {
      const { reach, opened } = setUp([namespace]);
      await reach(workspace());
      const owner = { uid: 1000, gid: 1000 };
      expect(opened).to.deep.equal([
        { kind: 'docker', container: 'alice', pluginsPath: '/configs/plugins', owner },
      ]);
    });
  }

  it('leads to a directory where the spec names one', async () => {
    const { reach, opened } = setUp(['*']);
    await reach(withSpec<Workspace>({ runtime: { directory: { path: '/srv/alice' } } })(workspace()));
    expect(opened[0]).to.include({ kind: 'directory', path: '/srv/alice' });
  });

  it('is unknown for a runtime of another version', async () => {
    const { reach } = setUp(['*']);
    const other = withSpec<Workspace>({ runtime: {} })(workspace());
    expect(await reasonOf(reach(other))).to.match(/use docker or directory/);
  });

  describe('with an engine of its own', () => {
    const docker = { selector: { matchLabels: { app: 'alice' } }, engineSecretRef: { name: 'engine' } };
    const entries = { host: 'tcp://docker.example:2376', ca: 'ca', cert: 'cert', key: 'canary' };
    const secretOf = (data: object): Secret => ({ data: new Map(Object.entries(data)), annotations: {} });
    const remote = withSpec<Workspace>({ runtime: { docker } })(workspace());

    it('is open to every namespace, by what the Secret there says', async () => {
      const { reach, opened, secrets } = setUp([]);
      secrets.set('team/engine', secretOf(entries));
      await reach(remote);
      expect(opened[0]).to.deep.include({ container: docker.selector, engine: entries });
    });

    it('names the Secret that is missing, and what one lacks, but nothing of what is in it', async () => {
      const { reach, opened, secrets } = setUp([]);
      expect(await reasonOf(reach(remote))).to.match(/^InvalidSecret: there is no Secret team\/engine/);
      secrets.set('team/engine', secretOf({ ...entries, ca: '\n', cert: '' }));
      const reason = await reasonOf(reach(remote));
      expect(reason)
        .to.match(/^InvalidSecret: Secret team\/engine lacks ca, cert:/)
        .and.not.include('canary');
      expect(opened).to.deep.equal([]);
    });

    it('stays open for the clean-up when the Secret is deleted together with the Workspace', async () => {
      const { reach, secrets } = setUp([]);
      secrets.set('team/engine', secretOf(entries));
      await reach(remote);
      secrets.clear();
      expect(await reasonOf(reach(remote))).to.match(/^InvalidSecret/);
      expect(await reasonOf(reach(deleted(remote)))).to.equal('none');
    });

    it('stays open for the clean-up when the right to read the Secret goes first, with its namespace', async () => {
      const { reach, secrets, rights } = setUp([]);
      secrets.set('team/engine', secretOf(entries));
      await reach(remote);
      rights.mayRead = false;
      expect(await reasonOf(reach(remote))).to.match(/^Forbidden/);
      expect(await reasonOf(reach(deleted(remote)))).to.equal('none');
    });

    it('is closed to a controller that never knew it, and says why', async () => {
      const { reach, rights } = setUp([]);
      expect(await reasonOf(reach(deleted(remote)))).to.match(/^InvalidSecret: there is no Secret team/);
      rights.mayRead = false;
      expect(await reasonOf(reach(deleted(remote)))).to.match(/^Forbidden/);
    });
  });
});
