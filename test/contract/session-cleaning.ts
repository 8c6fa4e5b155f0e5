// Cleaning up: what the agent has copied out of a plugin goes when the plugin changes or goes, and nothing else.
import { expect } from 'chai';
import type { Files } from './bundles.ts';
import { agent, put } from './session-agent.ts';
import { soon, V1, type SessionWorld } from './session-ground.ts';

const RULES: Files = {
  'plugin.yaml': 'version: 1\n',
  'rules/a.md': 'a',
  'skills/one/SKILL.md': '1',
  'skills/two words/SKILL.md': '2',
  'skills/-rf/SKILL.md': '3',
};
const MEMORY = `mine

# Plugin: demo / rule: a.md

a

# Plugin: demo.x / rule: a.md

other's


mine, too
# Plugin: demo / fragment: b.md
b`;
const STRIPPED = `mine

# Plugin: demo.x / rule: a.md

other's


mine, too
`;

/** What the agent does on its start, more or less. */
const COPY = `printf %s "$1" > ../CLAUDE.md && chmod 640 ../CLAUDE.md && mkdir -p ../skills && cp -R demo/skills/. ../skills/ &&
  mkdir -p ../skills/mine && echo mine > ../skills/mine/SKILL.md`;
const SKILLS = 'ls -A ../skills';

