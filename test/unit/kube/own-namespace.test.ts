// The namespace that a controller belongs to, by its credentials.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { ownNamespace } from '../../../lib/kube/connection.ts';

describe('ownNamespace', () => {
  let scratch: Scratch;

  before(async () => {
    scratch = await createScratch('namespace');
  });

  after(async () => scratch.remove());

  for (const [namespace, expected] of [
    ['team', 'team'],
    [undefined, 'default'],
  ] as const) {
    it(`is ${expected} where the kubeconfig's context names ${namespace ?? 'none'}`, async () => {
      const file = join(scratch.path, expected);
      const context = { cluster: 'c', user: 'u', ...(namespace === undefined ? {} : { namespace }) };
      await writeFile(
        file,
        JSON.stringify({
          clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
          users: [{ name: 'u', user: {} }],
          contexts: [{ name: 'x', context }],
          'current-context': 'x',
        }),
      );
      expect(ownNamespace(file)).to.equal(expected);
    });
  }
});
