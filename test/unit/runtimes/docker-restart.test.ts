// A container that we restart ourselves, by what an engine of the test's own says.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';

describe('a container that is being restarted', () => {
  let folder: string;
  let server: Server;
  let run: number;
  let isRunning: boolean;
  /** Of the container since the test began. */
  let inspections: number;
  /** Is told each before it is answered, counted from one. */
  let onInspection: (nth: number) => void;
  const asked = Promise.withResolvers<undefined>();
  const up = Promise.withResolvers<undefined>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'engine-'));
    [run, isRunning] = [1, true];
    server = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
  });

  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  beforeEach(() => {
    inspections = 0;
    onInspection = () => undefined;
  });

  async function answer({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url.startsWith('/containers/a1/restart')) {
      isRunning = false;
      asked.resolve(undefined);
      await up.promise;
      [run, isRunning] = [2, true];
      response.writeHead(204).end();
      return;
    }
    inspections += 1;
    onInspection(inspections);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ Id: 'a1', State: { Running: isRunning, StartedAt: `run ${run}` } }));
  }

  it('is not called unreachable: who asks for it is answered once it is up again', async () => {
    const config = { directoryRoots: [], searchPath: '', logger: silentLogger };
    const runtimes = createRuntimes({ ...config, dockerHost: `unix://${join(folder, 'socket')}` });
    const owner = { uid: 1000, gid: 1000 };
    const runtime = runtimes.open({ kind: 'docker', container: 'alice', pluginsPath: '/plugins', owner });
    const restarted = runtime.restart(AbortSignal.timeout(10_000));
    await asked.promise;
    const probed = runtime.probe(AbortSignal.timeout(10_000));
    up.resolve(undefined);
    await restarted;
    expect(await probed).to.deep.equal({ instance: 'a1@run 2' });
  });

  describe('and seen to stay up', () => {
    beforeEach(() => {
      [run, isRunning] = [2, true];
    });

    async function stay(): Promise<unknown> {
      const owner = { uid: 1000, gid: 1000 };
      const config = { directoryRoots: [], searchPath: '', logger: silentLogger };
      const runtimes = createRuntimes({ ...config, dockerHost: `unix://${join(folder, 'socket')}` });
      const runtime = runtimes.open({ kind: 'docker', container: 'alice', pluginsPath: '/plugins', owner });
      return runtime.stay?.(AbortSignal.timeout(10_000)).catch((error: unknown) => error);
    }

    it('for a second, by few questions', async () => {
      const start = performance.now();
      expect(await stay()).to.equal(undefined);
      expect(performance.now() - start).to.be.at.least(990);
      expect(inspections).to.equal(4);
    });

    for (const nth of [1, 2, 3, 4]) {
      it(`has ended when it does not run at question ${nth}`, async () => {
        onInspection = (asked) => {
          isRunning = asked < nth;
        };
        expect(await stay()).to.have.property('reason', 'RestartFailed');
        expect(inspections).to.equal(nth);
      });
    }

    it('has ended when its engine has begun another run of it by the last question', async () => {
      onInspection = (asked) => {
        run = asked < 4 ? 2 : 3;
      };
      expect(await stay()).to.have.property('reason', 'RestartFailed');
    });
  });
});
