// The lock: one command at a time, whoever sent it, and no waiting for one that is gone or belongs to nobody any more.
import { expect } from 'chai';
import type { Command, Runtime } from '../../lib/runtimes/runtime.ts';
import { waitFor } from '../support/wait-for.ts';
import { treeOf, type Place } from './place.ts';
import {
  V2,
  V3,
  installed,
  newSession,
  reasonOf,
  request,
  soon,
  type SessionWorld,
} from './session-ground.ts';

const [EARLIER, LATER] = [
  { since: 1_000, transitions: 1 },
  { since: 1_000, transitions: 2 },
];

/** Boot, host, and the start of the first process, as a holder of the lock names them. */
const HERE =
  '$(cat /proc/sys/kernel/random/boot_id) $(cat /proc/sys/kernel/hostname) $(sed "s/.*) //" /proc/1/stat | cut -d" " -f20)';

/** An end of its time as a holder at work has it. */
const SOON = '$(($(date +%s) + 60))';

/** The pids of what lives in the process group `$1`. */
const GROUP =
  'for s in /proc/[0-9]*/stat; do read -r l 2>/dev/null <$s || continue; set -- "$1" ${l##*) }; [ "$4" != "$1" ] || [ "$2" = Z ] || echo ${s}; done';

export function describeLocks(world: SessionWorld): void {
  it('takes over the lock of a holder that is dead, and only that', async () => {
    const { session, place } = await installed(world);
    await lock(place, `${HERE} 999999 1 ${SOON} 1000 1`);
    expect((await session.install(await request('demo', V2, 2), soon())).effect).to.equal('Installed');
    await lock(place, `$(cat /proc/sys/kernel/random/boot_id) elsewhere 1 1 1 ${SOON} 1000 1`);
    expect(await reasonOf(session.install(await request('demo', V3, 3), soon()))).to.equal('Locked');
    expect(await place.content('demo')).to.deep.equal(treeOf(V2));
  });

  it('takes a lock over at once that names nobody: none that is held is ever empty', async () => {
    const { session, place } = await installed(world);
    await place.shell('mkdir -p .controller/.lock/planted/by && echo x > .controller/.lock/somebody');
    expect((await session.install(await request('demo', V2, 2), soon())).effect).to.equal('Installed');
    expect(Object.keys(await place.tree('.controller'))).to.deep.equal([]);
  });

  it('lets one of several at a time in, and each in its turn', async () => {
    const { place } = await installed(world);
    const files = [V2, V3, V2, V3];
    const outcomes = await Promise.all(
      files.map(async (version, nth) =>
        reasonOf(newSession(place.runtime).install(await request(`p${nth}`, version, nth), soon())),
      ),
    );
    for (const outcome of outcomes) expect(outcome).to.be.oneOf(['no failure', 'Locked', 'StaleTicket']);
    for (const [nth, version] of files.entries()) {
      const wanted = outcomes[nth] === 'no failure' ? treeOf(version) : {};
      expect(await place.content(`p${nth}`), `p${nth}: ${outcomes[nth] ?? ''}`).to.deep.equal(wanted);
    }
    expect(Object.keys(await place.tree('.staging'))).to.deep.equal([]);
    expect(Object.keys(await place.tree('.controller'))).to.deep.equal([]);
  });

  it('ends, before it begins, the command of an earlier term that still holds the lock', async () => {
    const { place } = await installed(world);
    const stalled = await stall(place);
    const later = newSession(place.runtime, LATER);
    expect((await later.install(await request('demo', V3, 3), soon())).effect).to.equal('Installed');

    expect(await place.shell(GROUP, stalled.pid)).to.equal('');
    expect(await stalled.outcome).to.equal('InvalidAnswer');
    expect(await place.content('demo')).to.deep.equal(treeOf(V3));
    expect(Object.keys(await place.tree('.staging'))).to.deep.equal([]);
    expect(Object.keys(await place.tree('.controller'))).to.deep.equal([]);
  });

  it('leaves the command of its own term alone, and is told whose lock it is', async () => {
    const { place } = await installed(world);
    const stalled = await stall(place);
    const other = newSession(place.runtime, EARLIER);
    const failure = await other.install(await request('demo', V3, 3), soon()).catch(String);
    expect(failure).to.match(new RegExp(`its lock says: .* ${stalled.pid} `));
    stalled.goOn();
    expect(await stalled.outcome).to.equal('StaleTicket');
  });

  it('ends nobody whom the lock names falsely: what works elsewhere is no command of this workspace', async () => {
    const { place } = await installed(world);
    const start = `cd / && exec sleep 60 </dev/null >/dev/null 2>&1`;
    const pid = (await place.shell(`setsid sh -c '${start}' & echo $!`)).trim();
    try {
      await lock(place, `${HERE} ${pid} $(sed "s/.*) //" /proc/${pid}/stat | cut -d" " -f20) ${SOON} 1 1`);
      const later = newSession(place.runtime, LATER);
      expect(await reasonOf(later.install(await request('demo', V3, 3), soon()))).to.equal('Locked');
    } finally {
      await place.shell(`kill ${pid}`);
    }
  });

  async function lock(place: Place, holder: string): Promise<void> {
    await place.shell(`mkdir .controller/.lock && echo "${holder}" > .controller/.lock/.owner.999999.1`);
  }

  /** An install by the earlier leader of which half the content has arrived, and nothing more comes. */
  async function stall(place: Place): Promise<{ pid: string; outcome: Promise<string>; goOn: () => void }> {
    const rest = Promise.withResolvers<undefined>();
    const goOn = (): void => {
      rest.resolve(undefined);
    };
    const runtime: Runtime = {
      kind: place.runtime.kind,
      pluginsPath: place.runtime.pluginsPath,
      restarts: place.runtime.restarts,
      restart: (signal) => place.runtime.restart(signal),
      probe: (signal) => place.runtime.probe(signal),
      run: (command) => place.runtime.run({ ...command, stdin: halved(command.stdin, rest.promise) }),
    };
    const earlier = newSession(runtime, EARLIER);
    const outcome = reasonOf(earlier.install(await request('demo', V2, 2), soon())).finally(goOn);
    const pid = await waitFor('the lock to be taken', async () => {
      const names = await place.shell('ls -A .controller/.lock 2>/dev/null || true');
      return /^\.owner\.(\d+)\./.exec(names)?.[1];
    });
    return { pid, outcome, goOn };
  }
}

async function* halved(stdin: Command['stdin'], rest: Promise<undefined>): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  const half = Math.floor(all.length / 2);
  yield all.subarray(0, half);
  await rest;
  yield all.subarray(half);
}