export function describeCleaning(world: SessionWorld): void {
  it('takes blocks out of CLAUDE.md, and the skills that were changed, when a plugin is updated', async () => {
    const { session, place } = await agent(world);
    await put(session, RULES);
    await place.shell(COPY, MEMORY);
    const { uncleaned } = await put(session, {
      ...RULES,
      'rules/a.md': 'b',
      'skills/one/SKILL.md': '9',
      'skills/new/SKILL.md': '4',
    });
    expect(uncleaned).to.deep.equal([]);
    expect(await place.shell('cat ../CLAUDE.md')).to.equal(STRIPPED);
    expect(await place.shell('stat -c %a ../CLAUDE.md')).to.equal('640\n');
    expect(await place.shell(SKILLS)).to.equal('-rf\nmine\ntwo words\n');
    expect(await place.shell('ls -A ..; ls -A .controller')).to.equal(
      'CLAUDE.md\nplugins\nskills\n.ticket\n',
    );
  });

  it('touches neither where nothing has changed that the agent copies', async () => {
    const { session, place } = await agent(world);
    await put(session, RULES);
    await place.shell(COPY, MEMORY);
    const prints = async (): Promise<string> =>
      place.shell("find ../CLAUDE.md ../skills -exec stat -c '%i %Y %Z %n' {} + | sort");
    const before = await prints();
    await put(session, { ...RULES, 'plugin.yaml': 'version: 2\n', 'skills/new/SKILL.md': '4' });
    expect(await prints()).to.equal(before);
  });

  it('takes all of a plugin away when it is removed, save skills that another plugin ships, too', async () => {
    const { session, place } = await agent(world);
    await put(session, RULES);
    await put(session, { ...V1, 'skills/one/SKILL.md': 'x' }, undefined, 'other');
    await place.shell(COPY, MEMORY);
    expect((await session.remove({ plugin: 'demo' }, soon())).uncleaned).to.deep.equal([]);
    expect(await place.shell('cat ../CLAUDE.md')).to.equal(STRIPPED);
    expect(await place.shell(SKILLS)).to.equal('mine\none\n');
    await session.remove({ plugin: 'other' }, soon());
    expect(await place.shell(SKILLS)).to.equal('mine\n');
  });

  it('cleans up after several plugins at once', async () => {
    const { session, place } = await agent(world);
    await Promise.all([put(session, RULES), put(session, RULES, undefined, 'demo.x')]);
    await place.shell(COPY, MEMORY);
    await Promise.all(['demo', 'demo.x'].map(async (plugin) => session.remove({ plugin }, soon())));
    expect(await place.shell('cat ../CLAUDE.md')).to.equal('mine\n\n\n\nmine, too\n');
    expect(await place.shell(SKILLS)).to.equal('mine\n');
  });

  it('counts tampering: a repair makes the agent take up what was shipped', async () => {
    const { session, place } = await agent(world);
    await put(session, RULES);
    await place.shell(COPY, MEMORY);
    await place.shell('echo evil > demo/rules/a.md; echo evil > demo/skills/one/SKILL.md');
    await put(session, RULES);
    expect(await place.shell('cat ../CLAUDE.md')).to.equal(STRIPPED);
    expect(await place.shell(SKILLS)).to.equal('-rf\nmine\ntwo words\n');
  });

  it('cleans up what a change that was killed has not', async () => {
    const { session, place, again } = await agent(world);
    await put(session, RULES);
    await place.shell(COPY, MEMORY);
    await place.shell(`echo "1 $(sha256sum demo/.manifest | cut -c-64) Restart 0 0 b0 1
blocks
skill one
skill .
skill ..
skill ../mine
skill two words" > .controller/.todo-demo; echo half > ../.CLAUDE.md.stripped`);
    await again().look({ plugin: 'demo', notOlderThan: new Date(), signal: soon() });
    expect(await place.shell('cat ../CLAUDE.md')).to.equal(STRIPPED);
    expect(await place.shell(SKILLS)).to.equal('-rf\nmine\n');
    expect(await place.shell('ls -A ..; ls -A .controller')).to.equal(
      'CLAUDE.md\nplugins\nskills\n.ticket\n',
    );
  });

  for (const [what, script, said] of [
    [
      'CLAUDE.md that is a symlink',
      'mv ../CLAUDE.md ../real && ln -s real ../CLAUDE.md',
      'CLAUDE.md is no regular file',
    ],
    ['CLAUDE.md that is a folder', 'rm ../CLAUDE.md && mkdir ../CLAUDE.md', 'CLAUDE.md is no regular file'],
    ['CLAUDE.md that is a FIFO', 'rm ../CLAUDE.md && mkfifo ../CLAUDE.md', 'CLAUDE.md is no regular file'],
    ['CLAUDE.md that cannot be written', 'chmod 400 ../CLAUDE.md', 'cannot be written by this user'],
    ['CLAUDE.md that cannot be read', 'chmod 200 ../CLAUDE.md', 'CLAUDE.md cannot be read'],
    ['CLAUDE.md that is too large', 'head -c 17000000 /dev/zero >> ../CLAUDE.md', 'larger than 16 MiB'],
    ['CLAUDE.md in a folder that cannot be written', 'chmod 555 ..', 'cannot be written anew beside itself'],
    [
      'a skill that is a symlink',
      'mv ../skills/one ../one && ln -s ../one ../skills/one',
      'skills/one is no folder of its own',
    ],
    [
      'a folder of skills that is a symlink',
      'mv ../skills ../s && ln -s s ../skills',
      'skills/one is no folder of its own',
    ],
  ] as const) {
    it(`leaves ${what} alone, and says so`, async () => {
      const { session, place } = await agent(world);
      await put(session, RULES);
      await place.shell(COPY, MEMORY);
      await place.shell(script);
      const whole = what.startsWith('CLAUDE') ? '../CLAUDE.md ../real' : '../skills/one ../one ../s';
      const print = async (): Promise<string> =>
        place.shell(`find ${whole} 2>/dev/null -exec stat -c '%i %s %Y %n' {} + | sort`);
      const before = await print();
      const { uncleaned, look } = await session.remove({ plugin: 'demo' }, soon());
      expect(uncleaned.join('\n')).to.include(said);
      expect(look.plugin).to.deep.include({ state: 'Absent', todo: undefined });
      expect(await print()).to.equal(before);
      await place.shell('chmod 755 ..; chmod 600 ../CLAUDE.md 2>/dev/null; true');
    });
  }
}
