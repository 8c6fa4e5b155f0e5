// What the API server takes: manifests near the borders, the defaults it fills in, and what may be edited later.
import { expect } from 'chai';
import { join } from 'node:path';
import type { WorkspacePlugin } from '../../../controller/api/workspace-plugin.ts';
import type { Workspace } from '../../../controller/api/workspace.ts';
import { pluginManifest, sourceManifest, workspaceManifest } from '../../support/manifests.ts';
import type { Manifest } from '../../support/manifests.ts';
import { BED_TIMEOUT_MS, bed } from '../support/bed.ts';
import type { Bed } from '../support/bed.ts';
import { apply, kubectl } from '../support/kubectl.ts';

const SAMPLES = join(import.meta.dirname, '..', '..', '..', 'manifests', 'samples');
const SHA1 = 'a'.repeat(40);
const SHA256 = 'b'.repeat(64);
const KEY = { name: 'git.creds-1' };

const from = (url: string): Manifest => sourceManifest({ url });
const checking = (healthCheck: object): Manifest => pluginManifest({ update: { healthCheck } });
const tracking = (track: string): Manifest => pluginManifest({ track });

const accepted: readonly (readonly [what: string, manifest: Manifest])[] = [
  ['a container by id', workspaceManifest({ runtime: { docker: { container: SHA256 } } })],
  [
    'a container by its labels, on an engine of a Secret',
    workspaceManifest({
      runtime: {
        docker: {
          selector: { matchLabels: { 'a.b/c': 'x y', d: '' } },
          engineSecretRef: { name: 'engine-1.a' },
        },
      },
    }),
  ],
  [
    'a directory with spaces and dots',
    workspaceManifest({ runtime: { directory: { path: '/srv/a b/..c/.d' } } }),
  ],
  [
    'a directory whose agent is told by a signal',
    workspaceManifest({ runtime: { directory: { path: '/a', reload: { pidFile: '/run/a.pid' } } } }),
  ],
  ['a container whose group is root', workspaceManifest({ owner: { uid: 1, gid: 0 } })],
  ['the highest owner', workspaceManifest({ owner: { uid: 4294967294, gid: 4294967294 } })],
  ['a plugin name of 128 characters', pluginManifest({ pluginName: 'a'.repeat(128) })],
  ['a plugin name with every character', pluginManifest({ pluginName: '0a.b_c-d' })],
  ['a workspace with a dotted name', pluginManifest({ workspaceRef: { name: 'a.b-c.1' } })],
  ['github:// with a tag', from('github://owner/repo#tag:v1.2.0')],
  ['github:// with a branch', from('github://Owner_1/re.po-2#feature/x_y')],
  ['github:// with a bare SHA', from(`github://owner/repo#${SHA1}`)],
  ['https:// with a SHA of 64 digits', from(`https://host:8443/owner/repo.git#sha:${SHA256}`)],
  ['http:// on a port of loopback', from('http://127.0.0.1:3000/owner/repo.git')],
  ['file:// with a branch', from('file:///srv/git/repo.git#branch:main')],
  ['ssh:// with a port', sourceManifest({ url: 'ssh://git@host:2222/owner/repo.git#v1', secretRef: KEY })],
  ['ssh:// to an address', sourceManifest({ url: 'ssh://git@[::1]:2222/~git/repo', secretRef: KEY })],
  ['git@host:', sourceManifest({ url: 'git@git.example.org:owner/repo.git#branch:main', secretRef: KEY })],
  ['a Secret for https', sourceManifest({ url: 'https://host/owner/repo', secretRef: KEY })],
  ['limits', sourceManifest({ limits: { maxBytes: '100Mi', maxFiles: 10000 } })],
  ['small limits', sourceManifest({ limits: { maxBytes: '1', maxFiles: 1 } })],
  ['a pin', sourceManifest({ verify: { pluginYAMLSHA256: SHA256 } })],
  ['local:// with a dotted name', from('local://browser_1.0-x')],
  ['a path with dots and spaces', sourceManifest({ path: 'skills/..browser/v1.0 beta' })],
  ['the shortest durations', sourceManifest({ interval: '1s', retryInterval: '1000ms', timeout: '1s' })],
  ['the longest durations', sourceManifest({ interval: '480h', retryInterval: '479h60m', timeout: '60m' })],
  ['an empty track', tracking('')],
  ['the latest release', tracking('tag:latest')],
  ['a tag with a slash', tracking('tag:release/v1.0')],
  ['a range with several parts', tracking('semver:>=1.2.0 <2.0.0 || ^3 || ~4.1 || 5.x - 6')],
  ['a branch with a slash', tracking('branch:release/1.x')],
  ['a SHA', tracking(`sha:${SHA1}`)],
  ['a SHA in capitals', tracking(`sha:${SHA1.toUpperCase()}`)],
  ['no snapshots', pluginManifest({ previousLimit: 0 })],
  [
    'a health check',
    checking({ command: ['sh', '-c', 'test -s "$PLUGIN_DIR/plugin.yaml"\n'], timeout: '10m' }),
  ],
  ['a health check as long as can be', checking({ command: Array<string>(8).fill('x'.repeat(4095)) })],
  ['an update that stays when it fails', pluginManifest({ update: { onFailure: 'Hold' } })],
  ['a workspace that is never restarted', workspaceManifest({ restartPolicy: 'Never' })],
  ['an age of a year', pluginManifest({ update: { minimumAge: '8760h' } })],
  ['the same rules as by default', pluginManifest({ update: { minimumAge: '0s', windows: [] } })],
  ...[
    '0 2 * * 1-5',
    '*/15 0-5,22-23 1,15 JAN-MAR,DEC SUN',
    '59 23 31 12 7',
    '05 02 * * MON-FRI/2',
    '* * * * *',
  ].map(
    (schedule) =>
      [
        `a window at ${schedule}`,
        pluginManifest({
          update: { windows: [{ schedule, duration: '168h', timeZone: 'America/Port-au-Prince' }] },
        }),
      ] as const,
  ),
  [
    'sixteen windows of the shortest kind',
    pluginManifest({
      update: { windows: Array(16).fill({ schedule: '0 2 * * *', duration: '1m', timeZone: 'Etc/GMT+1' }) },
    }),
  ],
  ['ten snapshots', pluginManifest({ previousLimit: 10 })],
];

