// Agents that count how often they were started or told to start anew, and health checks that count themselves.
import { lchown, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startAgent } from '../../support/agent-process.ts';
import type { Manifest } from '../../support/manifests.ts';
import { containerWorkspace } from './docker.ts';
import type { World } from './world.ts';

const OWNER = { uid: 1000, gid: 1000 };

/** A check that fails where the plugin has a rule `bad.md`, and leaves a line each time that it runs. */
export const CHECK = {
  command: [
    'sh',
    '-c',
    'echo "$PLUGIN_DIR" >> "$CONFIGS_DIR/.checks"; [ ! -e "$PLUGIN_DIR/rules/bad.md" ] || { echo "a bad rule" >&2; exit 3; }',
  ],
  timeout: '20s',
};

/** Rules that fail that check. */
export const BAD = { 'rules/bad.md': 'Do harm.\n' };

export interface Agent {
  readonly manifest: Manifest;
  /** How often it was started, or told to start anew; the first start counts. */
  starts(): Promise<number>;
  /** How often a health check ran beside it. */
  checks(): Promise<number>;
  end(): Promise<void>;
}

/** A container whose first process is the agent. @param first what it does before it is there, in sh */
export async function containerAgent(world: World, name: string, first = ''): Promise<Agent> {
  const command = ['sh', '-c', `echo start >> /configs/.starts; ${first}\nexec tail -f /dev/null`];
  const manifest = await containerWorkspace(world, name, { image: 'busybox', command });
  return { ...counters(world, name), manifest, end: () => Promise.resolve() };
}

/** A container whose agent ends at once where a plugin has a hook that is fatal, unless somebody has laid `.patient` there. */
export async function touchyAgent(world: World, name: string): Promise<Agent> {
  return containerAgent(
    world,
    name,
    '[ -e /configs/.patient ] || ! grep -qs fatal /configs/plugins/*/hooks/start.sh || exit 3',
  );
}

/** A process beside a directory, which starts anew on SIGHUP. */
export async function directoryAgent(world: World, name: string): Promise<Agent> {
  const manifest = await world.workspace(name);
  for (const below of ['configs', 'run']) {
    await mkdir(world.folder(name, below), { recursive: true });
    await lchown(world.folder(name, below), OWNER.uid, OWNER.gid);
  }
  const agent = counters(world, name);
  const beside = await startAgent({
    ...{ starts: world.folder(name, 'configs/.starts'), pidFile: world.folder(name, 'run/agent.pid') },
    ...{ owner: OWNER, countStarts: async () => agent.starts() },
  });
  const runtime = { directory: { path: world.folder(name), reload: { pidFile: '/run/agent.pid' } } };
  return {
    ...agent,
    manifest: { ...manifest, spec: { ...manifest.spec, runtime } },
    end: async () => beside.end(),
  };
}

function counters(world: World, name: string): Pick<Agent, 'starts' | 'checks'> {
  const lines = async (file: string): Promise<number> => {
    const path = join(world.folder(name, 'configs'), file);
    const text = await readFile(path, 'utf8').catch(() => '');
    return text.split('\n').length - 1;
  };
  return { starts: () => lines('.starts'), checks: () => lines('.checks') };
}
