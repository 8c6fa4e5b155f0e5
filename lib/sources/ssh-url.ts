// URLs of repositories behind ssh: two spellings, and nothing in them that ssh, git or a shell could take for more.

const USER = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}';
const HOST = '([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]{2,45}\\])';
const PATH = '[A-Za-z0-9._~/+=,@-]+';

const LONG = new RegExp(
  `^ssh://((?<user>${USER})@)?(?<host>${HOST})(:(?<port>[0-9]{1,5}))?/(?<path>${PATH})$`,
);
const SHORT = new RegExp(`^(?<user>${USER})@(?<host>${HOST}):(?<path>${PATH})$`);
const MAX_PORT = 65_535;

/** True for what means ssh, well-formed or not. */
export function isSSH(url: string): boolean {
  return /^ssh:/i.test(url) || (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url) && /^[^/:]*@[^/]*:/.test(url));
}

/**
 * The repository with its host in lower case, without the default port and slashes at the end; undefined for anything
 * else than `ssh://[user@]host[:port]/path` and `user@host:path`. The two are not the same place: the path of the
 * second begins where the user is at home.
 */
export function sshRepository(url: string): string | undefined {
  const short = SHORT.exec(url)?.groups;
  const parts = short ?? LONG.exec(url)?.groups;
  const path = parts?.['path']?.replace(/\/+$/, '') ?? '';
  const names = path.split('/');
  if (path === '' || names.some((name) => name.startsWith('-') || name === '..')) return undefined;
  const { user, host = '', port } = parts ?? {};
  if (port !== undefined && (Number(port) < 1 || Number(port) > MAX_PORT)) return undefined;
  if (short !== undefined) return `${user ?? ''}@${host.toLowerCase()}:${path}`;
  const login = user === undefined ? '' : `${user}@`;
  const at = port === undefined || Number(port) === 22 ? '' : `:${Number(port)}`;
  return `ssh://${login}${host.toLowerCase()}${at}/${path}`;
}
