// Changes and the steps that follow them, killed in the middle: each step is done, given up or on record, as if nothing had happened.
import { TransientError } from '../../../lib/errors.ts';
import type { Afterwards, Look, Session, Step } from '../../../lib/target/target.ts';
import { bundleOf, revisionOf, type Files } from '../../contract/bundles.ts';
import type { Place } from '../../contract/place.ts';
import { soon } from '../../contract/runtime.ts';
import { install, V1, V2, type Story } from './stories.ts';

export interface StepStory extends Omit<Story, 'act'> {
  readonly act: (session: Session, place: Place) => Promise<unknown>;
  /** What every restart comes to; default: it is done. */
  readonly restart?: () => Promise<void>;
}

/** Differs from V1 in a rule, too, of which the agent has a block. */
const RULED: Files = { ...V2, 'rules/x.md': 'x' };

const COPIED =
  "printf 'mine\\n# Plugin: demo / rule: x\\nx' > ../CLAUDE.md; mkdir -p ../skills && cp -R demo/skills/a ../skills/";
const CLEAN =
  'test "$(cat ../CLAUDE.md)" = mine && test ! -e ../skills/a && test ! -e .controller/.todo-demo';

export const stepStories: readonly StepStory[] = [
  {
    name: 'an update that is followed by a clean-up, a restart and a health check',
    prepare: async (session, place) => {
      await install(session, V1, 1);
      await place.shell(COPIED);
    },
    act: async (session, place) => {
      await change(session, RULED, 'Proven');
      await session.restart({ plugin: 'demo' }, soon());
      nothingDue(await check(session, RULED));
      await place.shell(CLEAN);
    },
  },
  {
    name: 'a removal that is followed by a clean-up and a restart',
    prepare: async (session, place) => {
      await install(session, V1, 1);
      await install(session, V2, 2);
      await place.shell(COPIED);
    },
    act: async (session, place) => {
      await session.remove({ plugin: 'demo', afterwards: { restart: 'WhenNeeded' } }, soon());
      nothingDue(await session.restart({ plugin: 'demo' }, soon()));
      await place.shell(CLEAN);
    },
  },
  {
    name: 'a restart that fails, and steps that are given up',
    prepare: (session) => install(session, V1, 1),
    act: async (session) => {
      await change(session, V2, 'WhenNeeded');
      const { todo } = (await session.restart({ plugin: 'demo' }, soon())).plugin;
      if (todo?.steps[0] === 'Restart' && todo.failed === undefined) throw new Error('the failure is lost');
      await settle(session, 'Restart');
      nothingDue(await settle(session, 'HealthCheck'));
    },
    restart: () => Promise.reject(new TransientError('RestartFailed', 'the engine refused it')),
  },
  {
    name: 'the proof of a restart that has no known end',
    prepare: async (session, place) => {
      await change(session, V1, 'Proven');
      await place.shell(
        "sed '1s/[^ ]* [^ ]*$/0 0/' .controller/.todo-demo > x && mv x .controller/.todo-demo",
      );
    },
    act: async (session) => {
      await session.prove({ plugin: 'demo' }, soon());
      nothingDue(await check(session, V1));
    },
  },
];

async function change(session: Session, files: Files, restart: Afterwards['restart']): Promise<unknown> {
  const bundle = await bundleOf(files, { revision: revisionOf(3) });
  const afterwards = { restart, healthCheck: true };
  const wanted = { plugin: 'demo', bundle, url: 'local://demo', previousLimit: 1, afterwards } as const;
  return session.install({ ...wanted, untracked: 'LeaveBehind' }, soon());
}

async function check(session: Session, files: Files): Promise<Look> {
  const { digest } = await bundleOf(files);
  return session.check(
    { plugin: 'demo', digest, command: ['sh', '-c', 'exit 0'], timeoutMs: 20_000 },
    soon(),
  );
}

async function settle(session: Session, step: Step): Promise<Look> {
  return session.settle({ plugin: 'demo', step }, soon());
}

function nothingDue({ plugin: { todo } }: Look): void {
  if (todo !== undefined) throw new Error(`${todo.steps.join(', ')} is due: ${todo.failed?.message ?? ''}`);
}
