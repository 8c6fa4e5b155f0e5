// A real sshd on loopback that serves git repositories to whoever has its key.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { guard } from './canaries.ts';
import { startChild, untilReady, type Child } from '../../lib/embedded/child.ts';
import { freePort } from '../../lib/embedded/port.ts';
import { createScratch, type Scratch } from '../../lib/embedded/scratch.ts';

const run = promisify(execFile);
const READY_MS = 20_000;

export interface SSHServer {
  readonly port: number;
  /** Private keys: one that is let in, and one that is not. */
  readonly identity: string;
  readonly stranger: string;
  /** The line of a known_hosts file. */
  readonly knownHosts: string;
  /** The same for a server that has another key. */
  readonly otherHosts: string;
  /** The remote commands that were asked for, in order. */
  commands(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Its end, in a namespace of its own, is that of every session; what it needs below /run is seen by nobody else. */
export async function startSSHServer(): Promise<SSHServer> {
  const scratch = await createScratch('sshd');
  const [port] = [
    await freePort(),
    ...(await Promise.all(['host', 'other', 'client', 'stranger'].map((name) => makeKey(scratch, name)))),
  ];
  const log = join(scratch.path, 'commands');
  await writeFile(log, '');
  await writeConfig(scratch, { port, log });
  const child = startChild({
    name: 'sshd',
    argv: [
      'sh',
      '-c',
      'mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f "$1"',
      'sh',
      join(scratch.path, 'config'),
    ],
    isolated: true,
  });
  await untilReady(child, () => answers(port), READY_MS);
  const key = (name: string) => readFile(join(scratch.path, name), 'utf8');
  return {
    port,
    identity: guard('the key for ssh', await key('client')),
    stranger: guard('the key of a stranger', await key('stranger')),
    knownHosts: `[127.0.0.1]:${port} ${await key('host.pub')}`,
    otherHosts: `[127.0.0.1]:${port} ${await key('other.pub')}`,
    commands: async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line !== ''),
    close: () => end(child, scratch),
  };
}

async function end(child: Child, scratch: Scratch): Promise<void> {
  await child.stop(0);
  await scratch.remove();
}

async function makeKey({ path }: Scratch, name: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(path, name)]);
}

async function writeConfig({ path }: Scratch, { port, log }: { port: number; log: string }): Promise<void> {
  const script = `#!/bin/sh\nprintf '%s\\n' "$SSH_ORIGINAL_COMMAND" >>'${log}'\nexec git-shell -c "$SSH_ORIGINAL_COMMAND"\n`;
  await writeFile(join(path, 'serve'), script, { mode: 0o755 });
  const key = await readFile(join(path, 'client.pub'), 'utf8');
  await writeFile(join(path, 'authorized'), `restrict ${key}`);
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(path, 'host')}`,
    `AuthorizedKeysFile ${join(path, 'authorized')}`,
    `ForceCommand ${join(path, 'serve')}`,
    'AcceptEnv GIT_PROTOCOL',
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 100',
  ];
  await writeFile(join(path, 'config'), `${lines.join('\n')}\n`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
    socket.setTimeout(2_000, () => {
      socket.destroy();
      resolve(false);
    });
  });
}
