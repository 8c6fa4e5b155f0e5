// The API server, the Docker engine and the git server go away or silent and come back, in any order, again and again.
// ENDURANCE_ROUNDS says how often (4), ENDURANCE_SEED brings a printed run back.
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { holdingsOf, inspectorURL, type Holdings } from '../../support/inspector.ts';
import { isWithin } from '../../support/level.ts';
import { waitFor } from '../../support/wait-for.ts';
import { createRandom, pick, pickNumber, shuffle } from '../../faults/random.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { expectQuietVisits, untilConverged } from './convergence.ts';
import { MANNERS, Parts, PLUGINS, VICTIMS, type Outage, type Victim } from './parts.ts';

const ROUNDS = Number(process.env['ENDURANCE_ROUNDS'] ?? 4);
const SEED = Number(process.env['ENDURANCE_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
const ROUND_TIMEOUT_MS = 150_000;

describe(`outages, ${ROUNDS} rounds, ENDURANCE_SEED=${SEED}`, () => {
  const random = createRandom(SEED);
  let parts: Parts;
  let inspector: string;
  let revision: string;
  let first: Holdings;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    parts = await Parts.start();
    inspector = inspectorURL(parts.controller.log());
    revision = await parts.publish('1.0.0');
    await parts.declare();
    await untilConverged(parts, '1.0.0', revision);
  });

  after(async function () {
    this.timeout(ROUND_TIMEOUT_MS);
    await parts[Symbol.asyncDispose]();
  });

  for (let round = 1; round <= ROUNDS; round += 1) {
    const victims = shuffle(random, VICTIMS).slice(0, 1 + pickNumber(random, VICTIMS.length));
    // Each is away in both ways, by turns.
    const mannerOf = (victim: Victim) => MANNERS[(round + VICTIMS.indexOf(victim)) % 2] ?? 'refuses';
    const outageOf = (victim: Victim): Outage => parts.outages[victim][mannerOf(victim)];
    const said = victims.map((victim) => `the ${victim} ${mannerOf(victim)}`).join(', ');
    const back = shuffle(random, victims);
    const pauses = Array.from({ length: 7 }, () => pickNumber(random, 1_000));
    const meddled = pick(random, PLUGINS);

    it(`round ${round}: ${said}; ${back.join(', ')} back: as declared within 60 s`, async function () {
      this.timeout(ROUND_TIMEOUT_MS);
      for (const victim of victims) {
        await outageOf(victim).pause();
        await delay(pauses.shift());
      }
      revision = await parts.publish(`1.0.${round}`);
      await parts.meddle(meddled);
      await delay(pauses.shift());
      for (const victim of back) {
        await outageOf(victim).resume();
        await delay(pauses.shift());
      }
      await untilConverged(parts, `1.0.${round}`, revision);
      if (round === 1) first = await holdingsOf(inspector);
    });
  }

  it('then makes ten visits without a write but the answer', async function () {
    this.timeout(ROUND_TIMEOUT_MS);
    await expectQuietVisits(parts, 10);
  });

  it('then holds no more descriptors, listeners and memory than after the first round', async function () {
    this.timeout(ROUND_TIMEOUT_MS);
    let last = first;
    const isLevel = async (): Promise<boolean> => {
      last = await holdingsOf(inspector);
      return isWithin(first, last);
    };
    await waitFor('a level', isLevel, 60_000).finally(() => {
      process.stderr.write(`    first ${JSON.stringify(first)}\n    last  ${JSON.stringify(last)}\n`);
    });
    expect(parts.warnings).to.deep.equal([]);
  });

  it('then ends as it should', async () => {
    expect(await parts.controller.stop(20_000)).to.equal(0);
  });
});
