// manifests/strict-approvals: who edits what a plugin is made of must be allowed to approve it.
import { expect } from 'chai';
import { RESET_AT } from '../../../controller/api/group.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { Team, type Answer, type Person } from './team.ts';

const BY_HAND = { update: { initialInstall: 'Manual', approval: 'Manual' } };

describe('manifests/strict-approvals', () => {
  let team: Team;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    team = await Team.start();
    await team.applyStrict('strict-approvals', 'eric', team.plugin('probe'));
    expect((await create('boss', 'browser')).ok).to.equal(true);
  });

  after(() => team[Symbol.asyncDispose]());

  function create(user: Person, name: string, spec = {}): Promise<Answer> {
    return team.as(user, ['create', '-f', '-'], team.plugin(name, spec));
  }

  function edit(user: Person, spec: object): Promise<Answer> {
    return team.as(user, ['patch', 'wsp', 'browser', '--type=merge', '-p', JSON.stringify({ spec })]);
  }

  for (const [what, spec] of [
    ['the ref', { source: { url: 'github://owner/repo#v2' } }],
    ['the path', { source: { path: 'other' } }],
    ['what is tracked', { track: 'tag:latest' }],
    ['the rule of approval', { update: { approval: 'Automatic' } }],
    ['what must wait', { update: { minimumAge: '1s' } }],
  ] as const) {
    it(`refuses an editor who changes ${what}, and takes it from who may approve`, async () => {
      const { ok, text } = await edit('eric', spec);
      expect(ok).to.equal(false);
      expect(text).to.include('eric may not change source, track or update of a plugin in namespace team');
      expect(text).to.include('the ClusterRole workspace-plugin-approver');
      expect((await edit('boss', spec)).ok).to.equal(true);
    });
  }

  it('refuses an editor who lifts what was rejected, and takes it from who may approve', async () => {
    const reset = (value: string) => ['annotate', 'wsp', 'browser', '--overwrite', `${RESET_AT}=${value}`];
    const { ok, text } = await team.as('eric', reset(''));
    expect(ok).to.equal(false);
    expect(text).to.include(`eric may not change the annotation ${RESET_AT} of a plugin in namespace team`);
    expect((await team.as('boss', reset('1'))).ok).to.equal(true);
    expect((await team.as('eric', reset('2'))).ok, 'another value').to.equal(false);
    expect((await edit('eric', { previousLimit: 2 })).ok, 'another edit, with the annotation').to.equal(true);
  });

  it('takes from an editor whatever else there is to edit', async () => {
    expect((await edit('eric', { suspend: true, previousLimit: 3 })).ok).to.equal(true);
    expect((await team.as('eric', ['annotate', 'wsp', 'browser', 'a=b'])).ok).to.equal(true);
    expect((await team.as('eric', ['delete', 'wsp', 'browser', '--dry-run=server'])).ok).to.equal(true);
  });

  it('takes a new plugin from an editor where everything waits for an approval', async () => {
    expect((await create('eric', 'asks', BY_HAND)).ok).to.equal(true);
  });

  for (const [what, update] of [
    ['whose first install would happen by itself', { approval: 'Manual' }],
    ['whose updates would happen by themselves', { initialInstall: 'Manual', approval: 'Automatic' }],
  ] as const) {
    it(`refuses a new plugin ${what}`, async () => {
      expect((await create('eric', 'unasked', { update })).text).to.include(
        'eric may declare a plugin only with spec.update.initialInstall and spec.update.approval Manual',
      );
    });
  }
});
