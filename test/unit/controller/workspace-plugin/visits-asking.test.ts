// Stories of visits that ask a person: once for each question, whatever else is going on.
import { expect } from 'chai';
import { PLUGIN_UPDATE } from '../../../../controller/api/group.ts';
import { PermanentError, TransientError } from '../../../../lib/errors.ts';
import { automatic, candidate, paths } from '../../builders.ts';
import { effects } from './set-up.ts';
import { drifted, setUp, three, two } from './updates-set-up.ts';

describe('visits that ask a person', () => {
  it('make one PluginUpdate, and name it', async () => {
    const { settle, offer, all, status, phases } = setUp();
    await settle();
    await offer(two);
    await settle();
    expect(phases()).to.deep.equal(['v1.2.0 Pending']);
    expect(status().pendingUpdateRef).to.deep.equal({ name: all()[0]?.metadata.name });
    expect(drifted(status())).to.equal('True AwaitingApproval');
  });

  it('write two objects once each, and nothing when visited again', async () => {
    const { world, settle, offer } = setUp();
    await settle();
    world.kube.calls.length = 0;
    await offer(two);
    const writes = world.kube.writes.map(({ verb, kind, subresource = '' }) =>
      `${verb} ${kind} ${subresource}`.trim(),
    );
    expect(writes).to.deep.equal([
      'create PluginUpdate',
      'update WorkspacePlugin status',
      'update PluginUpdate status',
    ]);
    world.kube.calls.length = 0;
    await settle();
    expect(world.kube.writes).to.deep.equal([]);
  });

  it('ask nobody where approval is Automatic, save about a tag that was moved', async () => {
    const { settle, offer, phases, status } = setUp(automatic);
    await settle();
    await offer(two);
    expect(phases()).to.deep.equal([]);
    await offer({ ...three, ref: two.ref });
    expect(phases()).to.deep.equal(['v1.2.0 Pending']);
    expect(drifted(status())).to.equal('True TagMoved');
  });

  it('repair meanwhile, ask although a repair fails, and ask although nobody reaches the workspace', async () => {
    const { settle, offer, place, phases } = setUp();
    await settle();
    place.plugin = { ...place.plugin, tampered: paths('rules/a.md') };
    place.failures.set('install', new TransientError('NoSpace', 'the disk is full'));
    await offer(two);
    expect(phases()).to.deep.equal(['v1.2.0 Pending']);
    place.failures.clear();
    await settle();
    expect(effects(place.calls).at(-1)).to.equal('install 1.1.0 CarryOver');
    place.failures.set('reach', new TransientError('WorkspaceUnreachable', 'it is down'));
    await offer(three);
    expect(phases()).to.deep.equal(['v1.2.0 Superseded', 'v1.3.0 Pending']);
  });

  it('say why nobody could be asked, repair all the same, and try again', async () => {
    const { world, settle, offer, place, phases, status, refuse } = setUp();
    await settle();
    refuse(new PermanentError('Forbidden', 'no right to create'), 'create');
    place.plugin = { ...place.plugin, tampered: paths('rules/a.md') };
    await offer(two);
    expect(effects(place.calls).at(-1)).to.equal('install 1.1.0 CarryOver');
    expect(drifted(status())).to.equal('True UpdateAvailable');
    expect(status().conditions?.find(({ type }) => type === 'Drifted')?.message).to.include(
      'no right to create',
    );
    expect(status().conditions?.find(({ type }) => type === 'Ready')?.status).to.equal('True');
    world.kube.intercept = () => undefined;
    await settle();
    expect(phases()).to.deep.equal(['v1.2.0 Pending']);
  });

  it('take it for asked when it was made by a visit that died', async () => {
    const { world, settle, offer, phases, all, status } = setUp();
    await settle();
    world.kube.intercept = ({ verb, kind }) => {
      if (verb === 'update' && kind === 'WorkspacePlugin')
        throw new TransientError('APIUnavailable', 'cut off');
    };
    await offer(two).catch(() => undefined);
    world.kube.intercept = () => undefined;
    await settle();
    expect(phases()).to.deep.equal(['v1.2.0 Pending']);
    expect(status().pendingUpdateRef).to.deep.equal({ name: all()[0]?.metadata.name });
  });

  it('ask again when somebody deletes the question', async () => {
    const { world, settle, offer, all, phases } = setUp();
    await settle();
    await offer(two);
    for (const { metadata } of all()) world.kube.remove(PLUGIN_UPDATE, metadata);
    await settle();
    expect(phases()).to.deep.equal(['v1.2.0 Pending']);
  });
});

describe('visits of many updates', () => {
  it('keep the last five that are settled', async () => {
    const { world, settle, offer, phases } = setUp();
    await settle();
    const versions = Array.from({ length: 8 }, (_, index) => candidate(index + 2));
    world.source.has(...versions);
    for (const version of versions) await offer(version);
    await settle();
    await settle();
    expect(phases()).to.deep.equal([
      'v1.4.0 Superseded',
      'v1.5.0 Superseded',
      'v1.6.0 Superseded',
      'v1.7.0 Superseded',
      'v1.8.0 Superseded',
      'v1.9.0 Pending',
    ]);
  });

  it('keep what was decided, however many that nobody decided come after it', async () => {
    const { world, settle, offer, decide, phases } = setUp();
    await settle();
    await offer(two);
    decide(two, 'Approved');
    await settle();
    await settle();
    const versions = Array.from({ length: 8 }, (_, index) => candidate(index + 3));
    world.source.has(...versions);
    for (const version of versions) await offer(version);
    await settle();
    await settle();
    expect(phases()[0]).to.equal('v1.2.0 Applied');
    expect(phases(), 'that, five others, and what is asked now').to.have.length(7);
  });

  it('keep the last five that were decided', async () => {
    const { world, settle, offer, decide, phases } = setUp();
    await settle();
    const versions = Array.from({ length: 7 }, (_, index) => candidate(index + 2));
    world.source.has(...versions);
    for (const version of versions) {
      await offer(version);
      decide(version, 'Dismissed');
      await settle();
    }
    await settle();
    expect(phases()).to.deep.equal([4, 5, 6, 7, 8].map((minor) => `v1.${minor}.0 Dismissed`));
  });
});
