// Free TCP ports on loopback.
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range from which Linux takes the ports of outgoing connections, so that none of these can take it. */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS = 100;

/**
 * A port that nobody listens on at this moment; somebody may before it is used, so a server that finds it taken
 * must be started again with another one.
 * @throws Error when a hundred random ports were all taken
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) {
      return port;
    }
  }
  throw new Error(
    `no free port among ${ATTEMPTS} tried on 127.0.0.1, from ${LOWEST} to ${HIGHEST}; end some servers`,
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    // Taken, or reserved by the system: the reason makes no difference.
    return false;
  } finally {
    server.close();
  }
}
