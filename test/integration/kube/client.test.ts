// The client keeps its contract with a real API server, reuses connections, and recovers when the server restarts.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { startControlPlane, type ControlPlane } from '../../../lib/embedded/control-plane.ts';
import { attempt } from '../../../lib/errors.ts';
import { createKubeClient, type ClosableKubeClient } from '../../../lib/kube/client.ts';
import { createEventRecorder } from '../../../lib/kube/events.ts';
import { apiVersionOf } from '../../../lib/kube/names.ts';
import { Reflector } from '../../../lib/kube/reflector.ts';
import { silentLogger } from '../../../lib/logger.ts';
import {
  WIDGET,
  describeKubeClient,
  expectFailure,
  type KubeClientSubject,
  type Widget,
} from '../../contract/kube-client.ts';
import { describeStatusUpdates } from '../../contract/kube-status.ts';
import { WIDGET_CRD } from '../../contract/widget-crd.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('Kubernetes, real', () => {
  let plane: ControlPlane;
  let client: ClosableKubeClient;
  let namespaces = 0;
  const { signal } = new AbortController();

  async function kubectl(args: readonly string[], input?: string): Promise<string> {
    const result = await plane.kubectl(args, input === undefined ? {} : { input });
    if (result.exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  }

  async function newNamespace(): Promise<string> {
    namespaces += 1;
    const name = `kube-client-${namespaces}`;
    await kubectl(['create', 'namespace', name]);
    return name;
  }

  before(async function () {
    this.timeout(600_000);
    plane = await startControlPlane({ users: [{ name: 'stranger', groups: [] }] });
    client = createKubeClient({
      kubeconfig: plane.kubeconfig,
      userAgent: 'contract-tests',
    });
    await kubectl(['apply', '-f', '-'], JSON.stringify(WIDGET_CRD));
    await waitFor('the CRD to be served', async () => {
      await client.list(WIDGET, { limit: 1, signal });
      return true;
    });
  });

  after(async () => {
    client.close();
    await plane.stop();
  });

  const open = async (): Promise<KubeClientSubject> => ({
    client,
    namespace: await newNamespace(),
    delete: async (name) => {
      await kubectl(['delete', WIDGET.plural, name.name, '-n', name.namespace, '--wait=false']);
    },
  });

  describeKubeClient('real API server', open);
  describeStatusUpdates('real API server', open);

  it('tells a kind that is not served from an object that does not exist', async () => {
    const unknown = { ...WIDGET, plural: 'gadgets' };

    const result = await attempt(() => client.get(unknown, { namespace: 'default', name: 'a' }, signal));

    expect(result).to.deep.include({ ok: false });
    if (!result.ok) expect(result.failure).to.include({ kind: 'Permanent', reason: 'NotFound' });
  });

  it('says Forbidden to a user without rights', async () => {
    const stranger = createKubeClient({ kubeconfig: plane.kubeconfigFor('stranger'), userAgent: 'stranger' });

    const result = await attempt(() => stranger.list(WIDGET, { limit: 1, signal }));
    stranger.close();

    expect(result).to.have.property('ok', false);
    if (!result.ok) expect(result.failure).to.include({ kind: 'Permanent', reason: 'Forbidden' });
  });

  it('says Invalid for what the schema refuses', async () => {
    const namespace = await newNamespace();
    const create = (size: unknown): Promise<Widget> =>
      client.create(WIDGET, namespace, { metadata: { name: 'a' }, spec: { size } }, signal);

    expectFailure(await attempt(() => create('huge')), 'Permanent', 'Invalid');
    const widget = await create(1);
    const report = { status: { phase: 7 }, signal };
    const reported = await attempt(() => client.updateStatus(WIDGET, widget, report));
    expectFailure(reported, 'Permanent', 'Invalid');
    const change = { patch: { spec: { size: 'huge' } }, signal };
    const patched = await attempt(() => client.patch(WIDGET, widget.metadata, change));
    expectFailure(patched, 'Permanent', 'Invalid');
  });

  it('takes nothing away from who has applied the rest of an object when it writes the status', async () => {
    const namespace = await newNamespace();
    const metadata = {
      name: 'a',
      labels: { team: 'a' },
      annotations: { note: 'hello' },
      finalizers: ['tests.example.com/hold'],
    };
    const applied = { apiVersion: apiVersionOf(WIDGET), kind: WIDGET.kind, metadata, spec: { size: 1 } };
    const apply = ['apply', '--server-side', '--field-manager=gitops', '-n', namespace, '-f', '-'];
    const read = async (): Promise<object> => {
      const args = ['get', WIDGET.plural, 'a', '-n', namespace, '-o', 'json', '--show-managed-fields'];
      return withoutStatus(JSON.parse(await kubectl(args)) as ManagedWidget);
    };
    await kubectl(apply, JSON.stringify(applied));
    const before = await read();

    for (const status of [{ phase: 'Up', seen: [1] }, { phase: 'Down' }]) {
      const seen = await client.get(WIDGET, { namespace, name: 'a' }, signal);
      if (seen === undefined) throw new Error('it is gone');
      await client.updateStatus(WIDGET, seen, { status, signal });
    }

    expect(await read()).to.deep.equal(before);
  });

  it('reuses its connection from call to call', async () => {
    const reused: boolean[] = [];
    const onFinish = (message: unknown): void => {
      reused.push((message as { readonly request: ClientRequest }).request.reusedSocket);
    };
    const fresh = createKubeClient({ kubeconfig: plane.kubeconfig, userAgent: 'reuse' });
    subscribe('http.client.response.finish', onFinish);
    try {
      for (let call = 0; call < 20; call += 1) await fresh.list(WIDGET, { limit: 1, signal });
    } finally {
      unsubscribe('http.client.response.finish', onFinish);
      fresh.close();
    }

    expect(reused).to.deep.equal([false, ...new Array<boolean>(19).fill(true)]);
  });

  it('shows events to kubectl describe, counted when repeated', async () => {
    const namespace = await newNamespace();
    const widget = await client.create(
      WIDGET,
      namespace,
      { metadata: { name: 'a' }, spec: { size: 1 } },
      signal,
    );
    const recorder = createEventRecorder({
      client,
      clock: systemClock,
      logger: silentLogger,
      component: 'tests',
    });

    recorder.record(widget, { type: 'Normal', reason: 'Installed', message: 'It is there.' });
    recorder.record(widget, { type: 'Normal', reason: 'Installed', message: 'It is there.' });
    await recorder.flush(10_000);

    const description = await kubectl(['describe', WIDGET.plural, 'a', '-n', namespace]);
    expect(description).to.match(/Normal +Installed +\S+ \(x2 over \S+\) +tests +It is there\./);
  });

  it('keeps a cache equal to the server across its restart', async function () {
    this.timeout(120_000);
    const namespace = await newNamespace();
    const stop = new AbortController();
    const reflector = new Reflector<Widget>({
      client,
      resource: WIDGET,
      namespace,
      clock: systemClock,
      logger: silentLogger,
    });
    const running = reflector.run(stop.signal);
    const create = (name: string): Promise<Widget> =>
      client.create(WIDGET, namespace, { metadata: { name }, spec: { size: 1 } }, signal);
    try {
      await reflector.whenSynced;
      await create('before');
      await waitFor('the first object', () => reflector.list().length === 1);

      await plane.restart();
      await waitFor('the server to take an object', () => create('after').then(() => true));

      await waitFor('the second object', () => reflector.list().length === 2, 35_000);
    } finally {
      stop.abort();
      await running;
    }
  });
});

/** With who has set which field. */
interface ManagedWidget extends Widget {
  readonly metadata: Widget['metadata'] & {
    readonly managedFields: readonly { readonly subresource?: string }[];
  };
}

/** What who writes the status has no part in. */
function withoutStatus({ metadata, status: _, ...rest }: ManagedWidget): object {
  const { resourceVersion: __, managedFields, ...kept } = metadata;
  const others = managedFields.filter(({ subresource }) => subresource !== 'status');
  return { ...rest, metadata: { ...kept, managedFields: others } };
}
