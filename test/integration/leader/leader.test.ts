// Two controllers, one leader: killed, stopped or cut off, the other takes over, and nothing of the old one takes effect.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { LEASE } from '../../../lib/kube/lease.ts';
import { waitFor } from '../../support/wait-for.ts';
import { pluginFiles } from '../stories/plugins.ts';
import { expectInstalled } from '../stories/tree.ts';
import { World } from '../stories/world.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { Competitor } from './competitor.ts';
import { Wire } from '../support/wire.ts';

/** Shorter than the defaults, and long enough for a busy machine. */
const [LEASE_MS, RENEW_MS, RETRY_MS] = [6_000, 4_000, 500];

const LEASE_NAME = 'workspace-plugin-controller';

describe('two controllers', () => {
  let world: World;
  let wire: Wire;
  let a: Competitor;
  let b: Competitor;
  let revisions: Record<string, string>;

  beforeEach(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open({ withController: false });
    const repository = await world.git.repository('skills');
    revisions = {};
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
      const revision = await repository.release(`v${version}`, pluginFiles(version));
      revisions[version] = revision;
    }
    const wired = join(world.root, '..', 'wired.kubeconfig');
    wire = await Wire.lay(world.controlPlane.kubeconfig, wired);
    a = competitor('a', `--kubeconfig=${wired}`);
    await a.untilLeads(60_000);
    b = competitor('b');
    await Promise.all([a.ready(), b.ready()]);
    await world.apply(
      await world.workspace('alice'),
      world.plugin('browser', 'alice', { url: urlOf('1.0.0') }),
    );
    await world.installed('browser', revisionOf('1.0.0'));
  });

  afterEach(async function () {
    this.timeout(60_000);
    if (this.currentTest?.state === 'failed') process.stderr.write(`a:\n${a.log()}\nb:\n${b.log()}\n`);
    await Promise.all([a.end(), b.end()]);
    await wire.close();
    await world.close();
  });

  const competitor = (name: string, ...flags: string[]): Competitor =>
    new Competitor(
      [
        ...world.flags,
        `--host-namespace=${world.namespace}`,
        `--cache-dir=${world.cacheDir}-${name}`,
        `--leader-elect-resource-namespace=${world.namespace}`,
        `--leader-elect-lease-duration=${LEASE_MS}ms`,
        `--leader-elect-renew-deadline=${RENEW_MS}ms`,
        `--leader-elect-retry-period=${RETRY_MS}ms`,
        ...flags,
      ],
      join(world.root, '..', `stop-${name}`),
    );
  const urlOf = (version: string): string => `${world.git.urlOf('skills')}#v${version}`;
  const revisionOf = (version: string): string => revisions[version] ?? '';
  const pin = async (version: string): Promise<void> => {
    await world.edit('browser', { source: { url: urlOf(version) } });
  };
  const ticketFile = (): string => world.folder('alice', 'configs', 'plugins', '.controller', '.ticket');
  const ticket = (): Promise<string> => readFile(ticketFile(), 'utf8');
  const expectVersion = async (version: string): Promise<void> => {
    expectInstalled(await world.tree('alice', 'browser'), pluginFiles(version), {
      revision: revisionOf(version),
    });
  };

  it('take over from a leader that is killed, and from one that ends at once', async () => {
    expect([await b.leads(), await b.isReady()]).to.deep.equal([false, true]);
    a.signal('SIGKILL');
    const killed = Date.now();
    await pin('2.0.0');
    await world.installed('browser', revisionOf('2.0.0'));
    await expectVersion('2.0.0');
    expect(await b.leads()).to.equal(true);
    expect(b.whenSaid(/leads\.$/)).to.be.at.least(killed + LEASE_MS - 2 * RETRY_MS);

    const c = competitor('c');
    try {
      await c.ready();
      expect(await b.stop()).to.equal(0);
      const given = b.whenSaid(/given back/) ?? Infinity;
      await c.untilLeads();
      expect((c.whenSaid(/leads\.$/) ?? Infinity) - given).to.be.below(LEASE_MS - RETRY_MS);
    } finally {
      await c.end();
    }
  });

  it('refuse, in the workspace, the command of a leader that was stopped beyond its lease', async () => {
    await a.setTrap('Before');
    await pin('2.0.0');
    await a.untilStopped();
    await pin('3.0.0');
    await b.untilLeads();
    await world.installed('browser', revisionOf('3.0.0'));
    const newest = await ticket();

    a.signal('SIGCONT');
    await waitFor('the answer to the old command', () => a.answers.length > 0);
    await waitFor('the old leader to follow', async () => !(await a.leads()));

    expect(a.answers[0]).to.match(/^target 1\nrefused StaleTicket /);
    expect(await ticket()).to.equal(newest);
    await expectVersion('3.0.0');
    expect(await world.previous('alice', 'browser')).to.have.length(1);
    const { history = [] } = (await world.get('browser'))?.status ?? {};
    expect(history.map(({ revision }) => revision)).to.have.members([
      revisionOf('1.0.0'),
      revisionOf('3.0.0'),
    ]);
    expect([await a.isReady(), await b.leads()]).to.deep.equal([true, true]);
  });

  it('end, and undo, what a leader had half done that was stopped in the middle of it', async () => {
    await a.setTrap('Within');
    await pin('2.0.0');
    await a.untilStopped();
    await pin('3.0.0');
    await b.untilLeads();
    await world.installed('browser', revisionOf('3.0.0'));
    a.signal('SIGCONT');
    await waitFor('the old leader to follow', async () => !(await a.leads()));

    await expectVersion('3.0.0');
    expect(await world.previous('alice', 'browser')).to.have.length(1);
    expect(await readdir(world.folder('alice', 'configs', 'plugins'))).to.not.include('.staging');
    expect([await a.isReady(), await b.leads()]).to.deep.equal([true, true]);
  });

  it('overwrite a newer ticket that nobody can have made, and say so', async () => {
    await writeFile(ticketFile(), '99999999999999 1 1\n');
    await pin('2.0.0');
    await world.installed('browser', revisionOf('2.0.0'));

    const lease = await world.find(LEASE, LEASE_NAME);
    expect(await ticket()).to.match(
      new RegExp(`^${Date.parse(lease?.metadata.creationTimestamp ?? '')} 0 \\d+\\n$`),
    );
    await waitFor('the event', async () => {
      const text = await world.kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}');
      return text.split(' ').filter((reason) => reason === 'TicketOverruled').length === 1;
    });
  });

  it('stop acting when they are cut off from the API server, before the other begins', async () => {
    wire.cut();
    await pin('2.0.0');
    await waitFor('the one that is cut off to stop', async () => !(await a.leads()));
    await b.untilLeads();
    await world.installed('browser', revisionOf('2.0.0'));
    wire.mend();

    const [stopped = Infinity, began = 0] = [a.whenSaid(/leads no longer/), b.whenSaid(/leads\.$/)];
    expect(stopped).to.be.below(began);
    await expectVersion('2.0.0');
    expect([await a.isReady(), await a.leads(), await b.leads()]).to.deep.equal([true, false, true]);
    const lease = await world.find(LEASE, LEASE_NAME);
    expect(lease?.spec?.leaseTransitions).to.equal(1);
  });
});
