// The places of strings that come with a plugin or an agent: all of them in the life of one plugin.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { TransientError } from '../../../lib/errors.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { printable } from '../../../lib/target/lines.ts';
import type { CheckRequest, LookedPlugin, Session } from '../../../lib/target/target.ts';
import { Place } from '../../contract/place.ts';
import { lookNow, request, soon, V1 } from '../../contract/session-ground.ts';
import { refusal, type Bed } from './injection-bed.ts';
import { openSession } from './stand.ts';

/** Says what it was given, in a file and at its end. */
const SAY = 'printf %s "$1" >"$CONFIGS_DIR/said"; printf %s "$1"; exit 3';
const PLANT = 'mkdir -p "${1%/*}" && printf planted >"$1"';
const STRAY = /[\s\p{Cc}\p{Cf}\ufffd\u2028\u2029?]/gu;

/** @param flat the same with a path that is a name, for where a string is to be one @returns how many places it was put in */
export async function live(bed: Bed, text: string, flat: string): Promise<number> {
  const session = openSession(refusing(bed.open(), `it says: ${text}.`));
  const plugins = join(bed.workspace, 'plugins');

  const { bundle, ...rest } = await request('demo', V1, 1);
  const afterwards = { restart: 'WhenNeeded', healthCheck: true } as const;
  const first = { ...rest, bundle: { ...bundle, version: text }, url: text, afterwards };
  const { look } = await session.install(first, soon());
  expectIntact(look.plugin);
  expect(look.plugin.marker).to.include({ digest: bundle.digest, revision: bundle.revision });
  expect(look.plugin.marker?.url).to.match(/^[!-~]+$/);
  expect(look.plugin.marker?.version).to.match(/^[ -~]+$/);
  const complete = await readFile(join(plugins, 'demo', '.complete'), 'utf8');
  expect(JSON.parse(complete)).to.deep.equal({ ...look.plugin.marker });

  const { todo } = (await session.restart({ plugin: 'demo' }, soon())).plugin;
  expect(todo?.steps).to.deep.equal(['Restart', 'HealthCheck']);
  expectSaid(todo, 'Restart', `it says: ${text}.`);
  await session.settle({ plugin: 'demo', step: 'Restart' }, soon());

  await checkWords(bed, session, { digest: bundle.digest, text });
  await plant(session, { place: new Place(bed.open()), text, flat });

  await session.remove({ plugin: 'demo' }, soon());
  expect((await readdir(plugins)).filter((name) => name !== '.previous')).to.deep.equal(['.controller']);
  expect((await readdir(bed.workspace)).filter((name) => name !== 'said')).to.deep.equal(['plugins']);
  // No file has such a name.
  return text.includes('\0') ? 7 : 9;
}

async function checkWords(
  bed: Bed,
  session: Session,
  { digest, text }: Pick<CheckRequest, 'digest'> & { readonly text: string },
): Promise<void> {
  const check = (...command: CheckRequest['command']): Promise<LookedPlugin['todo']> =>
    session
      .check({ plugin: 'demo', digest, command, timeoutMs: 20_000 }, soon())
      .then(({ plugin }) => plugin.todo);
  if (text.includes('\0')) {
    await refusal(check('true', text));
    await refusal(check(text));
    return;
  }
  expectSaid(await check('sh', '-c', SAY, 'sh', text), 'HealthCheck', `exit code 3: ${text}`, text);
  expect(await readFile(join(bed.workspace, 'said'), 'utf8')).to.equal(text);
  expect((await check(text))?.failed?.message).to.match(/^exit code [1-9]/);
}

async function plant(
  session: Session,
  { place, text, flat }: { readonly place: Place; readonly text: string; readonly flat: string },
): Promise<void> {
  const file = (path: string): string => join(place.runtime.pluginsPath, 'demo', path);
  const [data, hook] = [`data/${text}`.replace(/\/$/, ''), `hooks/${flat}`];
  if (!text.includes('\0')) {
    for (const path of [data, hook]) await place.shell(PLANT, `demo/${path}`);
    const { tampered, untracked, ...found } = (await lookNow(session)).plugin;
    expect(tampered).to.deep.equal({ count: 1, first: [printable(hook)] });
    expect(untracked).to.deep.equal({ count: 1, first: [printable(data)] });
    expectIntact(found);
  }
  const yaml = { ...V1, 'plugin.yaml': `version: ${JSON.stringify(text)}\n` };
  const repair = { ...(await request('demo', yaml, 2)), untracked: 'CarryOver' } as const;
  const { plugin } = (await session.install(repair, soon())).look;
  expectIntact({ ...plugin, snapshots: [] });
  expect(plugin.tampered.count).to.equal(0);
  if (!text.includes('\0')) expect(await readFile(file(data), 'utf8')).to.equal('planted');

  const complete = await readFile(file('.complete'), 'utf8');
  await writeFile(
    file('.complete'),
    complete.replace(/"url":"[^"]*"/, () => `"url":"${text}"`),
  );
  const { state, marker } = (await lookNow(session)).plugin;
  expect([state, marker?.stamp]).to.be.deep.oneOf([
    ['Marked', plugin.marker?.stamp],
    ['Unmarked', undefined],
  ]);
}

function expectIntact({ state, snapshots }: Pick<LookedPlugin, 'state' | 'snapshots'>): void {
  expect([state, snapshots]).to.deep.equal(['Marked', []]);
}

/** Said on one line, and of all that can be shown nothing is missing. */
function expectSaid(todo: LookedPlugin['todo'], step: string, words: string, text = words): void {
  const message = todo?.failed?.message ?? '';
  expect(todo?.failed?.step).to.equal(step);
  expect(message).to.equal(printable(message));
  const last = text === words ? words : words.slice(0, words.indexOf(text)) + (text.split('\n').at(-1) ?? '');
  expect(message.replace(STRAY, '')).to.equal(last.replace(STRAY, ''));
}

function refusing(inner: Runtime, message: string): Runtime {
  return {
    kind: inner.kind,
    pluginsPath: inner.pluginsPath,
    restarts: 'Agent',
    restart: () => Promise.reject(new TransientError('RestartFailed', message)),
    probe: (signal) => inner.probe(signal),
    run: (command) => inner.run(command),
  };
}
