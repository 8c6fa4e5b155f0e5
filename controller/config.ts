// Flags and environment → one frozen Config; the only reader of the environment.
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDuration } from './api/duration.ts';
import { FLAGS, type Flag, type FlagName } from './flags.ts';
import { isHostPattern } from '../lib/sources/host.ts';

export interface Config {
  readonly kubeconfig: string | undefined;
  /** Where a pod is told that the API server is. */
  readonly inClusterServer: string | undefined;
  readonly namespaces: readonly string[];
  readonly hostNamespaces: readonly string[];
  readonly dockerHost: string | undefined;
  readonly directoryRoots: readonly string[];
  /** Patterns of the hosts that sources may be on; empty: any. */
  readonly sourceHosts: readonly string[];
  readonly fileSourceRoots: readonly string[];
  readonly localCatalog: string | undefined;
  readonly githubBaseURL: string;
  readonly allowUnpinned: boolean;
  readonly cacheDir: string;
  readonly concurrency: number;
  readonly metricsAddress: string;
  /** False: nobody competes with this controller. */
  readonly leaderElect: boolean;
  /** Undefined: that of the credentials. */
  readonly leaseNamespace: string | undefined;
  readonly leaseName: string;
  /** Greater than the renew deadline, which is greater than the retry period. */
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Where programs such as git are looked for. */
  readonly searchPath: string;
}

/** A flag or variable that cannot be used; the message names it and says what is allowed. */
export class UsageError extends Error {}

/** A command that does the work, with flags of its own. */
export type Command = 'run' | 'up';

export type Invocation =
  | { readonly command: 'run'; readonly config: Config }
  | { readonly command: 'up'; readonly config: Config; readonly dataDir: string }
  | { readonly command: 'help'; readonly about?: Command }
  | { readonly command: 'version' };

/**
 * @param argv without the program's name
 * @throws UsageError
 */
