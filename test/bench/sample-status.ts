// A status of the size that a settled WorkspacePlugin has, for writes that stand for ours.

const CONDITIONS = [
  'Ready',
  'Reconciling',
  'Stalled',
  'Applied',
  'Intact',
  'Drifted',
  'SourceReady',
] as const;

/** Differs from that of any other `seed`, so that the API server has something to write. */
export function sampleStatus(seed: number): object {
  const revision = seed.toString(16).padStart(40, '0');
  const digest = `sha256:${seed.toString(16).padStart(64, '0')}`;
  const time = '2026-01-01T00:00:00Z';
  const url = 'https://git.example.com/acme/skills';
  return {
    observedGeneration: 1,
    approved: { revision, digest, url, path: 'plugin-0', ref: 'branch:main', time },
    installed: { revision, short: revision.slice(0, 12), digest, version: '1.0.0', time },
    available: { revision, short: revision.slice(0, 12), ref: 'refs/heads/main', firstSeenTime: time },
    history: [{ revision, outcome: 'Installed', reason: 'Update', time }],
    conditions: CONDITIONS.map((type) => ({
      ...{ type, status: 'True', reason: 'Installed', lastTransitionTime: time, observedGeneration: 1 },
      message: `version 1.0.0, revision ${revision.slice(0, 12)} is installed in workspace alice`,
    })),
  };
}
