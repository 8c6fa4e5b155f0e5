import { expect } from 'chai';
import { encodeBatch, toStamp, type Batch } from '../../../lib/target/protocol.ts';
import { bundleOf, revisionOf, shippedOf } from '../../contract/bundles.ts';

const batch: Batch = {
  kind: 'change',
  pluginsPath: '/configs/my plugins',
  time: new Date('2026-05-08T14:15:30.999Z'),
  seconds: 60,
  restarts: 'Workspace',
  ticket: { since: 1_000, transitions: 2, sequence: 3 },
  claim: { cluster: 'c-1', object: 'team/alice', uid: 'u-1' },
  former: undefined,
  operations: [],
  looks: [],
  list: false,
  mode: false,
};

async function sent(more: Partial<Batch>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeBatch({ ...batch, ...more })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a batch for the target program', () => {
  it('is a heading, then what is asked, then its end', async () => {
    const text = String(await sent({ kind: 'look', looks: ['a', 'b.c'], list: true, mode: true }));
    expect(text.split('\n')).to.deep.equal([
      ...['target 1', '/configs/my plugins', 'look 20260508T141530Z 60 Workspace 1000 2 3'],
      ...['c-1 team/alice u-1', '-'],
      ...['look a', 'look b.c', 'list', 'mode', 'end', ''],
    ]);
  });

  it('carries an install as its line, its marker without a stamp, and exactly its tar', async () => {
    const bundle = await bundleOf({ 'plugin.yaml': 'version: "1"\n' }, { revision: revisionOf(5) });
    const request = {
      plugin: 'demo',
      bundle,
      url: 'local://d',
      previousLimit: 2,
      untracked: 'CarryOver',
    } as const;
    const all = await sent({ operations: [{ kind: 'install', request }] });
    const tar = await shippedOf([{ bundle, folder: 'demo.20260508T141530Z' }]);
    const start = all.indexOf(tar);
    const hex = bundle.digest.slice('sha256:'.length);
    const marker = {
      revision: revisionOf(5),
      digest: bundle.digest,
      url: 'local://d',
      version: bundle.version,
    };
    const line = JSON.stringify({ ...marker, time: '2026-05-08T14:15:30Z' }).slice(0, -1);
    expect(all.subarray(0, start).toString().split('\n').slice(5)).to.deep.equal([
      ...[`install demo ${hex} 2 1 0 0`, line, `trees ${tar.length}`, ''],
    ]);
    expect(all.subarray(start + tar.length).toString()).to.equal('end\n');
  });

  it('sends small trees together, after all of their lines, and a large one by itself', async () => {
    const sizes = { a: 10, b: 20, large: 1024 * 1024, c: 30 };
    const requests = await Promise.all(
      Object.entries(sizes).map(async ([plugin, size]) => ({
        ...{ plugin, bundle: await bundleOf({ x: 'x'.repeat(size) }) },
        ...({ url: 'local://d', previousLimit: 1, untracked: 'LeaveBehind' } as const),
      })),
    );
    const text = String(
      await sent({ operations: requests.map((request) => ({ kind: 'install', request })) }),
    );
    const heads = text.split(/[\0\n]+/).filter((line) => /^(install|trees) /.test(line));
    expect(
      heads.map((line) =>
        line
          .split(' ')
          .slice(0, 2)
          .join(' ')
          .replace(/\d{4,}/, 'n'),
      ),
    ).to.deep.equal([
      ...['install a', 'install b', 'trees n', 'install large', 'trees n', 'install c', 'trees n'],
    ]);
  });

  it('never holds more lines than it should, whatever a name, URL or version holds', async () => {
    const digest = `sha256:${'a'.repeat(64)}` as const;
    const request = { plugin: 'demo', digest, revision: revisionOf(1), previousLimit: 1 };
    const hostile = { ...request, version: '1\nend\n"\\', url: 'local://a"\n\\ü' };
    const text = String(await sent({ operations: [{ kind: 'restore', request: hostile }] }));
    expect(text.split('\n')).to.have.length(9);
    expect(text.split('\n')[6]).to.include('"url":"local://a%22%0A%5C%C3%BC","version":"1?end???"');
  });

  for (const plugin of ['', '.hidden', 'a/b', '../a', 'a..b', 'A', 'a b', 'a\nend', 'a'.repeat(129)]) {
    it(`refuses the plugin name ${JSON.stringify(plugin.slice(0, 10))}`, async () => {
      const outcome = await sent({ looks: [plugin] }).catch((error: unknown) => error);
      expect(outcome).to.be.an('error').with.property('reason', 'InstallFailed');
    });
  }

  for (const uid of ['', 'a b', 'a\nend', '$(id)', 'a'.repeat(254)]) {
    it(`refuses an owner with the UID ${JSON.stringify(uid.slice(0, 10))}`, async () => {
      const claim = { cluster: 'c-1', object: 'team/alice', uid };
      const outcome = await sent({ claim }).catch((error: unknown) => error);
      expect(outcome).to.be.an('error').with.property('reason', 'InstallFailed');
    });
  }

  it('fails for content that is not as long as was said', async () => {
    const bundle = await bundleOf({ a: 'a' });
    for (const tarBytes of [bundle.tarBytes - 512, bundle.tarBytes + 512]) {
      const lying = { ...bundle, tarBytes, open: () => bundle.open() };
      const request = {
        plugin: 'demo',
        bundle: lying,
        url: 'u',
        previousLimit: 1,
        untracked: 'CarryOver',
      } as const;
      const outcome = await sent({ operations: [{ kind: 'install', request }] }).catch(
        (error: unknown) => error,
      );
      expect(outcome).to.be.an('error').with.property('reason', 'InstallFailed');
    }
  });

  it('fails for damaged content alone, and goes without it where others are sent', async () => {
    const rest = { url: 'u', previousLimit: 1, untracked: 'CarryOver' } as const;
    const sound = await bundleOf({ a: 'sound' });
    const damaged = { ...(await bundleOf({ a: 'damaged' })), open: () => sound.open() };
    const install = (plugin: string, bundle: typeof sound) =>
      ({ kind: 'install', request: { ...rest, plugin, bundle } }) as const;
    const outcome = await sent({ operations: [install('bad', damaged)] }).catch((error: unknown) => error);
    expect(outcome).to.be.an('error').with.property('reason', 'FetchFailed');
    const both = [install('bad', damaged), install('worse', damaged)];
    const other = await sent({ operations: both }).catch((error: unknown) => error);
    expect(other).to.be.an('error').with.property('reason', 'FetchFailed');
    const text = String(await sent({ operations: [install('bad', damaged), install('good', sound)] }));
    expect(text).to.include('install bad ').and.include('good.20260508T141530Z/a');
    expect(text).to.not.include('bad.20260508T141530Z/');
  });

  it('writes times as stamps', () => {
    expect(toStamp(new Date('2026-01-02T03:04:05.678Z'))).to.equal('20260102T030405Z');
  });

  it('says what is to follow a change, but no restart where there is no way', async () => {
    const afterwards = { restart: 'WhenNeeded', healthCheck: true } as const;
    const digest = `sha256:${'ab'.repeat(32)}` as const;
    const rest = {
      plugin: 'demo',
      digest,
      revision: revisionOf(1),
      version: '1',
      url: 'local://d',
      previousLimit: 1,
    };
    const line = async (restarts: Batch['restarts'], onTrial = {}): Promise<string[]> => {
      const operations: Batch['operations'] = [
        { kind: 'restore', request: { ...rest, afterwards: { ...afterwards, ...onTrial } } },
        { kind: 'remove', request: { plugin: 'other', afterwards } },
        { kind: 'settle', request: { plugin: 'third', step: 'Restart' } },
      ];
      const text = String(await sent({ restarts, operations }));
      return text.split('\n').filter((one) => /^(restore|remove|settle) /.test(one));
    };
    const restore = `restore demo ${'ab'.repeat(32)} 1`;
    expect(await line('Agent')).to.deep.equal([`${restore} 1 1`, 'remove other 1', 'settle third Restart']);
    expect(await line('Nothing')).to.deep.equal([`${restore} 0 1`, 'remove other 0', 'settle third Restart']);
    expect((await line('Agent', { restart: 'Proven' }))[0]).to.equal(`${restore} 2 1`);
    expect((await line('Nothing', { restart: 'Proven' }))[0]).to.equal(`${restore} 0 1`);
  });

  it('carries the words of a health check, a line each', async () => {
    const digest = `sha256:${'ab'.repeat(32)}` as const;
    const request = { plugin: 'demo', digest, command: ['a', '', 'b\n\\n'], timeoutMs: 1_001 } as const;
    const text = String(await sent({ operations: [{ kind: 'check', request }] }));
    expect(text.split('\n').slice(5, -2)).to.deep.equal([
      `check demo ${'ab'.repeat(32)} 2 3`,
      ...['=a', '=', '=b\\n\\\\n'],
    ]);
  });

  it('tells what came of a restart in one line', async () => {
    const line = async (tried: 'Restart' | 'Proof', failure?: string): Promise<string | undefined> =>
      String(await sent({ restart: { tried, failure } })).split('\n')[5];
    expect(await line('Restart')).to.equal('restarted');
    expect(await line('Restart', 'no\nway  at all')).to.equal('unrestarted no way at all');
    expect(await line('Proof')).to.equal('lasted');
    expect(await line('Proof', 'no\nway')).to.equal('ended no way');
  });
});
