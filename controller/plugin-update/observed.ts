// What one visit of a PluginUpdate finds: a frozen value, the only thing that decisions are made from.
import type { PluginUpdate } from '../api/plugin-update.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import type { Difference } from '../../lib/bundle/difference.ts';
import type { Attempt } from '../../lib/errors.ts';

export interface Observed {
  /** When the visit began. */
  readonly now: Date;
  readonly object: PluginUpdate;
  /** Undefined once it is gone, or about to go: then its updates go, too. */
  readonly plugin: WorkspacePlugin | undefined;
  /** What it asks could be asked now: nothing else was approved meanwhile, and the source is the same. */
  readonly isCurrent: boolean;
  /** How many decided ones of the same plugin are younger, for an undecided one also settled ones; 0 while it is not settled itself. */
  readonly later: number;
  /** What would change; undefined where that is known, or of no interest any more. */
  readonly difference: Attempt<Difference> | undefined;
}
