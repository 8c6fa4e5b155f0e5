// What the next control plane in the same folder finds again, and what it makes anew.
import { access, copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { certificates, files } from '../../../lib/embedded/arguments.ts';
import { makeCertificates } from '../../../lib/embedded/certificates.ts';
import { claimFolder, FolderTakenError } from '../../../lib/embedded/claim.ts';
import { ADMIN } from '../../../lib/embedded/credentials.ts';
import { openGround, type Ground, type GroundRequest } from '../../../lib/embedded/ground.ts';
import { createScratch, type Scratch } from '../../../lib/embedded/scratch.ts';

describe('the folder of a control plane', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await createScratch('ground');
  });

  afterEach(() => scratch.remove());

  function open(request: Partial<GroundRequest> = {}): Promise<Ground> {
    return openGround({
      folder: scratch.path,
      users: [ADMIN],
      freshPorts: false,
      audited: false,
      ...request,
    });
  }

  it('has the same ports, tokens and key when it is opened again', async () => {
    const first = await open();
    const key = await readFile(join(scratch.path, files.serviceAccountKey), 'utf8');
    const again = await open();
    expect(again.layout).to.deep.equal(first.layout);
    expect(again.users).to.deep.equal(first.users);
    expect(await readFile(join(scratch.path, files.serviceAccountKey), 'utf8')).to.equal(key);
  });

  it('gives a new user a token, and leaves the others theirs', async () => {
    const [admin] = (await open()).users;
    const [same, bob] = (await open({ users: [ADMIN, { name: 'bob', groups: ['developers'] }] })).users;
    expect(same).to.deep.equal(admin);
    expect(bob?.token).to.match(/^[0-9a-f]{48}$/);
  });

  it('takes other ports where the known ones are taken', async () => {
    const { ports } = (await open()).layout;
    const fresh = (await open({ freshPorts: true })).layout.ports;
    expect(fresh).to.not.deep.equal(ports);
    expect((await open()).layout.ports).to.deep.equal(fresh);
  });

  it('lets go of a certificate that ends within a month', async () => {
    await mkdir(join(scratch.path, files.certificates));
    const { server } = await makeCertificates(scratch.path);
    await copyFile(server.certFile, join(scratch.path, certificates[0]));
    await copyFile(server.keyFile, join(scratch.path, certificates[1]));
    await open();
    const left = await Promise.all(certificates.map((name) => exists(join(scratch.path, name))));
    expect(left).to.deep.equal([false, false]);
  });

  it('belongs to one at a time', async () => {
    const claim = await claimFolder(scratch.path);
    const second = await claimFolder(`${scratch.path}/.`).catch((error: unknown) => error);
    expect(second).to.be.instanceOf(FolderTakenError);
    await claim[Symbol.asyncDispose]();
    await (await claimFolder(scratch.path))[Symbol.asyncDispose]();
  });
});

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
