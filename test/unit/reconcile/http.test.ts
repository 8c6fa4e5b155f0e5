// Probes and metrics over HTTP.
import { expect } from 'chai';
import { serveHTTP, type ProbeServer } from '../../../lib/reconcile/http.ts';
import { Metrics } from '../../../lib/reconcile/metrics.ts';

describe('serveHTTP', () => {
  const manager = { ready: false, healthy: true };
  let metrics: Metrics;
  let server: ProbeServer;

  beforeEach(async () => {
    metrics = new Metrics();
    server = await serveHTTP({ address: '127.0.0.1:0', manager, metrics });
  });

  afterEach(() => server.close());

  const get = async (path: string, init: RequestInit = {}): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://${server.address}${path}`, init);
    return { status: response.status, text: await response.text() };
  };

  it('answers the probes as things are', async () => {
    expect((await get('/healthz')).status).to.equal(200);
    expect((await get('/readyz?verbose')).status).to.equal(503);
    manager.ready = true;
    manager.healthy = false;
    expect((await get('/readyz')).status).to.equal(200);
    expect((await get('/healthz')).status).to.equal(503);
  });

  it('shows the metrics under the names that dashboards know', async () => {
    metrics.request({ method: 'GET', code: '200', host: 'api:443' });
    metrics.declare('widget', 5);
    metrics.queue('widget');

    const { text } = await get('/metrics');

    expect(text).to.include('rest_client_requests_total{method="GET",code="200",host="api:443"} 1');
    expect(text).to.include('controller_runtime_max_concurrent_reconciles{controller="widget"} 5');
    expect(text).to.include('workqueue_depth{name="widget",controller="widget"} 0');
  });

  it('has nothing else, and takes nothing', async () => {
    expect((await get('/')).status).to.equal(404);
    expect((await get('/healthz', { method: 'POST', body: 'x' })).status).to.equal(405);
  });

  it('refuses an address that it cannot use, by name', async () => {
    for (const address of ['nonsense', '127.0.0.1', '127.0.0.1:99999', server.address]) {
      const config = { address, manager, metrics };
      const error = await serveHTTP(config).catch((thrown: unknown) => thrown);
      expect(error).to.have.property('reason', 'InvalidConfiguration');
      expect(error).to.have.property('message').that.includes(address);
    }
  });
});
