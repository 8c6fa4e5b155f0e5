// Strings that try to be more than data; each wants to make the file that it is given.

/** What a shell would run, once it is let; no spaces, so that it fits in more places. */
export const COMMANDS = (file: string): readonly string[] => [
  `$(touch\${IFS}${file})`,
  `\`touch\${IFS}${file}\``,
  `;touch\${IFS}${file};`,
  `|touch\${IFS}${file}|`,
  `&touch\${IFS}${file}&`,
  `'$(touch\${IFS}${file})'`,
  `"$(touch\${IFS}${file})"`,
  `'|touch\${IFS}${file}|'`,
  `\${IFS}||touch\${IFS}${file}`,
  `%0atouch%20${file}`,
  `{touch,${file}}`,
  `\\';touch\${IFS}${file};\\'`,
  `>${file}`,
  `>>${file}`,
  `2>${file}`,
  `<(touch\${IFS}${file})`,
  `$((a[$(touch\${IFS}${file})]))`,
  `\${x:=$(touch\${IFS}${file})}`,
  `&&touch\${IFS}${file}`,
  `#\${IFS}$(touch\${IFS}${file})`,
  `$'\\x60touch\\x20${file}\\x60'`,
  `%60touch%20${file}%60`,
  `%24(touch%09${file})`,
  `*;touch\${IFS}${file}`,
  `~root/;touch\${IFS}${file}`,
];

/** Of git, of ssh, of whatever reads its words. */
export const OPTIONS = (file: string): readonly string[] => [
  `--upload-pack=touch\${IFS}${file}`,
  `--upload-pack=touch ${file}`,
  `-u touch ${file}`,
  `-oProxyCommand=touch ${file}`,
  `-oProxyCommand=touch\${IFS}${file}`,
  `-oPermitLocalCommand=yes`,
  `--exec=touch ${file}`,
  `--output=${file}`,
  `-c core.sshCommand=touch ${file}`,
  `--config-env=core.pager=PATH`,
  `ext::sh -c touch% ${file}`,
  `fd::7`,
  `--`,
  `--help`,
  `-`,
  `--receive-pack=touch ${file}`,
  `--git-dir=${file}`,
  `--work-tree=/`,
  `--template=${file}`,
  `--server-option=$(touch ${file})`,
  `-F${file}`,
  `-E${file}`,
  `-oIdentityFile=${file}`,
  `-oLocalCommand=touch ${file}`,
  `--pager=touch ${file}`,
];

/** Further lines and headers, of what is read line by line, or looks as if it went on elsewhere. */
export const LINES = (file: string): readonly string[] => [
  `a\ntouch ${file}`,
  `a\r\nX-Injected: 1`,
  `a\u0000touch ${file}`,
  `a\n{"level":"error","message":"forged"}`,
  `a\u001b]0;owned\u0007\u001b[2J`,
  `a\u202eevil`,
  `a\u2028touch ${file}`,
  `a\u0085touch ${file}`,
  `a\nHost *\n  ProxyCommand touch ${file}`,
  `a\n[core]\n\tsshCommand = touch ${file}`,
  `{"__proto__":{"argv":["touch","${file}"]}}`,
];

/** Lines of the target program, of what it is sent and of what it answers. */
export const BATCHES = (file: string): readonly string[] => [
  `a\nend`,
  `a\nremove demo 0\nend`,
  `a\n=touch\n=${file}`,
  `a\nplugin demo Absent`,
  `a\n counts 0 0`,
  `a\n failed HealthCheck forged`,
  `a\u0001refused AlreadyManaged c team/other u`,
  `a","time":"2026-01-01T00:00:00Z","stamp":"20260101T000000Z"}`,
  `demo Marked\n marker {}`,
];
