// Story: a repository wants credentials. They open the door, may be wrong and be mended, and nobody else ever sees them.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { HOSTS } from '../../../controller/api/group.ts';
import type { StatusObject } from '../../../lib/kube/kube.ts';
import { canary } from '../../support/canaries.ts';
import { startControllerProcess, type ControllerProcess } from '../../support/controller-process.ts';
import { startSSHServer, type SSHServer } from '../../support/ssh-server.ts';
import { type Front, startFront } from '../sources/front.ts';
import { basic } from '../sources/secrets.ts';
import { BED_TIMEOUT_MS } from '../support/bed.ts';
import { kubectl } from '../support/kubectl.ts';
import { recordPrograms, type RecordedPrograms } from '../support/recorded-programs.ts';
import { pluginFiles } from './plugins.ts';
import { expectInstalled } from './tree.ts';
import { hear } from './vocabulary.ts';
import { conditionOf, World } from './world.ts';

const CANARY = canary('a password of a Secret');
const LOGIN = { username: 'robot', password: CANARY };
const SAMPLE_MS = 100;

describe('a repository that wants credentials', () => {
  let world: World;
  let front: Front;
  let sshd: SSHServer;
  let controller: ControllerProcess;
  let revision: string;
  let sampler: NodeJS.Timeout;
  let programs: RecordedPrograms;
  let calls: string | undefined;
  let output = '';
  const argv: string[] = [];

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    world = await World.open({ withController: false });
    [sshd, front] = await Promise.all([
      startSSHServer(),
      startFront(world.git.url, { authorization: basic('robot', CANARY) }),
    ]);
    const repository = await world.git.repository('private');
    revision = await repository.release('v1.0.0', pluginFiles('1.0.0'));
    await world.apply(await world.workspace('alice'));
    programs = await recordPrograms(['ssh']);
    controller = await startControllerProcess(
      [...world.flags, `--host-namespace=${world.namespace}`, '--log-level=debug'],
      {},
      (text) => {
        output += text;
      },
    );
    sampler = setInterval(() => void sampleCommandLines().then((lines) => argv.push(...lines)), SAMPLE_MS);
  });

  after(async () => {
    clearInterval(sampler);
    if (calls === undefined) await programs.end();
    await controller.stop(10_000);
    await Promise.all([front.close(), sshd.close()]);
    await world.close();
  });

  const url = (): string => `${front.url}/private`;

  async function putSecret(name: string, stringData: object, annotations: object = {}): Promise<void> {
    const metadata = { name, namespace: world.namespace, annotations };
    const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData });
    await kubectl(world.controlPlane, ['apply', '-f', '-'], manifest);
  }

  function wanting(name: string, secretName: string, source: object = {}): ReturnType<World['plugin']> {
    return world.plugin(name, 'alice', {
      source: { url: `${url()}#v1.0.0`, secretRef: { name: secretName }, ...source },
    });
  }

  it('is installed with them, over https and ssh alike', async () => {
    await putSecret('creds', LOGIN);
    await putSecret('key', { identity: sshd.identity, known_hosts: sshd.knownHosts });
    const ssh = `ssh://root@127.0.0.1:${sshd.port}${world.git.root}/private#v1.0.0`;
    await world.apply(wanting('web', 'creds'), wanting('shell', 'key', { url: ssh }));
    await Promise.all([world.installed('web', revision), world.installed('shell', revision)]);
    expectInstalled(await world.tree('alice', 'shell'), pluginFiles('1.0.0'), { revision });
  });

  it('says AuthFailed until the Secret is there and right; the object need not change', async () => {
    await world.apply(wanting('mended', 'later'));
    const missing = await world.condition('mended', 'SourceReady', 'False', 'AuthFailed');
    expect(conditionOf(missing, 'SourceReady')?.message).to.include('does not exist');
    await putSecret('later', { username: 'robot', password: 'wrong' });
    await world.until('mended', 'refused by the server', (plugin) =>
      (conditionOf(plugin, 'SourceReady')?.message ?? '').includes('wants credentials'),
    );
    await putSecret('later', LOGIN);
    const { metadata } = await world.installed('mended', revision);
    expect(metadata.generation).to.equal(1);
  });

  it('is not sent what is for other hosts', async () => {
    await putSecret('elsewhere', LOGIN, { [HOSTS]: 'git.example.org' });
    await world.apply(wanting('elsewhere', 'elsewhere'));
    await world.condition('elsewhere', 'SourceReady', 'False', 'NotPermitted');
    await world.condition('elsewhere', 'Stalled', 'True', 'NotPermitted');
    expect(await world.tree('alice', 'elsewhere')).to.equal(undefined);
  });

  it('may repeat what it is sent: no status shows it', async () => {
    const loud = await startFront(world.git.url, { repeats: true });
    try {
      await world.apply(wanting('loud', 'creds', { url: `${loud.url}/private#v1.0.0` }));
      await world.condition('loud', 'SourceReady', 'False', 'FetchFailed');
      expect(loud.heard).to.include(basic('robot', CANARY));
    } finally {
      await loud.close();
    }
  });

  it('may hold no more than the limits, and nothing but what is pinned', async () => {
    const { 'plugin.yaml': yaml = '' } = pluginFiles('1.0.0') as Record<string, string>;
    const pluginYAMLSHA256 = createHash('sha256').update(yaml).digest('hex');
    await world.apply(
      wanting('large', 'creds', { limits: { maxFiles: 4 } }),
      wanting('other', 'creds', { verify: { pluginYAMLSHA256: '0'.repeat(64) } }),
      wanting('pinned', 'creds', { limits: { maxBytes: '1Ki' }, verify: { pluginYAMLSHA256 } }),
    );
    await world.installed('pinned', revision);
    await world.condition('large', 'Stalled', 'True', 'TooLarge');
    await world.condition('other', 'SourceReady', 'False', 'VerificationFailed');
    await world.condition('other', 'Stalled', 'True', 'VerificationFailed');
    for (const name of ['large', 'other']) expect(await world.tree('alice', name)).to.equal(undefined);
    await world.edit('other', { source: { verify: { pluginYAMLSHA256 } } });
    await world.installed('other', revision);
  });

  it('that moves on to what is not pinned leaves what is installed', async () => {
    const { 'plugin.yaml': yaml = '' } = pluginFiles('1.0.0') as Record<string, string>;
    const verify = { pluginYAMLSHA256: createHash('sha256').update(yaml).digest('hex') };
    const automatic = { track: 'branch:main', update: { approval: 'Automatic' } };
    const source = { url: url(), secretRef: { name: 'creds' }, verify };
    await world.apply(world.plugin('held', 'alice', { source, ...automatic }));
    await world.installed('held', revision);
    await (await world.git.repository('private')).commit(pluginFiles('2.0.0'));
    const held = await world.condition('held', 'SourceReady', 'False', 'VerificationFailed');
    expect(conditionOf(held, 'Ready')?.status).to.equal('True');
    expectInstalled(await world.tree('alice', 'held'), pluginFiles('1.0.0'), { revision });
  });

  it('was never betrayed: not in logs, objects, events or command lines', async () => {
    const objects = await world.kubectl('get', 'ws,wsp', '-o', 'json');
    for (const object of (JSON.parse(objects) as { items: StatusObject[] }).items) hear(object);
    calls = await programs.end();
    const said = {
      logs: output,
      calls,
      objects,
      events: await world.kubectl('get', 'events', '-o', 'json'),
      argv: argv.join('\n'),
    };
    const keyLine = sshd.identity.split('\n')[2] ?? '';
    expect(said.logs).to.include('asking a repository');
    expect(said.argv).to.include(front.url);
    expect(said.calls).to.include('StrictHostKeyChecking');
    for (const [where, text] of Object.entries(said)) {
      for (const secret of [CANARY, basic('robot', CANARY).slice(6), keyLine]) {
        expect(text.includes(secret), `${secret} in ${where}`).to.be.false;
      }
    }
  });
});

/** What everybody on the machine sees of git and ssh while they run. */
async function sampleCommandLines(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  // A process may end meanwhile.
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => /^(\S*\/)?(git|ssh)/.test(line));
}
