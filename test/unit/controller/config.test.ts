import { expect } from 'chai';
import { readInvocation, UsageError, type Config } from '../../../controller/config.ts';
import { FLAGS, type Flag } from '../../../controller/flags.ts';
import { helpText } from '../../../controller/help.ts';

function configOf(argv: readonly string[], environment: NodeJS.ProcessEnv = {}): Config {
  const invocation = readInvocation(['run', ...argv], environment);
  if (invocation.command !== 'run') throw new Error(`the command is ${invocation.command}`);
  return invocation.config;
}

const DEFAULTS: Config = {
  kubeconfig: undefined,
  inClusterServer: undefined,
  namespaces: [],
  hostNamespaces: [],
  dockerHost: 'unix:///var/run/docker.sock',
  directoryRoots: [],
  sourceHosts: [],
  fileSourceRoots: [],
  localCatalog: undefined,
  githubBaseURL: 'https://github.com',
  allowUnpinned: false,
  cacheDir: '/var/cache/workspace-plugin-controller',
  concurrency: 100,
  metricsAddress: '127.0.0.1:8080',
  leaderElect: true,
  leaseNamespace: undefined,
  leaseName: 'workspace-plugin-controller',
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2_000,
  logLevel: 'info',
  searchPath: '',
};

/** Every flag with a value, and the field that it sets. */
const SETTINGS = [
  ['kubeconfig', '/k', 'kubeconfig', '/k'],
  ['namespace', 'team', 'namespaces', ['team']],
  ['host-namespace', '*', 'hostNamespaces', ['*']],
  ['docker-host', 'tcp://127.0.0.1:1', 'dockerHost', 'tcp://127.0.0.1:1'],
  ['directory-root', '/srv', 'directoryRoots', ['/srv']],
  ['source-host', '*.example.org:3000', 'sourceHosts', ['*.example.org:3000']],
  ['file-source-root', '/git', 'fileSourceRoots', ['/git']],
  ['local-catalog', '/catalog', 'localCatalog', '/catalog'],
  ['github-base-url', 'http://127.0.0.1:3/', 'githubBaseURL', 'http://127.0.0.1:3'],
  ['allow-unpinned', 'true', 'allowUnpinned', true],
  ['cache-dir', '/cache', 'cacheDir', '/cache'],
  ['concurrency', '7', 'concurrency', 7],
  ['metrics-address', '[::1]:0', 'metricsAddress', '[::1]:0'],
  ['leader-elect', 'false', 'leaderElect', false],
  ['leader-elect-resource-namespace', 'system', 'leaseNamespace', 'system'],
  ['leader-elect-resource-name', 'plugins', 'leaseName', 'plugins'],
  ['leader-elect-lease-duration', '30s', 'leaseDurationMs', 30_000],
  ['leader-elect-renew-deadline', '12500ms', 'renewDeadlineMs', 12_500],
  ['leader-elect-retry-period', '1s', 'retryPeriodMs', 1_000],
  ['log-level', 'debug', 'logLevel', 'debug'],
] as const;

const OF_RUN = FLAGS.filter(({ only }: Flag) => only !== 'up');

