// What git's words mean: whether to wait, to look for another ref, or to give up on the revision.
import { printable } from '../bundle/printable.ts';
import { PermanentError, TransientError } from '../errors.ts';
import { memoryFailure } from './git-memory.ts';

const MAX_SHOWN = 400;

type Meaning = (said: string, repository: string) => Error;

const authFailed =
  (what: string): Meaning =>
  (said, repository) =>
    new TransientError('AuthFailed', `${repository} ${what}: ${said}`);

const fetchFailed =
  (what: string): Meaning =>
  (said, repository) =>
    new TransientError('FetchFailed', `${repository} ${what}: ${said}`);

/** The first that fits; git's messages are those of its C locale, the others are from ssh and curl. */
const MEANINGS: readonly (readonly [words: RegExp, meaning: Meaning])[] = [
  [
    /fsck error|object [0-9a-f]{7,64}: \w+: /,
    (said, repository) =>
      new PermanentError('InvalidContent', `${repository} holds objects that git's check refuses: ${said}`),
  ],
  [
    // git looks through folders by calling itself, until its stack ends; newer ones have a limit.
    /died of signal 11|maximum allowed tree depth/,
    (said, repository) =>
      new PermanentError(
        'InvalidContent',
        `${repository} holds folders in folders, too deep for git: ${said}`,
      ),
  ],
  [
    /possible repository corruption|bad tree object|invalid tree|is a \w+, not a \w+|loose object .* is corrupt/,
    (said, repository) =>
      new PermanentError(
        'InvalidContent',
        `${repository} holds objects that are missing or damaged (repair it, git fsck names them all, or name ` +
          `another revision): ${said}`,
      ),
  ],
  [
    /^Load key /m,
    authFailed(
      'cannot be asked with the identity of the Secret: a private key without a passphrase is needed',
    ),
  ],
  [
    /Host key for .* has changed/,
    authFailed('shows another host key than known_hosts of the Secret has; somebody may be in between'),
  ],
  [
    /Host key verification failed/,
    authFailed('shows a host key that known_hosts of the Secret does not name'),
  ],
  [/Permission denied \(/, authFailed('does not let the identity of the Secret in')],
  [
    /could not read (Username|Password)|Authentication failed|returned error: 40[13]/,
    authFailed('does not exist or wants credentials (spec.source.secretRef), or others than these'),
  ],
  [
    /returned error: 30[12378]/,
    fetchFailed(
      'answers with a redirect, which is not followed with credentials or where --source-host limits them; ' +
        'name the address that it leads to (often the same with .git at the end)',
    ),
  ],
  [
    /not our ref|unadvertised object|couldn't find remote ref|no such remote ref/i,
    (said, repository) => new TransientError('RefNotFound', `${repository} does not have it: ${said}`),
  ],
  [
    /transport '.*' not allowed/,
    (said, repository) =>
      new PermanentError('NotPermitted', `${repository} leads to a protocol that is not permitted: ${said}`),
  ],
  [/dubious ownership/, fetchFailed('belongs to another user than the controller runs as; change its owner')],
  [
    /repository '.*' not found|does not appear to be a git repository|repository not found/i,
    fetchFailed('is no repository, or not one that these credentials are shown'),
  ],
  [
    /certificate/i,
    fetchFailed('shows a certificate that is not trusted; name its authority in caFile of the Secret'),
  ],
];

/** @param stderr all that git said */
export function gitFailure(stderr: string, repository: string): Error {
  const tooLarge = memoryFailure(stderr, repository);
  if (tooLarge !== undefined) return tooLarge;
  const said = printable(lastWords(stderr), MAX_SHOWN);
  const meaning = MEANINGS.find(([words]) => words.test(stderr))?.[1];
  return (
    meaning?.(said, repository) ?? new TransientError('FetchFailed', `${repository} did not answer: ${said}`)
  );
}

const COMPLAINT = /^(fatal|error|remote|ssh): |^Load key |host key |Permission denied/i;
/** Said after what really happened. */
const EMPTY_WORDS = 'fatal: Could not read from remote repository';

/** git's own complaint, without progress and advice. */
function lastWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const complaints = lines.filter((line) => COMPLAINT.test(line) && !line.startsWith(EMPTY_WORDS));
  return (complaints.length > 0 ? complaints : lines).slice(0, 2).join('; ') || 'git said nothing';
}
