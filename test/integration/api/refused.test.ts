// What the API server refuses, and that it says what is allowed instead.
import { expect } from 'chai';
import type { ControlPlane } from '../../../lib/embedded/control-plane.ts';
import { pluginManifest, sourceManifest, workspaceManifest } from '../../support/manifests.ts';
import type { Manifest } from '../../support/manifests.ts';
import { BED_TIMEOUT_MS, bed } from '../support/bed.ts';
import { refusal } from '../support/kubectl.ts';

type Row = readonly [what: string, manifest: Manifest, says: string];

const A_PATH = 'must be an absolute path';
const A_FOLDER = 'must be a folder relative to the repository';
const A_NAME = 'pluginName must be lower-case letters';
const A_REF = 'the #ref of url must be a tag, a branch';
const A_URL = 'url must be github://owner/repo';
const A_KEY = 'a url over ssh needs secretRef';
const A_SIZE = 'limits.maxBytes must be a size of at most 100Mi';
const A_SCHEDULE = 'schedule must be five cron fields';
const A_TRACK = 'track must be none, tag:NAME';

const reload = (fields: object): Manifest =>
  workspaceManifest({ runtime: { directory: { path: '/srv/alice', reload: fields } } });
const directory = (path: string): Manifest => workspaceManifest({ runtime: { directory: { path } } });
const container = (name: string): Manifest => workspaceManifest({ runtime: { docker: { container: name } } });
const owner = (fields: object): Manifest => workspaceManifest({ owner: fields });
const named = (pluginName: unknown): Manifest => pluginManifest({ pluginName });
const from = (url: string): Manifest => sourceManifest({ url });
const withSecret = (url: string): Manifest => sourceManifest({ url, secretRef: { name: 'creds' } });
const tracking = (track: string): Manifest => pluginManifest({ track });

const workspaces: readonly Row[] = [
  ['no runtime', workspaceManifest({ runtime: {} }), 'exactly one of docker and directory'],
  [
    'two runtimes',
    workspaceManifest({ runtime: { docker: { container: 'a' }, directory: { path: '/a' } } }),
    'exactly one of docker and directory',
  ],
  [
    'an unknown runtime',
    workspaceManifest({ runtime: { vm: { name: 'a' } } }),
    'unknown field "spec.runtime.vm"',
  ],
  [
    'a container by name and by labels',
    workspaceManifest({ runtime: { docker: { container: 'a', selector: { matchLabels: { a: 'b' } } } } }),
    'exactly one of container and selector',
  ],
  [
    'a selector without labels',
    workspaceManifest({ runtime: { docker: { selector: { matchLabels: {} } } } }),
    'should have at least 1 properties',
  ],
  [
    'a selector with a label that is no text',
    workspaceManifest({ runtime: { docker: { selector: { matchLabels: { a: 1 } } } } }),
    'must be of type string',
  ],
  [
    'an engine Secret of another namespace',
    workspaceManifest({ runtime: { docker: { container: 'a', engineSecretRef: { name: 'other/engine' } } } }),
    'engineSecretRef.name in body should match',
  ],
  [
    'docker without a container',
    workspaceManifest({ runtime: { docker: {} } }),
    'one of container and selector',
  ],
  ['a container with a slash', container('a/b'), 'container must be the name or id of a Docker container'],
  [
    'a container that looks like an option',
    container('--rm'),
    'must be the name or id of a Docker container',
  ],
  ['a container with a newline', container('a\nb'), 'must be the name or id of a Docker container'],
  ['a container name that is too long', container('a'.repeat(129)), 'may not be more than 128'],
  ['a relative directory', directory('srv/alice'), A_PATH],
  ['a directory with ..', directory('/srv/../etc'), A_PATH],
  ['a directory with a dot', directory('/srv/./alice'), A_PATH],
  ['a directory with an empty part', directory('/srv//alice'), A_PATH],
  ['a directory with a trailing slash', directory('/srv/'), A_PATH],
  ['the root directory', directory('/'), A_PATH],
  ['a directory with a newline', directory('/srv/a\nb'), A_PATH],
  ['a relative pluginsPath', workspaceManifest({ pluginsPath: 'plugins' }), A_PATH],
  ['a pluginsPath that climbs', workspaceManifest({ pluginsPath: '/configs/..' }), A_PATH],
  ['a signal without a file', reload({ signal: 'HUP' }), 'pidFile: Required value'],
  ['a relative file of the process id', reload({ pidFile: 'agent.pid' }), A_PATH],
  ['a file of the process id that climbs', reload({ pidFile: '/../agent.pid' }), A_PATH],
  ['a signal that cannot be caught', reload({ pidFile: '/agent.pid', signal: 'KILL' }), 'supported values'],
  ['root as the owner', owner({ uid: 0 }), 'should be greater than or equal to 1'],
  ['a negative group', owner({ gid: -1 }), 'should be greater than or equal to 0'],
  ['an owner beyond 32 bits', owner({ uid: 4294967295 }), 'should be less than or equal to 4294967294'],
  ['a misspelt field', workspaceManifest({ suspended: true }), 'unknown field "spec.suspended"'],
];

