// What a spec asks of content: whose credentials get it, how much it may be, and what it must be.
import { expect } from 'chai';
import { HOSTS } from '../../../controller/api/group.ts';
import { parseQuantity } from '../../../controller/api/quantity.ts';
import { credentialsOf, fetchContent } from '../../../controller/content.ts';
import { TransientError, PermanentError } from '../../../lib/errors.ts';
import { SECRET } from '../../../lib/kube/secret.ts';
import type { Resource } from '../../../lib/kube/kube.ts';
import { bundleOf, type Files } from '../../contract/bundles.ts';
import { failureFrom } from '../bundle/expect-failure.ts';
import { withSource, workspacePlugin, type Modifier } from '../builders.ts';
import type { WorkspacePlugin } from '../../../controller/api/workspace-plugin.ts';
import { World } from './world.ts';

const { signal } = new AbortController();
const naming = withSource({ secretRef: { name: 'creds' } });
const FILES: Files = { 'plugin.yaml': 'version: 1', 'a.md': 'x'.repeat(2048) };
const PIN = 'c5d9b8ca5d53ad03c12b5f1c0d5bd2b2a5e4d4b2cbdb7bd8d1a0a4d7b4e3ab10';

/** Answers every question about a Secret with this. */
function kubeWith(answer: () => unknown): { kube: World['kube']; asked: string[] } {
  const world = new World();
  const asked: string[] = [];
  world.kube.get = ((resource: Resource<never>, name: { namespace: string; name: string }) => {
    asked.push(`${resource.plural} ${name.namespace}/${name.name}`);
    return Promise.resolve().then(answer);
  }) as typeof world.kube.get;
  return { kube: world.kube, asked };
}

const secretOf = (data: Readonly<Record<string, string>>, annotations = {}): unknown => ({
  ...SECRET,
  metadata: { name: 'creds', namespace: 'team', annotations },
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
});

describe('the credentials of a WorkspacePlugin', () => {
  it('are none without a secretRef', () => {
    expect(credentialsOf(kubeWith(() => undefined).kube, workspacePlugin())).to.equal(undefined);
  });

  it('are read from the own namespace, when they are needed', async () => {
    const { kube, asked } = kubeWith(() =>
      secretOf({ username: 'me', password: 'p' }, { [HOSTS]: 'a.example' }),
    );
    const credentials = credentialsOf(kube, workspacePlugin(naming));
    expect(asked).to.deep.equal([]);
    expect(credentials?.key).to.equal('team/creds');
    const read = await credentials?.read(signal);
    expect(read).to.deep.include({ origin: 'Secret team/creds', hosts: ['a.example'] });
    expect(read?.login).to.deep.equal({ kind: 'Basic', username: 'me', password: 'p' });
    expect(asked).to.deep.equal(['secrets team/creds']);
  });

  for (const [what, answer, reason, words] of [
    ['is not there', () => undefined, 'AuthFailed', 'create it'],
    [
      'may not be read',
      () => {
        throw new PermanentError('Forbidden', 'no right');
      },
      'AuthFailed',
      'no right',
    ],
    [
      'cannot be read now',
      () => {
        throw new TransientError('APIUnavailable', 'no answer');
      },
      'FetchFailed',
      'no answer',
    ],
    [
      'comes cut off',
      () => {
        const cause = new SyntaxError('Unexpected token in s3cret');
        throw new TransientError('APIUnavailable', cause.message, { cause });
      },
      'FetchFailed',
      'no JSON',
    ],
  ] as const) {
    it(`are asked for again later when the Secret ${what}`, async () => {
      const credentials = credentialsOf(kubeWith(answer).kube, workspacePlugin(naming));
      const failure = await failureFrom(async () => credentials?.read(signal));
      expect(failure).to.include({ kind: 'Transient', reason });
      expect(failure.message).to.contain('Secret team/creds').and.contain(words).and.not.contain('s3cret');
    });
  }
});

describe('the content of a WorkspacePlugin', () => {
  async function get(...modifiers: Modifier<WorkspacePlugin>[]): Promise<string> {
    const world = new World();
    const bundle = await bundleOf(FILES);
    world.source.fetch = () => Promise.resolve(bundle);
    const object = workspacePlugin(...modifiers);
    const location = { kind: 'git', repository: 'r' } as const;
    const wanted = { object, location, revision: bundle.revision, ref: undefined, signal };
    return (await fetchContent(world.tools(), wanted)).pluginYAMLSHA256 ?? 'none';
  }

  it('may be as much as the limits say', async () => {
    await get(withSource({ limits: { maxBytes: '2058', maxFiles: 2 } }));
  });

  for (const [limits, words] of [
    [{ maxBytes: '2057', maxFiles: 2 }, 'limits.maxBytes 2057'],
    [{ maxBytes: '2Ki', maxFiles: 2 }, 'limits.maxBytes 2Ki'],
    [{ maxBytes: '1M', maxFiles: 1 }, 'limits.maxFiles 1'],
  ] as const) {
    it(`is TooLarge beyond ${JSON.stringify(limits)}`, async () => {
      const failure = await failureFrom(() => get(withSource({ limits })));
      expect(failure).to.include({ kind: 'Permanent', reason: 'TooLarge' });
      expect(failure.message).to.contain(words);
    });
  }

  it('is what the pin says, or refused with what it is', async () => {
    const actual = await get();
    expect(await get(withSource({ verify: { pluginYAMLSHA256: actual } }))).to.equal(actual);
    const failure = await failureFrom(() => get(withSource({ verify: { pluginYAMLSHA256: PIN } })));
    expect(failure).to.include({ kind: 'Permanent', reason: 'VerificationFailed' });
    expect(failure.message).to.contain(actual).and.contain(PIN);
  });

  it('has sizes as the schema lets them through', () => {
    expect(['1', '2k', '3M', '4Ki', '100Mi'].map(parseQuantity)).to.deep.equal([
      1, 2_000, 3_000_000, 4_096, 104_857_600,
    ]);
    expect(() => parseQuantity('1Gi')).to.throw(RangeError);
  });
});
