// The client against a server that misbehaves: every call ends, in time, with an error that says what happened.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { attempt, type Failure } from '../../../lib/errors.ts';
import { createKubeClient, type ClosableKubeClient } from '../../../lib/kube/client.ts';
import type { WatchEvent } from '../../../lib/kube/kube.ts';
import { WIDGET, type Widget } from '../../contract/kube-client.ts';

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

const WIDGET_A = {
  metadata: { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '5', generation: 1 },
  spec: { size: 1 },
};
const NAME = { namespace: 'default', name: 'a' };

describe('KubeClient and a server that misbehaves', () => {
  let folder: string;
  let server: http.Server;
  let handle: Handler;
  let client: ClosableKubeClient;
  let answers: string[];
  let requests: http.IncomingMessage[];
  const { signal } = new AbortController();

  beforeEach(async () => {
    requests = [];
    answers = [];
    server = http.createServer((request, response) => {
      requests.push(request);
      handle(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    folder = await mkdtemp(join(tmpdir(), 'kube-client-'));
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, kubeconfigFor((server.address() as AddressInfo).port, 'first'));
    client = createKubeClient({
      kubeconfig,
      userAgent: 'unit-tests',
      requestTimeoutMs: 150,
      watchIdleMs: 100,
      onAnswer: ({ method, code }) => answers.push(`${method} ${code}`),
    });
  });

  afterEach(async () => {
    client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  const get = (): Promise<Widget | undefined> => client.get(WIDGET, NAME, signal);
  const failureOfGet = async (): Promise<Failure> => {
    const result = await attempt(get);
    if (result.ok) throw new Error('It succeeded.');
    return result.failure;
  };
  const watch = async (): Promise<readonly WatchEvent<Widget>[]> => {
    const events: WatchEvent<Widget>[] = [];
    for await (const event of client.watch(WIDGET, { resourceVersion: '1', signal })) events.push(event);
    return events;
  };
  const failureOfWatch = async (): Promise<Failure> => {
    const result = await attempt(watch);
    if (result.ok) throw new Error('It succeeded.');
    return result.failure;
  };

  for (const [code, kind, reason] of [
    [400, 'Permanent', 'Invalid'],
    [401, 'Transient', 'APIUnavailable'],
    [403, 'Permanent', 'Forbidden'],
    [404, 'Permanent', 'NotFound'],
    [409, 'Transient', 'Conflict'],
    [410, 'Transient', 'Expired'],
    [422, 'Permanent', 'Invalid'],
    [429, 'Transient', 'APIUnavailable'],
    [500, 'Transient', 'APIUnavailable'],
    [503, 'Transient', 'APIUnavailable'],
    [302, 'Transient', 'APIUnavailable'],
  ] as const) {
    it(`says ${reason} for ${code}, with the request and the server's words`, async () => {
      handle = (_, response) => response.writeHead(code).end('some words');

      const failure = await failureOfGet();

      expect(failure).to.include({ kind, reason });
      expect(failure.message).to.include('/namespaces/default/widgets/a').and.to.include('some words');
      expect(answers).to.deep.equal([`GET ${code}`]);
    });
  }

  it('hands on how long the server asks to wait, up to a bound', async () => {
    const waits: (number | undefined)[] = [];
    for (const header of ['7', '99999', 'soon']) {
      handle = (_, response) => response.writeHead(429, { 'Retry-After': header }).end();
      waits.push((await failureOfGet()).retryAfterMs);
    }

    expect(waits).to.deep.equal([7_000, 300_000, undefined]);
  });

  it('gives up a call that is not answered in time', async () => {
    handle = () => undefined;

    expect(await failureOfGet()).to.include({ kind: 'Transient', reason: 'APIUnavailable' });
    expect(answers).to.deep.equal(['GET <error>']);
  });

  it('gives up a call whose answer stops in the middle', async () => {
    handle = (_, response) => response.writeHead(200).write('{"metadata":');

    expect(await failureOfGet()).to.include({ kind: 'Transient', reason: 'APIUnavailable' });
  });

  it('says APIUnavailable when nobody listens, and for an answer that is not of the API', async () => {
    handle = (_, response) => response.end('<html>');
    expect(await failureOfGet()).to.include({ kind: 'Transient', reason: 'APIUnavailable' });
    handle = (_, response) => response.end('{"hello": "world"}');
    expect(await failureOfGet()).to.include({ kind: 'Transient', reason: 'APIUnavailable' });
    handle = (request) => request.socket.destroy();
    expect(await failureOfGet()).to.include({ kind: 'Transient', reason: 'APIUnavailable' });
  });

  it('reads its configuration again when its credentials are refused', async () => {
    const { port } = server.address() as AddressInfo;
    handle = (request, response) => {
      if (request.headers.authorization === 'Bearer second') response.end(JSON.stringify(WIDGET_A));
      else response.writeHead(401).end();
    };
    expect((await failureOfGet()).reason).to.equal('APIUnavailable');
    await writeFile(join(folder, 'kubeconfig'), kubeconfigFor(port, 'second'));
    expect((await failureOfGet()).reason).to.equal('APIUnavailable');

    expect((await get())?.spec.size).to.equal(1);
  });

  it('sends a merge patch as such', async () => {
    handle = (_, response) => response.end(JSON.stringify(WIDGET_A));

    await client.patch(WIDGET, NAME, { patch: { spec: { size: 2 } }, signal });

    expect(requests[0]).to.include({
      method: 'PATCH',
      url: '/apis/tests.example.com/v1/namespaces/default/widgets/a',
    });
    expect(requests[0]?.headers).to.include({
      'content-type': 'application/merge-patch+json',
      'user-agent': 'unit-tests',
      authorization: 'Bearer first',
    });
  });

  it('sends a status with the version and the object it was made for, and none of their other metadata', async () => {
    let body = '';
    handle = (request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => response.end(JSON.stringify(WIDGET_A)));
    };
    const seen = await get();
    if (seen === undefined) throw new Error('there is none');
    const labelled = {
      ...seen,
      metadata: { ...seen.metadata, labels: { team: 'a' } },
      status: { seen: [1] },
    };

    await client.updateStatus(WIDGET, labelled, { status: { phase: 'Up' }, signal });

    expect(requests[1]).to.include({
      method: 'PUT',
      url: '/apis/tests.example.com/v1/namespaces/default/widgets/a/status',
    });
    expect(requests[1]?.headers).to.include({ 'content-type': 'application/json' });
    expect(JSON.parse(body)).to.deep.equal({
      apiVersion: 'tests.example.com/v1',
      kind: 'Widget',
      metadata: { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '5' },
      spec: { size: 1 },
      status: { phase: 'Up' },
    });
  });

  it('ends a watch on which nothing comes, so that it is begun again', async () => {
    handle = (_, response) => response.writeHead(200).write(`${eventOf('ADDED')}\n`);

    expect((await watch()).map((event) => event.type)).to.deep.equal(['ADDED']);
  });

  it('ends a watch at an event that was cut off', async () => {
    handle = (_, response) => response.end(`${eventOf('ADDED')}\n${eventOf('DELETED').slice(0, 30)}`);

    expect((await watch()).map((event) => event.type)).to.deep.equal(['ADDED']);
  });

  it('puts together events that come in pieces', async () => {
    handle = (_, response) => {
      const text = `${eventOf('ADDED')}\n${eventOf('MODIFIED')}\n`;
      response.write(text.slice(0, 20));
      setImmediate(() => response.end(text.slice(20)));
    };

    expect((await watch()).map((event) => event.type)).to.deep.equal(['ADDED', 'MODIFIED']);
  });

  it('throws what an ERROR event in a watch says', async () => {
    const error = (code: number): Handler => {
      const status = { kind: 'Status', code, message: 'too old' };
      return (_, response) => response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
    };
    handle = error(410);
    expect(await failureOfWatch()).to.include({ kind: 'Transient', reason: 'Expired' });
    handle = error(500);
    expect(await failureOfWatch()).to.include({ kind: 'Transient', reason: 'APIUnavailable' });
  });

  it('says APIUnavailable for a watch that is reset, unreadable or not answered', async () => {
    handle = (request, response) => {
      response.write(`${eventOf('ADDED')}\n`, () => request.socket.resetAndDestroy());
    };
    expect(await failureOfWatch()).to.include({ kind: 'Transient', reason: 'APIUnavailable' });
    handle = (_, response) => response.end('<html>\n');
    expect(await failureOfWatch()).to.include({ kind: 'Transient', reason: 'APIUnavailable' });
    handle = () => undefined;
    expect(await failureOfWatch()).to.include({ kind: 'Transient', reason: 'APIUnavailable' });
  });

  it('closes the connection of a watch that is left', async () => {
    const closed = Promise.withResolvers<undefined>();
    handle = (_, response) => {
      response.on('close', () => {
        closed.resolve(undefined);
      });
      response.write(`${eventOf('ADDED')}\n`);
    };

    for await (const event of client.watch(WIDGET, { resourceVersion: '1', signal })) {
      expect(event.type).to.equal('ADDED');
      break;
    }

    await closed.promise;
  });

  it('refuses a configuration that it cannot use, by name', () => {
    const config = { kubeconfig: join(folder, 'missing'), userAgent: 'unit-tests' };

    expect(() => createKubeClient(config))
      .to.throw(/missing/)
      .with.property('reason', 'InvalidConfiguration');
  });
});

function eventOf(type: string): string {
  return JSON.stringify({ type, object: WIDGET_A });
}

/** Plain HTTP is allowed only where no certificate is asked for. */
function kubeconfigFor(port: number, token: string): string {
  return JSON.stringify({
    clusters: [
      { name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}
