// The places of strings that say which workspace is meant, whose it is, and which plugin.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { silentLogger } from '../../../lib/logger.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import type { Claim } from '../../../lib/target/claim.ts';
import { targetCommand } from '../../../lib/target/program.ts';
import { createSession } from '../../../lib/target/session.ts';
import type { Look } from '../../../lib/target/target.ts';
import { Place, treeOf } from '../../contract/place.ts';
import { lookNow, request, soon, V1 } from '../../contract/session-ground.ts';
import { hastyClock } from '../../support/hasty-clock.ts';
import { ownFolder, refusal, type Bed } from './injection-bed.ts';
import { openSession } from './stand.ts';

type Attack = (bed: Bed, text: string) => Promise<unknown>;

const CLAIM: Claim = { cluster: 'c-1', object: 'team/alice', uid: 'u-1' };
const CLAIMABLE = /^[-A-Za-z0-9.:]+$/;

export const PLACES: Readonly<Record<string, Attack>> = {
  'the name of a plugin that is looked at': async (bed, text) => {
    await expectRefused(lookNow(openSession(bed.open()), text), 'InstallFailed');
  },
  'the name of a plugin that is installed': async (bed, text) => {
    const change = openSession(bed.open()).install(await request(text, V1, 1), soon());
    await expectRefused(change, 'InstallFailed');
  },
  'the name of a plugin, past all checks but those of the program': async (bed, text) => {
    const folder = await ownFolder(join(bed.workspace, 'raw'));
    const heading = `target 1\n${folder}\nchange 20260101T000000Z 30 Nothing 1 0 1\n-\n-\n`;
    const said = await runProgram(bed.open(), `${heading}remove ${text} 0\nend\n`);
    if (!/^[a-z0-9]/.test(text)) expect(said).to.include('\nrefused InvalidBatch ');
    expect(said).to.match(/^target 1\n((refused InvalidBatch .*|result 1 done Removed -)\nend\n)?$/);
  },
  'the plugins path': async (bed, text) => {
    const runtime = bed.open({ pluginsPath: `/${text}` });
    const change = openSession(runtime).install(await request('demo', V1, 1), soon());
    if (/[\0\n]/.test(text)) {
      await refusal(change);
      return;
    }
    await change;
    expect(await new Place(runtime).content('demo')).to.deep.equal(treeOf(V1));
  },
  'the path of a workspace': async (bed, text) => {
    const runtime = bed.open({ path: join(bed.workspace, text) });
    await expectRefused(runtime.probe(soon()), 'WorkspaceUnreachable');
  },
  'the name of a container': async (bed, text) => {
    await expectRefused(bed.openContainer(text).probe(soon()), 'RuntimeNotPermitted');
  },
  'the labels of a container': async (bed, text) => {
    const runtime = bed.openContainer({ matchLabels: { [text]: text } });
    await expectRefused(runtime.probe(soon()), 'WorkspaceUnreachable');
  },
  'the cluster of a claim': (bed, text) => claim(bed, text, { cluster: text }),
  'the namespace of a claim': (bed, text) => claim(bed, text, { object: `${text}/alice` }),
  'the name of a claim': (bed, text) => claim(bed, text, { object: `team/${text}` }),
  'the UID of a claim': (bed, text) => claim(bed, text, { uid: text }),
  'the claim that an agent wrote': async (bed, text) => {
    const folder = join(bed.workspace, 'plugins', '.controller');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '.owner'), `c-2 ${text}/a u-2\n`);
    const look = lookAs(bed, CLAIM);
    if (CLAIMABLE.test(text)) await expectRefused(look, 'AlreadyManaged');
    else expect((await look).plugin.state).to.equal('Absent');
  },
  'the name of a pid file': (bed, text) => reload(bed, text, 'none'),
  'what a pid file holds': (bed, text) => reload(bed, 'agent.pid', text),
};

async function expectRefused(call: Promise<unknown>, reason: string): Promise<void> {
  expect(await refusal(call)).to.include({ reason });
}

async function claim(bed: Bed, text: string, change: Partial<Claim>): Promise<void> {
  const look = lookAs(bed, { ...CLAIM, ...change });
  if (CLAIMABLE.test(text)) expect((await look).plugin.state).to.equal('Absent');
  else await expectRefused(look, 'InstallFailed');
}

function lookAs(bed: Bed, claim: Claim): Promise<Look> {
  const epoch = () => ({ since: 1, transitions: 0 });
  const claimant = { claim, isGone: () => Promise.resolve(false) };
  const parts = { runtime: bed.open(), epoch, clock: hastyClock, logger: silentLogger };
  return lookNow(createSession({ ...parts, claimant }));
}

async function reload(bed: Bed, name: string, content: string): Promise<void> {
  const pidFile = normalize(`/run/${name}`).replace(/\/$/, '');
  const path = join(bed.workspace, pidFile);
  const runtime = bed.open({ reload: { pidFile, signal: 'HUP' } });
  if (path.includes('\0')) {
    expect(await runtime.restart(soon()).catch((error: unknown) => error)).to.be.instanceOf(Error);
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  const { reason, message } = await refusal(runtime.restart(soon()));
  expect(reason).to.equal('RestartFailed');
  expect(message).to.match(/ holds no process id$/);
}

async function runProgram(runtime: Runtime, batch: string): Promise<string> {
  const stdin = async function* (): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from(batch));
  };
  const { stdout } = await runtime.run({
    ...{ argv: targetCommand(), stdin: stdin(), timeoutMs: 30_000, signal: soon() },
  });
  return stdout.toString();
}
