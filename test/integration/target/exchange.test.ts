// What exchanges two folders in one step: perl, python3 or mv, whichever the workspace has; and two renames where it has none.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { SwapMode } from '../../../lib/target/target.ts';
import { bundleOf, revisionOf, type Files } from '../../contract/bundles.ts';
import { soon } from '../../contract/runtime.ts';
import { newWorkspace, openDirectoryStand, openSession, withSearchPath, type Stand } from './stand.ts';
import { V1, V2 } from './stories.ts';

const TOOLS = [
  ...[
    'sh',
    'env',
    'tar',
    'find',
    'xargs',
    'sha256sum',
    'sed',
    'sort',
    'uniq',
    'tail',
    'tr',
    'dd',
    'cat',
    'cp',
    'mv',
    'rm',
  ],
  ...['rmdir', 'mkdir', 'chmod', 'sync', 'date', 'sleep'],
];

/** As a new mv does, by the means of perl. */
const NEW_MV = `#!/bin/sh
case $* in
  --help) echo '      --exchange' ;;
  '-T --exchange '*) exec /usr/bin/perl -e 'my ($a, $b) = splice @ARGV, 2; exit(syscall(316, -100, $a, -100, $b, 2) != 0)' -- "$@" ;;
  *) exec /usr/bin/mv "$@" ;;
esac
`;
/** Of a machine for which it does not know the number of the system call. */
const PERL_OF_ANOTHER_MACHINE = '#!/bin/sh\nexit 64\n';
const BROKEN = '#!/bin/sh\nexit 1\n';

/** Programs that are there besides: links to the machine's own, or texts. */
const cases: readonly (readonly [string, Readonly<Record<string, string>>, SwapMode])[] = [
  ['perl', { perl: '/usr/bin/perl' }, 'Exchange'],
  ['python3', { python3: '/usr/bin/python3' }, 'Exchange'],
  [
    'python3, where perl does not know how',
    { perl: PERL_OF_ANOTHER_MACHINE, python3: '/usr/bin/python3' },
    'Exchange',
  ],
  ['neither', {}, 'Rename'],
  ['perl that is broken', { perl: BROKEN }, 'Rename'],
  ['perl that does not know how, alone', { perl: PERL_OF_ANOTHER_MACHINE }, 'Rename'],
  ['python3 without ctypes', { python3: BROKEN }, 'Rename'],
  ['a new mv', { mv: NEW_MV }, 'Exchange'],
  ['a new mv, where perl does not know how', { mv: NEW_MV, perl: PERL_OF_ANOTHER_MACHINE }, 'Exchange'],
];

describe('an update in a workspace', () => {
  let stand: Stand;

  before(async () => {
    stand = await openDirectoryStand();
  });

  after(async () => {
    await stand.close();
  });

  for (const [index, [name, programs, swapMode]] of cases.entries()) {
    it(`with ${name} is ${swapMode === 'Exchange' ? 'an exchange' : 'two renames'}, as it says`, async () => {
      const tools = join(stand.folder, `tools-${index}`);
      await layTools(tools, programs);
      const session = openSession(withSearchPath(stand.open(await newWorkspace(stand)), tools));
      await Promise.all(['a', 'b'].map((plugin) => install(plugin, V1, 1)));
      const listing = await session.list({ notOlderThan: new Date(0), signal: soon() });
      expect(listing.swapMode).to.equal(swapMode);
      const changes = await Promise.all(['a', 'b'].map((plugin) => install(plugin, V2, 2)));
      for (const change of changes) {
        expect(change).to.include({ effect: 'Installed', swapMode });
        expect(change.look.plugin.marker?.revision).to.equal(revisionOf(2));
        expect(change.look.plugin.snapshots.map(({ marker }) => marker?.revision)).to.deep.equal([
          revisionOf(1),
        ]);
      }

      async function install(plugin: string, files: Files, seed: number) {
        const bundle = await bundleOf(files, { revision: revisionOf(seed) });
        return session.install(
          { plugin, bundle, url: 'local://demo', previousLimit: 1, untracked: 'LeaveBehind' },
          soon(),
        );
      }
    });
  }
});

async function layTools(folder: string, programs: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder);
  const all = { ...Object.fromEntries(TOOLS.map((name) => [name, `/usr/bin/${name}`])), ...programs };
  for (const [name, program] of Object.entries(all)) {
    const path = join(folder, name);
    await (program.startsWith('#!') ? writeFile(path, program, { mode: 0o755 }) : symlink(program, path));
  }
}
