# Looking: what stands in the plugins folder, held against what was written there. Nothing here touches anything.

# What is known of the two files of ours in a folder, which must be regular and no larger than ours can be: `seen` says
# `<folder>=<n>`, and `record_<n>` is `<may its manifest be read 0|1> <hash of that or -> <stamp of the marker or -> <marker>`.
# Folders are known until something is moved (`forget`). Shells are slow at finding something in a long text, not in words.
forget() { seen='' records=0; }
forget

# Looks at many folders, with one process for all. Their names are of ours alone, so that none can forge a line.
survey() {
  [ $# -gt 0 ] || return 0
  surveyed=$*
  for folder in "$@"; do
    shift
    set -- "$@" "$folder/.complete" "$folder/.manifest"
  done
  # No parentheses: within them busybox forgets the command at the end.
  record_all "$(find "$@" -maxdepth 0 -type f -name .complete -size -9 -print \
    -o -type f -name .manifest -size -65536 -print -exec sha256sum {} + 2>/dev/null)"
}
# Adds to `records` what find has said of the `surveyed` folders, which is in their order.
record_all() {
  completes='' manifests='' sums=''
  IFS=$nl
  set -f
  for line in $1; do
    case $line in
      *'  '*) sums=$sums$line$nl ;;
      */.complete) completes=$completes$line$nl ;;
      *) manifests=$manifests$line$nl ;;
    esac
  done
  set +f
  unset IFS
  for folder in $surveyed; do
    own=0 sum=- field=- line=''
    case $manifests in "$folder/.manifest$nl"*) own=1 manifests=${manifests#*"$nl"} ;; esac
    hash=${sums%%"$nl"*}
    [ "${hash#*  }" != "$folder/.manifest" ] || sum=${hash%% *} sums=${sums#*"$nl"}
    case $completes in
      "$folder/.complete$nl"*)
        completes=${completes#*"$nl"}
        [ "$own" = 0 ] || { IFS= read -r line <"$folder/.complete"; } 2>/dev/null
        is_marker "$line" || field=- line=''
        ;;
    esac
    records=$((records + 1)) seen="$seen$folder=$records "
    eval "record_$records=\"\$own \$sum \$field \$line\""
  done
}

# All that stands where plugins are live; those beyond the first are looked at one by one.
survey_live() {
  set --
  for entry in */; do
    entry=${entry%/}
    case $entry in -* | *[!a-z0-9._-]*) continue ;; esac
    [ $# -lt 1000 ] && is_folder "$entry" && set -- "$@" "$entry"
  done
  survey "$@"
}

# The live folders and snapshots of plugins that are not known yet.
survey_plugins() {
  folders=''
  for plugin in "$@"; do
    ! is_folder "$plugin" || add_folder "$plugin"
    each_slot .previous "$plugin" add_folder
  done
  survey $folders
}
add_folder() { find_record "$1" || folders="$folders $1"; }

# Sets `marker` to the marker of a folder, `mark` to its stamp and `sum` to the hash of its manifest; false where there is no
# marker of ours. `own` is set where a manifest may be read.
read_marker() {
  marker='' mark='' own='' sum=''
  case $1 in -* | *[!A-Za-z0-9._/-]*) return 1 ;; esac
  is_folder "$1" || return 1
  find_record "$1" || { survey "$1" && find_record "$1"; }
  own=${record%% *} record=${record#* }
  sum=${record%% *} record=${record#* }
  mark=${record%% *} marker=${record#* }
  [ "$own" = 1 ] || own=''
  [ "$sum" != - ] || sum=''
  [ "$mark" = - ] || return 0
  marker='' mark=''
  return 1
}
# <folder>. Sets `record`.
find_record() {
  for known in $seen; do
    case $known in "$1="*) eval "record=\$record_${known#*=}" && return ;; esac
  done
  return 1
}

# Is this line one that we wrote? Sets `field` to its stamp. Without processes, as it is asked many times.
is_marker() {
  rest=$1 d='[0-9]'
  take '{"revision":"' && { is_hex "$field" 40 || is_hex "${field#sha256:}" 64; } || return
  take ',"digest":"' && is_hex "${field#sha256:}" 64 && [ "${field%%:*}" = sha256 ] || return
  take ',"url":"' && is_text "$field" && take ',"version":"' && is_text "$field" && take ',"time":"' || return
  case $field in *[!-0-9T:Z]* | *Z?* | Z) return 1 ;; *Z) ;; *) return 1 ;; esac
  take ',"stamp":"' && [ "$rest" = '}' ] || return
  case $field in
    $d$d$d$d$d$d$d${d}T$d$d$d$d$d${d}Z) ;;
    $d$d$d$d$d$d$d${d}T$d$d$d$d$d${d}Z-$d*) case ${field#*-} in *[!0-9]*) return 1 ;; esac ;;
    *) return 1 ;;
  esac
}
# Takes the words and a string after them off `rest`; sets `field` to the string.
take() {
  case $rest in "$1"*\"*) ;; *) return 1 ;; esac
  rest=${rest#"$1"}
  field=${rest%%\"*}
  rest=${rest#*\"}
}
is_hex() { [ ${#1} -eq "$2" ] && case $1 in *[!0-9a-f]*) return 1 ;; esac; }
is_text() { case $1 in '' | *\\*) return 1 ;; esac; }

# Would the agent load a file at this path (relative to the plugin)?
loads() {
  case $1 in
    rules/*/* | hooks/*/* | commands/*/* | adapters/*/* | skills/*/*/*/*) return 1 ;;
    skills/*/*/*) case $1 in skills/*/tools/*.py) ;; *) return 1 ;; esac ;;
    plugin.yaml | manifest.json | setup.sh | settings-fragment.json | skills/*/SKILL.md) ;;
    rules/*.md | hooks/* | commands/*.md | adapters/*.py) ;;
    */*) return 1 ;;
    *.md) ;;
    *) return 1 ;;
  esac
}
# Would a link at this path lead the agent to such files?
leads() {
  case $1 in
    skills/*/*/*) return 1 ;;
    skills/*/*) case $1 in */tools) ;; *) return 1 ;; esac ;;
    skills | rules | hooks | commands | adapters | skills/*) ;;
    *) return 1 ;;
  esac
}

largest_file=204800 # blocks of 512 bytes: all that a plugin may hold

# Sets `mounts` to the mount points below a folder. The kernel writes blanks in them as octal escapes.
find_mounts() {
  mounts=' ' here=$(cd "$1" 2>/dev/null && pwd -P)
  [ -r /proc/self/mountinfo ] || return 0
  IFS=$nl
  set -f
  for point in $(sed -nE 's,^([^ ]+ ){4}([^ ]+) .*,\2,p' /proc/self/mountinfo); do
    case $point in *\\*) point=$(printf %b "$point") ;; esac
    case $point in "$here"/*) mounts="$mounts${point#"$here"/} " ;; esac
  done
  set +f
  unset IFS
}
holds_mount() { case $mounts in *" $1 "* | *" $1/"*) ;; *) return 1 ;; esac; }
state_of() {
  ! holds_mount "$1" || { state=MountPoint && return; }
  if ! exists "$1"; then state=Absent; elif ! is_folder "$1"; then state=Foreign; else
    if read_marker "$1"; then state=Marked; else state=Unmarked; fi
  fi
}
# Calls a function with each slot of a plugin below .staging or .previous, oldest first.
each_slot() {
  for entry in "$1/$2".*; do
    slot=${entry##*/}
    exists "$entry" && is_stamp "${slot#"$2".}" && "$3" "$entry"
  done
}
# Looks at all that is asked for, in one pass.
answer_looks() {
  survey_plugins "$@"
  survey_todos
  pairs=''
  for name in "$@"; do
    state_of "$name"
    sheet=/dev/null
    case $state in Marked | Unmarked) ;; *) continue ;; esac
    # All of what this command has just put there was hashed in it.
    case $as_sent in *" $name=$sum:$mark "*) continue ;; esac
    [ -z "$own" ] || sheet=$name/.manifest
    pairs="$pairs $name $sheet"
  done
  compare $pairs
  for name in "$@"; do answer_look "$name"; done
}
answer_look() {
  state_of "$1"
  say "plugin $1 $state"
  if [ "$state" = Marked ] || [ "$state" = Unmarked ]; then
    [ "$state" = Unmarked ] || say " marker $marker"
    [ -z "$own" ] || say " manifest $sum"
    verdict_of "$1"
    say " counts $tampered $untracked"
    [ -z "$paths" ] || printf %s "$paths" | sed 's/^\(.\{300\}\).*/\1/'
  fi
  each_slot .previous "$1" answer_snapshot
  answer_todo "$1"
}
answer_snapshot() {
  slot=${1##*/}
  if read_marker "$1"; then say " snapshot ${slot##*.} $sum $marker"; else say " snapshot ${slot##*.}"; fi
}
answer_list() {
  shown=0
  for entry in */; do
    entry=${entry%/}
    case $entry in *"$nl"*) continue ;; esac
    [ -d "$entry" ] && [ "$shown" -lt 1000 ] && shown=$((shown + 1)) && say "folder $entry"
  done
}
# Anything that a change which was cut short has left, or one that still runs?
has_leftovers() {
  ! is_planted || return 0
  for entry in .staging/* .staging/.trash.* .controller/.lock* .controller/.ticket.* .controller/.owner.* \
    .controller/.adopting .controller/.due.* .controller/.check.*; do
    exists "$entry" || continue
    case $entry in
      .staging/.trash.kept.*) continue ;;
      .staging/.trash.* | .controller/*) return 0 ;;
    esac
    is_stamp "${entry##*.}" && return 0
  done
  has_undone
}
