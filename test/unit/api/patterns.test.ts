// The API server and the code must take the same texts: the CRD holds the very patterns of the code.
import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REF_PATTERN, SHA_PATTERN } from '../../../lib/sources/ref-name.ts';
import { TRACK_PATTERN } from '../../../lib/sources/track.ts';

const CRD = join(import.meta.dirname, '../../../crds/plugins.molecule.ai_workspaceplugins.yaml');

describe('the CRD of WorkspacePlugin', () => {
  it('asks of track what the code asks of it', async () => {
    expect(await readFile(CRD, 'utf8')).to.include(`self.matches('${TRACK_PATTERN}')`);
  });

  it('asks of a #ref what the code asks of it', async () => {
    const ref = `#((tag:|branch:)?${REF_PATTERN}|sha:${SHA_PATTERN})$`;
    expect(await readFile(CRD, 'utf8')).to.include(`self.matches('^[^#]*${ref}')`);
  });
});
