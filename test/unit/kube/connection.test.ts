// Where the API server is and who we are, by what a kubeconfig says.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { Connection, ownNamespace, type Access } from '../../../lib/kube/connection.ts';
import { Granter } from '../../../lib/kube/credentials.ts';
import { readKubeconfig } from '../../../lib/kube/kubeconfig.ts';

const NEVER = new AbortController().signal;
const SERVER = 'https://127.0.0.1:1';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
  readonly current?: string;
}

describe('Connection', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await createScratch('kubeconfig');
  });

  afterEach(async () => scratch.remove());

  async function write({ cluster = {}, user = {}, context = {}, current = 'x' }: Parts): Promise<string> {
    const file = join(scratch.path, 'config');
    const config = {
      clusters: [
        { name: 'other', cluster: { server: 'https://other:1' } },
        { name: 'c', cluster: { server: `${SERVER}/`, ...cluster } },
      ],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
      'current-context': current,
    };
    await writeFile(file, JSON.stringify(config));
    return file;
  }

  async function accessOf(parts: Parts): Promise<Access> {
    const connection = new Connection({ kubeconfig: await write(parts) });
    try {
      return await connection.access(NEVER);
    } finally {
      connection.close();
    }
  }

  it('reads a token again after half a minute, also when the clock was set back meanwhile', async () => {
    const token = join(scratch.path, 'token');
    const { now: wall } = Date;
    const later = performance.now() + 31_000;
    await writeFile(token, 'one');
    const connection = new Connection({ kubeconfig: await write({ user: { tokenFile: token } }) });
    try {
      expect((await connection.access(NEVER)).headers).to.deep.equal({ Authorization: 'Bearer one' });
      await writeFile(token, 'two');
      Date.now = () => wall() - 3_600_000;
      Object.defineProperty(performance, 'now', { value: () => later, configurable: true });
      expect((await connection.access(NEVER)).headers).to.deep.equal({ Authorization: 'Bearer two' });
    } finally {
      Date.now = wall;
      Reflect.deleteProperty(performance, 'now');
      connection.close();
    }
  });

  it('goes to the server of the current context, with nothing that it was not given', async () => {
    const { server, headers, options } = await accessOf({});

    expect(server).to.equal(SERVER);
    expect(headers).to.deep.equal({});
    expect(Object.values(options).filter((value) => value !== undefined)).to.deep.equal([]);
  });

  it('sends a token', async () => {
    const { headers } = await accessOf({ user: { token: 't' } });

    expect(headers).to.deep.equal({ Authorization: 'Bearer t' });
  });

  it('sends a name and a password', async () => {
    const { headers } = await accessOf({ user: { username: 'alice', password: 'p:w' } });

    expect(headers).to.deep.equal({ Authorization: `Basic ${base64('alice:p:w')}` });
  });

  it('acts for another', async () => {
    const { headers } = await accessOf({ user: { token: 't', as: 'bob' } });

    expect(headers).to.deep.equal({ Authorization: 'Bearer t', 'Impersonate-User': 'bob' });
  });

  it('reads files beside the kubeconfig, and a token that was replaced', async () => {
    const write = (name: string, text: string): Promise<void> => writeFile(join(scratch.path, name), text);
    await Promise.all([
      write('ca', 'CA'),
      write('cert', 'CERT'),
      write('key', 'KEY'),
      write('token', 'one\n'),
    ]);
    const parts = {
      cluster: { 'certificate-authority': 'ca' },
      user: { 'client-certificate': './cert', 'client-key': join(scratch.path, 'key'), tokenFile: 'token' },
    };

    const first = await accessOf(parts);
    await write('token', 'two\n');
    const second = await accessOf(parts);

    const { ca, cert, key } = first.options;
    expect([ca, cert, key].map(String)).to.deep.equal(['CA', 'CERT', 'KEY']);
    expect(first.headers['Authorization']).to.equal('Bearer one');
    expect(second.headers['Authorization']).to.equal('Bearer two');
  });

  it('takes certificates from the kubeconfig itself before those of files', async () => {
    const { options } = await accessOf({
      cluster: { 'certificate-authority-data': base64('CA'), 'certificate-authority': 'missing' },
      user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
    });

    expect([options.ca, options.cert, options.key].map(String)).to.deep.equal(['CA', 'CERT', 'KEY']);
  });

  it("checks the server's certificate by another name, or not at all, where it is told to", async () => {
    const named = await accessOf({ cluster: { 'tls-server-name': 'api' } });
    const unchecked = await accessOf({ cluster: { 'insecure-skip-tls-verify': true } });

    expect(named.options.servername).to.equal('api');
    expect(named.options.rejectUnauthorized).to.equal(undefined);
    expect(unchecked.options.rejectUnauthorized).to.equal(false);
  });

  it('asks a credential plugin, once while what it says holds', async () => {
    const calls = join(scratch.path, 'calls');
    const script = `echo call >>${calls}; echo '{"status": {"token": "plugged"}}'`;
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] };

    const parts = { user: { exec }, cluster: { 'tls-server-name': 'api' } };
    const granter = new Granter(readKubeconfig(await write(parts)));
    await granter.grant();
    const { headers, options } = await granter.grant();

    expect(await readFile(calls, 'utf8')).to.equal('call\n');
    expect(headers).to.deep.equal({ Authorization: 'Bearer plugged' });
    expect(options.servername).to.equal('api');
    expect(options.agent).to.equal(undefined);
  });

  it('goes through a proxy', async () => {
    const { options, headers } = await accessOf({
      cluster: { 'proxy-url': 'http://127.0.0.1:3128' },
      user: { token: 't' },
    });

    expect(options.agent).to.be.an('object');
    expect(headers).to.deep.equal({ Authorization: 'Bearer t' });
  });

  it('answers again after a credential was missing', async () => {
    const connection = new Connection({ kubeconfig: await write({ user: { tokenFile: 'token' } }) });
    const failure: unknown = await connection.access(NEVER).catch((error: unknown) => error);
    await writeFile(join(scratch.path, 'token'), 't');

    const { headers } = await connection.access(NEVER);
    connection.close();

    expect(String(failure)).to.include('token');
    expect(headers).to.deep.equal({ Authorization: 'Bearer t' });
  });

  for (const [what, parts, said] of [
    ['a context that is missing', { current: 'y' }, 'it has no context "y"'],
    ['no context', { current: '' }, 'it has no current context'],
    ['a cluster that is missing', { context: { cluster: 'd' } }, 'it has no cluster "d"'],
    ['a user that is missing', { context: { user: 'v' } }, 'it has no user "v"'],
    ['no server', { cluster: { server: '' } }, 'its cluster names no server'],
    ['a server without TLS', { cluster: { server: 'http://h:1' } }, 'is reached without TLS'],
    [
      'a file that is none',
      { cluster: { 'certificate-authority': 7 } },
      'its certificate-authority is no text',
    ],
  ] as const) {
    it(`refuses a kubeconfig with ${what}`, async () => {
      const kubeconfig = await write(parts);

      expect(() => new Connection({ kubeconfig }))
        .to.throw(said)
        .with.property('reason', 'InvalidConfiguration');
    });
  }

  it('refuses what is no kubeconfig, by its name', async () => {
    const file = join(scratch.path, 'list');
    await writeFile(file, '- a\n- b\n');
    await mkdir(join(scratch.path, 'folder'));

    for (const kubeconfig of [file, join(scratch.path, 'folder'), join(scratch.path, 'missing')]) {
      expect(() => new Connection({ kubeconfig })).to.throw(kubeconfig);
    }
  });

  for (const [namespace, expected] of [
    ['team', 'team'],
    [undefined, 'default'],
  ] as const) {
    it(`belongs to ${expected} where the kubeconfig's context names ${namespace ?? 'none'}`, async () => {
      const file = await write({ context: namespace === undefined ? {} : { namespace } });

      expect(ownNamespace(file)).to.equal(expected);
    });
  }
});
