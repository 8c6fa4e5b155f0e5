# Staging: bringing a whole, verified and marked tree into .staging/, with the live folder untouched.

# Takes exactly so many bytes off the batch, however they arrive.
slice() {
  [ "$1" -lt 65536 ] || dd bs=65536 count=$(($1 / 65536)) iflag=fullblock 2>/dev/null <&3 || return
  [ $(($1 % 65536)) -eq 0 ] || dd bs=$(($1 % 65536)) count=1 iflag=fullblock 2>/dev/null <&3
}

# Makes `staged`, a folder whose stamp is free and later than that of the live folder: recovery tells trees apart by it.
begin() {
  slot=$1.$stamp n=0 beneath=''
  ! read_marker "$1" || case $mark in
    "$stamp") n=1 ;;
    "$stamp"-???) n=$((1${mark##*-} - 999)) ;;
  esac
  [ "$n" -eq 0 ] || slot=$1.$stamp-$(printf %03d "$n")
  while exists ".staging/$slot" || exists ".previous/$slot"; do
    n=$((n + 1))
    slot=$1.$stamp-$(printf %03d "$n")
  done
  staged=.staging/$slot
  is_folder .staging || beneath=.staging
  try 'making the staging folder' mkdir $beneath "$staged" && put 'making the staging folder' "$staged/.staging" ''
}

# tar may stop early; what it leaves must still be taken off the batch, or the next line would be read from within. What is a
# single block has been taken off as a whole by then.
unpack() {
  if [ "$1" -lt 65536 ]; then
    complaint=$(dd bs="$1" count=1 iflag=fullblock 2>/dev/null <&3 | tar -xmof - -C "$staged" 2>&1)
  else
    complaint=$(slice "$1" | {
      tar -xmof - -C "$staged" 2>&1
      status=$?
      cat >/dev/null
      exit "$status"
    })
  fi || blame unpacking "$complaint"
}

# Computes the manifests of staged trees from what arrived on disk and writes them, in one pass for all. Sets `written` to
# their hashes, `strange` to what is neither file nor folder, and `unwritten` to what could not be done.
write_manifests() {
  script='' manifests='' written=$nl strange='' unwritten=''
  [ $# -gt 0 ] || return 0
  for tree in "$@"; do
    escape "$tree"
    script="$script s,^\\(... .\\{64\\}\\) $escaped/\\./,\\1 ,w $tree/.manifest${nl}t$nl"
    manifests="$manifests $tree/.manifest"
  done
  unwritten=$(sheets_of "$@" | sed -n "$script" 2>&1)
  written=$nl$(sha256sum $manifests 2>/dev/null)$nl
  strange=$nl$(find "$@" ! -type f ! -type d)
}
# Sets `escaped` to a regular expression for the path of a tree of ours.
escape() {
  escaped='' rest=$1
  while :; do
    case $rest in *.*) escaped=$escaped${rest%%.*}'\.' rest=${rest#*.} ;; *) break ;; esac
  done
  escaped=$escaped$rest
}
# <digest>. Is the manifest of the staged tree the wanted one?
check_written() {
  case $strange in
    *"$nl$staged/"*) ;;
    *) case $written in *"$nl$1  $staged/.manifest$nl"*) return ;; esac ;;
  esac
  if [ -n "$unwritten" ]; then
    blame 'writing .manifest' "$unwritten"
  else
    problem='VerifyFailed what arrived in the workspace is not what was sent'
  fi
  return 1
}

# Marks the staged tree as whole: from its `.complete` on, `.staging` counts for nothing (unmark_sealed).
seal() {
  line="$1,\"stamp\":\"${slot##*.}\"}"
  put_new "$staged/.complete" "$line" ||
    { rm -rf "$staged/.complete" && put 'writing .complete' "$staged/.complete" "$line"; } || return
  { IFS= read -r marker <"$staged/.complete"; } 2>/dev/null
  is_marker "$marker" && [ "$field" = "${slot##*.}" ] && sealed="$sealed $staged/.staging" && return
  problem='VerifyFailed the marker that arrived in the workspace is not what was sent'
  return 1
}

