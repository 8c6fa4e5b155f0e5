# The only program that ever runs in a workspace: looks into the plugins folder, or changes it, as a batch on stdin says.
# It is this file and those beside it, as one text (program.ts).
#
# In:  `target 1` · the plugins folder
#      · `<look|change|release> <stamp> <seconds> <what a restart does> <since> <transitions> <sequence> [overrule]`
#      · our claim · one that we take over from (`-` for none) · then lines of
#      `install <name> <hex digest> <previous limit> <carry 0|1> <restart 0|1|2> <check 0|1>`, a line of marker
#      `trees <bytes>`, a tar of the trees of all installs since the last one, each as `<name>.<stamp>` with its `.manifest`
#      `restore <name> <hex digest> <previous limit> <restart 0|1|2> <check 0|1>`, a line of marker
#      `remove <name> <restart 0|1>` · `settle <name> <Restart|HealthCheck>`
#      `restarted` · `unrestarted <why>` · `lasted` · `ended <why>` (todo.sh)
#      `check <name> <hex digest> <seconds> <words>`, a line for each word (check.sh)
#      `look <name>` · `list` · `mode` · and last `end`
#      A marker is the JSON of `.complete` without its stamp and closing brace: which stamp is free is known only here.
# Out: `target 1`, answers as answer.ts reads them, and last `end`: an answer without it counts for nothing.
#
# Every name and path is data, never program text. A look touches nothing. A change holds the lock and moves only what is
# whole, flushed and marked; after kill -9 anywhere the next change finds out from names and markers alone what to finish.
#   .staging/<name>.<stamp>   staged (its `.complete` has this stamp), being staged (else, if it holds `.staging`) or displaced
#   .staging/.trash.*         moved there in one step to be deleted
#   .staging/.trash.kept.*    what could not be deleted
#   .controller/.todo-*       what is still due after a swap (todo.sh)
#   .controller/.adopting     the live folder of this slot was copied into .previous/ and may be half deleted
set -u
callers_locale=${LC_ALL:-}
LC_ALL=C
export LC_ALL
umask 022
exec 3<&0 </dev/null
nl='
'
hex64='[0-9a-f]{64}'

say() { printf '%s\n' "$*"; }
exists() { [ -e "$1" ] || [ -L "$1" ]; }
is_folder() { [ -d "$1" ] && [ ! -L "$1" ]; }
is_stamp() {
  case $1 in
    *[!0-9TZ-]* | *-) return 1 ;;
    ????????T??????Z | ????????T??????Z-*) ;;
    *) return 1 ;;
  esac
}
hash_of() { set -- "$(sha256sum 2>/dev/null <"$1")" && printf %s "${1%% *}"; }
plain() { printf %.400s "$(printf %s "$1" | tr '\001-\037\177' ' ')"; }

# Ends the whole batch with a reason.
refuse() {
  say "refused $1 $(plain "$2")"
  say end
  exit 0
}

# The reason that stands behind what a tool complained about.
reason_of() {
  case $1 in
    *'No space left'* | *'quota exceeded'*) printf NoSpace ;;
    *'Read-only file system'* | *'ermission denied'* | *'not permitted'*) printf NotWritable ;;
    *'is mounted'*) printf MountPoint ;;
    *) printf InstallFailed ;;
  esac
}

# Sets `problem` (a reason and words) and is false.
blame() {
  problem="$(reason_of "$2") $1: $(plain "$2")"
  return 1
}

# Sets `problem` for a live folder that no rename can replace, or that would take along what is mounted below it.
blame_mount() {
  case $mounts in
    *" $1/"*)
      point=${mounts#*" $1/"}
      problem="MountPoint something is mounted below $1, at $1/$(plain "${point%% *}"), and would go with its files; mount it elsewhere"
      ;;
    *) problem="MountPoint $1 is a mount point, which cannot be swapped; mount its parent instead" ;;
  esac
}

# Runs a step; when it fails, `problem` says which one and what it complained about.
try() {
  step=$1
  shift
  complaint=$("$@" 2>&1) || blame "$step" "$complaint"
}
# <step> <file> <line>. A shell's own printf does not say why it cannot write; cat does.
put() { { printf '%s\n' "$3" >"$2"; } 2>/dev/null || try "$1" put_by_cat "$2" "$3"; }
# <file> <line>, for a file that is not there: nothing is followed, or written over, that an agent has put in its place.
put_new() {
  set -C
  { printf '%s\n' "$2" >"$1"; } 2>/dev/null
  set -- $?
  set +C
  return "$1"
}
put_by_cat() { printf '%s\n' "$2" | cat >"$1"; }
# <step> <folder>
make_folder() { is_folder "$2" || try "$1" mkdir -p "$2"; }
