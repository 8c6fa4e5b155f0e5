# The claim: whose workspace this is, as `.controller/.owner` says. One that we would not have written counts as none.

# Sets `claimed` to the claim on record; a symlink, or what is longer than a claim can be, is not read: a change has removed it
# before (clear_planted), a look leaves it alone.
read_claim() {
  claimed=''
  if [ -n "$cleared" ]; then
    { [ ! -f .controller/.owner ] || [ -L .controller/.owner ]; } || IFS= read -r claimed <.controller/.owner
  else
    [ -z "$(find .controller/.owner -maxdepth 0 -type f -size -3 2>/dev/null)" ] || IFS= read -r claimed <.controller/.owner
  fi
  case $claimed in
    *[!A-Za-z0-9.:/\ -]* | *\ *\ *\ * | */*/*) claimed='' ;;
    ?*\ ?*/?*\ ?*) ;;
    *) claimed='' ;;
  esac
}

# Another's workspace is neither looked into nor changed; that of one who is gone (`former`) is taken over.
check_claim() {
  [ "$claim" != - ] || return 0
  read_claim
  case $claimed in '' | "$claim" | "$former") ;; *) refuse AlreadyManaged "$claimed" ;; esac
}

# Under the lock, so that of two who found none only one leaves its own.
stake_claim() {
  check_claim
  [ "$claim" != - ] && [ "$claimed" != "$claim" ] || return 0
  rm -f ".controller/.owner.$$"
  put 'recording who manages this workspace' ".controller/.owner.$$" "$claim" &&
    try 'recording who manages this workspace' mv -f ".controller/.owner.$$" .controller/.owner ||
    refuse "${problem%% *}" "${problem#* }"
}

carries_claim() { [ "$claim" != - ] && read_claim && [ "$claimed" = "$claim" ]; }

# The claim goes once nothing of ours is left: no plugin, no snapshot.
drop_claim() {
  for entry in */ .previous/*/; do
    ! read_marker "${entry%/}" || return 0
  done
  rm -rf .controller/.owner .controller/.todo-*
}

# What stands in the place of a folder or file of ours and is none, or is larger than ours can be, was planted. It goes; where
# it leads is left alone.
clear_planted() {
  for own in .controller .staging .previous .controller/.lock; do
    if is_folder "$own"; then open_up "$own"; elif exists "$own"; then rm -f "$own"; fi
  done
  find .controller/.ticket .controller/.owner .controller/.adopting -maxdepth 0 \
    ! -type f -exec rm -rf {} + -o -size +2 -exec rm -rf {} + 2>/dev/null
  cleared=1
}
open_up() { [ -r "$1" ] && [ -w "$1" ] && [ -x "$1" ] || chmod u+rwx "$1" 2>/dev/null; }
is_planted() {
  for own in .controller .staging .previous; do
    ! exists "$own" || { is_folder "$own" && [ -r "$own" ] && [ -x "$own" ]; } || return 0
  done
  return 1
}
