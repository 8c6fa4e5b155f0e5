import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { silentLogger } from '../../../lib/logger.ts';
import type { ContainerEvent } from '../../../lib/runtimes/docker-event-stream.ts';
import { createEngine, type Engine } from '../../../lib/runtimes/docker-engine.ts';
import { EngineEvents } from '../../../lib/runtimes/docker-events.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

const EVENT = {
  Type: 'container',
  Action: 'start',
  Actor: { ID: 'abc', Attributes: { name: 'alice', a: 'b' } },
};

describe('the events of a Docker engine', () => {
  let folder: string;
  let server: Server;
  let engine: Engine;
  let events: EngineEvents;
  const clock = new ManualClock();
  /** Streams that are open at the server. */
  const open = new Set<ServerResponse>();
  let requests: string[];
  let most = 0;
  /** False: it takes connections and says nothing. */
  let answers = true;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'events-'));
    [requests, most, answers] = [[], 0, true];
    server = createServer((request, response) => {
      requests.push(request.url ?? '');
      open.add(response);
      most = Math.max(most, open.size);
      response.on('close', () => open.delete(response));
      if (answers) response.writeHead(200).flushHeaders();
    }).listen(join(folder, 'docker.sock'));
    await once(server, 'listening');
    engine = createEngine(join(folder, 'docker.sock'));
    events = new EngineEvents({ logger: silentLogger, clock });
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  function listen(): Disposable & { readonly heard: (ContainerEvent | undefined)[] } {
    const heard: (ContainerEvent | undefined)[] = [];
    const listening = events.listen(engine, (event) => heard.push(event));
    return {
      heard,
      [Symbol.dispose]: () => {
        listening[Symbol.dispose]();
      },
    };
  }

  const begun = (times: number) => waitFor('a stream', () => requests.length === times && open.size === 1);
  const ended = () => waitFor('the end of all streams', () => open.size === 0);
  const broken = () => {
    for (const response of open) response.destroy();
  };

  it('come by one stream for all who listen, which ends with the last of them', async () => {
    const [one, two] = [listen(), listen()];
    await begun(1);
    await waitFor('the beginning', () => one.heard.length === 1 && two.heard.length === 1);
    expect(decodeURIComponent(requests[0] ?? ''))
      .to.include('"destroy"')
      .and.not.include('exec');
    one[Symbol.dispose]();
    for (const response of open) response.write(`${JSON.stringify(EVENT)}\n`);
    await waitFor('the event', () => two.heard.length === 2);
    expect(two.heard).to.deep.equal([
      undefined,
      { id: 'abc', names: ['alice'], attributes: { name: 'alice', a: 'b' } },
    ]);
    expect(one.heard).to.have.length(1);
    two[Symbol.dispose]();
    await ended();
    await clock.advance(60_000);
    expect([requests.length, clock.sleeping]).to.deep.equal([1, 0]);
  });

  it('go on after any number of breaks, with one stream at a time; both are told', async () => {
    using one = listen();
    for (let times = 1; times <= 20; times += 1) {
      await begun(times);
      await waitFor('the beginning', () => one.heard.length === 2 * times - 1);
      broken();
      await waitFor('the end', () => one.heard.length === 2 * times);
      await clock.advance(1_000);
    }
    await begun(21);
    await waitFor('the beginning', () => one.heard.length === 41);
    expect(most).to.equal(1);
    expect(clock.sleeping).to.be.at.most(1);
  });

  it('are asked for less and less where there are none', async () => {
    const missing = createEngine(join(folder, 'none.sock'));
    const docker = await missing.docker();
    const getEvents = docker.getEvents.bind(docker);
    let tries = 0;
    docker.getEvents = (options: object) => {
      tries += 1;
      return getEvents(options);
    };
    const told: unknown[] = [];
    const listening = events.listen(missing, (event) => told.push(event));
    for (let second = 0; second < 300; second += 1) {
      await clock.advance(1_000);
    }
    listening[Symbol.dispose]();
    expect(tries).to.be.within(10, 40);
    expect(told).to.deep.equal([]);
  });

  it('are given up, and asked for again, where the engine says nothing at all', async () => {
    answers = false;
    using one = listen();
    await begun(1);
    await clock.advance(10_000);
    await ended();
    answers = true;
    await clock.advance(1_000);
    await begun(2);
    await waitFor('the beginning', () => one.heard.length === 1);
  });

  it('are asked for anew after some minutes, as nobody can tell a dead connection from silence', async () => {
    using one = listen();
    await begun(1);
    await waitFor('the beginning', () => one.heard.length === 1);
    await clock.advance(5 * 60_000);
    await ended();
    await clock.advance(1_000);
    await begun(2);
  });

  for (const line of ['no json', '{}', '{"Actor":{"ID":1}}', '[]', 'null', `"${'x'.repeat(1_100_000)}`]) {
    it(`end with a line that is none: ${line.slice(0, 20)}`, async () => {
      using one = listen();
      await begun(1);
      for (const response of open) response.write(line.length > 1_000 ? line : `${line}\n`);
      await waitFor('the end', () => one.heard.length === 2);
      expect(one.heard).to.deep.equal([undefined, undefined]);
    });
  }
});
