// What a leader does that finds a newer ticket than its own in a workspace: it asks whether it leads, and says what it did.
import type { Workspace } from './api/workspace.ts';
import type { EventRecorder } from '../lib/kube/kube.ts';
import type { Logger } from '../lib/logger.ts';
import type { Leadership } from '../lib/reconcile/leadership.ts';
import type { Overrule } from '../lib/target/target.ts';

export interface OverruleTools {
  readonly leadership: Pick<Leadership, 'confirm'>;
  readonly events: EventRecorder;
  readonly logger: Logger;
  /** Undefined when its object is gone by now. */
  readonly workspace: () => Workspace | undefined;
}

const MESSAGE =
  'a newer ticket than that of the leader was found there, and was overwritten: a clock was set back, the Lease was made again, ' +
  'or the workspace was copied; or controllers without a Lease share it, of which only one may run';

export function createOverrule({ leadership, events, logger, workspace }: OverruleTools): Overrule {
  return async (signal) => {
    if (!(await leadership.confirm(signal))) return false;
    const object = workspace();
    if (object !== undefined) {
      const { namespace, name } = object.metadata;
      logger.warn('A newer ticket was overruled.', { workspace: `${namespace}/${name}` });
      events.record(object, { type: 'Warning', reason: 'TicketOverruled', message: MESSAGE });
    }
    return true;
  };
}
