// The PluginUpdates that concern one visit: what is asked, and what was answered.
import type { PluginUpdate } from '../api/plugin-update.ts';
import type { WorkspacePlugin } from '../api/workspace-plugin.ts';
import { isCurrent, updateName } from '../update-name.ts';
import type { Asked } from './candidates.ts';
import { fetchContent } from '../content.ts';
import { isDrifted, isUnapproved } from './decide.ts';
import type { Answer, Candidate, Observed, Proposal } from './observed.ts';
import { isRefused, offered } from './rules/question.ts';
import { rejectionOf, takesUpdates } from './rules/rejected.ts';
import { attempt, type Attempt } from '../../lib/errors.ts';
import type { Cache } from '../../lib/kube/kube.ts';

type Updates = Cache<PluginUpdate>;
type Sources = Pick<Observed, 'wanted' | 'upstream'>;

/** The content of what was approved is fetched where it is not packed yet; nothing else is asked of anybody. */
export async function findUpdates(
  updates: Updates,
  asked: Asked,
  sources: Sources,
): Promise<Pick<Observed, 'proposal' | 'asked' | 'answer'>> {
  const { object } = asked;
  const proposal = proposalOf(updates, object, sources);
  const pending = pendingOf(updates, object);
  const decided = [pending, proposal?.update].find((update) => counts(update, object));
  const answer = decided === undefined ? undefined : await answerOf(asked, decided, { ...sources, proposal });
  return { proposal, asked: pending, answer: isDone(object, answer) ? undefined : answer };
}

export const NO_UPDATES = { proposal: undefined, asked: undefined, answer: undefined };

function proposalOf(updates: Updates, object: WorkspacePlugin, sources: Sources): Proposal | undefined {
  const target = raised(object, sources);
  if (target === undefined) return undefined;
  const { namespace } = object.metadata;
  const name = updateName(object, target.revision);
  return { name, target, update: updates.get({ namespace, name }) };
}

/** What upstream has instead of what is approved; where a person must approve the first install, what the spec names. */
function raised(object: WorkspacePlugin, { wanted, upstream }: Sources): Candidate | undefined {
  if (isUnapproved({ object })) return wanted?.ok === true ? wanted.value : undefined;
  const offer = offered(object, upstream);
  return offer?.ok === true && takesUpdates({ object, wanted }) && isDrifted({ object, upstream })
    ? offer.value
    : undefined;
}

function pendingOf(updates: Updates, object: WorkspacePlugin): PluginUpdate | undefined {
  const { pendingUpdateRef } = object.status ?? {};
  if (pendingUpdateRef === undefined) return undefined;
  const { namespace } = object.metadata;
  const update = updates.get({ namespace, name: pendingUpdateRef.name });
  return update !== undefined && isCurrent(update, object) ? update : undefined;
}

/** Decided while it was the question. */
function counts(update: PluginUpdate | undefined, object: WorkspacePlugin): update is PluginUpdate {
  return update?.spec.decision !== undefined && !isRefused(update) && isCurrent(update, object);
}

/** What was decided against, or has failed since, is on record. */
function isDone(object: WorkspacePlugin, answer: Answer | undefined): boolean {
  return answer !== undefined && rejectionOf(object, answer.content) !== undefined;
}

async function answerOf(
  asked: Asked,
  update: PluginUpdate,
  { upstream, proposal }: Sources & Pick<Observed, 'proposal'>,
): Promise<Answer> {
  const { decision, toRevision: revision } = update.spec;
  if (decision === 'Dismissed') {
    const digest = proposal?.target.revision === revision ? proposal.target.digest : undefined;
    return { update, content: { revision, digest }, target: undefined };
  }
  const isUpstream = upstream?.ok === true && upstream.value.revision === revision;
  const target = isUpstream ? upstream : await fetchApproved(asked, update);
  return { update, content: target.ok ? target.value : { revision, digest: undefined }, target };
}

/** Exactly what was approved, whatever the ref says by now. */
async function fetchApproved(
  { tools, object, signal }: Asked,
  { spec, metadata }: PluginUpdate,
): Promise<Attempt<Candidate>> {
  const { toRevision: revision, ref } = spec;
  return attempt(async () => {
    const location = tools.sources.parse(object.spec.source.url);
    const { digest, version } = await fetchContent(tools, { object, location, revision, ref, signal });
    return { revision, digest, version, ref, time: new Date(metadata.creationTimestamp) };
  });
}
