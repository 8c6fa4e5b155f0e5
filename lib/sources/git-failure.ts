// What git's words mean: whether to wait, to look for another ref, or to give up on the revision.
import { printable } from '../bundle/printable.ts';
import { PermanentError, TransientError } from '../errors.ts';

const MAX_SHOWN = 400;

/** The first that fits; git's messages are those of its C locale. */
const MEANINGS: readonly (readonly [words: RegExp, meaning: (said: string, repository: string) => Error])[] =
  [
    [
      /fsck error|object [0-9a-f]{7,64}: \w+: /,
      (said, repository) =>
        new PermanentError('InvalidContent', `${repository} holds objects that git's check refuses: ${said}`),
    ],
    [
      /could not read (Username|Password)|Authentication failed|returned error: 40[13]/,
      (said, repository) =>
        new TransientError('AuthFailed', `${repository} does not exist or wants credentials: ${said}`),
    ],
    [
      /not our ref|unadvertised object|couldn't find remote ref|no such remote ref/i,
      (said, repository) => new TransientError('RefNotFound', `${repository} does not have it: ${said}`),
    ],
    [
      /transport '.*' not allowed/,
      (said, repository) =>
        new PermanentError(
          'NotPermitted',
          `${repository} leads to a protocol that is not permitted: ${said}`,
        ),
    ],
    [
      /dubious ownership/,
      (said, repository) =>
        new TransientError(
          'FetchFailed',
          `${repository} belongs to another user than the controller runs as; change its owner: ${said}`,
        ),
    ],
  ];

/** @param stderr all that git said */
export function gitFailure(stderr: string, repository: string): Error {
  const said = printable(lastWords(stderr), MAX_SHOWN);
  const meaning = MEANINGS.find(([words]) => words.test(stderr))?.[1];
  return (
    meaning?.(said, repository) ?? new TransientError('FetchFailed', `${repository} did not answer: ${said}`)
  );
}

/** git's own complaint, without progress and advice. */
function lastWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const complaints = lines.filter((line) => /^(fatal|error|remote): /.test(line));
  return (complaints.length > 0 ? complaints : lines).slice(0, 2).join('; ') || 'git said nothing';
}
