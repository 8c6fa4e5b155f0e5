// Strings that try to be more than data, in all that goes into a workspace or comes out of it: they do what data does.
import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { Place } from '../../contract/place.ts';
import { tried } from '../../faults/tried.ts';
import { BATCHES, COMMANDS, LINES, OPTIONS } from '../support/injections.ts';
import { openBed, type Bed } from './injection-bed.ts';
import { live } from './injection-content.ts';
import { PLACES } from './injection-places.ts';

describe('strings that try to be more than data, in a workspace', () => {
  let bed: Bed;

  before(async () => {
    bed = await openBed();
  });
  after(() => bed.close());
  beforeEach(() => bed.renew());

  it('would do something, were a shell of the owner to read them', async () => {
    const file = join(bed.folder, 'alive');
    const place = new Place(bed.open());
    await place.shell(`: ${COMMANDS(file)[0] ?? ''}`);
    await access(file);
    expect(await bed.expectUntouched().catch((error: unknown) => error)).to.be.instanceOf(Error);
    await place.shell('rm "$1"', file);
  });

  for (const [kind, make] of Object.entries({ COMMANDS, OPTIONS, LINES, BATCHES })) {
    for (const index of make('').keys()) {
      it(`do nothing: ${JSON.stringify(make('/canary')[index])}`, async () => {
        const target = join(bed.folder, `touched-${kind}-${index}`);
        const text = make(target)[index] ?? '';
        const flat = (make(basename(target))[index] ?? '').replaceAll('/', ':');
        let places = await live(bed, text, flat);
        for (const [place, attack] of Object.entries(PLACES)) {
          await bed.renew();
          await attack(bed, text).catch((error: unknown) => {
            throw new Error(`${place}: ${String(error)}`, { cause: error });
          });
          places += 1;
        }
        await bed.expectUntouched();
        tried(places);
      });
    }
  }
});