const opening = (fields: object): Manifest =>
  pluginManifest({ update: { windows: [{ schedule: '0 2 * * 1-5', duration: '2h', ...fields }] } });
const at = (schedule: string): Manifest => opening({ schedule });

const windows: readonly Row[] = [
  ['no schedule', opening({ schedule: undefined }), 'schedule: Required value'],
  ['no duration', opening({ duration: undefined }), 'duration: Required value'],
  ['four fields', at('0 2 * *'), A_SCHEDULE],
  ['six fields', at('0 0 2 * * *'), A_SCHEDULE],
  ['two spaces', at('0  2 * * 1'), A_SCHEDULE],
  ['a nickname', at('@midnight'), A_SCHEDULE],
  ['the 61st minute', at('60 2 * * *'), A_SCHEDULE],
  ['the 25th hour', at('0 24 * * *'), A_SCHEDULE],
  ['the 32nd of a month', at('0 2 32 * *'), A_SCHEDULE],
  ['a thirteenth month', at('0 2 1 13 *'), A_SCHEDULE],
  ['an eighth day of the week', at('0 2 * * 8'), A_SCHEDULE],
  ['a day in small letters', at('0 2 * * mon'), A_SCHEDULE],
  ['a step of nothing', at('*/0 2 * * *'), A_SCHEDULE],
  ['a step after a single value', at('5/10 2 * * *'), A_SCHEDULE],
  ['an empty list', at('0, 2 * * *'), A_SCHEDULE],
  ['a newline', at('0 2 * * 1\n'), A_SCHEDULE],
  ['less than a minute', opening({ duration: '59s' }), 'duration must be from 1m to 168h'],
  ['more than a week', opening({ duration: '169h' }), 'duration must be from 1m to 168h'],
  [
    'a time zone that climbs',
    opening({ timeZone: '../UTC' }),
    'timeZone must be a name of the IANA database',
  ],
  ['an offset as time zone', opening({ timeZone: '+02:00' }), 'timeZone must be a name of the IANA database'],
];