describe('configuration', () => {
  it('has a default for everything', () => {
    expect(configOf([])).to.deep.equal(DEFAULTS);
  });

  it('is tested flag by flag', () => {
    expect(SETTINGS.map(([flag]) => flag)).to.deep.equal(OF_RUN.map(({ name }) => name));
  });

  for (const [flag, text, field, value] of SETTINGS) {
    const environment = FLAGS.find(({ name }) => name === flag)?.environment ?? '';

    it(`takes --${flag}`, () => {
      expect(configOf([`--${flag}=${text}`])).to.deep.equal({ ...DEFAULTS, [field]: value });
    });

    it(`takes ${environment}, which --${flag} outranks`, () => {
      expect(configOf([], { [environment]: text })).to.deep.equal({ ...DEFAULTS, [field]: value });
      const outranked = { [environment]: 'something else' };
      expect(configOf([`--${flag}`, text], outranked)).to.deep.equal({ ...DEFAULTS, [field]: value });
    });

    it(`takes an empty ${environment} for none`, () => {
      expect(configOf([], { [environment]: '' })).to.deep.equal(DEFAULTS);
    });
  }

  it('repeats what is repeatable, with commas in the environment', () => {
    expect(configOf(['--namespace=a', '--namespace=b']).namespaces).to.deep.equal(['a', 'b']);
    expect(configOf([], { WPC_NAMESPACE: 'a, b,,' }).namespaces).to.deep.equal(['a', 'b']);
  });

  it('is frozen, and takes the search path for programs', () => {
    const config = configOf([], { PATH: '/usr/bin' });
    expect(config.searchPath).to.equal('/usr/bin');
    expect(Object.isFrozen(config)).to.equal(true);
  });

  for (const [host, port, expected] of [
    ['10.0.0.1', '443', 'https://10.0.0.1:443'],
    ['fd00::1', '6443', 'https://[fd00::1]:6443'],
    ['10.0.0.1', '', undefined],
    ['', '443', undefined],
  ] as const) {
    it(`finds the API server of a pod that is told of ${host || 'no host'} and ${port || 'no port'}`, () => {
      const environment = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port };
      expect(configOf([], environment).inClusterServer).to.equal(expected);
    });
  }

  for (const [argv, message] of [
    [['--directory-root=srv'], '--directory-root takes an absolute path, not "srv"'],
    [['--file-source-root=git'], '--file-source-root takes an absolute path, not "git"'],
    [['--local-catalog=x'], '--local-catalog takes an absolute path, not "x"'],
    [['--cache-dir=./x'], '--cache-dir takes an absolute path, not "./x"'],
    [['--github-base-url=ftp://x'], '--github-base-url takes an http or https URL, not "ftp://x"'],
    [['--github-base-url=x'], '--github-base-url takes an http or https URL, not "x"'],
    [['--allow-unpinned=yes'], '--allow-unpinned takes true, false, not "yes"'],
    [['--concurrency=0'], '--concurrency takes a whole number from 1 to 1000, not "0"'],
    [['--concurrency=1e2'], '--concurrency takes a whole number from 1 to 1000, not "1e2"'],
    [['--concurrency=1001'], '--concurrency takes a whole number from 1 to 1000, not "1001"'],
    [['--metrics-address=8080'], '--metrics-address takes host:port, not "8080"'],
    [['--metrics-address=a:65536'], '--metrics-address takes host:port, not "a:65536"'],
    [['--leader-elect=maybe'], '--leader-elect takes true, false, not "maybe"'],
    [['--leader-elect-retry-period=2'], '--leader-elect-retry-period takes a duration such as 15s, not "2"'],
    [
      ['--leader-elect-lease-duration=2h'],
      '--leader-elect-lease-duration takes a duration from 100ms to 1h, not "2h"',
    ],
    [['--leader-elect-lease-duration=10s'], '--leader-elect-lease-duration must be longer than'],
    [['--leader-elect-retry-period=10s'], 'longer than --leader-elect-retry-period'],
    [['--log-level=loud'], '--log-level takes debug, info, warn, error, not "loud"'],
  ] as const) {
    it(`refuses ${argv.join(' ')} and says what is allowed`, () => {
      expect(() => configOf(argv)).to.throw(UsageError, message);
    });
  }

  for (const address of [
    'https://robot:s3cret@x',
    'https://s3cret@x y',
    'https://x?token=s3cret',
    'https://x/#s3cret',
  ]) {
    it(`refuses --github-base-url=${address}, and does not repeat what might be credentials`, () => {
      expect(() => configOf([`--github-base-url=${address}`]))
        .to.throw(UsageError, 'without credentials, query or fragment')
        .with.property('message')
        .that.does.not.contain('s3cret');
    });
  }
});

