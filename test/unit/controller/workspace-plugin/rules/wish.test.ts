// The checksum of what the spec asks for.
import { expect } from 'chai';
import { wishOf } from '../../../../../controller/workspace-plugin/rules/wish.ts';
import { tracking, withSource, withUpdate, workspacePlugin } from '../../../builders.ts';

const check = (...command: string[]) => withUpdate({ healthCheck: { command, timeout: '30s' } });

describe('wishOf', () => {
  it('stays as it is from one version of the controller to the next', () => {
    expect(wishOf(workspacePlugin())).to.equal('8c7b8d5a');
    expect(wishOf(workspacePlugin(check('sh', '-c', 'exit 0')))).to.equal('81d65c2d');
  });

  it('has eight digits, as the schema takes it, also where the first are zero', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      expect(wishOf(workspacePlugin(withSource({ path: `skills/${seed}` })))).to.match(/^[0-9a-f]{8}$/);
    }
  });

  it('differs with url, path, ref, track where there is no ref, and the health check', () => {
    const wishes = [
      workspacePlugin(),
      workspacePlugin(withSource({ url: 'github://acme/other#v1.2.0' })),
      workspacePlugin(withSource({ path: 'skills' })),
      workspacePlugin(tracking('none', 'v1.3.0')),
      workspacePlugin(tracking('tag:latest')),
      workspacePlugin(tracking('branch:main')),
      workspacePlugin(check('a', 'b')),
      workspacePlugin(check('ab')),
      workspacePlugin(withUpdate({ healthCheck: { command: ['ab'], timeout: '40s' } })),
    ].map(wishOf);
    expect(new Set(wishes)).to.have.property('size', wishes.length);
  });

  it('is the same whatever else is edited, and whatever is tracked beside a ref', () => {
    const wish = wishOf(workspacePlugin());
    expect(wishOf(workspacePlugin(tracking('tag:latest', 'v1.2.0')))).to.equal(wish);
    expect(wishOf(workspacePlugin(withSource({ timeout: '1m' })))).to.equal(wish);
  });
});
