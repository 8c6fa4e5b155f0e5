// How a PluginUpdate is named: the same question has the same name, so that it is asked once and an old answer fits no new one.
import { createHash } from 'node:crypto';
import type { PluginUpdate } from './api/plugin-update.ts';
import type { WorkspacePlugin } from './api/workspace-plugin.ts';
import { questionOf, unansweredReset } from './workspace-plugin/observed.ts';

const MAX_NAME = 253;
const HASH_LENGTH = 10;

/** The question whether this object is to have that revision, instead of the one that is approved now. */
export function updateName(plugin: WorkspacePlugin, toRevision: string): string {
  const { metadata, status } = plugin;
  const { url, path } = questionOf(plugin);
  const { revision = '', time = '' } = status?.approved ?? {};
  // After a reset everything is asked anew: the answers from before do not count any more.
  const reset = unansweredReset(plugin) ?? status?.lastHandledResetAt ?? '';
  const question = JSON.stringify([metadata.uid, url, path, revision, time, toRevision, reset]);
  const hash = createHash('sha256').update(question).digest('hex').slice(0, HASH_LENGTH);
  const prefix = metadata.name.slice(0, MAX_NAME - HASH_LENGTH - 1).replace(/[.-]+$/, '');
  return `${prefix}-${hash}`;
}

/** The update asks what could be asked of this object now: nothing else was approved, and its source is the same. */
export function isCurrent(update: PluginUpdate, plugin: WorkspacePlugin): boolean {
  const { pluginRef, fromRevision, toRevision } = update.spec;
  return (
    pluginRef.name === plugin.metadata.name &&
    fromRevision === plugin.status?.approved?.revision &&
    update.metadata.name === updateName(plugin, toRevision)
  );
}