describe('command line', () => {
  for (const [argv, command] of [
    [['--help'], 'help'],
    [['help'], 'help'],
    [['--version'], 'version'],
    [['version'], 'version'],
  ] as const) {
    it(`understands ${argv.join(' ')}`, () => {
      expect(readInvocation(argv, {})).to.deep.equal({ command });
    });
  }

  for (const about of ['run', 'up'] as const) {
    it(`explains ${about} when asked about it`, () => {
      expect(readInvocation([about, '--help'], {})).to.deep.equal({ command: 'help', about });
      expect(readInvocation(['help', about], {})).to.deep.equal({ command: 'help', about });
    });
  }

  for (const argv of [[], ['start'], ['run', 'twice']]) {
    it(`refuses "${argv.join(' ')}" and names the command`, () => {
      expect(() => readInvocation(argv, {})).to.throw(
        UsageError,
        `the command is "run" or "up", not "${argv.join(' ')}"`,
      );
    });
  }

  it('refuses an unknown flag by its name', () => {
    expect(() => readInvocation(['run', '--colour=red'], {})).to.throw(UsageError, '--colour');
  });

  it('helps with every flag, its variable and its default', () => {
    const text = helpText(FLAGS);
    for (const { name, environment, fallback } of FLAGS) {
      expect(text).to.include(`--${name}`).and.include(environment).and.include(fallback);
    }
  });

  it('helps with one command without the flags of the other', () => {
    expect(helpText(FLAGS, 'run')).to.include('--kubeconfig').and.not.include('--data-dir');
    expect(helpText(FLAGS, 'up')).to.include('--data-dir').and.not.include('--kubeconfig');
  });
});

function isForUp(name: string): boolean {
  return FLAGS.some((flag: Flag) => flag.name === name && flag.only !== 'run');
}

describe('configuration of up', () => {
  function upOf(
    argv: readonly string[],
    environment: NodeJS.ProcessEnv,
  ): { config: Config; dataDir: string } {
    const invocation = readInvocation(['up', ...argv], environment);
    if (invocation.command !== 'up') throw new Error(`the command is ${invocation.command}`);
    return invocation;
  }

  it('keeps everything in one folder, lets every namespace use this machine, and has no competitor', () => {
    const { config, dataDir } = upOf([], { HOME: '/home/alice' });
    expect(dataDir).to.equal('/home/alice/.local/state/workspace-plugin-controller');
    const here = { cacheDir: `${dataDir}/cache`, hostNamespaces: ['*'], leaderElect: false };
    expect(config).to.deep.equal({ ...DEFAULTS, ...here });
  });

  for (const [argv, environment, folder] of [
    [[], { XDG_STATE_HOME: '/state' }, '/state/workspace-plugin-controller'],
    [[], { XDG_STATE_HOME: 'relative', HOME: '/h' }, '/h/.local/state/workspace-plugin-controller'],
    [[], { XDG_STATE_HOME: '/state', WPC_DATA_DIR: '/data' }, '/data'],
    [['--data-dir=/here'], { WPC_DATA_DIR: '/data' }, '/here'],
  ] as const) {
    it(`takes the folder from ${JSON.stringify([argv, environment])}`, () => {
      expect(upOf(argv, environment).dataDir).to.equal(folder);
    });
  }

  for (const [flag, text, field, value] of SETTINGS.filter(([name]) => isForUp(name))) {
    it(`takes --${flag}, as run does`, () => {
      const { config } = upOf(['--data-dir=/d', `--${flag}=${text}`], {});
      expect(config[field]).to.deep.equal(value);
    });
  }

  it('knows no other API server', () => {
    expect(() => upOf(['--kubeconfig=/k'], {})).to.throw(UsageError, 'up takes no --kubeconfig');
    expect(upOf(['--data-dir=/d'], { KUBECONFIG: '/k' }).config.kubeconfig).to.equal(undefined);
  });

  it('refuses a relative folder, and run any', () => {
    expect(() => upOf(['--data-dir=x'], {})).to.throw(
      UsageError,
      '--data-dir takes an absolute path, not "x"',
    );
    expect(() => configOf(['--data-dir=/x'])).to.throw(UsageError, 'run takes no --data-dir');
  });
});
