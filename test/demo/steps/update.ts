// Third step: a release appears upstream; one plugin takes it by itself, the other waits for a person.
import { strict as assert } from 'node:assert';
import { chapter, progress, why } from '../narration.ts';
import { publishSecondReleases } from '../plugins.ts';
import { lookNow, type Stage } from './stage.ts';

const AUTOMATIC = 'alice-browser-automation';
const MANUAL = 'alice-code-review';

export async function update(stage: Stage): Promise<void> {
  const { shell, gitServer } = stage;
  chapter('A new version appears upstream');
  await publishSecondReleases(gitServer);
  why('The maintainers of browser-automation and code-review have just tagged v1.1.0:');
  await shell.run(`git ls-remote --tags --refs ${gitServer.urlOf('acme/code-review')}`, /v1\.1\.0/);
  await lookNow(stage, AUTOMATIC, MANUAL);
  await shell.quiet(waitForVersion(AUTOMATIC, '1.1.0'));

  why(
    'With approval Automatic the new version is in place. With Manual it is reported, and Ready stays True:',
  );
  await shell.run(`kubectl wait --for=condition=Drifted wsp/${MANUAL} --timeout=60s`);
  await shell.run(
    'kubectl get wsp',
    /browser-automation.*True +version 1\.1\.0/,
    /code-review.*True +version 1\.0\.0/,
  );
  await shell.run(
    `kubectl get wsp ${MANUAL} -o jsonpath='{.status.conditions[?(@.type=="Drifted")].message}{"\\n"}'`,
    /v1\.1\.0 .* is available; approval is Manual/,
  );

  why('Somebody has read the changes and names the new version:');
  await shell.run(pin('v1.1.0'));
  await shell.run(waitForVersion(MANUAL, '1.1.0'));
}

export async function rollBack(stage: Stage): Promise<void> {
  const { shell, gitServer } = stage;
  chapter('Back to the version before');
  why('It was not as good as it looked. The old version is still in the workspace:');
  await shell.run('docker exec alice ls -A /configs/plugins/.previous', /code-review\./);
  why('So naming it again puts it back, without fetching or sending anything:');
  gitServer.resetRequests();
  await shell.run(pin('v1.0.0'));
  await shell.run(waitForVersion(MANUAL, '1.0.0'));
  await shell.run(`docker exec alice cat /configs/plugins/code-review/rules/tone.md`, /^Be kind\.$/m);
  assert.equal(gitServer.requests.fetch, 0, 'rolling back fetched from the git server');
  progress('(the git server served no content meanwhile)');
}

function pin(ref: string): string {
  const patch = JSON.stringify({ spec: { source: { url: `github://acme/code-review#${ref}` } } });
  return `kubectl patch wsp ${MANUAL} --type merge -p '${patch}'`;
}

function waitForVersion(plugin: string, version: string): string {
  return `kubectl wait --for=jsonpath='{.status.installed.version}'=${version} wsp/${plugin} --timeout=60s`;
}
