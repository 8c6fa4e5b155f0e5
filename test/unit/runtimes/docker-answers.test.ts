// An engine that may be somebody else's: whatever it answers, the controller settles in time and keeps no more than it must.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { silentLogger } from '../../../lib/logger.ts';
import { MAX_ANSWER_BYTES } from '../../../lib/runtimes/docker-agent.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { failureOf, soon } from '../../contract/runtime.ts';

const CHUNK = Buffer.alloc(256 * 1024, 'x');
const GIGABYTE = 2 ** 30;

describe('a Docker engine that answers', () => {
  let server: Server;
  let runtime: Runtime;
  let sent: number;

  before(async () => {
    server = createServer((_, response) => {
      pour(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const config = { dockerHost: `tcp://127.0.0.1:${port}`, directoryRoots: [], searchPath: '' };
    const owner = { uid: 1000, gid: 1000 };
    const spec = { kind: 'docker', container: 'alice', pluginsPath: '/plugins', owner } as const;
    runtime = createRuntimes({ ...config, logger: silentLogger }).open(spec);
  });

  beforeEach(() => {
    sent = 0;
  });

  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  /** A gigabyte, with back-pressure. */
  function pour(response: ServerResponse): void {
    while (sent < GIGABYTE && !response.destroyed) {
      sent += CHUNK.length;
      if (response.write(CHUNK)) continue;
      response.once('drain', () => {
        pour(response);
      });
      return;
    }
    response.end();
  }

  it('with a gigabyte is unreachable, and is not heard to the end', async () => {
    const failure = await failureOf(runtime.probe(soon()));

    expect(failure.reason).to.equal('WorkspaceUnreachable');
    expect(failure.message).to.include('an answer without end');
    expect(sent).to.be.below(2 * MAX_ANSWER_BYTES + 16 * 1024 * 1024);
  });
});
