# Looking: what stands in the plugins folder, held against what was written there. Nothing here touches anything.

# What is known of the two files of ours in a folder: a line `<folder>/<file>` for each that is regular and no larger than
# ours can be, and `<hash>  <folder>/.manifest`. Folders are known until something is moved (`forget`).
forget() { surveyed=$nl known=' '; }
forget

# Looks at many folders, with one process for all. Their names are of ours alone, so that none can forge a line.
survey() {
  [ $# -gt 0 ] || return 0
  for folder in "$@"; do
    shift
    known="$known$folder "
    set -- "$@" "$folder/.complete" "$folder/.manifest"
  done
  # No parentheses: within them busybox forgets the command at the end.
  surveyed=$surveyed$(find "$@" -maxdepth 0 -type f -name .complete -size -9 -print \
    -o -type f -name .manifest -size -65536 -print -exec sha256sum {} + 2>/dev/null)$nl
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

# The live folders and snapshots of plugins, as they are now.
survey_plugins() {
  forget
  folders=''
  for plugin in "$@"; do
    ! is_folder "$plugin" || folders="$folders $plugin"
    each_slot .previous "$plugin" add_folder
  done
  survey $folders
}
add_folder() { folders="$folders $1"; }

# Sets `marker` to the marker of a folder, `mark` to its stamp and `sum` to the hash of its manifest; false where there is no
# marker of ours. `own` is set where a manifest may be read.
read_marker() {
  marker='' mark='' own='' sum=''
  case $1 in -* | *[!A-Za-z0-9._/-]*) return 1 ;; esac
  is_folder "$1" || return 1
  case $known in *" $1 "*) ;; *) survey "$1" ;; esac
  case $surveyed in *"$nl$1/.manifest$nl"*) own=1 ;; *) return 1 ;; esac
  case $surveyed in
    *"  $1/.manifest$nl"*)
      sum=${surveyed%%"  $1/.manifest$nl"*}
      sum=${sum##*"$nl"}
      ;;
  esac
  case $surveyed in *"$nl$1/.complete$nl"*) ;; *) return 1 ;; esac
  { IFS= read -r marker <"$1/.complete"; } 2>/dev/null
  is_marker "$marker" && mark=$field && return
  marker=''
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

# `<644|755|other> <folder>/./<path>` for all but folders in the folders; a newline in a name becomes \001. What is larger than
# anything that we ship is `other`, and so is never read. The three ways to write the same starting point tell apart, within
# one process, which test a path has passed.
tree_of() {
  for folder in "$@"; do
    shift
    set -- "$@" "$folder/." "$folder/./." "$folder/././."
  done
  find "$@" \( ! -path '*/././*' -type f ! -size "+$largest_file" ! -perm -100 \
    -o -path '*/././*' ! -path '*/./././*' -type f ! -size "+$largest_file" -perm -100 \
    -o -path '*/./././*' ! -type d ! \( -type f ! -size "+$largest_file" \) \) -print0 2>/dev/null | tr '\n\0' '\001\n' |
    sed 's,^\([^ ]*\)/\./\./\./,other \1/./,;t
s,^\([^ ]*\)/\./\./,755 \1/./,;t
s,^,644 ,'
}

# The canonical manifests of what is on disk, our own files at the roots left out: `<644|755> <hash> <folder>/./<path>`.
sheets_of() {
  for folder in "$@"; do
    shift
    set -- "$@" "$folder/." "$folder/./."
  done
  find "$@" -type f ! -size "+$largest_file" \( ! -path '*/././*' ! -perm -100 -o -path '*/././*' -perm -100 \) \
    ! -path '*/./.complete' ! -path '*/./.manifest' ! -path '*/./.staging' -print0 2>/dev/null |
    xargs -0 -r sha256sum 2>/dev/null | sed 's,^\(.\{64\}\)  \([^ ]*\)/\./\./,755 \1 \2/./,;t
s,^\(.\{64\}\)  ,644 \1 ,' | sort -k 3
}

