// Images made on this machine, kept as tars in the cache: one with busybox's tools, one with Debian's and python3.
import { execFile } from 'node:child_process';
import { access, chown, copyFile, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withHeartbeat, type Progress } from './progress.ts';
import { createScratch } from './scratch.ts';
import { readSettings } from './settings.ts';

export type ImageName = 'busybox' | 'debian';

/** Whose packages the images, and the engine, are made of. */
export const DEBIAN_PACKAGES = ['docker.io', 'busybox-static', 'debootstrap'] as const;

/** Who the agent is in both images. */
const AGENT = { uid: 1000, gid: 1000 };

/** Bump with every change of how the images are made: caches are keyed by it. */
const RECIPE = 'v1';

const MINUTES = 60_000;
const BUILD_TIMEOUT_MS = 10 * MINUTES;
const run = promisify(execFile);

/** Path of the image's tar; made when it is not in the cache. @throws Error that says what is missing */
export async function imageTar(image: ImageName, onProgress: Progress): Promise<string> {
  const folder = join(readSettings().cache, 'images');
  const path = join(folder, `${image}-${RECIPE}-${await versionOf(image)}.tar`);
  if (await isThere(path)) return path;
  await mkdir(folder, { recursive: true });
  const scratch = await createScratch('image');
  try {
    const tree = join(scratch.path, 'tree');
    await mkdir(tree);
    await withHeartbeat(onProgress, `making the image ${image}`, () => BUILDERS[image](tree));
    await addAgent(tree);
    const draft = `${path}.${process.pid}`;
    await run('tar', ['-C', tree, '--numeric-owner', '-cf', draft, '.'], { timeout: BUILD_TIMEOUT_MS });
    await rename(draft, path);
    return path;
  } finally {
    await scratch.remove();
  }
}

const BUILDERS: Readonly<Record<ImageName, (tree: string) => Promise<void>>> = {
  busybox: buildBusybox,
  debian: buildDebian,
};

async function versionOf(image: ImageName): Promise<string> {
  const name = image === 'busybox' ? 'busybox-static' : 'base-files';
  const { stdout } = await run('dpkg-query', ['-W', '-f=${Version}', name], { timeout: MINUTES });
  return stdout.replace(/[^0-9A-Za-z.+~-]/g, '_');
}

async function buildBusybox(tree: string): Promise<void> {
  const { stdout: where } = await run('sh', ['-c', 'command -v busybox'], { timeout: MINUTES });
  const { stdout: applets } = await run('busybox', ['--list'], { timeout: MINUTES });
  await mkdir(join(tree, 'bin'));
  await copyFile(where.trim(), join(tree, 'bin/busybox'));
  for (const applet of applets.split('\n').filter((name) => name !== '' && name !== 'busybox')) {
    await symlink('busybox', join(tree, 'bin', applet));
  }
}

/** A first-stage system would do; debootstrap makes a whole one. python3's ctypes is in the standard library's package. */
async function buildDebian(tree: string): Promise<void> {
  const { stdout: release } = await run('sh', ['-c', '. /etc/os-release && echo "$VERSION_CODENAME"'], {
    timeout: MINUTES,
  });
  const include = '--include=python3-minimal,libpython3-stdlib';
  await run('debootstrap', ['--variant=minbase', include, release.trim(), tree], {
    timeout: BUILD_TIMEOUT_MS,
    maxBuffer: 16 * 1024 * 1024,
  });
  await run('sh', ['-c', 'rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/dev/*', 'sh', tree], {
    timeout: MINUTES,
  });
}

async function addAgent(tree: string): Promise<void> {
  for (const folder of ['etc', 'tmp', 'proc', 'sys', 'dev', 'configs']) {
    await mkdir(join(tree, folder), { recursive: true });
  }
  const user = `agent:x:${AGENT.uid}:${AGENT.gid}::/configs:/bin/sh\n`;
  await writeFile(join(tree, 'etc/passwd'), `root:x:0:0::/root:/bin/sh\n${user}`);
  await writeFile(join(tree, 'etc/group'), `root:x:0:\nagent:x:${AGENT.gid}:\n`);
  await chown(join(tree, 'configs'), AGENT.uid, AGENT.gid);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
