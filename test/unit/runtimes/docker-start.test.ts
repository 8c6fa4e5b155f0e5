// What a command that cannot be started means, by what an engine of the test's own says.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';

const SAID = 'OCI runtime exec failed: exec failed: unable to start container process';

describe('a command that an engine cannot start', () => {
  let folder: string;
  let server: Server;
  let startedAt: Date;
  let restarts: boolean;

  beforeEach(async () => {
    startedAt = new Date(Date.now() - 60_000);
    restarts = false;
    folder = await mkdtemp(join(tmpdir(), 'engine-'));
    server = createServer(answer);
    server.on('upgrade', (_request, socket) => {
      if (restarts) startedAt = new Date();
      const frame = Buffer.alloc(8);
      frame[0] = 1;
      frame.writeUInt32BE(SAID.length, 4);
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
      socket.end(Buffer.concat([frame, Buffer.from(SAID)]));
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  function answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const answers: Readonly<Record<string, object>> = {
      '/containers/alice/exec': { Id: 'e1' },
      '/exec/e1/json': { Running: false, ExitCode: 126 },
      '/containers/alice/json': { Id: 'a1', State: { Running: true, StartedAt: startedAt.toISOString() } },
      '/info': { SystemTime: new Date().toISOString() },
    };
    const found = answers[url.split('?')[0] ?? ''];
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { message: `no ${url}` }));
  }

  async function failure(): Promise<unknown> {
    const config = { directoryRoots: [], searchPath: '', logger: silentLogger };
    const runtimes = createRuntimes({ ...config, dockerHost: `unix://${join(folder, 'socket')}` });
    const owner = { uid: 1000, gid: 1000 };
    const runtime = runtimes.open({ kind: 'docker', container: 'alice', pluginsPath: '/plugins', owner });
    const command = { argv: ['sh'], timeoutMs: 10_000, signal: AbortSignal.timeout(10_000) } as const;
    return runtime.run({ ...command, stdin: nothing() }).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  it('lacks its program in a container that has been running all along', async () => {
    expect(await failure()).to.include({ name: 'PermanentError', reason: 'TargetToolMissing' });
  });

  it('has met the end of a container that was restarted meanwhile', async () => {
    restarts = true;
    expect(await failure()).to.include({ name: 'TransientError', reason: 'WorkspaceUnreachable' });
  });
});

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new Uint8Array());
}
