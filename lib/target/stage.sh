# Staging: bringing a whole, verified and marked tree into .staging/, with the live folder untouched.

# Takes exactly so many bytes off the batch, however they arrive.
slice() {
  [ "$1" -lt 65536 ] || dd bs=65536 count=$(($1 / 65536)) iflag=fullblock 2>/dev/null <&3 || return
  [ $(($1 % 65536)) -eq 0 ] || dd bs=$(($1 % 65536)) count=1 iflag=fullblock 2>/dev/null <&3
}

# Sets `slot` to one whose stamp is free and later than that of the live folder: recovery tells trees apart by it.
find_slot() {
  slot=$1.$stamp n=0
  ! read_marker "$1" || case $mark in
    "$stamp") n=1 ;;
    "$stamp"-???) n=$((1${mark##*-} - 999)) ;;
  esac
  [ "$n" -eq 0 ] || slot=$1.$stamp-$(printf %03d "$n")
  while exists ".staging/$slot" || exists ".previous/$slot"; do
    n=$((n + 1))
    slot=$1.$stamp-$(printf %03d "$n")
  done
}

# <parent> <folder>... Makes folders that trees are staged in, each marked as being staged; and where what they replace will go,
# in the same step.
make_trees() {
  beneath=''
  is_folder .staging || beneath=.staging
  is_folder .previous || beneath="$beneath .previous"
  [ "$1" = .staging ] || beneath="$beneath $1"
  shift
  try 'making the staging folder' mkdir $beneath "$@" || return
  for tree in "$@"; do put 'making the staging folder' "$tree/.staging" '' || return; done
}

# <bytes>. Unpacks the trees of the installs that wait for them, into their slots where these bear the stamp of the command. One
# that is not whole is found when all are verified; where it came alone it goes at once, as what filled the disk must not fail
# the next one, too.
receive_trees() {
  case $1 in '' | *[!0-9]*) refuse InvalidBatch 'a length is not understood' ;; esac
  set -- "$1" $coming
  bytes=$1 coming='' problem='' trees='' into=.staging
  shift
  for i in "$@"; do has_stamp_of_command "$i" || into=''; done
  [ -n "$into" ] || { next_trash && into=$trash; }
  for i in "$@"; do eval "trees=\"\$trees $into/\$name_$i.\$stamp\""; done
  if [ $# -gt 0 ] && make_trees "$into" $trees; then unpack "$bytes"; else slice "$bytes" >/dev/null; fi
  blamed=$problem
  for i in "$@"; do put_in_slot "$i" "$#"; done
}
has_stamp_of_command() {
  eval "set -- \$name_$1.\$stamp \$plan_$1"
  [ "$1" = "$4" ]
}
# <number> <how many arrived together>
put_in_slot() {
  eval "set -- \$1 \$2 $into/\$name_$1.\$stamp \$plan_$1; unpacked_$1=\$blamed"
  [ "$4" = install ] || return 0
  staged=.staging/$6 problem=''
  [ "$3" = "$staged" ] || try 'naming the staged tree' mv -T "$3" "$staged" || eval "unpacked_$1=\$problem"
  [ "$2" -gt 1 ] || eval "problem=\$unpacked_$1"
  [ -z "$problem" ] || fail_one "$1" install "$5" "$6"
}

# tar may stop early; what it leaves must still be taken off the batch, or the next line would be read from within. What is a
# single block, as all but a large tree is, has been taken off as a whole by then.
unpack() {
  if [ "$1" -le 2097152 ]; then
    complaint=$(dd bs="$1" count=1 iflag=fullblock 2>/dev/null <&3 | tar -xmof - -C "$into" 2>&1)
  else
    complaint=$(slice "$1" | {
      tar -xmof - -C "$into" 2>&1
      status=$?
      cat >/dev/null
      exit "$status"
    })
  fi || blame unpacking "$complaint"
}

# Holds the trees that have arrived against their manifests, and the live folders in whose place they come against theirs: in
# one pass for all, as each takes many processes. Sets `sound` to the slots whose trees are what was sent, `strays` to the
# plugins whose live folders are not as shipped, and `verified` to what was compared, with `verified_sheets` from it.
verify_trees() {
  arrived='' lives='' expected='' slots='' plugins='' sound=' ' strays=' '
  for i in $all; do
    eval "set -- \$plan_$i \$due_$i; state=\$state_$i"
    case $1 in install | restore | remove) ;; *) continue ;; esac
    [ "$state" != Marked ] || ! is_folder "$2" || lives="$lives $2 $2/.manifest" plugins="$plugins $2"
    [ "$1" = install ] || continue
    arrived="$arrived .staging/$3 .staging/$3/.manifest" slots="$slots $3"
    expected="$expected$6  .staging/$3/.manifest$nl"
  done
  verified=$arrived$lives
  collect $verified
  verified_sheets=$sheets
  if is_as_shipped "$expected"; then
    sound="$slots "
  else
    tell_apart
    for slot in $slots; do is_sound "$slot" && sound="$sound$slot "; done
    for plugin in $plugins; do
      case $verdicts in *"$nl@$plugin "*) strays="$strays$plugin " ;; esac
    done
  fi
}
is_sound() {
  case $nl$expected in *"$nl$(hash_of ".staging/$1/.manifest")  .staging/$1/"*) ;; *) return 1 ;; esac
  verdict_of ".staging/$1"
  [ "$tampered$untracked" = 00 ]
}

# Marks the staged tree as whole: from its `.complete` on, `.staging` counts for nothing (unmark_sealed).
seal() {
  line="$1,\"stamp\":\"${slot##*.}\"}"
  put_new "$staged/.complete" "$line" ||
    { rm -rf "$staged/.complete" && put 'writing .complete' "$staged/.complete" "$line"; } || return
  is_marker "$line" && [ "$field" = "${slot##*.}" ] && sealed="$sealed $staged/.staging" && return
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

# <name> <digest> <carry>. Sets `act`, or `problem`; in any case a tree is to come.
plan_install() {
  coming="$coming $count"
  eval "name_$count=\$1"
  state_of "$1"
  if [ "$state" = MountPoint ]; then
    blame_mount "$1"
  elif is_kept "$1" "$2" "$3"; then
    act=keep
  else
    act=install
    find_slot "$1"
  fi
}

# <name> <digest>. What has arrived is made what is wanted there; sets `act`, or `problem`.
complete_tree() {
  case $sound in
    *" ${staged#.staging/} "*) problem='' ;;
    *)
      [ -n "$problem" ] || problem='VerifyFailed what arrived in the workspace is not what was sent'
      return 1
      ;;
  esac
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
    find_slot "$1"
    staged=.staging/$slot
    make_trees .staging "$staged" && try 'copying the snapshot' copy_snapshot "$usable" || return
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
