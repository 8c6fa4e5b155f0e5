// Who may see, declare and decide: asked and tried by real users of a real API server.
import { expect } from 'chai';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { Team, type Person } from './team.ts';

const approvedBy = (decidedBy: string) => ({ decision: 'Approved', decidedBy });

describe('rights', () => {
  let team: Team;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    team = await Team.start();
  });

  after(() => team[Symbol.asyncDispose]());

  describe('the roles', () => {
    const RIGHTS = [
      ['list', 'pluginupdates', ['vera', 'eric', 'anna', 'boss']],
      ['list', 'workspaceplugins', ['vera', 'eric', 'anna', 'boss']],
      ['create', 'workspaceplugins', ['eric', 'boss']],
      ['patch', 'workspaces', ['eric', 'boss']],
      ['patch', 'pluginupdates', ['anna', 'boss', 'pete']],
      ['approve', 'pluginupdates', ['anna', 'boss']],
      ['create', 'pluginupdates', []],
      ['delete', 'pluginupdates', ['anna', 'boss']],
      ['patch', 'pluginupdates/status', []],
      ['patch', 'workspaceplugins/status', []],
    ] as const;
    const ASKED: readonly Person[] = ['vera', 'eric', 'anna', 'boss', 'pete', 'otto'];

    for (const [verb, resource, those] of RIGHTS) {
      it(`let ${those.length === 0 ? 'nobody' : those.join(', ')} ${verb} ${resource}`, async () => {
        const able = [];
        for (const user of ASKED) {
          if (await team.may(user, verb, resource)) able.push(user);
        }
        expect(able).to.deep.equal(those);
      });
    }

    it('let a viewer read an update, and change nothing', async () => {
      await team.propose('read');
      expect((await team.as('vera', ['get', 'pu', 'read', '-o', 'name'])).text).to.include('/read');
      expect((await team.decide('vera', 'read', approvedBy('vera'))).text).to.include(
        'cannot patch resource',
      );
    });

    it('let an editor declare a plugin, and decide about no update', async () => {
      expect((await team.as('eric', ['create', '-f', '-'], team.plugin('declared'))).ok).to.equal(true);
      await team.propose('declared');
      expect((await team.decide('eric', 'declared', approvedBy('eric'))).text).to.include(
        'cannot patch resource',
      );
      expect((await team.as('eric', ['delete', 'pu', 'declared'])).text).to.include('cannot delete resource');
    });
  });

  describe('a decision', () => {
    it('is made by an approver, with the command of the README', async () => {
      await team.propose('once');
      const { text: name } = await team.as('anna', [
        ...['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'],
      ]);
      const { ok } = await team.decide('anna', 'once', { ...approvedBy(name), reason: 'read it' });
      expect(ok).to.equal(true);
      expect(await team.decisionOf('once')).to.equal('Approved anna');
    });

    it('may be to dismiss it', async () => {
      await team.propose('dismissed');
      await team.decide('boss', 'dismissed', { decision: 'Dismissed', decidedBy: 'boss', reason: 'too new' });
      expect(await team.decisionOf('dismissed')).to.equal('Dismissed boss');
    });

    it('is never made in the name of another', async () => {
      await team.propose('forged');
      const { ok, text } = await team.decide('anna', 'forged', approvedBy('boss'));
      expect(ok).to.equal(false);
      expect(text).to.include('decidedBy must be who decides, anna: nobody decides in the name of another');
      expect((await team.decisionOf('forged')).trim()).to.equal('');
    });

    it('takes the right to approve, whatever else somebody may do', async () => {
      await team.propose('unable');
      for (const decision of ['Approved', 'Dismissed']) {
        const { text } = await team.decide('pete', 'unable', { decision, decidedBy: 'pete' });
        expect(text).to.include('pete may not decide about updates in namespace team');
        expect(text).to.include('the ClusterRole workspace-plugin-approver');
      }
      expect((await team.decide('otto', 'unable', approvedBy('otto'))).text).to.include(
        'cannot get resource',
      );
    });

    it('leaves other changes to who may make them', async () => {
      await team.propose('labelled');
      expect((await team.as('pete', ['label', 'pu', 'labelled', 'a=b'])).ok).to.equal(true);
    });

    it('is impossible once the update no longer waits', async () => {
      for (const phase of ['Superseded', 'Failed', 'Applied']) {
        const name = phase.toLowerCase();
        await team.propose(name);
        await team.setPhase(name, phase);
        expect((await team.decide('anna', name, approvedBy('anna'))).text).to.include(
          `this update is ${phase}, and no longer waits for a decision`,
        );
      }
    });

    it('is final, for who made it and for others', async () => {
      await team.propose('final');
      await team.setPhase('final', 'Pending');
      await team.decide('anna', 'final', approvedBy('anna'));
      for (const [user, spec] of [
        ['anna', { decision: 'Dismissed' }],
        ['boss', approvedBy('boss')],
        ['boss', { decision: null, decidedBy: null }],
      ] as const) {
        expect((await team.decide(user, 'final', spec)).text).to.include('a decision is final');
      }
      expect(await team.decisionOf('final')).to.equal('Approved anna');
    });

    it('is one person’s where several decide at once', async () => {
      await team.propose('raced');
      const people = ['anna', 'alan', 'boss'] as const;
      const answers = await Promise.all(people.map((user) => team.decide(user, 'raced', approvedBy(user))));
      const winners = people.filter((_, index) => answers[index]?.ok);
      expect(winners).to.have.length(1);
      expect(await team.decisionOf('raced')).to.equal(`Approved ${winners.join()}`);
    });

    it('is never a part of an object that somebody makes', async () => {
      const args = ['create', '-n', 'team', '-f', '-'];
      const manifest = {
        ...team.plugin('born'),
        kind: 'PluginUpdate',
        spec: { pluginRef: { name: 'a' }, toRevision: 'b'.repeat(40), ref: 'v1', ...approvedBy('admin') },
      };
      const { stderr } = await team.controlPlane.kubectl(args, { input: JSON.stringify(manifest) });
      expect(stderr).to.include('is made without a decision');
      expect((await team.as('boss', ['create', '-f', '-'], manifest)).text).to.include(
        'cannot create resource',
      );
    });

    it('is made by a service account under its own name', async () => {
      await team.propose('robot');
      await team.admin('create', 'serviceaccount', 'robot', '-n', 'team');
      const role = ['--clusterrole=workspace-plugin-approver', '--serviceaccount=team:robot', '-n', 'team'];
      await team.admin('create', 'rolebinding', 'robot', ...role);
      const name = 'system:serviceaccount:team:robot';
      const patch = ['patch', 'pu', 'robot', '-n', 'team', '--type=merge', `--as=${name}`];
      const spec = approvedBy(name);
      await team.admin(...patch, '-p', JSON.stringify({ spec }));
      expect(await team.decisionOf('robot')).to.equal(`Approved ${name}`);
    });
  });
});
