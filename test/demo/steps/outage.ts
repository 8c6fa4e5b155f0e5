// Sixth step: the git server is down, and the workspace is kept all the same.
import { chapter, why } from '../narration.ts';
import { lookNow, showConditions, type Stage } from './stage.ts';

const PLUGIN = 'alice-browser-automation';

export async function outage(stage: Stage): Promise<void> {
  const { shell, gitServer } = stage;
  chapter('The git server is down');
  await gitServer.pause();
  why('Meanwhile somebody deletes a whole plugin:');
  await shell.run('docker exec -u 1000 alice rm -r /configs/plugins/browser-automation');
  await lookNow(stage, PLUGIN);

  why(
    'It is back all the same, from what the controller has in its cache; SourceReady tells of the git server:',
  );
  await shell.run(`kubectl wait --for=condition=Ready wsp/${PLUGIN} --timeout=60s`);
  await shell.run(
    'docker exec alice cat /configs/plugins/browser-automation/plugin.yaml',
    /version: 1\.1\.0/,
  );
  await showConditions(stage, PLUGIN, /^Ready=True/m, /^SourceReady=False FetchFailed/m);

  await gitServer.resume();
  why('The git server is up again:');
  await lookNow(stage, PLUGIN);
  await shell.run(`kubectl wait --for=condition=SourceReady wsp/${PLUGIN} --timeout=60s`);
}
