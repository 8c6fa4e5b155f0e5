// What a command in a workspace is called, by what is sent to it.
import { expect } from 'chai';
import { encodeBatch, type Batch } from '../../../lib/target/protocol.ts';
import { readVerb } from '../../faults/command.ts';

const BATCH: Batch = {
  ...{ kind: 'change', claim: undefined, former: undefined, pluginsPath: '/plugins', time: new Date(0) },
  ...{ seconds: 60, restarts: 'Agent', ticket: { since: 1, transitions: 0, sequence: 1 } },
  ...{ operations: [], looks: ['demo'], list: true, mode: false },
};

async function verbOf(batch: Partial<Batch>): Promise<string> {
  const { verb, stdin } = await readVerb(encodeBatch({ ...BATCH, ...batch }));
  const [sent, whole] = [await textOf(stdin), await textOf(encodeBatch({ ...BATCH, ...batch }))];
  expect(sent, 'what is sent on').to.equal(whole);
  return verb;
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a command in a workspace', () => {
  it('is called by what it asks for', async () => {
    const digest = `sha256:${'0'.repeat(64)}` as const;
    const check = { plugin: 'demo', digest, command: ['true'], timeoutMs: 1_000 } as const;
    expect(await verbOf({ kind: 'look' })).to.equal('look');
    expect(await verbOf({})).to.equal('recover');
    for (const tried of ['Restart', 'Proof'] as const) {
      expect(await verbOf({ restart: { tried, failure: undefined } })).to.equal('record');
      expect(await verbOf({ restart: { tried, failure: 'no' } })).to.equal('record');
    }
    expect(await verbOf({ operations: [{ kind: 'remove', request: { plugin: 'demo' } }] })).to.equal(
      'remove',
    );
    expect(await verbOf({ operations: [{ kind: 'check', request: check }] })).to.equal('check');
  });
});