# Holds folders against manifests, in one pass for all: <folder> <manifest> and so on. `verdict_of` then tells of each. Only
# regular files are opened, and only those that are shipped. Most often all is as shipped, which fewer processes can tell.
compare() {
  collect "$@"
  is_as_shipped || tell_apart
}
# The same where differences are expected.
compare_changed() {
  collect "$@"
  tell_apart
}
# Sets `sheets`, `tree` and `shipped`, the latter two sorted by path.
collect() {
  sheets='' folders='' verdicts=$nl wrong='' extra=''
  while [ $# -gt 0 ]; do
    sheets=$sheets$(sed -nE "s,^(644|755) ($hex64) ,\\1 \\2 $1/./,p" "$2")$nl
    folders="$folders $1"
    shift 2
  done
  [ -n "$folders" ] || return 0
  tree=$(tree_of $folders | sed '/^[^ ]* [^ ]*\/\.\/\.\(complete\|manifest\|staging\)$/d' | sort -k 2)
  shipped=$(printf %s "$sheets" | sed 's,^\(...\) .\{64\} ,\1 ,' | sort -k 2)
}
is_as_shipped() {
  [ -n "$folders" ] || return 0
  [ "$tree" = "$shipped" ] && printf %s "$sheets" | sed 's,^... \(.\{64\}\) ,\1  ,' | sha256sum -c >/dev/null 2>&1
}
tell_apart() {
  [ -n "$folders" ] || return 0
  sums=$(printf '%s\n' "$shipped" "$tree" | sort | uniq -d | sed -nE 's,^(644|755) ,,p' | tr '\n' '\0' |
    xargs -0 -r sha256sum 2>/dev/null)
  wrong=$({
    printf '%s\n' "$sums" "$sums"
    printf %s "$sheets" | sed 's,^... \(.\{64\}\) ,\1  ,'
  } | sort | uniq -u | sed -nE "s,^$hex64  ([^ ]*)/\./,\\1 - ,p")
  extra=$(printf '%s\n' "$shipped" "$shipped" "$tree" | sort -k 2 | uniq -f 1 -u |
    sed -nE 's,^([^ ]*) ([^ ]*)/\./,\2 \1 ,p')
  [ -z "$wrong$extra" ] || note_verdicts "$(printf '%s\n' "$wrong" "$extra" | sort)"
}
# Makes `verdicts` of lines `<folder> <- for what is shipped, else as tree_of has it> <path>`: for each folder with something to
# tell a line `@<folder> <tampered> <untracked>`, and the first ten paths of each sort.
note_verdicts() {
  current=''
  IFS=$nl
  set -f
  for line in $1; do
    [ "${line%% *}" = "$current" ] || { note_verdict && begin_verdict "${line%% *}"; }
    line=${line#* }
    path=${line#* }
    if [ "${line%% *}" = - ] || loads "$path" || { [ "${line%% *}" = other ] && leads "$path"; }; then
      tampered=$((tampered + 1))
      [ "$tampered" -gt 10 ] || tampered_list="$tampered_list tampered $path$nl"
    else
      untracked=$((untracked + 1))
      [ "$untracked" -gt 10 ] || untracked_list="$untracked_list untracked $path$nl"
    fi
  done
  note_verdict
  verdicts=$verdicts@
  set +f
  unset IFS
}
begin_verdict() { current=$1 tampered=0 untracked=0 tampered_list='' untracked_list=''; }
note_verdict() {
  [ -z "$current" ] || verdicts="$verdicts@$current $tampered $untracked$nl$tampered_list$untracked_list"
}
# Sets `tampered` and `untracked` to counts, and `paths` to the first of them, a line each.
verdict_of() {
  tampered=0 untracked=0 paths=''
  case $verdicts in *"$nl@$1 "*) ;; *) return 0 ;; esac
  rest=${verdicts#*"$nl@$1 "}
  rest=${rest%%"$nl@"*}$nl
  tampered=${rest%%"$nl"*}
  paths=${rest#*"$nl"}
  untracked=${tampered#* } tampered=${tampered% *}
}
examine() {
  compare "$1" "$2"
  verdict_of "$1"
}
# Is the folder exactly what this digest says, foreign files that the agent ignores aside?
verifies() { [ "$(hash_of "$1/.manifest")" = "$2" ] && examine "$1" "$1/.manifest" && [ "$tampered" -eq 0 ]; }

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
