# Recovery: what a change that was cut short has left is finished or taken back, told by names and markers alone.

recover() {
  adopting='' recovered=''
  [ ! -f .controller/.adopting ] || IFS= read -r adopting <.controller/.adopting
  for entry in .staging/*; do
    slot=${entry##*/}
    exists "$entry" && is_stamp "${slot##*.}" && recovered=1 || continue
    case $slot in
      [a-z0-9]*) recover_slot "$entry" "${slot%.*}" "${slot##*.}" ;;
      *) discard "$entry" ;; # no name of a plugin
    esac
  done
  for entry in .controller/.lock.* .controller/.ticket.* .controller/.owner.* .controller/.adopting; do
    ! exists "$entry" || rm -rf "$entry"
  done
  for entry in .controller/.todo-*; do
    exists "$entry" && recovered=1 && finish_todo "$entry" "${entry#.controller/.todo-}"
  done
  forget
  empty_trash
  [ -z "$recovered" ] || flush 2>/dev/null
}

# <name> <previous limit>. Flushed before the swap, so that a crash after it does not keep a snapshot too many for ever.
note_todo() {
  case $act in
    install | adopt | restore) ;;
    *) return 0 ;;
  esac
  ! exists ".controller/.todo-$1" || rm -rf ".controller/.todo-$1" # whatever an agent may have put there
  try 'noting what remains to be done' write_file ".controller/.todo-$1" "$2"
}

# <entry> <name>
finish_todo() {
  limit=''
  [ ! -f "$1" ] || [ -L "$1" ] || IFS= read -r limit <"$1"
  case $2 in
    [a-z0-9]*) case $limit in [0-9] | 10) prune "$2" "$limit" ;; esac ;;
  esac
  rm -rf "$1"
}

# <entry> <name> <stamp>
recover_slot() {
  forget
  read_marker "$2"
  if [ "$mark" = "$3" ]; then
    keep_displaced "$1" # the exchange was done: this is the old tree
  elif read_marker "$1" && [ "$mark" = "$3" ]; then
    complete_swap "$1" "$2" "${1##*/}"
  elif [ -z "$marker" ] && [ -f "$1/.staging" ]; then
    discard "$1" # being staged
  elif ! rmdir "$1" 2>/dev/null; then
    keep_displaced "$1"
  fi
}

# <entry> <name> <slot>. A staged tree goes live only where nothing does (a crash between two renames, a first install) or
# where what is left of the live folder is safe as a copy.
complete_swap() {
  rest=${marker#*\"digest\":\"sha256:} whole='' free=''
  ! verifies "$1" "${rest%%\"*}" || whole=1
  if ! exists "$2"; then
    free=1
  elif [ "$3" = "$adopting" ] && exists ".previous/$3"; then
    clear_live "$2" && free=1
  fi
  if [ "$free$whole" = 11 ]; then
    mv -T "$1" "$2"
  else
    discard "$1"
    [ -z "$free" ] || ! exists ".previous/$3" || mv -T ".previous/$3" "$2"
  fi
}
