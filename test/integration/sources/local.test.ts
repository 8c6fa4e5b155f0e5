// What the local catalog in particular must do: look without following, and never mix two states of a folder.
import { execFile } from 'node:child_process';
import { mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { fetch, resolve, type SourceWorld } from '../../contract/source.ts';
import { failureFrom } from '../../unit/bundle/expect-failure.ts';
import { openLocal } from './worlds.ts';

describe('the local catalog', () => {
  let world: SourceWorld & { readonly folder: string };

  beforeEach(async () => {
    world = await openLocal();
    await world.publish({ 'plugin.yaml': 'version: 1', 'rules/a.md': 'a' });
  });
  afterEach(() => world.close());

  it('has the digest as its revision', async () => {
    const resolved = await resolve(world);
    expect(resolved.ref).to.equal(resolved.revision);
    expect((await fetch(world, resolved)).digest).to.equal(resolved.revision);
  });

  it('sees a change that leaves size and time as they were', async () => {
    const file = join(world.folder, 'rules/a.md');
    const before = await resolve(world);
    const time = new Date(0);
    await utimes(file, time, time);
    await resolve(world);
    await writeFile(file, 'b');
    await utimes(file, time, time);
    expect((await resolve(world)).revision).not.to.equal(before.revision);
  });

  it('has no content for a revision that it is no longer', async () => {
    const resolved = await resolve(world);
    await writeFile(join(world.folder, 'rules/a.md'), 'changed');
    const failure = await failureFrom(() => fetch(world, resolved));
    expect(failure).to.include({ kind: 'Transient', reason: 'FetchFailed' });
    expect((await fetch(world, await resolve(world))).files).to.equal(2);
  });

  it('does not follow a symlink, neither for a plugin nor on the way to a path', async () => {
    await rename(world.folder, `${world.folder}.real`);
    await symlink(`${world.folder}.real`, world.folder);
    expect(await failureFrom(() => resolve(world))).to.include({ kind: 'Transient', reason: 'FetchFailed' });
    await world.publish({ 'a/b': 'c' });
    await symlink('/etc', join(world.folder, 'etc'));
    const failure = await failureFrom(async () => fetch(world, await resolve(world), { path: 'etc/ssl' }));
    expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
  });

  it('refuses a pipe, and does not wait for somebody to write into it', async () => {
    await promisify(execFile)('mkfifo', [join(world.folder, 'pipe')]);
    const failure = await failureFrom(() => resolve(world));
    expect(failure).to.include({ kind: 'Permanent', reason: 'InvalidContent' });
    expect(failure.message).to.contain('"pipe"');
  });

  it('refuses a name that is not UTF-8', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${world.folder}/`), Buffer.from([0x61, 0xff])]), '');
    expect((await failureFrom(() => resolve(world))).message).to.contain('"a\\xff"');
  });

  it('refuses a checkout, by its .git', async () => {
    await mkdir(join(world.folder, '.git'));
    expect((await failureFrom(() => resolve(world))).message).to.contain('".git"');
  });

  it('has no refs', async () => {
    const selector = { kind: 'latest' } as const;
    expect(await failureFrom(() => resolve(world, { selector }))).to.include({
      kind: 'Permanent',
      reason: 'InvalidURL',
    });
  });
});
