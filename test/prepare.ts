// Makes what the tests on real parts take from the cache, once, before several of them ask for it at the same time.
import { findPrograms } from '../lib/embedded/binaries.ts';
import { imageTar } from '../lib/embedded/images.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

await Promise.all([findPrograms(say), imageTar('busybox', say), imageTar('debian', say)]);
