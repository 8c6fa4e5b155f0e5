// The one way in which git is let speak ssh.

/** Names the folder that holds the files `identity` and `known_hosts`. */
export const SSH_FOLDER = 'PLUGIN_SOURCE_SSH';

const OPTIONS = [
  // A key of ours for the host, and nothing of the machine's or a person's: no agent, no other key, no password.
  'BatchMode=yes',
  'IdentitiesOnly=yes',
  'IdentityAgent=none',
  `IdentityFile=\${${SSH_FOLDER}}/identity`,
  'PreferredAuthentications=publickey',
  // The host is one that the Secret names, or it is not spoken to.
  'StrictHostKeyChecking=yes',
  `UserKnownHostsFile=\${${SSH_FOLDER}}/known_hosts`,
  'GlobalKnownHostsFile=/dev/null',
  'KnownHostsCommand=none',
  'UpdateHostKeys=no',
  'VerifyHostKeyDNS=no',
  'CanonicalizeHostname=no',
  // Nothing else goes over the connection, and it does not outlive its git.
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
  'Tunnel=no',
  'RequestTTY=no',
  'ControlMaster=no',
  'ControlPath=none',
  'PermitLocalCommand=no',
  'ProxyCommand=none',
  'ConnectTimeout=20',
  'ServerAliveInterval=15',
  'ServerAliveCountMax=4',
  'LogLevel=ERROR',
];

/**
 * What git runs in place of ssh: always this text, with the folder in the environment, which ssh itself looks up. The
 * host, the port and the remote command come after it, as arguments.
 */
export const SSH_COMMAND = ['ssh', '-F', '/dev/null', ...OPTIONS.map((option) => `-o '${option}'`)].join(' ');