describe('the API server', () => {
  let test: Bed;
  let namespace: string;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    test = await bed();
    namespace = await test.namespace();
  });

  for (const [what, manifest] of accepted) {
    it(`takes a ${manifest.kind} with ${what}`, async () => {
      const args = ['create', '--dry-run=server', '-o', 'name', '-f', '-'];
      const name = await kubectl(test.controlPlane, args, JSON.stringify(manifest));
      expect(name.trim()).to.equal(`${manifest.kind.toLowerCase()}.plugins.molecule.ai/alice`);
    });
  }

  it('fills in every default of a Workspace', async () => {
    const { spec, status } = await apply<Workspace>(
      test.controlPlane,
      workspaceManifest({}, { name: 'defaults', namespace }),
    );
    expect(spec).to.deep.equal({
      runtime: { docker: { container: 'alice' } },
      pluginsPath: '/configs/plugins',
      owner: { uid: 1000, gid: 1000 },
      restartPolicy: 'Auto',
      suspend: false,
    });
    expect(status).to.deep.equal({ observedGeneration: -1 });
  });

  it('fills in every default of a WorkspacePlugin', async () => {
    const { spec, status } = await apply<WorkspacePlugin>(
      test.controlPlane,
      pluginManifest({}, { name: 'defaults', namespace }),
    );
    expect(spec).to.deep.equal({
      workspaceRef: { name: 'alice' },
      pluginName: 'browser',
      source: { url: 'github://owner/repo#v1.2.0', interval: '1h', retryInterval: '30s', timeout: '5m' },
      track: 'none',
      update: {
        approval: 'Manual',
        initialInstall: 'Automatic',
        minimumAge: '0s',
        onFailure: 'Rollback',
      },
      integrity: { policy: 'Repair', untracked: 'Keep', interval: '10m' },
      previousLimit: 1,
      deletionPolicy: 'Delete',
      suspend: false,
    });
    expect(status).to.deep.equal({ observedGeneration: -1 });
  });

  for (const [field, edit] of [
    ['workspaceRef', { workspaceRef: { name: 'bob' } }],
    ['pluginName', { pluginName: 'other' }],
  ] as const) {
    it(`refuses an edit of ${field} and says what to do instead`, async () => {
      const place = { name: `immutable-${field.toLowerCase()}`, namespace };
      await apply(test.controlPlane, pluginManifest({}, place));
      const { stderr, exitCode } = await test.controlPlane.kubectl(['apply', '-f', '-'], {
        input: JSON.stringify(pluginManifest(edit, place)),
      });
      expect(exitCode).to.equal(1);
      expect(stderr).to.include(`${field} is immutable; delete this object and create another`);
    });
  }

  it('takes an edit of everything else', async () => {
    const place = { name: 'mutable', namespace };
    await apply(test.controlPlane, pluginManifest({}, place));
    const edited = await apply<WorkspacePlugin>(
      test.controlPlane,
      pluginManifest({ source: { url: 'local://other' }, track: 'tag:latest', suspend: true }, place),
    );
    expect(edited.metadata.generation).to.equal(2);
  });

  it('keeps the status out of reach of an edit of the object', async () => {
    const place = { name: 'status', namespace };
    const manifest = { ...pluginManifest({}, place), status: { failures: 3 } };
    const { status } = await apply<WorkspacePlugin>(test.controlPlane, manifest);
    expect(status).to.deep.equal({ observedGeneration: -1 });
  });

  it('takes the samples', async () => {
    const names = await kubectl(test.controlPlane, ['apply', '-n', namespace, '-o', 'name', '-f', SAMPLES]);
    expect(names.trim().split('\n')).to.have.lengthOf.at.least(4);
  });
});
