// Until when the status names the PluginUpdate that waits for a person, or for what a person decided.
import { expect } from 'chai';
import type { WorkspacePlugin } from '../../../../controller/api/workspace-plugin.ts';
import type { Observed } from '../../../../controller/workspace-plugin/observed.ts';
import type { LookedPlugin } from '../../../../lib/target/target.ts';
import {
  approving,
  candidate,
  failed,
  look,
  observed,
  ok,
  reached,
  tracking,
  workspacePlugin,
} from '../../builders.ts';
import { pluginUpdate } from '../../update-builder.ts';
import { carryOut } from './carry-out.ts';
import { CHECKED, owing } from './trial.ts';

const [one, two, three] = [candidate(1), candidate(2), candidate(3)];
const followed = workspacePlugin(tracking('tag:latest'), approving(one));
const update = pluginUpdate(followed, two);
const { name } = update.metadata;
const proposal = { name, target: two, update };
const answered = (target: NonNullable<Observed['answer']>['target']) => ({
  answer: { update, content: two, target },
});

/** What is said after a visit that found all this beside a new revision upstream, and did what was due. */
function visit(object: WorkspacePlugin, fields: Partial<Observed>, left?: LookedPlugin) {
  const found = observed(object, { place: reached(look(one)), upstream: ok(two), ...fields });
  return carryOut(found, { left }).status;
}

describe('an update is named as waiting', () => {
  const edited = CHECKED(tracking('tag:latest', 'v1.3.0')(followed));
  const broken = look(three, { todo: owing(3, 'exit code 1') });
  const cases: Readonly<Record<string, Parameters<typeof visit>>> = {
    'while nobody has decided': [followed, { proposal, asked: update }],
    'while what was approved cannot be had': [followed, answered(failed())],
    'while what the spec asks for instead fails its health check': [
      edited,
      { wanted: ok(three), ...answered(ok(two)) },
      broken,
    ],
  };
  for (const [when, story] of Object.entries(cases)) {
    it(when, () => {
      expect(visit(...story).pendingUpdateRef).to.deep.equal({ name });
    });
  }
});

describe('an update is named as waiting no longer', () => {
  const now = '2026-05-08T14:15:30Z';
  const cases: Readonly<Record<string, Parameters<typeof visit>>> = {
    'once it is installed': [followed, answered(ok(two))],
    'once it is installed in the second in which the one before was': [
      approving(one, { time: now })(followed),
      answered(ok(two)),
    ],
    'once it is dismissed': [followed, answered(undefined)],
    'once it is lost upstream': [followed, answered(failed({ reason: 'RefNotFound' }))],
    'once a person has edited the spec to another revision': [
      tracking('tag:latest', 'v1.3.0')(followed),
      { wanted: ok(three), proposal, asked: update },
    ],
    'once a person has edited the spec, even to the revision that is there: that is asked anew': [
      tracking('tag:latest', 'v1.1.0')(followed),
      { wanted: ok(one), proposal, asked: update },
    ],
  };
  for (const [when, story] of Object.entries(cases)) {
    it(when, () => {
      expect(visit(...story)).to.not.have.property('pendingUpdateRef');
    });
  }
});

describe('a dismissal', () => {
  it('is remembered by the revision alone where its content is not known any more', () => {
    const content = { revision: two.revision, digest: undefined };
    const { rejected } = visit(followed, { answer: { update, content, target: undefined } });
    expect(rejected?.[0]).to.include({ revision: two.revision, reason: 'Dismissed' });
    expect(rejected?.[0]).to.not.have.property('digest');
  });
});
