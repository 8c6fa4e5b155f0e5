# What remains to be done after a swap. Until the swap is done it is noted in .controller/.todo-<name>.<stamp of the slot>,
# then in .controller/.todo-<name>, and there until nothing of it is left:
#   `<snapshots to keep> <digest> <HotReload|Restart> <restart 0|1|2> <check 0|1> <boot> <start of the first process>`
#   where snapshots are `-` once all is cleaned up, and the digest is `-` for a removal; a restart of 2 is done only once the
#   run that it has begun, or any later one, was seen to stay up
#   `failed <step> <words>` when the next step was tried in vain
#   `blocks` and `skill <name>` for what is to be cleaned up (clean.sh)

# Sets `keep`, `due_digest`, `reload`, `restart`, `check`, `failure` and `chores`; false for what we would not have written. A
# restart that was due in an earlier run of the workspace has happened since; `owed` says whether it was due at all. Where that
# is still to be seen to stay up, `run` is the run in which it was due, and else empty.
read_todo() {
  todo='' failure='' chores='' run=''
  ! is_list "$1" || { IFS= read -r todo && IFS= read -r failure; } <"$1"
  is_todo "$todo" || return
  case $failure in 'failed Restart '* | 'failed HealthCheck '*) failure=${failure#failed } ;; *) failure='' ;; esac
  [ "$keep" = - ] || read_chores <"$1"
  case $restart$restarts in
    [12]Workspace)
      [ -n "$self" ] || find_self
      if [ "$ran" = "$boot $init" ]; then :; elif [ "$restart" = 2 ]; then run=$ran; else pass_step Restart; fi
      ;;
  esac
  case $restart$check$failure in [12]?Restart\ * | 01HealthCheck\ *) ;; *) failure='' ;; esac
}
read_chores() {
  while IFS= read -r line; do
    case $line in blocks | 'skill '?*) chores=$chores$line$nl ;; esac
  done
}
# Sets `lists` to those that may be read, with one process for all.
survey_todos() {
  lists=''
  for entry in .controller/.todo-*; do
    exists "$entry" || return 0
    lists=$nl$(find .controller/.todo-* -maxdepth 0 ! -name "*$nl*" -type f -size -4096 2>/dev/null)$nl
    return 0
  done
}
is_list() {
  exists "$1" || return
  case $lists in *"$nl$1$nl"*) return ;; esac
  [ -n "$(find "$1" -maxdepth 0 -type f -size -4096 2>/dev/null)" ]
}
is_todo() {
  case $1 in '' | *[!A-Za-z0-9\ -]*) return 1 ;; esac
  set -- $1
  [ $# -eq 7 ] || return
  keep=$1 due_digest=$2 reload=$3 restart=$4 check=$5 owed=$4 ran="$6 $7"
  case $keep in [0-9] | 10 | -) ;; *) return 1 ;; esac
  case $reload$restart$check in HotReload[012][01] | Restart[012][01]) ;; *) return 1 ;; esac
  case $due_digest in -) return 0 ;; *[!0-9a-f]*) return 1 ;; esac
  [ "${#due_digest}" -eq 64 ]
}

# The step is done.
pass_step() {
  case $1 in Restart) restart=0 ;; *) check=0 ;; esac
  case $failure in "$1 "*) failure='' ;; esac
}
# <name> <step>: it is not asked for any more, done or not.
settle_step() {
  read_todo ".controller/.todo-$1" || return 0
  pass_step "$2"
  update_todo ".controller/.todo-$1"
}

# Sets `text` to what read_todo sets. A due restart is one of this run of the workspace, where `run` names no earlier one.
print_todo() {
  text="$keep $due_digest $reload $restart $check ${run:-$boot $init}"
  [ -z "$failure" ] || text="$text${nl}failed $failure"
  [ -z "$chores" ] || text="$text$nl${chores%"$nl"}"
}
# Writes it, in one step.
write_todo() {
  print_todo
  ! is_folder "$1" || rm -rf "$1" # whatever an agent may have put there
  put 'noting what remains to be done' ".controller/.due.$$" "$text" &&
    try 'noting what remains to be done' mv -f ".controller/.due.$$" "$1"
}
is_due() { [ "$restart$check" != 00 ]; }
# Writes what is left of a list, if anything is.
update_todo() { if is_due; then write_todo "$1"; else rm -rf "$1"; fi; }

