// Row 15: whatever becomes of the streams of a command, it settles in time, and is called done only when it is.
import { join } from 'node:path';
import { silentLogger } from '../../../lib/logger.ts';
import { createRuntimes } from '../../../lib/runtimes/registry.ts';
import type { Runtime } from '../../../lib/runtimes/runtime.ts';
import { BED_TIMEOUT_MS } from '../../integration/support/bed.ts';
import { cutAt } from '../../integration/target/cut.ts';
import {
  openDirectoryStand,
  openDockerStand,
  owner,
  withSearchPath,
  type DockerStand,
  type Stand,
} from '../../integration/target/stand.ts';
import { BAD_ANSWERS, CLAIMED, FLOODING_ANSWERS } from '../engine/answers.ts';
import { EngineProxy } from '../engine/proxy.ts';
import { BAD_SHELLS, FLOODING_SHELLS, layShell, type BadShell } from '../engine/shells.ts';
import { Wire, type Trouble } from '../engine/wire.ts';
import { createRandom, pick, pickNumber, type Random } from '../random.ts';
import { suiteCases, suiteSeed, tried } from '../tried.ts';
import { Ground } from './streams-ground.ts';
import { measureMemory, type Entry } from './streams-measure.ts';

const TIMEOUT_MS = 20 * 60_000;
const SEED = suiteSeed();

/** So many random bytes for each way in which a wire breaks there. */
const BYTES = 12;
const SILENCES = 4;

/** Where heads and headings are; bytes. */
const EDGE_BYTES = 600;

const TROUBLES: readonly Pick<Trouble, 'kind' | 'way'>[] = [
  ...(['Up', 'Down'] as const).flatMap((way) =>
    (['Drop', 'End', 'Silence'] as const).map((kind) => ({ kind, way })),
  ),
  { kind: 'Noise', way: 'Down' },
];

const WORDS: Readonly<Record<Trouble['kind'], string>> = {
  ...{ Drop: 'break off', End: 'end in order', Silence: 'fall silent', Noise: 'turn to noise' },
};

const NO_DIRECTORIES = { directoryRoots: [], searchPath: '', logger: silentLogger };

