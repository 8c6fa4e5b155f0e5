// A bare repository that the demo and the tests write to: commits made of a map of files, tags, branches.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** Path to content; the whole tree of a commit. */
export type RepositoryFiles = Readonly<Record<string, RepositoryFile>>;

export type RepositoryFile =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly executable: boolean }
  | { readonly linkTo: string };

/** Opens the bare repository at this path; makes it when it is not there. */
export async function openRepository(path: string, env: NodeJS.ProcessEnv): Promise<Repository> {
  const repository = new Repository(path, env);
  if (!(await exists(join(path, 'HEAD')))) {
    await runGit({ args: ['init', '--quiet', '--bare', '--template=', '-b', 'main', '--', path], env });
  }
  return repository;
}

export class Repository {
  readonly path: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(path: string, env: NodeJS.ProcessEnv) {
    this.path = path;
    this.#env = env;
  }

  /** Commits exactly these files on top of the branch (default `main`); resolves with the commit's SHA. */
  async commit(
    files: RepositoryFiles,
    { branch = 'main', message = 'change' }: { readonly branch?: string; readonly message?: string } = {},
  ): Promise<string> {
    const ref = `refs/heads/${branch}`;
    const parent = await this.find(ref);
    await this.git(['fast-import', '--quiet', '--force'], commitStream({ ref, parent, files, message }));
    return (await this.git(['rev-parse', '--verify', ref])).toString().trim();
  }

  /** Commits these files, and makes or moves a tag to that; resolves with the commit's SHA. */
  async release(tag: string, files: RepositoryFiles): Promise<string> {
    const revision = await this.commit(files);
    await this.tag(tag, revision);
    return revision;
  }

  /** Makes or moves a tag; with a message it is an annotated one. */
  async tag(name: string, revision: string, { message }: { readonly message?: string } = {}): Promise<void> {
    const kind = message === undefined ? [] : ['-a', '-m', message];
    await this.git(['tag', '--force', ...kind, '--', name, revision]);
  }

  /** Makes or moves a branch. */
  async branch(name: string, revision: string): Promise<void> {
    await this.git(['update-ref', `refs/heads/${name}`, revision]);
  }

  /** @param ref in full: `refs/tags/v1` */
  async deleteRef(ref: string): Promise<void> {
    await this.git(['update-ref', '-d', ref]);
  }

  /** What the ref points at; undefined when it is not there. */
  async find(ref: string): Promise<string | undefined> {
    const answer = await this.git(['for-each-ref', '--format=%(objectname) %(refname)', ref]);
    return answer
      .toString()
      .split('\n')
      .find((line) => line.endsWith(` ${ref}`))
      ?.split(' ')[0];
  }

  /** Runs any git command in the repository; resolves with its stdout. */
  git(args: readonly string[], stdin: string | Uint8Array = ''): Promise<Buffer> {
    return runGit({ args: ['--git-dir', this.path, ...args], env: this.#env, stdin });
  }
}

interface Commit {
  readonly ref: string;
  readonly parent: string | undefined;
  readonly files: RepositoryFiles;
  readonly message: string;
}

/** The input of fast-import. The time is fixed, so that the same history has the same SHAs. */
function commitStream({ ref, parent, files, message }: Commit): Buffer {
  return Buffer.concat([
    Buffer.from(`commit ${ref}\ncommitter Demo <demo@example.com> 1767225600 +0000\n`),
    data(message),
    Buffer.from(parent === undefined ? '' : `from ${parent}\ndeleteall\n`),
    ...Object.entries(files).map(([path, file]) => modification(path, file)),
    Buffer.from('\n'),
  ]);
}

function modification(path: string, file: RepositoryFile): Buffer {
  const { mode, content } = normalise(file);
  const quoted = path.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  return Buffer.concat([Buffer.from(`M ${mode} inline "${quoted}"\n`), data(content)]);
}

function normalise(file: RepositoryFile): { mode: string; content: string | Uint8Array } {
  if (typeof file === 'string' || file instanceof Uint8Array) return { mode: '100644', content: file };
  if ('linkTo' in file) return { mode: '120000', content: file.linkTo };
  return { mode: file.executable ? '100755' : '100644', content: file.content };
}

function data(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

interface GitRun {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdin?: string | Uint8Array;
}

async function runGit({ args, env, stdin = '' }: GitRun): Promise<Buffer> {
  const child = spawn('git', args, { env: writerEnv(env), stdio: 'pipe', timeout: 60_000 });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  // A git that has heard enough closes its end; its exit code tells the rest.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return Buffer.concat(output);
  throw new Error(
    `git ${args.join(' ')} ended with ${code ?? 'a signal'}: ${Buffer.concat(errors).toString()}`,
  );
}

function writerEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    PATH: env['PATH'],
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Demo',
    GIT_AUTHOR_EMAIL: 'demo@example.com',
    GIT_COMMITTER_NAME: 'Demo',
    GIT_COMMITTER_EMAIL: 'demo@example.com',
    LC_ALL: 'C',
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
