// Tampering: what a session finds in a live folder, and how it repairs it.
import { expect } from 'chai';
import { treeOf } from './place.ts';
import { V1, V2, ground, installed, lookNow, request, soon, type SessionWorld } from './session-ground.ts';

export function describeTampering(world: SessionWorld): void {
  const tamperings: readonly (readonly [string, string, readonly string[]])[] = [
    ['a changed file', 'echo x > demo/plugin.yaml', ['plugin.yaml']],
    ['a missing file', 'rm demo/plugin.yaml', ['plugin.yaml']],
    ['a lost executable bit', 'chmod a-x demo/setup.sh', ['setup.sh']],
    ['a gained executable bit', 'chmod a+x demo/plugin.yaml', ['plugin.yaml']],
    ['a symlink to equal content', 'mv demo/plugin.yaml demo/p && ln -s p demo/plugin.yaml', ['plugin.yaml']],
    ['a FIFO in place of a file', 'rm demo/plugin.yaml && mkfifo demo/plugin.yaml', ['plugin.yaml']],
    ['a folder in place of a file', 'rm demo/plugin.yaml && mkdir demo/plugin.yaml', ['plugin.yaml']],
    [
      'a folder swapped for a symlink',
      'mv demo/rules demo/r && ln -s r demo/rules',
      ['rules/be-kind.md', 'rules'],
    ],
    [
      'a folder swapped for a symlink to /etc',
      'rm -r demo/rules; ln -s /etc demo/rules',
      ['rules/be-kind.md', 'rules'],
    ],
    ...[
      ...[
        'manifest.json',
        'settings-fragment.json',
        'notes.md',
        'rules/x.md',
        'skills/x/SKILL.md',
        'hooks/x',
      ],
      ...['skills/browse/tools/x.py', 'commands/x.md', 'adapters/x.py'],
    ].map(
      (path) =>
        [`a foreign ${path}`, `mkdir -p "demo/${parent(path)}" && echo x > "demo/${path}"`, [path]] as const,
    ),
    ['a foreign skill by symlink', 'ln -s /etc demo/skills/etc', ['skills/etc']],
    ['foreign hooks by symlink', 'ln -s /etc demo/hooks', ['hooks']],
    ['foreign tools by symlink', 'ln -s /etc demo/skills/browse/tools', ['skills/browse/tools']],
  ];

  it('finds every kind of tampering, and names the paths', async () => {
    const { session, place } = await ground(world);
    const { bundle, ...rest } = await request('p', V1, 1);
    await Promise.all(
      tamperings.map((_, index) => session.install({ ...rest, bundle, plugin: `p${index}` }, soon())),
    );
    for (const [index, [, script]] of tamperings.entries()) {
      await place.shell(script.replaceAll('demo', `p${index}`));
    }
    const looks = await Promise.all(tamperings.map((_, index) => lookNow(session, `p${index}`)));
    const found = looks.map(({ plugin: { tampered } }, index) => [tamperings[index]?.[0], tampered]);
    expect(found).to.deep.equal(tamperings.map(([what, , first]) => [what, { count: first.length, first }]));
  });

  it('is not misled about a plugin by the manifest of another', async () => {
    const { session, place } = await ground(world);
    const plugins = ['p0', 'p1', 'p2'];
    const { bundle, ...rest } = await request('p', V1, 1);
    await Promise.all(plugins.map((plugin) => session.install({ ...rest, bundle, plugin }, soon())));
    await place.shell(`echo x > p1/plugin.yaml && sum=$(sha256sum <p1/plugin.yaml) && {
      echo '==> p1/.manifest <=='
      sed "s/[0-9a-f]* plugin.yaml/\${sum%% *} plugin.yaml/" p1/.manifest
      echo '==> p2/.manifest <=='
    } >> p0/.manifest`);
    const looks = await Promise.all(plugins.map((plugin) => lookNow(session, plugin)));
    expect(looks.map(({ plugin }) => plugin.tampered.first)).to.deep.equal([
      ['plugin.yaml'],
      ['plugin.yaml'],
      [],
    ]);
    expect(looks[0]?.plugin.manifestDigest).not.to.equal(bundle.digest);
  });

  it('takes other files for untracked, counts them, and shows control characters as ?', async () => {
    const { session, place } = await installed(world);
    await place.shell(`cd demo && mkdir -p a/b skills/browse/x && touch a/b/.x a/-r "a/two
lines" skills/browse/x/y.py rules/readme.txt && ln -s nowhere a/link`);
    const { tampered, untracked } = (await lookNow(session)).plugin;
    expect(tampered.count).to.equal(0);
    expect(untracked.count).to.equal(6);
    expect(untracked.first).to.have.members([
      ...['a/b/.x', 'a/-r', 'a/two?lines', 'skills/browse/x/y.py', 'rules/readme.txt', 'a/link'],
    ]);
  });

  it('repairs: what was shipped is as shipped, what was not is carried over, what would be loaded is not', async () => {
    const { session, place } = await installed(world);
    await place.shell(`cd demo && echo x > plugin.yaml && mkdir -p node_modules/a rules/sub skills/evil/sub hooks &&
      echo 1 > node_modules/a/i.js && echo 2 > -r && echo 3 > "new
line" && ln -s ../x node_modules/l && echo 4 > rules/sub/keep.md && echo 5 > rules/evil.md &&
      echo 6 > skills/evil/SKILL.md && echo 7 > skills/evil/sub/keep && echo 8 > hooks/evil &&
      rm setup.sh && mkdir setup.sh && echo 9 > setup.sh/inside && ln -s /etc commands`);
    const change = await session.install(
      { ...(await request('demo', V1, 1)), untracked: 'CarryOver' },
      soon(),
    );
    expect(change.look.plugin.tampered).to.deep.equal({ count: 0, first: [] });
    expect(change.look.plugin.untracked.count).to.equal(6);
    const tree = await place.content('demo');
    expect(tree).to.include(treeOf(V1));
    expect(tree).to.include(
      treeOf({ 'node_modules/a/i.js': '1\n', '-r': '2\n', 'rules/sub/keep.md': '4\n' }),
    );
    expect(tree).to.include({ 'node_modules/l': 'link', ...treeOf({ 'skills/evil/sub/keep': '7\n' }) });
    expect(await place.shell('cat "demo/new\nline"')).to.equal('3\n');
    expect(tree).not.to.have.any.keys(
      'rules/evil.md',
      'skills/evil/SKILL.md',
      'hooks/evil',
      'commands',
      'setup.sh/inside',
    );
    const stamp = change.look.plugin.snapshots[0]?.stamp ?? '';
    expect(await place.tree(`.previous/demo.${stamp}`)).to.include.keys('setup.sh/inside', 'rules/evil.md');
  });

  it('leaves untracked files behind in an update, where asked to', async () => {
    const { session, place } = await installed(world);
    await place.shell('mkdir demo/__pycache__ && echo x > demo/__pycache__/a.pyc');
    const { look } = await session.install(await request('demo', V2, 2), soon());
    expect(await place.content('demo')).to.deep.equal(treeOf(V2));
    const stamp = look.plugin.snapshots[0]?.stamp ?? '';
    expect(await place.tree(`.previous/demo.${stamp}`)).to.include.keys('__pycache__/a.pyc');
  });

  it('takes a marker of a wrong shape for none', async () => {
    const { session, place } = await installed(world);
    await place.shell(
      `sed 's/"revision":"[0-9a-f]*"/"revision":"HEAD"/' demo/.complete > x && mv x demo/.complete`,
    );
    expect((await lookNow(session)).plugin).to.include({ state: 'Unmarked', marker: undefined });
    const change = await session.install(await request('demo', V1, 1), soon());
    expect(change.effect).to.equal('Adopted');
  });
}

function parent(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
}
