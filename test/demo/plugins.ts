// The three plugins of the story, as their maintainers publish them on the git server.
import type { RepositoryFiles } from '../../lib/embedded/git-repository.ts';
import type { GitServer } from '../../lib/embedded/git-server.ts';

/** What the samples expect to find: `acme/browser-automation`, `acme/code-review` and `acme/plugins`. */
export async function publishFirstReleases(server: GitServer): Promise<void> {
  await release(server, 'browser-automation', '1.0.0', BROWSER_AUTOMATION);
  await release(server, 'code-review', '1.0.0', CODE_REVIEW);
  const plugins = await server.repository('acme/plugins');
  await plugins.commit({
    'README.md': 'All plugins of the house.\n',
    'house-style/plugin.yaml': manifest('house-style', '1.0.0'),
    'house-style/rules/style.md': 'Write short sentences.\n',
  });
}

export async function publishSecondReleases(server: GitServer): Promise<void> {
  await release(server, 'browser-automation', '1.1.0', {
    ...BROWSER_AUTOMATION,
    'rules/privacy.md': 'Never fill in a form with personal data.\n',
  });
  await release(server, 'code-review', '1.1.0', {
    ...CODE_REVIEW,
    'rules/tone.md': 'Be kind, and be specific.\n',
  });
}

/** What somebody releases in a hurry: a rule without a word in it. */
export async function publishBadRelease(server: GitServer): Promise<void> {
  await release(server, 'code-review', '1.2.0', { ...CODE_REVIEW, 'rules/tone.md': '' });
}

async function release(
  server: GitServer,
  plugin: string,
  version: string,
  files: RepositoryFiles,
): Promise<void> {
  const repository = await server.repository(`acme/${plugin}`);
  const content = { 'plugin.yaml': manifest(plugin, version), ...files };
  await repository.tag(`v${version}`, await repository.commit(content, { message: `release ${version}` }));
}

const BROWSER_AUTOMATION: RepositoryFiles = {
  'README.md': 'Opens pages and reads them.\n',
  'rules/safety.md': 'Never submit a form without asking.\n',
  'skills/browse/SKILL.md': '# Browse\nOpen the page, wait for it, read it.\n',
  'skills/browse/tools/open.py': 'print("opening")\n',
  'setup.sh': { content: '#!/bin/sh\necho ready\n', executable: true },
};

const CODE_REVIEW: RepositoryFiles = {
  'rules/tone.md': 'Be kind.\n',
  'skills/review/SKILL.md': '# Review\nRead the change before its description.\n',
};

function manifest(name: string, version: string): string {
  return `name: ${name}\nversion: ${version}\n`;
}
