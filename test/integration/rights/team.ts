// A namespace with people in it: real users of a real API server, with nothing but what the manifests' roles give them.
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from '../../../lib/embedded/control-plane.ts';
import { pluginManifest, updateManifest, type Manifest } from '../../support/manifests.ts';
import { waitFor } from '../../support/wait-for.ts';
import { guardTokens, overhearLast, overhearObjects } from '../support/canaries.ts';
import { kubectl } from '../support/kubectl.ts';

const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');
const APPROVER = 'workspace-plugin-approver';

/** Each has the role beside them in the namespace `team`; the outsider has it in another. Dora may read no Secrets. */
const PEOPLE = {
  vera: { namespace: 'team', role: 'view' },
  eric: { namespace: 'team', role: 'edit' },
  dora: { namespace: 'team', role: 'workspace-plugin-editor' },
  anna: { namespace: 'team', role: APPROVER },
  alan: { namespace: 'team', role: APPROVER },
  boss: { namespace: 'team', role: 'admin' },
  otto: { namespace: 'other', role: 'admin' },
  pete: { namespace: 'team', role: 'patcher' },
} as const;

export type Person = keyof typeof PEOPLE;

/** What kubectl answered: its stdout, or what it says of the refusal. */
export interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

export class Team implements AsyncDisposable {
  readonly controlPlane: ControlPlane;

  private constructor(controlPlane: ControlPlane) {
    this.controlPlane = controlPlane;
  }

  /** With `manifests/base`, whose policies and roles are in force. */
  static async start(): Promise<Team> {
    const users = Object.keys(PEOPLE).map((name) => ({ name, groups: [] }));
    const controlPlane = await startControlPlane({
      users,
      onProgress: (message) => process.stderr.write(`${message}\n`),
    });
    const team = new Team(controlPlane);
    await team.admin('apply', '-k', join(MANIFESTS, 'base'));
    await team.admin('wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all');
    await overhearObjects(controlPlane);
    for (const { name } of users) await guardTokens({ kubeconfig: controlPlane.kubeconfigFor(name) });
    for (const name of ['team', 'other']) await team.admin('create', 'namespace', name);
    // Somebody who may write updates, and was never given the right to decide.
    const patcher = ['--verb=get,patch,update', '--resource=pluginupdates.plugins.molecule.ai'];
    await team.admin('create', 'clusterrole', 'patcher', ...patcher);
    for (const [user, { namespace, role }] of Object.entries(PEOPLE)) {
      await team.admin(
        'create',
        'rolebinding',
        user,
        `--clusterrole=${role}`,
        `--user=${user}`,
        '-n',
        namespace,
      );
    }
    await waitFor('the roles to be joined', () => team.may('boss', 'approve', 'pluginupdates'));
    await waitFor('the roles to be joined', () => team.may('eric', 'create', 'workspaceplugins'));
    await waitFor('the policy to be in force', () => team.#isPolicyInForce());
    return team;
  }

  admin(...args: readonly string[]): Promise<string> {
    return kubectl(this.controlPlane, args);
  }

  async as(user: Person, args: readonly string[], input?: object): Promise<Answer> {
    const text = input === undefined ? '' : JSON.stringify(input);
    const result = await this.controlPlane.kubectl(['-n', 'team', ...args], { user, input: text });
    const ok = result.exitCode === 0;
    return { ok, text: ok ? result.stdout : result.stderr };
  }

  /** `kubectl auth can-i`, asked by the person. */
  async may(user: Person, verb: string, resource: string): Promise<boolean> {
    const [kind, subresource] = resource.split('/');
    const part = subresource === undefined ? [] : [`--subresource=${subresource}`];
    return (await this.as(user, ['auth', 'can-i', verb, `${kind}.plugins.molecule.ai`, ...part])).ok;
  }

  /** A PluginUpdate that waits, as the controller makes it. */
  async propose(name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const manifest = updateManifest(spec, { name, namespace: 'team' });
    await kubectl(this.controlPlane, ['create', '-f', '-'], JSON.stringify(manifest));
  }

  async setPhase(name: string, phase: string): Promise<void> {
    const change = JSON.stringify({ status: { phase } });
    await this.admin('patch', 'pu', name, '-n', 'team', '--subresource=status', '--type=merge', '-p', change);
  }

  decide(user: Person, name: string, spec: object): Promise<Answer> {
    return this.as(user, ['patch', 'pu', name, '--type=merge', '-p', JSON.stringify({ spec })]);
  }

  async decisionOf(name: string): Promise<string> {
    return this.admin('get', 'pu', name, '-n', 'team', '-o', 'jsonpath={.spec.decision} {.spec.decidedBy}');
  }

  /** Applies a folder of the manifests, and waits until the person can no longer make any of these. */
  async applyStrict(folder: string, user: Person, ...probes: readonly Manifest[]): Promise<void> {
    await this.admin('apply', '-k', join(MANIFESTS, folder));
    for (const probe of probes) {
      await waitFor('the strict policy to be in force', async () => {
        const { ok } = await this.as(user, ['create', '--dry-run=server', '-f', '-'], probe);
        return !ok;
      });
    }
  }

  plugin(name: string, spec: Readonly<Record<string, unknown>> = {}): Manifest {
    return pluginManifest(spec, { name, namespace: 'team' });
  }

  async #isPolicyInForce(): Promise<boolean> {
    await this.admin('delete', 'pu', 'probe', '-n', 'team', '--ignore-not-found');
    await this.propose('probe');
    const inAnothersName = JSON.stringify({ spec: { decision: 'Approved', decidedBy: 'nobody' } });
    const patch = [
      'patch',
      'pu',
      'probe',
      '-n',
      'team',
      '--type=merge',
      '--dry-run=server',
      '-p',
      inAnothersName,
    ];
    return (await this.controlPlane.kubectl(patch)).exitCode !== 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await overhearLast(this.controlPlane);
    } finally {
      await this.controlPlane.stop();
    }
  }
}
