# Looking: what stands in the plugins folder, held against what was written there. Nothing here touches anything.

# A `.complete` that we wrote; any other counts as none.
shape="\\{\"revision\":\"([0-9a-f]{40}|(sha256:)?$hex64)\",\"digest\":\"sha256:$hex64\",\"url\":\"[^\"\\]+\",\"version\":\"[^\"\\]+\""
shape="^$shape,\"time\":\"[-0-9T:]+Z\",\"stamp\":\"[0-9]{8}T[0-9]{6}Z(-[0-9]+)?\"\\}\$"

# Sets `marker` to the marker of a folder and `mark` to its stamp; false where there is none of ours.
read_marker() {
  marker='' mark='' own=''
  is_folder "$1" || return 1
  own=$(find "$1/.complete" "$1/.manifest" -maxdepth 0 -type f \
    \( -name .complete -size -9 -o -name .manifest -size -65536 \) 2>/dev/null)
  case $own in *.complete"$nl"*.manifest) ;; *) return 1 ;; esac
  marker=$(sed -nE "1{/$shape/p;};q" "$1/.complete" 2>/dev/null)
  mark=${marker##*\"stamp\":\"} mark=${mark%\"\}}
  [ -n "$marker" ]
}

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

# `<644|755|other> /<path>` for all but folders; a newline in a name becomes \001. The three ways to write the same starting
# point tell apart, within one process, which test a path has passed.
tree_of() {
  (cd "$1" && find . ./. ././. \( ! -path '././*' -type f ! -perm -100 -o -path '././*' ! -path './././*' -type f -perm -100 \
    -o -path './././*' ! -type f ! -type d \) -print0) 2>/dev/null | tr '\n\0' '\001\n' |
    sed 's,^\./\./\./,other /,;t
s,^\./\./,755 /,;t
s,^\./,644 /,'
}

# The canonical manifest of what is on disk, our own files at the root left out.
manifest_of() {
  (cd "$1" && for mode in 755 644; do
    case $mode in 755) set -- -perm -100 ;; *) set -- ! -perm -100 ;; esac
    find . -type f "$@" ! -path ./.complete ! -path ./.manifest ! -path ./.staging -print0 |
      xargs -0 -r sha256sum | sed "s,^\\(.\\{64\\}\\)  \\./,$mode \\1 ,"
  done) 2>/dev/null | sort -k 3
}

# Holds a folder against a manifest. Sets `tampered` and `untracked` to counts, `tampered_list` and `untracked_list` to the first
# ten paths of each. Only regular files are opened, and only those that are shipped.
examine() {
  tree=$(tree_of "$1")
  shipped=$(sed -E "s,^(644|755) $hex64 ,\\1 /," "$2")
  sums=$(cd "$1" && printf '%s\n' "$shipped" "$tree" | sort | uniq -d | sed -nE 's,^(644|755) /,./,p' | tr '\n' '\0' |
    xargs -0 -r sha256sum 2>/dev/null)
  wrong=$({
    printf '%s\n' "$sums" "$sums"
    sed -E "s,^... ($hex64) ,\\1  ./," "$2"
  } | sort | uniq -u | sed -nE "s,^$hex64  \\./,,p")
  extra=$(printf '%s\n' "$shipped" "$shipped" "$tree" | sort -k 2 | uniq -f 1 -u)
  tampered=0 tampered_list='' untracked=0 untracked_list=''
  IFS=$nl
  set -f
  for path in $wrong; do add_tampered "$path"; done
  for line in $extra; do
    path=${line#* /}
    case $path in .complete | .manifest | .staging) continue ;; esac
    if loads "$path" || { [ "${line%% *}" = other ] && leads "$path"; }; then
      add_tampered "$path"
    else
      untracked=$((untracked + 1))
      [ "$untracked" -gt 10 ] || untracked_list="$untracked_list untracked $path$nl"
    fi
  done
  set +f
  unset IFS
}
add_tampered() {
  tampered=$((tampered + 1))
  [ "$tampered" -gt 10 ] || tampered_list="$tampered_list tampered $1$nl"
}
# Is the folder exactly what this digest says, foreign files that the agent ignores aside?
verifies() { [ "$(hash_of "$1/.manifest")" = "$2" ] && examine "$1" "$1/.manifest" && [ "$tampered" -eq 0 ]; }

# Sets `mounts` to the mount points below the plugins folder. The kernel writes blanks in them as octal escapes.
find_mounts() {
  mounts=' ' here=$(pwd -P)
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
state_of() {
  case $mounts in *" $1 "*) state=MountPoint && return ;; esac
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
answer_look() {
  state_of "$1"
  say "plugin $1 $state"
  if [ "$state" = Marked ] || [ "$state" = Unmarked ]; then
    [ "$state" = Unmarked ] || say " marker $marker"
    case $own in *.manifest) sheet=$1/.manifest && say " manifest $(hash_of "$sheet")" ;; *) sheet=/dev/null ;; esac
    examine "$1" "$sheet"
    say " counts $tampered $untracked"
    printf %s "$tampered_list$untracked_list" | sed 's/^\(.\{300\}\).*/\1/'
  fi
  each_slot .previous "$1" answer_snapshot
}
answer_snapshot() {
  slot=${1##*/}
  if read_marker "$1"; then say " snapshot ${slot##*.} $(hash_of "$1/.manifest") $marker"; else say " snapshot ${slot##*.}"; fi
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
    .controller/.adopting .controller/.todo-*; do
    exists "$entry" || continue
    case $entry in .staging/.trash.* | .controller/*) return 0 ;; esac
    is_stamp "${entry##*.}" && return 0
  done
  return 1
}