export function readInvocation(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Invocation {
  const { values, positionals } = parse(argv);
  const [command, ...others] = positionals;
  const about = command === 'help' ? others[0] : command;
  if (values['help'] === true || command === 'help') {
    return about === 'run' || about === 'up' ? { command: 'help', about } : { command: 'help' };
  }
  if (values['version'] === true || command === 'version') return { command: 'version' };
  if ((command !== 'run' && command !== 'up') || others.length > 0) {
    throw new UsageError(`the command is "run" or "up", not "${positionals.join(' ')}": see --help`);
  }
  refuseForeign(command, values);
  return command === 'run' ? readRun(values, environment) : readUp(values, environment);
}

function readRun(values: Values, environment: NodeJS.ProcessEnv): Invocation {
  const setting = (name: FlagName): readonly string[] => settingOf(name, values, environment);
  return { command: 'run', config: freeze(setting, environment) };
}

/** Its own API server serves nobody else: all may use this machine, nobody competes, all is below one folder. */
function readUp(values: Values, environment: NodeJS.ProcessEnv): Invocation {
  const given = settingOf('data-dir', values, environment)[0];
  const dataDir = absolute('data-dir')(given ?? join(stateHome(environment), 'workspace-plugin-controller'));
  const cacheDir = join(dataDir, 'cache');
  const fallbacks = { 'host-namespace': '*', 'cache-dir': cacheDir, 'leader-elect': 'false' };
  const ours = { ...environment, KUBECONFIG: '', WPC_LEADER_ELECT: '' };
  const setting = (name: FlagName): readonly string[] => settingOf(name, values, ours, fallbacks);
  return { command: 'up', config: freeze(setting, environment), dataDir };
}

/** As the XDG base directory specification has it. */
function stateHome(environment: NodeJS.ProcessEnv): string {
  const set = environment['XDG_STATE_HOME'] ?? '';
  return set.startsWith('/') ? set : join(environment['HOME'] ?? homedir(), '.local', 'state');
}

function refuseForeign(command: Command, values: Values): void {
  const foreign = FLAGS.find((flag: Flag) => values[flag.name] !== undefined && !takes(command, flag));
  if (foreign !== undefined) throw new UsageError(`${command} takes no --${foreign.name}: see --help`);
}

function takes(command: Command, flag: Flag): boolean {
  return flag.only === undefined || flag.only === command;
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

function parse(argv: readonly string[]): { values: Values; positionals: string[] } {
  const strings = FLAGS.map(
    (flag) => [flag.name, { type: 'string' as const, multiple: 'repeatable' in flag }] as const,
  );
  const options = {
    ...Object.fromEntries(strings),
    help: { type: 'boolean' as const },
    version: { type: 'boolean' as const },
  };
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}: see --help`);
  }
}

/** The flag, else the environment (a comma between repeated values), else the command's default or that of all. */
function settingOf(
  name: FlagName,
  values: Values,
  environment: NodeJS.ProcessEnv,
  fallbacks: Readonly<Partial<Record<FlagName, string>>> = {},
): readonly string[] {
  const given = values[name];
  if (given !== undefined) return [given].flat().map(String);
  const flag = FLAGS.find((candidate) => candidate.name === name);
  const set = environment[flag?.environment ?? ''] ?? '';
  // A variable that is set to nothing is the same as none.
  const text = set === '' ? (fallbacks[name] ?? flag?.fallback ?? '') : set;
  const parts = flag !== undefined && 'repeatable' in flag ? text.split(',') : [text];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function freeze(setting: (name: FlagName) => readonly string[], environment: NodeJS.ProcessEnv): Config {
  const one = (name: FlagName): string => setting(name)[0] ?? '';
  const optional = (name: FlagName): string | undefined => setting(name)[0];
  return Object.freeze({
    kubeconfig: optional('kubeconfig'),
    inClusterServer: inClusterServer(environment),
    namespaces: setting('namespace'),
    hostNamespaces: setting('host-namespace'),
    dockerHost: optional('docker-host'),
    directoryRoots: setting('directory-root').map(absolute('directory-root')),
    sourceHosts: setting('source-host').map(hostPattern),
    fileSourceRoots: setting('file-source-root').map(absolute('file-source-root')),
    localCatalog: setting('local-catalog').map(absolute('local-catalog'))[0],
    githubBaseURL: webAddress(one('github-base-url')),
    allowUnpinned: choice('allow-unpinned', one('allow-unpinned'), ['true', 'false']) === 'true',
    cacheDir: absolute('cache-dir')(one('cache-dir')),
    concurrency: whole('concurrency', one('concurrency'), 1_000),
    metricsAddress: address(one('metrics-address')),
    ...election(one, optional),
    logLevel: choice('log-level', one('log-level'), ['debug', 'info', 'warn', 'error']),
    searchPath: environment['PATH'] ?? '',
  });
}

/** As Kubernetes sets it in each pod. */
function inClusterServer(environment: NodeJS.ProcessEnv): string | undefined {
  const [host = '', port = ''] = [
    environment['KUBERNETES_SERVICE_HOST'],
    environment['KUBERNETES_SERVICE_PORT'],
  ];
  if (host === '' || port === '') return undefined;
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

type Election = Pick<
  Config,
  'leaderElect' | 'leaseNamespace' | 'leaseName' | 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'
>;

function election(
  one: (name: FlagName) => string,
  optional: (name: FlagName) => string | undefined,
): Election {
  const ms = (name: FlagName): number => duration(name, one(name));
  const leaseDurationMs = ms('leader-elect-lease-duration');
  const renewDeadlineMs = ms('leader-elect-renew-deadline');
  const retryPeriodMs = ms('leader-elect-retry-period');
  if (leaseDurationMs <= renewDeadlineMs || renewDeadlineMs <= retryPeriodMs) {
    throw new UsageError(
      '--leader-elect-lease-duration must be longer than --leader-elect-renew-deadline, ' +
        'and that longer than --leader-elect-retry-period',
    );
  }
  return {
    leaderElect: choice('leader-elect', one('leader-elect'), ['true', 'false']) === 'true',
    leaseNamespace: optional('leader-elect-resource-namespace'),
    leaseName: one('leader-elect-resource-name'),
    ...{ leaseDurationMs, renewDeadlineMs, retryPeriodMs },
  };
}

function duration(name: FlagName, text: string): number {
  try {
    const ms = parseDuration(text);
    if (ms >= 100 && ms <= MAX_DURATION_MS) return ms;
  } catch {
    throw new UsageError(`--${name} takes a duration such as 15s, not "${text}"`);
  }
  throw new UsageError(`--${name} takes a duration from 100ms to 1h, not "${text}"`);
}

const MAX_DURATION_MS = 3_600_000;

function absolute(name: FlagName): (path: string) => string {
  return (path) => {
    if (path.startsWith('/')) return path;
    throw new UsageError(`--${name} takes an absolute path, not "${path}"`);
  };
}

function choice<T extends string>(name: FlagName, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${name} takes ${allowed.join(', ')}, not "${text}"`);
}

function whole(name: FlagName, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new UsageError(`--${name} takes a whole number from 1 to ${max}, not "${text}"`);
}

function hostPattern(text: string): string {
  if (isHostPattern(text)) return text;
  throw new UsageError(
    `--source-host takes a host such as git.example.org, *.example.org or localhost:3000, not "${text}"`,
  );
}

function address(text: string): string {
  const port = /^.+:(\d{1,5})$/.exec(text)?.[1];
  if (port !== undefined && Number(port) <= MAX_PORT) return text;
  throw new UsageError(`--metrics-address takes host:port, not "${text}"`);
}

const MAX_PORT = 65_535;

/** What might hold credentials is not repeated. */
function webAddress(text: string): string {
  if (/[@?#]/.test(text)) {
    throw new UsageError(
      '--github-base-url takes an http or https URL without credentials, query or fragment; credentials belong into ' +
        "a Secret that a plugin's source.secretRef names",
    );
  }
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '');
  throw new UsageError(`--github-base-url takes an http or https URL, not "${text}"`);
}
