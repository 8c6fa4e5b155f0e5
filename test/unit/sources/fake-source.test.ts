// The source in memory keeps the contract of the real ones.
import { FakeSource } from '../../contract/fake-source.ts';
import { describeSource, type SourceWorld } from '../../contract/source.ts';

const repository = 'https://example.com/team/plugin';

describeSource('in memory', () => {
  const source = new FakeSource();
  const world: SourceWorld = {
    ...{ source, repository, selector: { kind: 'branch', name: 'main' } as const },
    publish: (files) => {
      source.commit(repository, files, { links: ['link'] });
      return Promise.resolve();
    },
    cut: () => Promise.resolve(void (source.isCut = true)),
    mend: () => Promise.resolve(void (source.isCut = false)),
    restart: () => world,
    close: () => Promise.resolve(),
  };
  return Promise.resolve(world);
});