const plugins: readonly Row[] = [
  ...windows.map(([what, manifest, says]) => [`a window with ${what}`, manifest, says] as const),
  [
    'seventeen windows',
    pluginManifest({ update: { windows: Array(17).fill({ schedule: '0 2 * * *', duration: '1h' }) } }),
    'must have at most 16 items',
  ],
  [
    'an unknown initialInstall',
    pluginManifest({ update: { initialInstall: 'Never' } }),
    '"Automatic", "Manual"',
  ],
  [
    'a negative age',
    pluginManifest({ update: { minimumAge: '-1h' } }),
    'minimumAge must be a duration up to',
  ],
  ['an age in days', pluginManifest({ update: { minimumAge: '3d' } }), 'minimumAge must be a duration up to'],
  [
    'an age beyond a year',
    pluginManifest({ update: { minimumAge: '8761h' } }),
    'minimumAge must be a duration up to',
  ],
  ['no workspace', pluginManifest({ workspaceRef: undefined }), 'workspaceRef: Required value'],
  [
    'a workspace in capitals',
    pluginManifest({ workspaceRef: { name: 'Alice' } }),
    'must be the name of a Workspace',
  ],
  [
    'a workspace that ends in a dash',
    pluginManifest({ workspaceRef: { name: 'a-' } }),
    'must be the name of a Works',
  ],
  ['no plugin name', named(undefined), 'pluginName: Required value'],
  ['a plugin name in capitals', named('Browser'), A_NAME],
  ['a plugin name that begins with a dot', named('.hidden'), A_NAME],
  ['a plugin name with ..', named('a..b'), A_NAME],
  ['a plugin name with a slash', named('a/b'), A_NAME],
  ['a plugin name with a stamp', named('browser.20260508T141530Z'), A_NAME],
  ['a plugin name with a stamp in lower case', named('browser.20260508t141530z'), A_NAME],
  ['a plugin name that is too long', named('a'.repeat(129)), 'may not be more than 128'],
  ['no source', pluginManifest({ source: undefined }), 'source: Required value'],
  ['a source without url', pluginManifest({ source: {} }), 'url: Required value'],
  ['a source of an unknown scheme', from('ftp://host/repo'), A_URL],
  ['a source over ssh without a key', from('git@host:owner/repo.git'), A_KEY],
  ['a source over ssh:// without a key', from('ssh://git@host/repo'), A_KEY],
  ['ssh with an option as host', withSecret('ssh://-oProxyCommand=true/a'), A_URL],
  ['ssh with an option as user', withSecret('-oProxyCommand=true@host:a'), A_URL],
  ['ssh with a password', withSecret('ssh://me:secret@host/repo'), A_URL],
  ['ssh with a path that a shell would read', withSecret('git@host:a;true'), A_URL],
  ['a Secret for a folder', withSecret('file:///srv/git/repo'), 'secretRef is for https'],
  ['a Secret for the catalog', withSecret('local://browser'), 'secretRef is for https'],
  ['a Secret without a name', sourceManifest({ secretRef: {} }), 'secretRef.name: Required value'],
  ['a Secret of another namespace', sourceManifest({ secretRef: { name: 'b/a' } }), 'the name of a Secret'],
  ['a limit that is no size', sourceManifest({ limits: { maxBytes: '1Gi' } }), A_SIZE],
  ['a limit beyond the own of the controller', sourceManifest({ limits: { maxBytes: '101Mi' } }), A_SIZE],
  ['no file at all', sourceManifest({ limits: { maxFiles: 0 } }), 'should be greater than or equal to 1'],
  [
    'too many files',
    sourceManifest({ limits: { maxFiles: 10001 } }),
    'should be less than or equal to 10000',
  ],
  ['a pin that is no hash', sourceManifest({ verify: { pluginYAMLSHA256: 'abc' } }), 'should match'],
  ['a remote helper as source', from('ext::sh -c true'), A_URL],
  ['an option as source', from('--upload-pack=true'), A_URL],
  ['github:// without a repository', from('github://owner'), A_URL],
  ['github:// with an owner that begins with a dash', from('github://-owner/repo'), A_URL],
  ['a url with a space', from('https://host/a repo'), A_URL],
  ['a relative file', from('file://repo'), A_URL],
  ['a catalog folder with a slash', from('local://a/b'), A_URL],
  ['a catalog folder with a ref', from('local://a#v1'), A_URL],
  ['a url with a password', from('https://me:secret@host/repo'), 'must hold no user name and no password'],
  ['a url with a user name', from('https://me@host/repo'), 'must hold no user name and no password'],
  ['an empty ref', from('github://owner/repo#'), A_REF],
  ['a ref that begins with a dash', from('github://owner/repo#-v1'), A_REF],
  ['a ref with a space', from('github://owner/repo#v 1'), A_REF],
  ['a SHA that is not full', from('github://owner/repo#sha:abc123'), A_REF],
  ['a path that climbs', sourceManifest({ path: '../other' }), A_FOLDER],
  ['an absolute path', sourceManifest({ path: '/skills' }), A_FOLDER],
  ['a path with a trailing slash', sourceManifest({ path: 'skills/' }), A_FOLDER],
  ['a path with a backslash', sourceManifest({ path: 'a\\b' }), A_FOLDER],
  ['a path with a dot', sourceManifest({ path: './a' }), A_FOLDER],
  [
    'an interval that is no duration',
    sourceManifest({ interval: 'daily' }),
    'a duration from 1s to 480h, such as',
  ],
  ['an interval without a unit', sourceManifest({ interval: '60' }), 'a duration from 1s to 480h, such as'],
  [
    'an interval below a second',
    sourceManifest({ interval: '999ms' }),
    'a duration from 1s to 480h, such as',
  ],
  ['an interval beyond 20 days', sourceManifest({ interval: '481h' }), 'a duration from 1s to 480h, such as'],
  ['no time between retries', sourceManifest({ retryInterval: '0s' }), 'a duration from 1s to 480h, such as'],
  ['a timeout beyond an hour', sourceManifest({ timeout: '61m' }), 'a duration from 1s to 1h, such as'],
  ['a negative timeout', sourceManifest({ timeout: '-5m' }), 'a duration from 1s to 1h, such as'],
  [
    'an integrity interval in days',
    pluginManifest({ integrity: { interval: '1d' } }),
    'a duration from 1s to 480h',
  ],
  ['tracking a bare name', tracking('main'), A_TRACK],
  ['tracking a tag without a name', tracking('tag:'), A_TRACK],
  ['tracking a branch that begins with a dash', tracking('branch:-x'), A_TRACK],
  ['tracking a short SHA', tracking('sha:abc123'), A_TRACK],
  ['tracking a range with a newline', tracking('semver:^1\n'), A_TRACK],
  ['tracking a range of 201 characters', tracking(`semver:${'1'.repeat(201)}`), A_TRACK],
  ['a catalog folder in capitals', from('local://Browser'), A_URL],
  ['an unknown approval', pluginManifest({ update: { approval: 'Sometimes' } }), '"Manual", "Automatic"'],
  ['an unknown policy', pluginManifest({ integrity: { policy: 'Ignore' } }), '"Repair", "Report"'],
  [
    'an unknown rule for untracked files',
    pluginManifest({ integrity: { untracked: 'Hide' } }),
    '"Keep", "Remove"',
  ],
  ['a negative number of snapshots', pluginManifest({ previousLimit: -1 }), 'greater than or equal to 0'],
  ['eleven snapshots', pluginManifest({ previousLimit: 11 }), 'less than or equal to 10'],
  ['an unknown deletion policy', pluginManifest({ deletionPolicy: 'Retain' }), '"Delete", "Orphan"'],
  [
    'a field that no version has',
    sourceManifest({ mirror: { name: 'a' } }),
    'unknown field "spec.source.mirror"',
  ],
];

describe('the API server refuses, and says what is allowed', () => {
  let controlPlane: ControlPlane;

  before(async function () {
    this.timeout(BED_TIMEOUT_MS);
    ({ controlPlane } = await bed());
  });

  for (const [kind, rows] of Object.entries({ Workspace: workspaces, WorkspacePlugin: plugins })) {
    for (const [what, manifest, says] of rows) {
      it(`a ${kind} with ${what}`, async () => {
        expect(await refusal(controlPlane, manifest)).to.include(says);
      });
    }
  }
});
