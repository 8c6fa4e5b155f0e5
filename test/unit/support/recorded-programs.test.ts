import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { recordPrograms } from '../../integration/support/recorded-programs.ts';

describe('programs that are recorded', () => {
  it('do as before, and every way in which they were called is known, however short they lived', async () => {
    const before = process.env['PATH'];
    const programs = await recordPrograms(['printf', 'no-such-program']);
    const { stdout } = await promisify(execFile)('printf', ['%s\n', 'a secret', 'two words']);
    const text = await programs.end();
    expect(stdout).to.equal('a secret\ntwo words\n');
    expect(text).to.match(/\/printf %s\n a secret two words\n$/);
    expect(process.env['PATH']).to.equal(before);
  });
});