# Sets `note` to where the list of a change stands until its swap is done.
find_note() {
  note=${2##*.}
  [ "$note" != - ] || note=$stamp
  note=.controller/.todo-$1.$note
}

# <name> <slot> <limit> <digest or -> <restart 0|1|2> <check 0|1>, for change <i>, once it is staged and before it is sealed;
# flushed before the swap. What was due before is due no longer, but for a restart.
note_todo() {
  owes=0
  ! read_todo ".controller/.todo-$1" || [ -n "$run" ] || owes=$restart
  find_note "$1" "$2"
  keep=$3 due_digest=$4 restart=$5 check=$6 failure='' run=''
  eval "chores=\$chores_$i reload=\$reload_$i"
  [ "$reload$owes" != HotReload0 ] || restart=0
  print_todo
  # Half of it is no more than none: what is not sealed yet goes.
  put_new "$note" "$text" || write_todo "$note"
}

# <name> <slot>: the swap is done. Where nothing was due before, finish_todos takes up the note as it is.
commit_todo() {
  find_note "$1" "$2"
  ! is_folder ".controller/.todo-$1" || rm -rf ".controller/.todo-$1"
  if exists ".controller/.todo-$1"; then
    try 'noting what remains to be done' mv -f "$note" ".controller/.todo-$1"
  else
    committed="$committed$note "
  fi
}
# The swap has failed; of a removal the live folder may be gone all the same.
settle_note() {
  forget
  find_note "$1" "$2"
  if is_swapped "$1" "${2##*.}" "$note"; then commit_todo "$1" "$2"; else rm -rf "$note"; fi
}
drop_note() {
  find_note "$1" "$2"
  rm -rf "$note"
}

# <name> <stamp>: recovery is about to finish the swap, in another run of the workspace perhaps.
renew_note() {
  find_note "$1" "$2"
  read_todo "$note" || return 0
  restart=$owed run=''
  write_todo "$note"
}

# Lists of changes that were cut short count when their swap is done, and else never were.
recover_notes() {
  for entry in .controller/.todo-*; do
    slot=${entry#.controller/.todo-}
    exists "$entry" && is_stamp "${slot##*.}" || continue
    recovered=1
    settle_note "${slot%.*}" "$slot"
  done
}
is_swapped() {
  read_todo "$3" || return
  if [ "$due_digest" = - ]; then
    ! exists "$1"
  else
    read_marker "$1" && [ "$mark" = "$2" ]
  fi
}

# Does what needs nobody else of every list: snapshots too many go, and what the plugin left elsewhere.
finish_todos() {
  survey_todos
  strip_all_blocks
  unfinished='' finished=''
  for entry in .controller/.todo-*; do
    exists "$entry" || continue
    if ! find_listed "$entry" || ! read_todo "$entry"; then
      recovered=1
      rm -rf "$entry"
      continue
    fi
    [ "$keep" != - ] || ! is_due || continue
    recovered=1
    if is_due; then unfinished="$unfinished $entry"; else finished="$finished $entry"; fi
    [ "$keep" = - ] || clean_up "$listed"
  done
  discard_doomed
  for entry in $unfinished; do
    read_todo "$entry" || continue
    find_listed "$entry"
    keep=- chores='' list=.controller/.todo-$listed
    # Where that cannot be written, the note stays, and with it what is due.
    write_todo "$list" && [ "$entry" != "$list" ] || continue
    finished="$finished $entry"
  done
  [ -z "$finished" ] || rm -rf $finished
  committed=' '
}
clean_up() {
  remove_skills "$1"
  [ "$due_digest" = - ] || prune "$1" "$keep"
}
is_clean() { find_listed "$1" && read_todo "$1" && [ "$keep" = - ] && is_due; }
# Sets `listed` to the plugin whose list this is; false for the note of a swap that is not done, and what is none of ours.
find_listed() {
  listed=${1#.controller/.todo-}
  case $committed in *" $1 "*) listed=${listed%.*} ;; esac
  case $listed in '' | .* | *[!a-z0-9._-]*) return 1 ;; esac
}

# The restart that all were waiting for has been tried, or what runs since another one was watched for a moment: what is due in
# this very run is not done by that. `said` is empty when all is well.
note_tried() {
  may_swap || refuse "${problem%% *}" "${problem#* }"
  for entry in .controller/.todo-*; do
    exists "$entry" && read_todo "$entry" && [ "$restart" != 0 ] || continue
    case $tried in lasted | ended) [ -n "$run" ] || continue ;; esac
    if [ -z "$said" ]; then pass_step Restart; else failure="Restart $(plain "$said")"; fi
    update_todo "$entry"
  done
}

answer_todo() {
  exists ".controller/.todo-$1" && read_todo ".controller/.todo-$1" && is_due || return 0
  [ "$restart" != 2 ] || [ -n "$run" ] || restart=1
  say " todo $due_digest $reload $restart $check"
  [ -z "$failure" ] || say " failed $failure"
}
# Is a list there that a change has to look after?
has_undone() {
  for entry in .controller/.todo-*; do
    exists "$entry" || continue
    is_stamp "${entry##*.}" || ! is_clean "$entry" || continue
    return 0
  done
  return 1
}
