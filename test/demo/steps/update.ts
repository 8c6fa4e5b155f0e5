// Third step: a release appears upstream; one plugin takes it by itself, the other waits for a person.
import { chapter, why } from '../narration.ts';
import { publishSecondReleases } from '../plugins.ts';
import { lookNow, waitForVersion, type Stage } from './stage.ts';

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
    /v1\.1\.0 .* is available; approval is Manual: decide on PluginUpdate/,
  );
}
