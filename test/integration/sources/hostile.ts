// Trees that no honest git would write, made object by object.
import { Buffer } from 'node:buffer';
import type { Repository } from '../../../lib/embedded/git-repository.ts';

/** `name` is written as it is, slashes and all. */
export interface RawEntry {
  readonly mode: string;
  readonly name: string | Uint8Array;
  /** 40 hex digits. */
  readonly id: string;
}

export class HostileAuthor {
  readonly #repository: Repository;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  blob(content: string | Uint8Array): Promise<string> {
    return this.#write('blob', content);
  }

  /** In the order given, whatever git thinks of it. */
  tree(entries: readonly RawEntry[]): Promise<string> {
    const parts = entries.map(({ mode, name, id }) =>
      Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(id, 'hex')]),
    );
    return this.#write('tree', Buffer.concat(parts));
  }

  /** A commit of the tree, which a branch of the same name as its SHA points at, so that it can be fetched. */
  async commit(tree: string): Promise<string> {
    const person = 'Demo <demo@example.com> 1767225600 +0000';
    const commit = await this.#write(
      'commit',
      `tree ${tree}\nauthor ${person}\ncommitter ${person}\n\nhostile\n`,
    );
    await this.#repository.branch(`c-${commit}`, commit);
    return commit;
  }

  /** An annotated tag of this name, whatever it leads to; without `tagger` it names nobody. */
  async tag(
    name: string,
    target: { readonly id: string; readonly type: string },
    { tagger = true }: { readonly tagger?: boolean } = {},
  ): Promise<string> {
    const who = tagger ? 'tagger Demo <demo@example.com> 1767225600 +0000\n' : '';
    const id = await this.#write(
      'tag',
      `object ${target.id}\ntype ${target.type}\ntag ${name}\n${who}\nodd\n`,
    );
    await this.#repository.git(['update-ref', `refs/tags/${name}`, id]);
    return id;
  }

  async #write(type: string, content: string | Uint8Array): Promise<string> {
    const args = ['hash-object', '-t', type, '-w', '--literally', '--stdin'];
    return (await this.#repository.git(args, content)).toString().trim();
  }
}