unmark_sealed() { [ -z "$sealed" ] || try 'writing .complete' rm -f $sealed; }

# Copies one entry, by hard links where they work. What cannot be copied stays behind; a full disk ends the step.
duplicate() {
  cp -al "$1" "$2" 2>/dev/null && return
  rm -rf "$2"
  complaint=$(cp -a "$1" "$2" 2>&1) && return
  rm -rf "$2"
  [ "$(reason_of "$complaint")" != NoSpace ] || { say "$complaint" && exit 1; }
}

# Copies what the plugin did not ship from a live folder into the staged one: whole where there is no counterpart, else what is
# below. What the agent would load is left out, and so is what stands in the way of a shipped file. A subshell, as it recurses.
carry_over() (
  for from in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    exists "$from" || continue
    to=$2/${from##*/} path=$3${from##*/}
    case $path in .complete | .manifest | .staging) continue ;; esac
    if is_folder "$from" && { is_folder "$to" || leads "$path"; }; then
      exists "$to" || mkdir "$to" || exit 1
      ! is_folder "$to" || carry_over "$from" "$to" "$path/" || exit 1
    elif ! exists "$to" && { is_folder "$from" || ! { loads "$path" || leads "$path"; }; }; then
      duplicate "$from" "$to"
    fi
  done
)

copy_snapshot() (
  for from in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    case ${from##*/} in .complete | .staging) continue ;; esac
    ! exists "$from" || duplicate "$from" "$staged/${from##*/}"
  done
)

# Is the live folder what is wanted already? Then nothing is touched.
is_kept() {
  [ "$state" = Marked ] && [ "$sum" = "$2" ] && examine "$1" "$1/.manifest" && [ "$tampered" -eq 0 ] && { [ "$3" = 1 ] || [ "$untracked" -eq 0 ]; }
}

# <name> <digest> <tar bytes> <carry>. Takes a tree off the batch. Sets `act`, or `problem`.
plan_install() {
  bytes=$3
  state_of "$1"
  if [ "$state" = MountPoint ]; then
    blame_mount "$1"
  elif is_kept "$1" "$2" "$4"; then
    act=keep
  elif begin "$1"; then
    bytes=0 act=install
    unpack "$3"
  fi
  [ "$bytes" -eq 0 ] || slice "$bytes" >/dev/null
}

# <name> <digest>. What has arrived is made what is wanted there; sets `act`, or `problem`.
complete_tree() {
  check_written "$2" || return
  if [ "$state" = Unmarked ] && examine "$1" "$staged/.manifest" && [ "$tampered" -eq 0 ]; then
    act=adopt carries=1
  else
    [ "$carries" = 0 ] || bring_along "$1" "$2"
  fi
}

bring_along() {
  is_folder "$1" || return 0
  try 'carrying over files that the plugin did not ship' carry_over "$1" "$staged" '' || return
  verifies "$staged" "$2" && return
  problem='VerifyFailed files that the plugin did not ship could not be carried over'
  return 1
}

# <name> <digest>. The snapshot stays where it is until it is pruned: a crash on the way cannot lose it.
plan_restore() {
  state_of "$1"
  if [ "$state" = MountPoint ]; then
    blame_mount "$1"
  elif is_kept "$1" "$2" 0; then
    act=keep
  else
    usable='' wanted=$2
    each_slot .previous "$1" consider_snapshot
    problem='SnapshotUnusable no snapshot of that content is there and intact'
    [ -n "$usable" ] || return
    problem='' act=restore
    begin "$1" && try 'copying the snapshot' copy_snapshot "$usable" || return
    verifies "$staged" "$2" && return
    [ -n "$problem" ] || problem='SnapshotUnusable the snapshot could not be copied whole'
  fi
}
consider_snapshot() { read_marker "$1" && verifies "$1" "$wanted" && usable=$1; }

plan_remove() {
  state_of "$1"
  act=remove slot=''
  [ "$state" != MountPoint ] || blame_mount "$1"
}
