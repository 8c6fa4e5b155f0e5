// What a Docker engine says, or what stands before it, and what the runtime makes of that.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { command, failureOf } from '../../contract/runtime.ts';

type Said = readonly [code: number, body: string];

const CREATED: Said = [201, '{"Id":"1234"}'];

describe('a Docker engine', () => {
  let folder: string;
  let server: Server;
  let runtime: Runtime;
  let answers: { create: Said; start: Said };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'engine-'));
    const socket = join(folder, 'engine.sock');
    server = createServer((request, response) => {
      say(response, request.url?.startsWith('/exec/') === true ? answers.start : answers.create);
    }).on('upgrade', (_, socket) => {
      const [code, body] = answers.start;
      socket.end(`HTTP/1.1 ${code} So\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    server.listen(socket);
    await once(server, 'listening');
    const config = {
      dockerHost: `unix://${socket}`,
      directoryRoots: [],
      searchPath: '',
      logger: silentLogger,
    };
    runtime = createRuntimes(config).open({
      ...{ kind: 'docker', container: 'alice', pluginsPath: '/configs/plugins' },
      owner: { uid: 1000, gid: 1000 },
    });
  });

  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  });

  for (const body of ['', '{}', 'null']) {
    it(`that opens no stream for a command, but says ${body || 'nothing'}, is unreachable`, async () => {
      answers = { create: CREATED, start: [200, body] };
      const failure = await failureOf(runtime.run(command('true')));
      expect(failure).to.include({ name: 'TransientError', reason: 'WorkspaceUnreachable' });
      expect(failure.message).to.contain('opened no stream');
    });
  }

  it('that knows a command no more has not lost its container', async () => {
    const lost: Said = [404, '{"message":"No such exec instance: 1234"}'];
    answers = { create: CREATED, start: lost };
    expect(await failureOf(runtime.run(command('true')))).to.include({ reason: 'WorkspaceUnreachable' });
    answers = { create: [404, '<html>Not found</html>'], start: lost };
    expect(await failureOf(runtime.run(command('true')))).to.include({ reason: 'WorkspaceUnreachable' });
  });

  it('that knows no such container says so', async () => {
    answers = { create: [404, '{"message":"No such container: alice"}'], start: CREATED };
    expect(await failureOf(runtime.run(command('true')))).to.include({ reason: 'WorkspaceGone' });
  });
});

function say(response: ServerResponse, [code, body]: Said): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(body);
}
