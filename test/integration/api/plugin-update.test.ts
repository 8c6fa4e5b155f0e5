// A PluginUpdate on the API server: what is proposed never changes, a decision is made once, and kubectl shows both.
import { expect } from 'chai';
import type { PluginUpdate } from '../../../controller/api/plugin-update.ts';
import { updateManifest } from '../../support/manifests.ts';
import { BED_TIMEOUT_MS, bed } from '../support/bed.ts';
import type { Bed } from '../support/bed.ts';
import { apply, kubectl, refusal } from '../support/kubectl.ts';

const SHA256 = 'c'.repeat(64);
const APPROVAL = { decision: 'Approved', decidedBy: 'jane', reason: 'read, and good' };

describe('the API server, about a PluginUpdate', () => {
  let test: Bed;
  let namespace: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    test = await bed();
    namespace = await test.namespace();
  });

  async function propose(name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<PluginUpdate> {
    return apply<PluginUpdate>(test.controlPlane, updateManifest(spec, { name, namespace }));
  }

  /** What it says to a patch; empty when it takes it. */
  async function patch(name: string, change: object, ...more: readonly string[]): Promise<string> {
    const args = [
      'patch',
      'pu',
      name,
      '-n',
      namespace,
      '--type=merge',
      '-p',
      JSON.stringify(change),
      ...more,
    ];
    const { stderr, exitCode } = await test.controlPlane.kubectl(args);
    return exitCode === 0 ? '' : stderr;
  }

  const decide = (name: string, spec: object) => patch(name, { spec });

  for (const [what, spec] of [
    ['a first install', { fromRevision: undefined }],
    ['a revision that is a digest', { toRevision: `sha256:${SHA256}` }],
    ['a SHA of 64 digits', { fromRevision: SHA256, toRevision: SHA256 }],
    ['a ref of 255 characters', { ref: 'v'.repeat(255) }],
  ] as const) {
    it(`takes one for ${what}`, async () => {
      const args = ['create', '--dry-run=server', '-o', 'name', '-f', '-'];
      const name = await kubectl(test.controlPlane, args, JSON.stringify(updateManifest(spec)));
      expect(name.trim()).to.equal('pluginupdate.plugins.molecule.ai/alice');
    });
  }

  for (const [what, spec, says] of [
    ['that is approved already', APPROVAL, 'is made without a decision'],
    ['that is dismissed already', { ...APPROVAL, decision: 'Dismissed' }, 'is made without a decision'],
    ['without a plugin', { pluginRef: undefined }, 'pluginRef: Required value'],
    ['of a plugin that cannot be', { pluginRef: { name: 'A/b' } }, 'must be the name of a WorkspacePlugin'],
    ['without a revision', { toRevision: undefined }, 'toRevision: Required value'],
    ['of a short SHA', { toRevision: 'abcdef0' }, 'toRevision in body should match'],
    ['without a ref', { ref: '' }, 'ref in body should be at least 1 chars'],
    ['with a reason alone', { reason: 'so' }, 'reason is set together with decision'],
    ['with somebody alone', { decidedBy: 'jane' }, 'decision and decidedBy are set together'],
    ['with a misspelt field', { toRef: 'v1' }, 'unknown field "spec.toRef"'],
  ] as const) {
    it(`refuses one ${what}`, async () => {
      expect(await refusal(test.controlPlane, updateManifest(spec))).to.include(says);
    });
  }

  it('takes one decision, and no other after it', async () => {
    await propose('once');
    expect(await decide('once', APPROVAL)).to.equal('');
    for (const other of [
      { decision: 'Dismissed' },
      { decidedBy: 'joe' },
      { reason: 'something else' },
      { reason: null },
      { decision: null, decidedBy: null, reason: null },
    ]) {
      expect(await decide('once', other), JSON.stringify(other)).to.include('a decision is final');
    }
    expect(await decide('once', APPROVAL), 'the same once more').to.equal('');
  });

  it('refuses a decision that is neither of the two, or nobody’s', async () => {
    await propose('odd');
    expect(await decide('odd', { decision: 'Maybe', decidedBy: 'jane' })).to.include(
      '"Approved", "Dismissed"',
    );
    expect(await decide('odd', { decision: 'Approved' })).to.include('are set together');
    expect(await decide('odd', { decision: 'Approved', decidedBy: '' })).to.include('at least 1 chars');
  });

  for (const change of [
    { pluginRef: { name: 'other' } },
    { fromRevision: SHA256 },
    { fromRevision: null },
    { toRevision: SHA256 },
    { ref: 'v2' },
  ]) {
    it(`refuses another proposal under the same name: ${Object.keys(change).join()}`, async () => {
      await propose('fixed');
      expect(await decide('fixed', change)).to.include('what is proposed is immutable');
      expect(await decide('fixed', { ...change, decision: 'Approved', decidedBy: 'jane' })).to.include(
        'what is proposed is immutable',
      );
    });
  }

  it('lets nobody begin with a proposal for an update and make a first install of it', async () => {
    await propose('first', { fromRevision: undefined });
    expect(await decide('first', { fromRevision: SHA256 })).to.include('what is proposed is immutable');
  });

  it('keeps a decision out of reach of who writes the status', async () => {
    await propose('apart');
    const both = { spec: APPROVAL, status: { phase: 'Applied' } };
    expect(await patch('apart', both, '--subresource=status')).to.equal('');
    const { spec, status } = await propose('apart');
    expect(spec).not.to.have.property('decision');
    expect(status?.phase).to.equal('Applied');
  });

  it('shows in columns what a person needs to decide', async () => {
    const condition = { type: 'Ready', status: 'False', observedGeneration: 1, reason: 'AwaitingApproval' };
    const ready = { ...condition, lastTransitionTime: '2026-05-08T14:15:30Z', message: 'waits for you' };
    await propose('shown');
    const status = { phase: 'Pending', from: 'a'.repeat(12), to: 'b'.repeat(12), reload: 'HotReload' };
    await patch('shown', { status: { ...status, conditions: [ready] } }, '--subresource=status');
    await decide('shown', APPROVAL);
    const table = async (...args: readonly string[]) => {
      const text = await kubectl(test.controlPlane, ['get', 'pu', 'shown', '-n', namespace, ...args]);
      return text.split('\n').map((line) => line.trim().split(/ {3,}/));
    };
    const [head, row] = await table();
    expect(head?.join(' ')).to.equal('NAME PLUGIN VERSION FROM TO RELOAD PHASE AGE');
    const cells = ['shown', 'browser', 'v1.3.0', 'a'.repeat(12), 'b'.repeat(12), 'HotReload', 'Pending'];
    expect(row?.slice(0, -1)).to.deep.equal(cells);
    const [wide, more] = await table('-o', 'wide');
    expect(wide).to.include.members(['DECIDED BY', 'STATUS']);
    expect(more).to.include.members(['jane', 'waits for you']);
  });
});
