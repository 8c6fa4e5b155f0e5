// What is sent to the target program: a batch as the lines and payloads that target.sh describes.
import { PermanentError } from '../errors.ts';
import { prepareShipment, type Parcel } from '../bundle/shipment.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { formatClaim, type Claim } from './claim.ts';
import { gather } from './gather.ts';
import { formatMarker } from './marker.ts';
import type {
  Afterwards,
  CheckRequest,
  Epoch,
  InstallRequest,
  Marker,
  RemoveRequest,
  RestoreRequest,
  SettleRequest,
} from './target.ts';

/** Orders commands: an older one is refused by the target once a newer one has been there. */
export interface Ticket extends Epoch {
  readonly sequence: number;
}

export type ChangeOperation =
  | { readonly kind: 'install'; readonly request: InstallRequest }
  | { readonly kind: 'restore'; readonly request: RestoreRequest }
  | { readonly kind: 'remove'; readonly request: RemoveRequest };

/** What concerns the list of what is still due. */
export type StepOperation =
  | { readonly kind: 'check'; readonly request: CheckRequest }
  | { readonly kind: 'settle'; readonly request: SettleRequest };

export type Operation = ChangeOperation | StepOperation;

export interface RestartOutcome {
  readonly tried: 'Restart' | 'Proof';
  /** In words, where it failed. */
  readonly failure: string | undefined;
}

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
  readonly restarts: Runtime['restarts'];
  readonly ticket: Ticket;
  /** The ticket takes the place of a newer one. */
  readonly overrules?: true;
  /** What came of the restart that has just been tried, for all that waited for it, or of watching what runs since another. */
  readonly restart?: RestartOutcome;
  /** At most one of each plugin. */
  readonly operations: readonly Operation[];
  /** Looked at after the operations. */
  readonly looks: readonly string[];
  readonly list: boolean;
  readonly mode: boolean;
}

/** The last header's numbers and `longest_minutes` in fence.sh hold for commands up to this; seconds. */
export const MAX_SECONDS = 3_500;

/** As much goes together: where the disk has no room for a large tree, small ones that come after it may still fit. */
const TOGETHER_BYTES = 1024 * 1024;

const MAX_CHECK_SECONDS = 600;
const MAX_COMMAND_BYTES = 32 * 1024;

const PLUGIN_NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/;

export function payloadBytes(operation: Operation): number {
  return operation.kind === 'install' ? operation.request.bundle.tarBytes : 0;
}

/**
 * The whole of stdin, in pieces of some size.
 * @throws PermanentError `InstallFailed` for a name or path that could be taken for something else; TransientError `FetchFailed`
 * for content that is not what was packed
 */
export function encodeBatch(batch: Batch): AsyncGenerator<Uint8Array> {
  return gather(encodeParts(batch));
}

async function* encodeParts(batch: Batch): AsyncGenerator<Uint8Array> {
  const { since, transitions, sequence } = batch.ticket;
  for (const plugin of [...batch.operations.map(({ request }) => request.plugin), ...batch.looks]) {
    checkPlugin(plugin);
  }
  if (!/^\/[^\n]*$/.test(batch.pluginsPath)) throw refuse(`the plugins path ${batch.pluginsPath}`);
  const overrule = batch.overrules === true ? ' overrule' : '';
  const numbers = `${batch.seconds} ${batch.restarts} ${since} ${transitions} ${sequence}${overrule}`;
  const [claim, former] = [batch.claim, batch.former].map((one) =>
    one === undefined ? '-' : formatClaim(one),
  );
  yield lines(
    ...['target 1', batch.pluginsPath, `${batch.kind} ${toStamp(batch.time)} ${numbers}`],
    ...[claim ?? '-', former ?? '-'],
  );
  yield* encodeOperations(batch);
  yield lines(
    ...(batch.restart === undefined ? [] : [outcomeLine(batch.restart)]),
    ...batch.looks.map((plugin) => `look ${plugin}`),
    ...(batch.list ? ['list'] : []),
    ...(batch.mode ? ['mode'] : []),
    'end',
  );
}

/** The trees of installs follow their lines: those of small plugins together, so that one process unpacks them. */
async function* encodeOperations(batch: Batch): AsyncGenerator<Uint8Array> {
  let parcels: Parcel[] = [];
  for (const operation of batch.operations) {
    if (operation.kind !== 'install') {
      yield lines(...operationLines(operation, batch));
      continue;
    }
    const { plugin, bundle } = operation.request;
    const bytes = parcels.reduce((sum, parcel) => sum + parcel.bundle.tarBytes, bundle.tarBytes);
    if (parcels.length > 0 && bytes > TOGETHER_BYTES) {
      yield* encodeTrees(parcels, batch);
      parcels = [];
    }
    yield lines(...operationLines(operation, batch));
    parcels.push({ bundle, folder: `${plugin}.${toStamp(batch.time)}` });
  }
  if (parcels.length > 0) yield* encodeTrees(parcels, batch);
}

