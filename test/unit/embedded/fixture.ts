// A process for the tests of guardians: starts what they guard, says that it did, and waits to be killed.
import { startChild } from '../../../lib/embedded/child.ts';
import { createScratch } from '../../../lib/embedded/scratch.ts';

const scratch = await createScratch('guarded');
// The child starts a child of its own; both would sleep on for longer than any test.
startChild({
  name: 'sleeper',
  argv: ['sh', '-c', 'sleep 300 & echo "$$ $!"; wait'],
  onOutput: (chunk) => process.stdout.write(`${scratch.path} ${chunk.toString()}`),
});
