// manifests/strict-secrets: who has a Secret used must be allowed to read it.
import { expect } from 'chai';
import { workspaceManifest, type Manifest } from '../../support/manifests.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { Team, type Answer, type Person } from './team.ts';

const URL = 'https://git.example.org/skills#v1';
const creds = { secretRef: { name: 'creds' } };

describe('manifests/strict-secrets', () => {
  let team: Team;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    team = await Team.start();
    const viewer = ['--clusterrole=workspace-plugin-viewer', '--user=dora', '-n', 'team'];
    await team.admin('create', 'rolebinding', 'dora-too', ...viewer);
    await waitFor('the roles to be joined', () => team.may('dora', 'get', 'workspaces'));
    await team.applyStrict(
      'strict-secrets',
      'dora',
      team.plugin('probe', { source: { url: URL, ...creds } }),
      docked('probe', { engineSecretRef: { name: 'creds' } }),
    );
    const allowed = ['--verb=get', '--resource=secrets', '--resource-name=hers', '-n', 'team'];
    await team.admin('create', 'role', 'hers', ...allowed);
    await team.admin('create', 'rolebinding', 'hers', '--role=hers', '--user=dora', '-n', 'team');
    for (const [name, source] of [
      ['with', { url: URL, ...creds }],
      ['without', { url: URL }],
    ] as const) {
      await expectTaken('eric', team.plugin(name, { source }));
    }
    await expectTaken('eric', docked('remote', { engineSecretRef: { name: 'creds' } }));
  });

  after(() => team[Symbol.asyncDispose]());

  function docked(name: string, fields: object): Manifest {
    const runtime = { docker: { container: 'alice', ...fields } };
    return workspaceManifest({ runtime }, { name, namespace: 'team' });
  }

  function create(user: Person, manifest: Manifest): Promise<Answer> {
    return team.as(user, ['create', '-f', '-'], manifest);
  }

  async function expectTaken(user: Person, manifest: Manifest): Promise<void> {
    const { ok, text } = await create(user, manifest);
    expect(ok, text).to.equal(true);
  }

  function edit(user: Person, object: string, spec: object): Promise<Answer> {
    return team.as(user, ['patch', object, '--type=merge', '-p', JSON.stringify({ spec })]);
  }

  const FOR_A_SOURCE = 'dora may not use Secret creds in namespace team for a source';
  const FOR_AN_ENGINE = 'dora may not use Secret creds in namespace team for a Docker engine';

  it('refuses a new plugin with a Secret that its author may not read', async () => {
    const { ok, text } = await create('dora', team.plugin('stolen', { source: { url: URL, ...creds } }));
    expect(ok).to.equal(false);
    expect(text).to.include(FOR_A_SOURCE).and.to.include('for want of the verb get on it');
  });

  for (const [what, object, source] of [
    ['who adds such a Secret', 'wsp/without', creds],
    ['who sends it to another place', 'wsp/with', { url: 'https://evil.example.org/skills#v1' }],
  ] as const) {
    it(`refuses ${what}, and takes it from who may read it`, async () => {
      const { ok, text } = await edit('dora', object, { source });
      expect(ok).to.equal(false);
      expect(text).to.include(FOR_A_SOURCE);
      expect((await edit('eric', object, { source })).ok).to.equal(true);
    });
  }

  it('refuses a workspace by such a Secret, and another container by it', async () => {
    const made = await create('dora', docked('stolen', { engineSecretRef: { name: 'creds' } }));
    expect(made.text).to.include(FOR_AN_ENGINE);
    const moved = { runtime: { docker: { container: 'bob' } } };
    expect((await edit('dora', 'ws/remote', moved)).text).to.include(FOR_AN_ENGINE);
    expect((await edit('eric', 'ws/remote', moved)).ok).to.equal(true);
  });

  it('takes a Secret from who may read that one alone', async () => {
    const hers = { secretRef: { name: 'hers' } };
    await expectTaken('dora', team.plugin('hers', { source: { url: URL, ...hers } }));
    await expectTaken('dora', docked('hers', { engineSecretRef: { name: 'hers' } }));
  });

  it('takes whatever else there is to declare and to edit, beside a Secret too', async () => {
    await expectTaken('dora', team.plugin('free', { source: { url: URL } }));
    await expectTaken('dora', docked('free', {}));
    for (const [object, spec] of [
      ['wsp/with', { suspend: true, track: 'tag:latest', source: { interval: '2h' } }],
      ['wsp/with', { source: { secretRef: null } }],
      ['ws/remote', { suspend: true }],
    ] as const) {
      const { ok, text } = await edit('dora', object, spec);
      expect(ok, text).to.equal(true);
    }
  });
});
