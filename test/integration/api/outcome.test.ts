// What the API server refuses of the fields that say how a change must end.
import { expect } from 'chai';
import type { ControlPlane } from '../../../lib/embedded/control-plane.ts';
import { pluginManifest, workspaceManifest, type Manifest } from '../../support/manifests.ts';
import { BED_TIMEOUT_MS, bed } from '../support/bed.ts';
import { refusal } from '../support/kubectl.ts';

const checking = (healthCheck: object): Manifest => pluginManifest({ update: { healthCheck } });
const command = ['true'];

const rows: readonly (readonly [what: string, manifest: Manifest, says: string])[] = [
  ['an unknown onFailure', pluginManifest({ update: { onFailure: 'Ignore' } }), '"Rollback", "Hold"'],
  ['a health check without a command', checking({}), 'healthCheck.command: Required value'],
  ['a health check with an empty command', checking({ command: [] }), 'should have at least 1 items'],
  ['a health check without a program', checking({ command: ['', 'x'] }), 'must be a program'],
  ['a health check with a NUL', checking({ command: ['a\0b'] }), 'should match'],
  ['a health check that is a line', checking({ command: 'true' }), 'must be of type array'],
  ['a word that is too long', checking({ command: ['x'.repeat(4097)] }), 'may not be more than 4096'],
  [
    'a health check that is too long',
    checking({ command: Array<string>(8).fill('ü'.repeat(2048)) }),
    'at most 32 KiB in all',
  ],
  ['a health check for ever', checking({ command, timeout: '11m' }), 'must be a duration from 1s to 10m'],
  ['a health check in no time', checking({ command, timeout: '0s' }), 'must be a duration from 1s to 10m'],
  ['an unknown restartPolicy', workspaceManifest({ restartPolicy: 'Always' }), '"Auto", "Never"'],
];

describe('the API server refuses', () => {
  let controlPlane: ControlPlane;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    ({ controlPlane } = await bed());
  });

  for (const [what, manifest, says] of rows) {
    it(what, async () => {
      expect(await refusal(controlPlane, manifest)).to.include(says);
    });
  }
});
