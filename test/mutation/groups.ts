// What is mutated, and by which tests each part of it must be found wrong.

export interface Group {
  readonly name: string;
  readonly mutate: readonly string[];
  /** Quick ones alone: each mutant is tried on all of them that reach it. */
  readonly tests: readonly string[];
}

export const GROUPS: readonly Group[] = [
  {
    name: 'content',
    mutate: ['lib/bundle/{check,digest,fold,integrity,manifest,names}.ts'],
    tests: ['test/unit/bundle/{check,fold,integrity,manifest,names}.test.ts'],
  },
  {
    name: 'queue',
    mutate: ['lib/reconcile/{backoff,queue,lanes,fifo,delays}.ts'],
    tests: ['test/unit/reconcile/{backoff,delays,fifo,queue,queue-metrics,queue.model}.test.ts'],
  },
  {
    name: 'conditions',
    mutate: ['lib/reconcile/conditions.ts'],
    tests: ['test/unit/reconcile/conditions.test.ts'],
  },
  {
    name: 'reflector',
    mutate: ['lib/kube/{reflector,store}.ts'],
    tests: ['test/unit/kube/{store,reflector,reflector-scope,reflector.model}.test.ts'],
  },
  {
    name: 'decide',
    mutate: ['controller/*/decide.ts', 'controller/workspace-plugin/rules/*.ts'],
    tests: ['test/unit/controller/*/**/*.test.ts'],
  },
  {
    name: 'report',
    mutate: [
      'controller/*/report.ts',
      'controller/workspace-plugin/{afterwards,findings,history,schedule}.ts',
    ],
    tests: ['test/unit/controller/*/**/*.test.ts'],
  },
];