function operationLines(operation: Operation, batch: Batch): readonly string[] {
  switch (operation.kind) {
    case 'install': {
      const { plugin, bundle, url, previousLimit, untracked, afterwards } = operation.request;
      const { digest, revision, version } = bundle;
      const carry = untracked === 'CarryOver' ? 1 : 0;
      return [
        `install ${plugin} ${hexOf(digest)} ${previousLimit} ${carry} ${due(afterwards, batch)}`,
        markerLine({ revision, digest, url, version }, batch.time),
      ];
    }
    case 'restore': {
      const { plugin, digest, previousLimit, afterwards, ...rest } = operation.request;
      return [
        `restore ${plugin} ${hexOf(digest)} ${previousLimit} ${due(afterwards, batch)}`,
        markerLine({ ...rest, digest }, batch.time),
      ];
    }
    case 'remove': {
      const { plugin, afterwards } = operation.request;
      return [`remove ${plugin} ${dueRestart(afterwards, batch)}`];
    }
    case 'check':
      return checkLines(operation.request);
    case 'settle':
      return [`settle ${operation.request.plugin} ${operation.request.step}`];
  }
}

/** What is damaged fails a command that asks for nothing else, with words for it; else its tree is not there, and it alone fails. */
async function* encodeTrees(parcels: readonly Parcel[], { operations }: Batch): AsyncGenerator<Uint8Array> {
  const { bytes, open, damages } = await prepareShipment(parcels);
  const [damage] = damages;
  if (damage !== undefined && damages.length === operations.length) throw damage;
  yield lines(`trees ${bytes}`);
  let left = bytes;
  for await (const chunk of open()) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left === 0) return;
  const names = parcels.map(({ folder }) => folder).join(', ');
  throw new PermanentError('InstallFailed', `what is packed for ${names} is not as long as was said`);
}

/** Whether a restart, when the change needs one, and a health check are to follow. */
function due(afterwards: Afterwards | undefined, batch: Batch): string {
  return `${dueRestart(afterwards, batch)} ${afterwards?.healthCheck === true ? 1 : 0}`;
}

function dueRestart(
  afterwards: Pick<Afterwards, 'restart'> | undefined,
  { restarts }: Pick<Batch, 'restarts'>,
): number {
  if (afterwards === undefined || afterwards.restart === 'Never' || restarts === 'Nothing') return 0;
  return afterwards.restart === 'Proven' ? 2 : 1;
}

/** How long the program may take for a health check; seconds. */
export function checkSeconds({ timeoutMs }: CheckRequest): number {
  return Math.min(MAX_CHECK_SECONDS, Math.max(1, Math.ceil(timeoutMs / 1_000)));
}

/** A word is escaped as `printf %b` reads it, so that it stays on its line. */
function checkLines(request: CheckRequest): readonly string[] {
  const { plugin, digest, command } = request;
  const words = command.map((word) => `=${word.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`);
  const bytes = words.reduce((sum, word) => sum + Buffer.byteLength(word), 0);
  if (bytes > MAX_COMMAND_BYTES || command.some((word) => word.includes('\0'))) {
    throw new PermanentError(
      'InstallFailed',
      `the health check of ${plugin} cannot be run: a command is at most ${MAX_COMMAND_BYTES} bytes long, without NUL`,
    );
  }
  return [`check ${plugin} ${hexOf(digest)} ${checkSeconds(request)} ${words.length}`, ...words];
}

/** The words are of the controller, or what a platform said. */
function outcomeLine({ tried, failure }: RestartOutcome): string {
  const [good, bad] = tried === 'Restart' ? ['restarted', 'unrestarted'] : ['lasted', 'ended'];
  return failure === undefined ? good : `${bad} ${failure.replace(/\s+/g, ' ').slice(0, 400)}`;
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

export function isPluginName(text: string): boolean {
  return PLUGIN_NAME.test(text) && !text.includes('..');
}

function checkPlugin(plugin: string): void {
  if (!isPluginName(plugin)) throw refuse(`the plugin name ${JSON.stringify(plugin)}`);
}

function refuse(what: string): PermanentError {
  return new PermanentError('InstallFailed', `${what} cannot be sent to a workspace`);
}

function lines(...all: readonly string[]): Uint8Array {
  return Buffer.from(all.map((line) => `${line}\n`).join(''));
}
