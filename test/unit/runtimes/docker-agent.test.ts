// The library that calls the engine writes out what each request is made with: that must cost nothing.
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { createDockerAgent } from '../../../lib/runtimes/docker-agent.ts';

describe('the connections to a Docker engine', () => {
  it('are one word to whoever writes out a request, in use as well', async () => {
    const server = createServer((_, response) => response.end('OK'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = createDockerAgent(false);
    const { port } = server.address() as AddressInfo;
    const request = get({ host: '127.0.0.1', port, agent });
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];

    const written = inspect({ agent }, { showHidden: true, depth: null });

    response.resume();
    await once(response, 'end');
    agent.destroy();
    server.close();
    expect(written).to.equal('{ agent: DockerAgent }');
  });
});
