// Slots: bounds for all and for each host, so that one that is silent leaves room.
import { expect } from 'chai';
import { Slots } from '../../../lib/sources/slots.ts';
import { settle } from '../../support/manual-clock.ts';

const DEAD = 'https://dead.example.org';

function setUp() {
  const slots = new Slots({ atOnce: 3, perHost: 2 });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (repository: string): Promise<void> =>
    slots.run(repository, () => {
      started.push(repository);
      return new Promise((resolve) => ends.set(repository, resolve));
    });
  return { slots, started, start, end: (repository: string) => ends.get(repository)?.() };
}

describe('Slots', () => {
  it('leave room for others while one host holds all of its own', async () => {
    const { start, started } = setUp();
    for (const name of ['a', 'b', 'c', 'd']) void start(`${DEAD}/${name}`);
    void start('https://alive.example.org/a');
    await settle();

    expect(started).to.deep.equal([`${DEAD}/a`, `${DEAD}/b`, 'https://alive.example.org/a']);
  });

  it('bound all together', async () => {
    const { start, started, end } = setUp();
    for (const name of ['a', 'b', 'c', 'd']) void start(`https://${name}.example.org/x`);
    await settle();
    expect(started).to.have.length(3);

    end('https://a.example.org/x');
    await settle();

    expect(started).to.have.length(4);
  });

  it('take who waits for a host once it has room, and pass on what fails', async () => {
    const { start, started, end, slots } = setUp();
    for (const name of ['a', 'b', 'c']) void start(`${DEAD}/${name}`);
    await settle();
    end(`${DEAD}/a`);
    await settle();
    expect(started).to.include(`${DEAD}/c`);

    const failed = await slots.run('file:///srv/x', () => Promise.reject(new Error('no'))).catch(String);
    expect(failed).to.equal('Error: no');
  });
});
