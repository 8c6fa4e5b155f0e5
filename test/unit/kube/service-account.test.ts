// The way to the API server from inside a pod.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';
import { Granter } from '../../../lib/kube/credentials.ts';
import { readServiceAccount } from '../../../lib/kube/kubeconfig.ts';

const SERVER = 'https://10.0.0.1:443';

describe("a pod's service account", () => {
  let scratch: Scratch;
  const write = (name: string, text: string): Promise<void> => writeFile(join(scratch.path, name), text);

  beforeEach(async () => {
    scratch = await createScratch('account');
    await Promise.all([write('ca.crt', 'CA'), write('token', 'one'), write('namespace', 'team\n')]);
  });

  afterEach(async () => scratch.remove());

  it('gives server, namespace, authority and token', async () => {
    const config = readServiceAccount(scratch.path, SERVER);

    const { headers, options } = await new Granter(config).grant();

    expect(config.server).to.equal(SERVER);
    expect(config.namespace).to.equal('team');
    expect(headers).to.deep.equal({ Authorization: 'Bearer one' });
    expect(String(options.ca)).to.equal('CA');
  });

  it('has its token read anew, as Kubernetes replaces it', async () => {
    const granter = new Granter(readServiceAccount(scratch.path, SERVER));
    await granter.grant();
    await write('token', 'two');

    const { headers } = await granter.grant();

    expect(headers).to.deep.equal({ Authorization: 'Bearer two' });
  });
});
