// The changes that are killed in the middle: what stands in the workspace before each, and what is asked for.
import type { Session } from '../../../lib/target/target.ts';
import { bundleOf, revisionOf, type Files } from '../../contract/bundles.ts';
import type { Place } from '../../contract/place.ts';
import { soon } from '../../contract/runtime.ts';

export const V1: Files = { 'plugin.yaml': 'version: 1\n', 'skills/a/SKILL.md': 'one' };
export const V2: Files = {
  'plugin.yaml': 'version: 2\n',
  'skills/a/SKILL.md': 'two',
  'skills/b/SKILL.md': 'new',
};

export interface Story {
  readonly name: string;
  readonly prepare: (session: Session, place: Place) => Promise<unknown>;
  /** The same each time: what was cut short is asked for again. */
  readonly act: (session: Session) => Promise<unknown>;
}

interface Install {
  readonly plugin?: string;
  readonly repair?: boolean;
}

export async function install(
  session: Session,
  files: Files,
  seed: number,
  { plugin = 'demo', repair = false }: Install = {},
): Promise<unknown> {
  const bundle = await bundleOf(files, { revision: revisionOf(seed) });
  const untracked = repair ? 'CarryOver' : 'LeaveBehind';
  return session.install({ plugin, bundle, url: 'local://demo', previousLimit: 1, untracked }, soon());
}

async function installTwo(session: Session): Promise<void> {
  await install(session, V1, 1);
  await install(session, V2, 2);
}

export const stories: readonly Story[] = [
  { name: 'a first install', prepare: () => Promise.resolve(), act: (session) => install(session, V1, 1) },
  {
    name: 'an update',
    prepare: (session) => install(session, V1, 1),
    act: (session) => install(session, V2, 2),
  },
  {
    name: 'a repair',
    prepare: async (session, place) => {
      await install(session, V1, 1);
      await place.shell(
        'cd demo && echo x > plugin.yaml && mkdir -p data rules && echo d > data/d && echo e > rules/e.md',
      );
    },
    act: (session) => install(session, V1, 1, { repair: true }),
  },
  {
    name: 'a restore',
    prepare: installTwo,
    act: async (session) => {
      const { digest } = await bundleOf(V1);
      const [revision, version] = [revisionOf(1), '1'];
      await session.restore(
        { plugin: 'demo', digest, revision, version, url: 'local://demo', previousLimit: 1 },
        soon(),
      );
    },
  },
  { name: 'a removal', prepare: installTwo, act: (session) => session.remove({ plugin: 'demo' }, soon()) },
  {
    name: 'the replacement of a folder that was not ours',
    prepare: (_, place) => place.shell('mkdir demo && echo mine > demo/mine && ln -s mine demo/link'),
    act: (session) => install(session, V1, 1),
  },
  {
    name: 'an update that is followed by a clean-up and a health check',
    prepare: async (session, place) => {
      await install(session, V1, 1);
      await place.shell(
        "printf 'mine\\n# Plugin: demo / rule: x\\nx' > ../CLAUDE.md; mkdir -p ../skills && cp -R demo/skills/a ../skills/",
      );
    },
    act: async (session) => {
      const bundle = await bundleOf({ ...V2, 'rules/x.md': 'x' }, { revision: revisionOf(2) });
      const { digest } = bundle;
      const afterwards = { restart: 'Never', healthCheck: true } as const;
      const wanted = { plugin: 'demo', bundle, url: 'local://demo', previousLimit: 1, afterwards } as const;
      await session.install({ ...wanted, untracked: 'LeaveBehind' }, soon());
      const script = 'test "$(cat CLAUDE.md)" = mine && test ! -e skills/a';
      const command = ['sh', '-c', `cd "$CONFIGS_DIR" && ${script}`] as const;
      const check = { plugin: 'demo', digest, command, timeoutMs: 20_000 };
      const { plugin } = await session.check(check, soon());
      if (plugin.todo !== undefined) throw new Error(plugin.todo.failed?.message ?? 'nothing was checked');
    },
  },
  {
    name: 'an adoption in place',
    prepare: async (session, place) => {
      await install(session, V1, 1);
      await place.shell('rm demo/.complete demo/.manifest');
    },
    act: (session) => install(session, V1, 1),
  },
];
