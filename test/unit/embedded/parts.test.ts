// The small parts of the embedded control plane that need no process.
import { expect } from 'chai';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { freePort } from '../../../lib/embedded/port.ts';
import { withHeartbeat } from '../../../lib/embedded/progress.ts';
import { readSettings } from '../../../lib/embedded/settings.ts';
import { TAIL_BYTES, Tail } from '../../../lib/embedded/tail.ts';

describe('the tail of a log', () => {
  it('is all of it while it is short', () => {
    const tail = new Tail();
    tail.add(Buffer.from('one '));
    tail.add(Buffer.from('two'));
    expect(tail.text()).to.equal('one two');
  });

  it('is its last 16 KiB, however much came before', () => {
    const tail = new Tail();
    for (let line = 0; line < 20_000; line++) {
      tail.add(Buffer.from(`line ${line}\n`));
    }
    expect(tail.text()).to.have.lengthOf(TAIL_BYTES);
    expect(tail.text().endsWith('line 19998\nline 19999\n')).to.equal(true);
  });
});

describe('a free port', () => {
  it('can be listened on', async () => {
    const server = createServer().listen(await freePort(), '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  it('is none that outgoing connections are given', async () => {
    expect(await freePort()).to.be.within(20_000, 31_999);
  });
});

describe('the settings of the embedded parts', () => {
  it('keep the cache in the home folder by default', () => {
    expect(readSettings({})).to.deep.equal({
      assets: undefined,
      archiveURL: undefined,
      cache: `${homedir()}/.cache/workspace-plugin-controller`,
    });
  });

  it('follow the environment', () => {
    const env = {
      KUBEBUILDER_ASSETS: '/a',
      XDG_CACHE_HOME: '/c',
      EMBEDDED_KUBERNETES_URL: 'http://h/k.tar.gz',
    };
    expect(readSettings(env)).to.deep.equal({
      assets: '/a',
      archiveURL: 'http://h/k.tar.gz',
      cache: '/c/workspace-plugin-controller',
    });
  });

  it('take an empty variable for an unset one', () => {
    const env = { KUBEBUILDER_ASSETS: '', XDG_CACHE_HOME: '', EMBEDDED_KUBERNETES_URL: '' };
    expect(readSettings(env)).to.deep.equal(readSettings({}));
  });
});

describe('a heartbeat', () => {
  it('says what is going on and gives the result', async () => {
    const said: string[] = [];
    const result = await withHeartbeat(
      (message) => said.push(message),
      'building',
      () => Promise.resolve(7),
    );
    expect(result).to.equal(7);
    expect(said).to.deep.equal(['building']);
  });
});
