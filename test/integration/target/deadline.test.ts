// A command that takes longer than it was given ends itself, though nobody ends it from outside.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { targetCommand } from '../../../lib/target/program.ts';
import { Place } from '../../contract/place.ts';
import { soon } from '../../contract/runtime.ts';
import { resetWorkspace } from './disk-state.ts';
import { openDirectoryStand, owner, type Stand } from './stand.ts';

describe('a command whose batch never ends', () => {
  let stand: Stand;

  before(async () => {
    stand = await openDirectoryStand();
  });

  after(async () => {
    await stand.close();
  });

  for (const kind of ['change', 'look', 'look without a plugins folder']) {
    it(`is killed by itself at its deadline (${kind})`, async () => {
      const workspace = join(stand.folder, kind);
      await mkdir(workspace);
      await resetWorkspace(workspace, owner);
      const runtime = stand.open(workspace);
      if (kind === 'look') await new Place(runtime).shell('true');
      const [word] = kind.split(' ');
      const over = Promise.withResolvers<undefined>();
      const stdin = (async function* () {
        yield Buffer.from(
          `target 1\n${runtime.pluginsPath}\n${word} 20260508T141530Z 2 Nothing 1 0 1\n-\n-\n`,
        );
        await over.promise;
      })();
      const { exitCode } = await runtime.run({
        argv: targetCommand(),
        stdin,
        timeoutMs: 20_000,
        signal: soon(),
      });
      over.resolve(undefined);
      expect(exitCode).to.equal(137);
    });
  }
});
