// A power cut loses what was not flushed: nothing goes live, and nothing is answered, before it is on disk.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Place } from '../../contract/place.ts';
import { resetWorkspace } from './disk-state.ts';
import { recordFlushes } from './flush-recorder.ts';
import { openDirectoryStand, openSession, owner, withSearchPath, type Stand } from './stand.ts';
import { stories } from './stories.ts';

describe('what a power cut would leave', () => {
  let stand: Stand;

  before(async () => {
    stand = await openDirectoryStand();
  });

  after(async () => {
    await stand.close();
  });

  for (const swapMode of ['Exchange', 'Rename'] as const) {
    for (const [index, story] of stories.entries()) {
      it(`is never a live folder that is not whole, in ${story.name} (${swapMode})`, async () => {
        const folder = join(stand.folder, `${swapMode}-${index}`);
        const workspace = join(folder, 'workspace');
        await mkdir(workspace, { recursive: true });
        await resetWorkspace(workspace, owner);
        const recorder = await recordFlushes(folder, swapMode);
        const runtime = withSearchPath(stand.open(workspace), recorder.searchPath);
        const session = openSession(runtime);
        await story.prepare(session, new Place(runtime));
        await recorder.clear();

        await story.act(session);

        const notes = await recorder.notes();
        expect(notes.filter((note) => note.startsWith('unflushed'))).to.deep.equal([]);
        const swaps = notes.flatMap((note, nth) => (note.startsWith('swap') ? [nth] : []));
        expect(notes.lastIndexOf('flush'), `the last flush in ${notes.join(', ')}`).to.be.greaterThan(
          swaps.at(-1) ?? -1,
        );
        if (story.name !== 'a removal') expect(swaps).not.to.deep.equal([]);
      });
    }
  }
});
