# Cleaning up: what the agent has copied out of a plugin's folder is taken away when the plugin has changed or is gone, so that
# it takes up what is there now: blocks in CLAUDE.md, and skills.

longest_memory=32768 # blocks of 512 bytes

# Sets `chores_<i>`, what is to be cleaned up, and `reload_<i>` for each change that is staged, in one pass for all. Counts what
# is on disk: a folder that was tampered with has changed more than its manifest says. What is carried over, or left behind as
# the agent does not load it, is no change; in a folder that is not ours all may be loaded.
find_chores() {
  index=' ' news='' lives='' replaced='' strangers=''
  for i in $all; do
    eval "set -- \$plan_$i"
    eval "chores_$i='' reload_$i=HotReload skills_$i=\$nl state=\$state_$i"
    case $1 in
      install | adopt | restore) sheet=.staging/$3/.manifest pair=" .staging/$3 $sheet" ;;
      remove) sheet=/dev/null pair='' && eval "chores_$i=blocks\$nl" ;;
      *) continue ;;
    esac
    index="$index$2=$i "
    if ! is_folder "$2"; then
      news=$news$pair
    elif [ "$state" = Marked ]; then
      lives="$lives $2 $2/.manifest" news=$news$pair
      case $strays in *" $2 "*) replaced="$replaced $2 $sheet" ;; esac
    else
      strangers="$strangers $2 $sheet"
      find_skills_of_stranger "$2"
    fi
  done
  [ "$index" != ' ' ] || return 0
  if [ "$news$lives" = "$verified" ]; then sheets=$verified_sheets; else read_sheets $news $lives; fi
  judged=$sheets wrong='' extra=''
  find_old_skills
  [ -z "$replaced$strangers" ] || compare_changed $replaced $strangers
  if [ -n "$lives" ]; then
    # What is in both is as it was.
    changes=$(as_live | sort -k 3 | uniq -u)
  else
    changes=$(as_live)
  fi
  [ -z "$wrong$extra" ] ||
    changes=$(printf '%s\n' "$wrong" "$extra" | sed -n 's,^\([^ ]*\) \([^ ]*\) ,\2 - \1/./,p' | {
      cat
      printf '%s\n' "$changes"
    } | sort -k 3)
  note_changes "$changes"
}
as_live() { printf %s "$judged" | sed 's, \.staging/\([^/]*\)\.[^./]*/\./, \1/./,'; }

# Sets `skills_<i>` to the skills that the live folders ship, by `sheets`.
find_old_skills() {
  IFS=$nl
  set -f
  for line in $sheets; do
    case $line in */./skills/*/*) ;; *) continue ;; esac
    name=${line%%/./*} skill=${line#*/./skills/}
    case ${name##* } in .*) ;; *) add_skill "${name##* }" "${skill%%/*}" ;; esac
  done
  set +f
  unset IFS
}
# The same of a folder that is not ours: what it has.
find_skills_of_stranger() {
  for entry in "$1"/skills/*/; do
    exists "$entry" || continue
    entry=${entry%/}
    add_skill "$1" "${entry##*/}"
  done
}
# <name> <skill>
add_skill() {
  i=${index#*" $1="}
  i=${i%% *}
  eval "old_skills=\$skills_$i"
  case $old_skills in *"$nl$2$nl"*) ;; *) eval "skills_$i=\$old_skills\$2\$nl" ;; esac
}

# Lines `<mode> <hash> <name>/./<path>` for what is shipped, or was, else `<- or as tree_of has it> - <name>/./<path>`; those of
# a plugin one after the other.
note_changes() {
  current=''
  IFS=$nl
  set -f
  for line in $1; do
    name=${line%%/./*} path=${line#*/./}
    name=${name##* }
    [ "$name" = "$current" ] || { end_changes && begin_changes "$name"; }
    case $line in
      '- - '*) ;;
      'other - '*) leads "$path" || loads "$path" || [ "$state$carries" = Unmarked0 ] || continue ;;
      ???' - '*) loads "$path" || [ "$state$carries" = Unmarked0 ] || continue ;;
    esac
    note_change "$path"
  done
  end_changes
  set +f
  unset IFS
}
begin_changes() {
  current=$1 i=${index#*" $1="}
  i=${i%% *} skills=$nl reload=HotReload
  eval "blocks=\$chores_$i state=\$state_$i carries=\$carries_$i old_skills=\$skills_$i"
}
end_changes() { [ -z "$current" ] || eval "chores_$i=\$blocks\${skills#?} reload_$i=\$reload"; }

# What the agent takes up by itself needs no restart; what it has copied before is copied again only once it is gone.
note_change() {
  case $1 in
    skills/*/*)
      skill=${1#skills/} skill=${skill%%/*}
      case $old_skills in *"$nl$skill$nl"*) ;; *) return ;; esac
      case $skills in *"${nl}skill $skill$nl"*) ;; *) skills="${skills}skill $skill$nl" ;; esac
      ;;
    skills/*) ;;
    rules/*) blocks=blocks$nl ;;
    */*) reload=Restart ;;
    *.md) blocks=blocks$nl ;;
    *) reload=Restart ;;
  esac
}

