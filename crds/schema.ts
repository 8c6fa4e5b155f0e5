// Reads the CRD files: the one source of what the kinds look like.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The part of an OpenAPI schema that our CRDs use. */
export interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  /** Of a map: what each of its values is. */
  readonly additionalProperties?: Schema;
  readonly enum?: readonly string[];
  readonly default?: unknown;
}

export interface Definition {
  readonly kind: string;
  readonly schema: Schema;
}

interface Manifest {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }];
  };
}

/** Every CRD beside this file, sorted by file name. */
export async function readDefinitions(): Promise<readonly Definition[]> {
  const names = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.yaml')).sort();
  return Promise.all(
    names.map(async (name) => {
      const { spec } = parse(await readFile(join(import.meta.dirname, name), 'utf8')) as Manifest;
      return { kind: spec.names.kind, schema: spec.versions[0].schema.openAPIV3Schema };
    }),
  );
}
