// The scripts that no test runs whole: each at least loads, and says how it is used.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

describe('the script', () => {
  for (const name of ['bench', 'faults', 'soak']) {
    it(`test/${name} tells its options`, async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [`test/${name}/main.ts`, '--help']);
      expect(stdout).to.match(/^npm run \S+ -- \[options\]\n/);
    });
  }
});
