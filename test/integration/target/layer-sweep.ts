// The program killed while it replaces a folder of an image layer, which cannot be renamed and has to be copied.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Place, treeOf, type Tree } from '../../contract/place.ts';
import { createRandom, pickNumber } from '../../faults/random.ts';
import { suiteSeed, tried } from '../../faults/tried.ts';
import { openDockerStand, openSession, withSearchPath, type DockerStand } from './stand.ts';
import { install, V1 } from './stories.ts';
import { layTripwire } from './tripwire.ts';

const TIMEOUT_MS = 15 * 60_000;
const IMAGE = 'layered';
const PLUGINS = '/configs/plugins';

/** Each kill takes a folder of its own out of the same image: `p0`, `p1` … More than the commands of one change. */
const FOLDERS = 250;
const MAKE_FOLDERS = `
n=0
while [ $n -lt ${FOLDERS} ]; do
  mkdir -p p$n/sub && echo old > p$n/sub/file && ln -s file p$n/sub/link || exit 1
  n=$((n + 1))
done`;
const OLD: Tree = { ...treeOf({ 'sub/file': 'old\n' }), 'sub/link': 'link' };

/** @param every so manieth command is one before which the program is killed, from a random one on */
export function describeLayerSweep(every: number): void {
  describe('the target program killed while it replaces a folder of an image layer', function () {
    this.timeout(TIMEOUT_MS);
    let stand: DockerStand;
    const seed = suiteSeed();
    const random = createRandom(seed);

    before(async () => {
      stand = await openDockerStand();
      await new Place(stand.enter(PLUGINS)).shell(MAKE_FOLDERS);
      await stand.docker.commit('stand', IMAGE);
      process.stderr.write(`      seed ${seed}\n`);
    });

    after(async () => {
      await stand.close();
    });

    for (const swapMode of ['Exchange', 'Rename'] as const) {
      it(`loses nothing of it, and ends as if nothing had happened (${swapMode})`, async () => {
        const folder = join(stand.folder, swapMode);
        await mkdir(folder);
        await stand.docker.run(swapMode, IMAGE, { binds: [`${stand.folder}:${stand.folder}`] });
        const tools = swapMode === 'Exchange' ? 'debian' : 'busybox';
        const { plain, wired, arm, count } = await layTripwire(folder, { swapMode, tools });
        const runtime = stand.enter(PLUGINS, swapMode);
        const place = new Place(runtime);
        const put = (plugin: string, searchPath: string): Promise<unknown> =>
          install(openSession(withSearchPath(runtime, searchPath)), V1, 1, { plugin });

        await arm(undefined);
        await put('p0', wired);
        const total = await count();
        expectReplaced(await place.tree(), 'p0', 'undisturbed');
        expect(total).to.be.within(20, FOLDERS - 1);

        let deaths = 0;
        for (let nth = pickNumber(random, every) + 1; nth <= total; nth += every) {
          const [plugin, moment] = [`p${nth}`, `killed before command ${nth} of ${total}`];
          await arm(nth);
          const said = await put(plugin, wired).then(() => 'nothing', String);
          if (said.includes('signal 9')) deaths += 1;
          expectNothingLost(await place.tree(), plugin, `${moment}, ${said}`);
          await put(plugin, plain);
          expectReplaced(await place.tree(), plugin, moment);
        }
        expect(deaths).to.be.above(0);
        tried(deaths);
        process.stderr.write(`        ${total} commands, killed ${deaths} times\n`);
      });
    }
  });
}

/** The old folder is live or kept, whole; and where a marker is, the new one is. */
function expectNothingLost(tree: Tree, plugin: string, moment: string): void {
  const live = below(tree, `${plugin}/`);
  const kept = [live, ...snapshotsOf(tree, plugin)].map((one) => JSON.stringify(one));
  expect(kept, moment).to.include(JSON.stringify(OLD));
  if (live['.complete'] !== undefined) expectWanted(live, moment);
}

function expectReplaced(tree: Tree, plugin: string, moment: string): void {
  expectWanted(below(tree, `${plugin}/`), moment);
  expect(snapshotsOf(tree, plugin), moment).to.deep.equal([OLD]);
  const residue = Object.keys(tree).filter((path) => /^\.(staging|controller)\//.test(path));
  expect(residue, moment).to.deep.equal([]);
}

function expectWanted({ '.complete': complete, '.manifest': manifest, ...rest }: Tree, moment: string): void {
  expect([complete, manifest], moment).not.to.include(undefined);
  expect(rest, moment).to.deep.equal(treeOf(V1));
}

function snapshotsOf(tree: Tree, plugin: string): Tree[] {
  const prefix = `.previous/${plugin}.`;
  const slots = Object.keys(tree).flatMap((path) =>
    path.startsWith(prefix) ? [path.slice(0, path.indexOf('/', prefix.length) + 1)] : [],
  );
  return [...new Set(slots)].map((slot) => below(tree, slot));
}

function below(tree: Tree, prefix: string): Tree {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([path, value]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), value]] : [],
    ),
  );
}