describe('row 15: the streams of a command in a container', function () {
  this.timeout(TIMEOUT_MS);
  let stand: DockerStand;
  let wire: Wire;
  let proxy: EngineProxy;
  const socketOf = (name: string): string => join(stand.folder, `${name}.sock`);
  const engine = (): string => stand.docker.host.slice('unix://'.length);

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    process.stderr.write(`      seed ${SEED}\n`);
    stand = await openDockerStand();
    wire = await Wire.start(socketOf('wire'), engine());
    proxy = await EngineProxy.start(socketOf('proxy'), engine());
  });

  after(async () => {
    await Promise.all([wire.close(), proxy.close()]);
    await stand.close();
  });

  const through = (name: string, pluginsPath: string): Runtime =>
    createRuntimes({ ...NO_DIRECTORIES, dockerHost: `unix://${socketOf(name)}` }).open({
      ...{ kind: 'docker', container: 'stand', pluginsPath, owner },
    });

  for (const [index, { kind, way }] of TROUBLES.entries()) {
    it(`${WORDS[kind]} at any byte of what goes ${way.toLowerCase()}`, async () => {
      const random = createRandom(SEED + index);
      const ground = await Ground.lay(stand, `${kind}-${way}`);
      const broken = through('wire', ground.pluginsPath);
      wire.breakAt(undefined);
      await ground.undisturbed(broken);
      const bytes = wire.carried[way];
      const isEndless = kind === 'Silence';
      for (const after of bytesOf(bytes, suiteCases(isEndless ? SILENCES : BYTES), random)) {
        wire.breakAt({ kind, way, after });
        await ground.suffer(broken, `${kind} ${way} after ${after} of ${bytes} bytes`, isEndless);
        tried(1);
      }
    });
  }

  for (const [index, { name, fates, isEndless }] of BAD_ANSWERS.entries()) {
    it(`with an engine that answers ${name}`, async () => {
      const ground = await Ground.lay(stand, `answer-${index}`);
      proxy.onRequest = (step) => fates[step];
      await ground.suffer(through('proxy', ground.pluginsPath), name, isEndless ?? false);
      tried(1);
    });
  }

  it('with an engine that says 0 of a command that was cut short', async () => {
    const random = createRandom(SEED + TROUBLES.length);
    const ground = await Ground.lay(stand, 'cut-short');
    proxy.onRequest = (step) => CLAIMED[step];
    for (const at of bytesOf(ground.bytes, suiteCases(BYTES), random)) {
      const broken = cutAt(through('proxy', ground.pluginsPath), { at, how: 'ends' });
      await ground.suffer(broken, `cut after ${at}, and called 0`, false);
      tried(1);
    }
  });

  describeShells(() => stand);

  it('takes no more than 64 MiB for 1 GiB of anything', async () => {
    const ground = await Ground.lay(stand, 'memory');
    const spec = { kind: 'docker', container: 'stand', pluginsPath: ground.pluginsPath, owner } as const;
    const honest: Entry = { spec, dockerHost: stand.docker.host };
    const proxies = await Promise.all(
      FLOODING_ANSWERS.map(async ({ fates }, index) => {
        const one = await EngineProxy.start(socketOf(`flood-${index}`), engine());
        one.onRequest = (step) => fates[step];
        return one;
      }),
    );
    const flooding = [
      ...FLOODING_ANSWERS.map((_, index) => ({ spec, dockerHost: `unix://${socketOf(`flood-${index}`)}` })),
      ...(await shellsIn(stand)).map((searchPath) => ({ ...honest, searchPath })),
    ];
    try {
      await measureMemory({ roots: [], honest, flooding });
    } finally {
      await Promise.all(proxies.map((one) => one.close()));
    }
    tried(flooding.length);
  });
});

describe('row 15: the streams of a command in a directory', function () {
  this.timeout(TIMEOUT_MS);
  let stand: Stand;

  before(async () => {
    stand = await openDirectoryStand();
  });

  after(async () => {
    await stand.close();
  });

  describeShells(() => stand);

  it('takes no more than 64 MiB for 1 GiB of anything', async () => {
    const ground = await Ground.lay(stand, 'memory');
    const spec = { kind: 'directory', path: ground.workspace, pluginsPath: '/plugins', owner } as const;
    const flooding = (await shellsIn(stand)).map((searchPath) => ({ spec, searchPath }));
    await measureMemory({ roots: [stand.folder], honest: { spec }, flooding });
    tried(flooding.length);
  });
});

/** Far ends that are the same in a directory and in a container. */
function describeShells(stand: () => Stand): void {
  for (const [index, shell] of BAD_SHELLS.entries()) {
    it(`with a shell that ${shell.name}`, async () => {
      const ground = await Ground.lay(stand(), `shell-${index}`);
      const broken = withSearchPath(ground.healthy, await layIn(stand(), shell));
      await ground.suffer(broken, shell.name, shell.isEndless ?? false);
      tried(1);
    });
  }
}

async function shellsIn(stand: Stand): Promise<readonly string[]> {
  return Promise.all(FLOODING_SHELLS.map((shell) => layIn(stand, shell)));
}

async function layIn({ folder }: Stand, shell: BadShell): Promise<string> {
  return layShell(join(folder, `sh-${shell.name.replace(/\W+/g, '-')}`), shell);
}

/** Half of them anywhere, the others near the beginning or the end. */
function bytesOf(bytes: number, count: number, random: Random): readonly number[] {
  const edge = Math.min(EDGE_BYTES, bytes);
  const near = (): number => pick(random, [0, bytes - edge]) + pickNumber(random, edge);
  return Array.from({ length: count }, (_, nth) => (nth % 2 === 0 ? pickNumber(random, bytes) : near()));
}
