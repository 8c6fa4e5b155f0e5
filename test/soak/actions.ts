// The things that happen in a round, one at a time and at random: edits, pushes, tampering, restarts of everything.
import { codeOf } from '../faults/tree.ts';
import { pick, type Random } from '../faults/random.ts';
import { kubectl } from '../integration/support/kubectl.ts';
import { OUTAGES, type Parts } from './parts.ts';
import { TAMPERINGS } from './tamper.ts';

/** Does something, and says what; undefined when it cannot be done now. */
type Action = (parts: Parts, random: Random) => Promise<string | undefined>;

/** What is there twice happens twice as often. */
const ACTIONS: readonly Action[] = [
  push,
  push,
  tamper,
  tamper,
  tamper,
  pin,
  pin,
  follow,
  remove,
  beginOutage,
  beginOutage,
  endOutage,
  endController,
  touchContainer,
];

/** @returns in words what was done */
export async function actAtRandom(parts: Parts, random: Random): Promise<string> {
  for (;;) {
    const done = await pick(random, ACTIONS)(parts, random);
    if (done !== undefined) return done;
  }
}

/** Everything is there again, and everything is declared that was removed in an earlier round. */
export async function putInOrder(parts: Parts): Promise<void> {
  for (const outage of OUTAGES) await parts.resume(outage);
  if (parts.controller === undefined) await parts.startController();
}

async function push({ wishes }: Parts): Promise<string> {
  await wishes.publish();
  return 'push';
}

async function tamper(parts: Parts, random: Random): Promise<string> {
  const [name, meddle] = pick(random, Object.entries(TAMPERINGS));
  try {
    await meddle(parts.live(pick(random, parts.wishes.declared)));
    return `tamper: ${name}`;
  } catch (error) {
    // The plugin is not there, or not any more: then nobody can meddle with it.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return 'tamper: not there';
    throw error;
  }
}

async function pin(parts: Parts, random: Random): Promise<string | undefined> {
  if (parts.isDown('API server')) return undefined;
  await parts.declare(pick(random, parts.wishes.wanted), {
    kind: 'Pin',
    version: parts.wishes.recent(random),
  });
  return 'edit: pin';
}

/** Of one that was removed the object may still be there: then the edit is lost with it, and the wish stays as it was. */
async function follow(parts: Parts, random: Random): Promise<string | undefined> {
  if (parts.isDown('API server')) return undefined;
  const plugin = pick(random, parts.wishes.declared);
  const isGoing = plugin.wish === undefined && (await isThere(parts, plugin.name));
  if (isGoing) return undefined;
  await parts.declare(plugin, { kind: 'Follow' });
  return 'edit: follow';
}

/** Half of them stay. */
async function remove(parts: Parts, random: Random): Promise<string | undefined> {
  const { wanted, declared } = parts.wishes;
  if (parts.isDown('API server') || wanted.length <= declared.length / 2) return undefined;
  const plugin = pick(random, wanted);
  await kubectl(parts.controlPlane, ['delete', 'wsp', plugin.name, '--wait=false']);
  plugin.wish = undefined;
  return 'delete';
}

async function beginOutage(parts: Parts, random: Random): Promise<string | undefined> {
  const outage = pick(random, OUTAGES);
  if (parts.isDown(outage)) return undefined;
  await parts.pause(outage);
  return `outage: ${outage}`;
}

async function endOutage(parts: Parts, random: Random): Promise<string | undefined> {
  const outage = pick(random, OUTAGES);
  if (!parts.isDown(outage)) return undefined;
  await parts.resume(outage);
  return 'outage ends';
}

/** Half of the time by kill -9; it comes back at once where it can. */
async function endController(parts: Parts, random: Random): Promise<string | undefined> {
  if (parts.controller === undefined) return undefined;
  const how = pick(random, ['Kill', 'Ask'] as const);
  await parts.endController(how);
  if (!parts.isDown('API server')) await parts.startController();
  return how === 'Kill' ? 'controller: kill -9' : 'controller: SIGTERM';
}

async function touchContainer(parts: Parts, random: Random): Promise<string | undefined> {
  if (parts.isDown('Docker engine')) return undefined;
  await parts.docker.act(pick(random, parts.containers), 'restart');
  return 'container: restart';
}

async function isThere({ controlPlane }: Parts, name: string): Promise<boolean> {
  const found = await kubectl(controlPlane, ['get', 'wsp', name, '--ignore-not-found', '-o', 'name']);
  return found.trim() !== '';
}
