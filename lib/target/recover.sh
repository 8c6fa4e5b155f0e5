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
  for entry in .controller/.lock.* .controller/.ticket.* .controller/.owner.* .controller/.due.* .controller/.check.* \
    .controller/.adopting; do
    ! exists "$entry" || rm -rf "$entry"
  done
  forget
  recover_notes
  finish_todos
  forget
  empty_trash
  [ -z "$recovered" ] || flush 2>/dev/null
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
    rm -f "$1/.staging"
    renew_note "$2" "$3" && mv -T "$1" "$2"
  else
    discard "$1"
    [ -z "$free" ] || ! exists ".previous/$3" || mv -T ".previous/$3" "$2"
  fi
}
