// What is sent to the target program: a batch as the lines and payloads that target.sh describes.
import { PermanentError } from '../errors.ts';
import { formatClaim, type Claim } from './claim.ts';
import { formatMarker } from './marker.ts';
import type { Epoch, InstallRequest, Marker, RestoreRequest } from './target.ts';

/** Orders commands: an older one is refused by the target once a newer one has been there. */
export interface Ticket extends Epoch {
  readonly sequence: number;
}

export type Operation =
  | { readonly kind: 'install'; readonly request: InstallRequest }
  | { readonly kind: 'restore'; readonly request: RestoreRequest }
  | { readonly kind: 'remove'; readonly request: { readonly plugin: string } };

export interface Batch {
  /**
   * A look changes nothing; a change recovers first, also without operations. A release takes our claim away where
   * nothing of ours is left.
   */
  readonly kind: 'look' | 'change' | 'release';
  /** Who asks; refused with `AlreadyManaged` where another one's claim is. Undefined: whoever it belongs to. */
  readonly claim: Claim | undefined;
  /** Another one's claim that ours takes the place of. */
  readonly former: Claim | undefined;
  readonly pluginsPath: string;
  readonly time: Date;
  /** After this the program ends itself. */
  readonly seconds: number;
  readonly ticket: Ticket;
  /** The ticket takes the place of a newer one. */
  readonly overrules?: true;
  /** At most one of each plugin. */
  readonly operations: readonly Operation[];
  /** Looked at after the operations. */
  readonly looks: readonly string[];
  readonly list: boolean;
  readonly mode: boolean;
}

/** The last header's numbers and `longest_minutes` in fence.sh hold for commands up to this; seconds. */
export const MAX_SECONDS = 3_500;

const PLUGIN_NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/;

export function payloadBytes(operation: Operation): number {
  return operation.kind === 'install' ? operation.request.bundle.tarBytes : 0;
}

/**
 * The whole of stdin.
 * @throws PermanentError `InstallFailed` for a name or path that could be taken for something else
 */
export async function* encodeBatch(batch: Batch): AsyncGenerator<Uint8Array> {
  const { since, transitions, sequence } = batch.ticket;
  for (const plugin of [...batch.operations.map(({ request }) => request.plugin), ...batch.looks]) {
    checkPlugin(plugin);
  }
  if (!/^\/[^\n]*$/.test(batch.pluginsPath)) throw refuse(`the plugins path ${batch.pluginsPath}`);
  const overrule = batch.overrules === true ? ' overrule' : '';
  const numbers = `${batch.seconds} ${since} ${transitions} ${sequence}${overrule}`;
  const [claim, former] = [batch.claim, batch.former].map((one) =>
    one === undefined ? '-' : formatClaim(one),
  );
  yield lines(
    ...['target 1', batch.pluginsPath, `${batch.kind} ${toStamp(batch.time)} ${numbers}`],
    ...[claim ?? '-', former ?? '-'],
  );
  for (const operation of batch.operations) yield* encodeOperation(operation, batch.time);
  yield lines(
    ...batch.looks.map((plugin) => `look ${plugin}`),
    ...(batch.list ? ['list'] : []),
    ...(batch.mode ? ['mode'] : []),
    'end',
  );
}

async function* encodeOperation(operation: Operation, time: Date): AsyncGenerator<Uint8Array> {
  switch (operation.kind) {
    case 'install':
      yield* encodeInstall(operation.request, time);
      break;
    case 'restore': {
      const { plugin, digest, previousLimit, ...rest } = operation.request;
      yield lines(
        `restore ${plugin} ${hexOf(digest)} ${previousLimit}`,
        markerLine({ ...rest, digest }, time),
      );
      break;
    }
    case 'remove':
      yield lines(`remove ${operation.request.plugin}`);
      break;
  }
}

async function* encodeInstall(request: InstallRequest, time: Date): AsyncGenerator<Uint8Array> {
  const { plugin, bundle, url, previousLimit, untracked } = request;
  const { digest, tarBytes, revision, version } = bundle;
  const carry = untracked === 'CarryOver' ? 1 : 0;
  yield lines(
    `install ${plugin} ${hexOf(digest)} ${tarBytes} ${previousLimit} ${carry}`,
    markerLine({ revision, digest, url, version }, time),
  );
  let left = tarBytes;
  for await (const chunk of bundle.open()) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0)
    throw new PermanentError('InstallFailed', `the packed ${plugin} is not ${tarBytes} bytes long`);
}

function markerLine(fields: Omit<Marker, 'time' | 'stamp'>, time: Date): string {
  return formatMarker({ ...fields, time: `${time.toISOString().slice(0, 19)}Z` });
}

/** `20260508T141530Z` */
export function toStamp(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

function checkPlugin(plugin: string): void {
  if (!PLUGIN_NAME.test(plugin) || plugin.includes('..'))
    throw refuse(`the plugin name ${JSON.stringify(plugin)}`);
}

function refuse(what: string): PermanentError {
  return new PermanentError('InstallFailed', `${what} cannot be sent to a workspace`);
}

function lines(...all: readonly string[]): Uint8Array {
  return Buffer.from(all.map((line) => `${line}\n`).join(''));
}
