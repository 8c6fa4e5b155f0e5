// Fourth step: a person decides about an update: reads what is proposed, approves it, and it is installed.
import { strict as assert } from 'node:assert';
import { chapter, progress, why } from '../narration.ts';
import { startedAt, waitForVersion, type Stage } from './stage.ts';

const PLUGIN = 'alice-code-review';

const WHO = 'kubectl auth whoami -o jsonpath={.status.userInfo.username}';

export async function approve(stage: Stage): Promise<void> {
  const { shell } = stage;
  chapter('A person approves it');
  why('The controller has asked. It says what it was found by, and whether the agent is restarted for it:');
  const name = await pendingUpdate(stage);
  await shell.run('kubectl get pu', /alice-code-review +v1\.1\.0 .*Restart +Pending/);
  why('And what would change:');
  await shell.run(
    `kubectl get pu ${name} -o jsonpath='{.status.changes}{"\\n"}'`,
    /"modified":.*rules\/tone\.md/,
  );

  why('Nobody decides in the name of another:');
  await shell.runRefused(
    `kubectl patch pu ${name} --type merge -p '{"spec":{"decision":"Approved","decidedBy":"boss"}}'`,
    /decidedBy must be who decides, admin/,
  );

  why('But in their own:');
  const before = await startedAt(stage, 'alice');
  await shell.run(decision(name, 'Approved'), /patched/);
  await shell.run(`kubectl wait --for=condition=Applied pu/${name} --timeout=60s`);
  await shell.run('kubectl get pu', /v1\.1\.0 .*Applied/);
  await shell.run(`kubectl get wsp ${PLUGIN}`, /True +version 1\.1\.0/);
  assert.notEqual(await startedAt(stage, 'alice'), before, 'the container was not restarted');
  why('The agent was restarted once, because more than skills, rules and texts had changed:');
  await shell.run(`docker ps --format '{{.Names}}: {{.Status}}'`, /^alice: Up/m);
}

export async function rollBack(stage: Stage): Promise<void> {
  const { shell, gitServer } = stage;
  chapter('Back to the version before');
  why('It was not as good as it looked. The old version is still in the workspace:');
  await shell.run('docker exec alice ls -A /configs/plugins/.previous', /code-review\./);
  why('So naming it puts it back, without fetching or sending anything:');
  gitServer.resetRequests();
  const patch = JSON.stringify({ spec: { source: { url: 'github://acme/code-review#v1.0.0' } } });
  await shell.run(`kubectl patch wsp ${PLUGIN} --type merge -p '${patch}'`);
  await shell.run(waitForVersion(PLUGIN, '1.0.0'));
  await shell.run('docker exec alice cat /configs/plugins/code-review/rules/tone.md', /^Be kind\.$/m);
  assert.equal(gitServer.requests.fetch, 0, 'rolling back fetched from the git server');
  progress('(the git server served no content meanwhile)');
}

export async function dismiss(stage: Stage): Promise<void> {
  const { shell } = stage;
  chapter('A person dismisses it');
  why(
    'The newer version is proposed again, because something older is approved now. Nobody wants to be asked twice:',
  );
  const name = await pendingUpdate(stage);
  await shell.run(decision(name, 'Dismissed', 'it reads like a form letter'), /patched/);
  await shell.run(`kubectl wait --for=jsonpath='{.status.phase}'=Dismissed pu/${name} --timeout=60s`);
  await shell.run(
    `kubectl get wsp ${PLUGIN} -o jsonpath='{.status.conditions[?(@.type=="Drifted")].message}{"\\n"}'`,
    /was dismissed/,
  );
}

/** The name of the PluginUpdate that waits, once the controller has made it. */
export async function pendingUpdate({ shell }: Stage): Promise<string> {
  const field = '{.status.pendingUpdateRef.name}';
  await shell.quiet(`kubectl wait --for=jsonpath='${field}' wsp/${PLUGIN} --timeout=60s`);
  const name = await shell.quiet(`kubectl get wsp ${PLUGIN} -o jsonpath='${field}'`);
  await shell.quiet(`kubectl wait --for=jsonpath='{.status.phase}'=Pending pu/${name} --timeout=60s`);
  return name;
}

/** The command by which somebody decides, as the README has it. */
export function decision(name: string, decided: 'Approved' | 'Dismissed', reason?: string): string {
  const why = reason === undefined ? '' : `,\\"reason\\":\\"${reason}\\"`;
  const spec = `{\\"spec\\":{\\"decision\\":\\"${decided}\\",\\"decidedBy\\":\\"$(${WHO})\\"${why}}}`;
  return `kubectl patch pu ${name} --type merge -p "${spec}"`;
}
