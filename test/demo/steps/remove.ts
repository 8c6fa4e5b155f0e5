// Last step: what is no longer declared is gone, and nothing else is.
import { strict as assert } from 'node:assert';
import { chapter, why } from '../narration.ts';
import type { Stage } from './stage.ts';

export async function remove({ shell }: Stage): Promise<void> {
  chapter('Take it all away again');
  why('Deleting the objects removes the plugins; kubectl returns when that is done:');
  await shell.run('kubectl delete -f manifests/samples/ --timeout=60s', /alice-code-review" deleted/);
  await shell.run('kubectl get ws,wsp', /No resources found/);

  why('The folder made by hand is still there, and no plugin of ours:');
  const left = await shell.run('docker exec alice ls /configs/plugins');
  assert.equal(left.trim(), 'handmade', 'the container should hold the hand-made folder alone');
  const bob = await shell.run('ls /srv/bob/configs/plugins');
  assert.equal(bob.trim(), '', 'the directory should hold no plugin');
}
