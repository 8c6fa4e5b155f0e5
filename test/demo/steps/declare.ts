// First step: what is wanted is written down, and is there.
import { chapter, why } from '../narration.ts';
import type { Stage } from './stage.ts';

export async function declare({ shell }: Stage): Promise<void> {
  chapter('Say which plugins are wanted');
  why('In the container alice somebody has made a plugin by hand, as it was done so far:');
  await shell.run('docker exec -u 1000 alice mkdir -p /configs/plugins/handmade');

  why('From now on it is declared: alice and the directory /srv/bob are to have three plugins between them.');
  await shell.run('kubectl apply -f manifests/samples/', /alice-browser-automation created/);

  why('The controller fetches, checks and installs them. Scripts, Flux and Argo CD wait for it like this:');
  await shell.run('kubectl wait --for=condition=Ready wsp --all --timeout=60s');
  await shell.quiet(`kubectl wait --for=jsonpath='{.status.plugins.installed}'=2 ws/alice --timeout=30s`);
  await shell.quiet(`kubectl wait --for=jsonpath='{.status.plugins.installed}'=1 ws/bob --timeout=30s`);
  await shell.run(
    'kubectl get ws,wsp',
    /workspace.*alice +docker +True +2/,
    /code-review.*True +version 1\.0\.0/,
  );

  why('In the container there is a whole plugin: its files, and two of ours that say which version it is.');
  await shell.run(
    'docker exec alice ls -lA /configs/plugins/browser-automation',
    /\.complete/,
    /\.manifest/,
    /skills/,
  );
  await shell.run(
    'docker exec alice cat /configs/plugins/browser-automation/.complete',
    /"version":"1\.0\.0"/,
  );

  why('The folder made by hand is reported, and never touched:');
  await shell.run(`kubectl get ws alice -o jsonpath='{.status.unmanaged}{"\\n"}'`, /\["handmade"\]/);
}
