// Fifth step: an update that somebody approved turns out bad, is taken back, and not tried again.
import { chapter, why } from '../narration.ts';
import { publishBadRelease } from '../plugins.ts';
import { decision, pendingUpdate } from './decide.ts';
import { lookNow, showConditions, type Stage } from './stage.ts';

const PLUGIN = 'alice-code-review';

export async function fail(stage: Stage): Promise<void> {
  const { shell, gitServer } = stage;
  chapter('A bad update is taken back');
  await publishBadRelease(gitServer);
  why('v1.2.0 was released in a hurry, with an empty file. Nobody sees it, and somebody approves:');
  await lookNow(stage, PLUGIN);
  const name = await pendingUpdate(stage);
  await shell.run(decision(name, 'Approved'), /patched/);

  why('But the plugin has a health check (spec.update.healthCheck), and that fails:');
  await shell.run(`kubectl wait --for=condition=Failed pu/${name} --timeout=60s`);
  await shell.run('kubectl get pu', /v1\.2\.0 .*Failed/);
  await shell.quiet(`kubectl wait --for=condition=Reconciling=false wsp/${PLUGIN} --timeout=60s`);

  why('The version before is back, and v1.2.0 is not tried again by itself; a newer one would be proposed:');
  await shell.run('docker exec alice cat /configs/plugins/code-review/rules/tone.md', /^Be kind\.$/m);
  await showConditions(stage, PLUGIN, /^Ready=True Installed: version 1\.0\.0/m, /^Drifted=True Rejected/m);
  await shell.quiet(`until kubectl describe wsp ${PLUGIN} | grep -q RolledBack; do sleep 0.2; done`);
  await shell.run(`kubectl describe wsp ${PLUGIN} | sed -n '/^Events/,$p'`, /RolledBack/);
}
