import { expect } from 'chai';
import { renderTypes } from '../../../crds/render.ts';
import type { Schema } from '../../../crds/schema.ts';

/** What is generated for a kind whose spec has one field `size`. */
function rendered(size: Schema, required: readonly string[] = []): string {
  const spec: Schema = { type: 'object', description: 'The wish.', properties: { size }, required };
  const status: Schema = { type: 'object', description: 'The world.' };
  const schema: Schema = { type: 'object', description: 'A thing.', properties: { spec, status } };
  return renderTypes({ kind: 'Thing', schema });
}

describe('types generated from a CRD', () => {
  it('are an interface for spec and one for status, with their descriptions', () => {
    const text = rendered({ type: 'string', description: 'How big.' });
    expect(text).to.include('/** The wish. */\nexport interface ThingSpec {');
    expect(text).to.include('/** The world. */\nexport interface ThingStatus {');
    expect(text).to.include('  /** How big. */\n  readonly size?: string;');
  });

  it('have no question mark for a required field', () => {
    expect(rendered({ type: 'integer', description: '.' }, ['size'])).to.include('readonly size: number;');
  });

  it('have no question mark for a field with a default, and say the default', () => {
    const text = rendered({ type: 'boolean', description: 'Whether big.', default: false });
    expect(text).to.include('/** Whether big. Default: false. */\n  readonly size: boolean;');
  });

  it('are a union for an enumeration', () => {
    const text = rendered({ type: 'string', description: '.', enum: ['Small', 'Large'] });
    expect(text).to.include("readonly size?: 'Small' | 'Large';");
  });

  it('are a record for a map', () => {
    const additionalProperties: Schema = { type: 'string', description: 'One.' };
    const text = rendered({ type: 'object', description: '.', additionalProperties });
    expect(text).to.include('size?: Readonly<Record<string, string>>;');
  });

  it('are an interface of its own for a nested object, also in a list', () => {
    const items: Schema = { type: 'object', description: 'One.', properties: {} };
    expect(rendered({ type: 'array', description: '.', items })).to.include(
      'size?: readonly ThingSpecSize[];',
    );
    expect(rendered(items)).to.include('/** One. */\nexport interface ThingSpecSize {');
  });

  it('wrap long descriptions at words', () => {
    const text = rendered({ type: 'string', description: 'word '.repeat(60).trim() });
    expect(text.split('\n').every((line) => line.length <= 110)).to.equal(true);
    expect(text).to.include('  /**\n   * word word');
  });

  it('cannot end their comment early', () => {
    expect(rendered({ type: 'string', description: 'a */ b' })).not.to.include('a */');
  });
});