# Takes the copies of a plugin's skills away, but for those that another plugin ships, too.
remove_skills() {
  IFS=$nl
  set -f
  for chore in $chores; do
    case $chore in 'skill '*) remove_skill "$1" "${chore#skill }" ;; esac
  done
  set +f
  unset IFS
}
remove_skill() {
  copy=$configs/skills/$2
  case $2 in . | .. | */*) return ;; esac
  exists "$copy" && ! is_shipped_beside "$1" "$2" || return 0
  if ! is_folder "$configs/skills" || ! is_folder "$copy"; then
    leave_behind "$1" "$copy is no folder of its own"
  elif is_mounted "$2"; then
    leave_behind "$1" "something is mounted at or below $copy"
  elif ! complaint=$({ rm -rf "$copy" 2>/dev/null || { chmod -R u+rwx "$copy" && rm -rf "$copy"; }; } 2>&1); then
    leave_behind "$1" "$copy cannot be removed: $complaint"
  fi
}
is_shipped_beside() {
  set +f
  for entry in */skills/; do
    [ "$entry" = "$1/skills/" ] || ! exists "$entry$2" || return 0
  done
  return 1
}
is_mounted() (
  find_mounts "$configs/skills"
  holds_mount "$1"
)

# What cannot be cleaned up is told, and not tried again.
leave_behind() { uncleaned="$uncleaned$1 $(plain "$2")$nl"; }

# Takes the blocks of all plugins on whose lists they are out of CLAUDE.md, in one step.
strip_all_blocks() {
  exists "$configs/CLAUDE.md" || return 0
  names=''
  for entry in .controller/.todo-*; do
    exists "$entry" && find_listed "$entry" && read_todo "$entry" || continue
    case $nl$chores$nl in *"${nl}blocks$nl"*) names="$names $listed" ;; esac
  done
  [ -n "$names" ] || return 0
  why=''
  strip_blocks "$names" && return
  for name in $names; do leave_behind "$name" "$configs/CLAUDE.md $why: take the blocks of $name out of it"; done
}

# Sets `why` where it must stay as it is. It is read again right before it is replaced, as others write into it, too.
strip_blocks() {
  memory=$configs/CLAUDE.md fresh=$configs/.CLAUDE.md.stripped
  for turn in 1 2 3; do
    why=$(find "$memory" -maxdepth 0 \( ! -type f -o -size "+$longest_memory" \) 2>/dev/null)
    [ -z "$why" ] || { why='is no regular file, or larger than 16 MiB' && return 1; }
    before=$(hash_of "$memory") && [ -n "$before" ] && find_mask || { why='cannot be read' && return 1; }
    after=$(without_blocks "$1" | sha256sum)
    [ "$before" != "${after%% *}" ] || return 0
    [ -w "$memory" ] || { why='cannot be written by this user' && return 1; }
    replace_memory "$1" && return
    rm -rf "$fresh"
  done
  return 1
}
replace_memory() {
  why='is written by somebody else all the time'
  rm -rf "$fresh"
  cp -p "$memory" "$fresh" 2>/dev/null && without_blocks "$1" 2>/dev/null >"$fresh" &&
    [ "$(hash_of "$fresh")" = "${after%% *}" ] || { why='cannot be written anew beside itself' && return 1; }
  flush
  flush "$configs/"
  [ "$(hash_of "$memory")" = "$before" ] || return
  complaint=$(mv -f "$fresh" "$memory" 2>&1) || { why="cannot be replaced ($(plain "$complaint"))" && return 1; }
}

# Sets `mask` to a byte that is not in CLAUDE.md where NUL is, which not every sed can read; empty where it is not.
find_mask() {
  mask=''
  [ "$(tr -d '\000' <"$memory" | sha256sum)" != "$before  -" ] || return 0
  for mask in 377 376 301 300 001 002 003 004 005 006 016 017 020 021 022 023; do
    [ -n "$(tr -cd "\\$mask" <"$memory" | dd bs=1 count=1 2>/dev/null)" ] || return 0
  done
  return 1
}
without_blocks() {
  if [ -z "$mask" ]; then
    sed -E "$(strip_script "$1")" <"$memory"
  else
    tr '\000' "\\$mask" <"$memory" | sed -E "$(strip_script "$1")" | tr "\\$mask" '\000'
  fi
}

# A block goes from the plugin's heading up to the next heading of any plugin, or to two blank lines, which stay. Only what is
# printed by itself ends as it did where the text ends without a line feed.
strip_script() {
  alternatives=$(printf %s "${1# }" | sed 's/\./\\./g;s/ /|/g')
  blank="[ $(printf '\t')]*$(printf '\r')?"
  cat <<END
:text
/^# Plugin: ($alternatives) \//b block
n
b text
:block
\$d
N
s/.*\n//
:inside
/^# Plugin: /b text
/^$blank\$/!b block
\$d
N
/\n$blank\$/b text
s/.*\n//
b inside
END
}
