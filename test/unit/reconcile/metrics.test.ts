// What the process tells of itself.
import { expect } from 'chai';
import { Metrics } from '../../../lib/reconcile/metrics.ts';

describe('the metrics of the process', () => {
  it('are on the page, and keep nothing alive', async () => {
    const metrics = new Metrics();
    const before = process.getActiveResourcesInfo();

    metrics.observeProcess();

    expect(process.getActiveResourcesInfo()).to.deep.equal(before);
    const { text } = await metrics.expose();
    for (const name of [
      'process_cpu_seconds_total',
      'process_start_time_seconds',
      'process_resident_memory_bytes',
      'process_open_fds',
      'process_max_fds',
      'nodejs_heap_size_used_bytes',
      'nodejs_eventloop_lag_seconds',
    ]) {
      expect(text).to.match(new RegExp(`^${name} [0-9.e+-]+$`, 'm'));
    }
  });

  it('are not there for one of several controllers in a process', async () => {
    expect((await new Metrics().expose()).text).to.not.match(/^(process|nodejs)_/m);
  });
});
