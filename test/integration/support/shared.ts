// Real parts that all tests of one mocha process share: started when first asked for, stopped at the end.
import { after } from 'mocha';

/** Made by `shared` alone. */
export type Shared<T> = () => Promise<T>;

/** Call it at the top level of a module, once for each part: it registers a hook at mocha's root. */
export function shared<T>(start: () => Promise<T>, stop: (part: T) => Promise<void>): Shared<T> {
  let part: Promise<T> | undefined;
  after(async function stopPart() {
    this.timeout(60_000);
    if (part !== undefined) {
      await stop(await part);
    }
  });
  return () => (part ??= start());
}
