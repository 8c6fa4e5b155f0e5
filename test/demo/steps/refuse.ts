// Seventh step: what cannot be meant is refused at once, in words.
import { chapter, why } from '../narration.ts';
import type { Stage } from './stage.ts';

const MISTAKEN = `apiVersion: plugins.molecule.ai/v1alpha1
kind: WorkspacePlugin
metadata:
  name: mistaken
spec:
  workspaceRef: {name: alice}
  pluginName: ../../etc
  source: {url: "github://acme/browser-automation#-oops", interval: soon}
  track: newest`;

export async function refuse({ shell }: Stage): Promise<void> {
  chapter('A mistake is refused before anything happens');
  why('Nothing of this makes sense, and each line is answered:');
  await shell.runRefused(
    `kubectl apply -f - <<'EOF'\n${MISTAKEN}\nEOF`,
    /pluginName must be/,
    /track must be/,
    /interval must be/,
    /#ref of url must be/,
  );
}
