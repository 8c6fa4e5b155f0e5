# Swapping: the one step in which a staged tree becomes the live one, and what becomes of the old tree.

# These exchange each pair of paths, and print 0 or the errno. The number of the system call is for C libraries older than its wrapper.
python_exchange='import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
paths = [os.fsencode(path) for path in sys.argv[1:]]
for a, b in zip(paths[::2], paths[1::2]):
    if hasattr(libc, "renameat2"):
        failed = libc.renameat2(-100, a, -100, b, 2)
    else:
        failed = libc.syscall({"x86_64": 316, "aarch64": 276}[os.uname().machine], -100, a, -100, b, 2)
    print(ctypes.get_errno() if failed else 0, flush=True)'

perl_exchange='my %numbers = (x86_64 => 316, aarch64 => 276);
open my $arch, "<", "/proc/sys/kernel/arch";
chomp(my $machine = <$arch> // qx(uname -m));
my $number = length pack("p", "") == 8 ? $numbers{$machine} : undef;
exit 64 unless $number;
$| = 1;
while (my ($first, $second) = splice @ARGV, 0, 2) {
  print syscall($number, -100, $first, -100, $second, 2) == 0 ? 0 : $! + 0, "\n";
}'

# Which program can exchange two folders in one step, and starts the soonest? That perl or python3 can, the first exchange
# tells, or `find_swapper`.
choose_swapper() {
  swapper=perl
  command -v perl >/dev/null || choose_slower
}
choose_slower() {
  swapper=none
  case $(mv --help 2>&1) in
    *--exchange*) swapper=mv ;;
    *) ! command -v python3 >/dev/null || swapper=python3 ;;
  esac
}
find_swapper() {
  choose_swapper
  exchange_pairs >/dev/null || swapper=none
}

# Exchanges each staged tree of <name> <slot> and so on with its live folder, with one process for all; sets `exchanged` to the
# slots for which that was done.
exchange_all() {
  exchanged=' '
  [ $# -gt 0 ] && make_folder 'making .previous' .previous || return
  [ -n "$swapper" ] || choose_swapper
  slots='' pairs=''
  while [ $# -gt 0 ]; do
    slots="$slots $2"
    pairs="$pairs $1 .staging/$2"
    shift 2
  done
  codes=$(exchange_pairs $pairs)
  [ -n "$codes" ] || swapper=none
  set -- $slots
  for code in $codes; do
    [ "$code" != 0 ] || exchanged="$exchanged$1 "
    shift
  done
}
# Prints 0, or something else, for each pair. What perl does not know the number of the system call for, others may.
exchange_pairs() {
  case $swapper in
    perl)
      PERL5OPT='' PERL5LIB='' perl -e "$perl_exchange" "$@" 2>/dev/null
      status=$?
      [ "$status" -eq 64 ] || return "$status"
      choose_slower
      exchange_pairs "$@"
      ;;
    mv) exchange_by_mv "$@" ;;
    python3) exchange_by_python "$@" ;;
    *) return 1 ;;
  esac
}
exchange_by_python() { python3 -I -S -c "$python_exchange" "$@" 2>/dev/null; }
exchange_by_mv() {
  while [ $# -gt 0 ]; do
    if mv -T --exchange "$1" "$2" 2>/dev/null; then say 0; else say 1; fi
    shift 2
  done
}
is_exchanged() { case $exchanged in *" $1 "*) ;; *) return 1 ;; esac; }

# Sets `trash` to a free place for what is only to be deleted, of a plugin or a slot where one is named; what a crash leaves
# there, recovery deletes.
next_trash() {
  trashed=$((trashed + 1))
  trash=.staging/.trash.$stamp.$$.$trashed
  case ${1:-} in '' | *[!A-Za-z0-9._-]*) ;; *) trash=$trash.$1 ;; esac
}
discard() {
  next_trash "${1##*/}"
  make_folder 'putting a tree away' .staging && try 'putting a tree away' mv -T "$1" "$trash"
}
# What is mounted there may have been mounted since it was put away: it is asked for right before. What cannot be deleted, as
# it is somebody else's, gets a name that no look takes for a leftover: it is told once, and each change tries again.
empty_trash() {
  set -- .staging/.trash.*
  exists "$1" || return 0
  find_mounts .
  case $mounts in *' .staging/.trash.'*) ;; *) rm -rf "$@" 2>/dev/null && return ;; esac
  for entry in "$@"; do
    if holds_mount "$entry"; then
      complaint='something is mounted in it'
    else
      rm -rf "$entry" 2>/dev/null && continue
      ! is_folder "$entry" || chmod -R u+rwx "$entry" 2>/dev/null
      complaint=$(rm -rf "$entry" 2>&1) && continue
    fi
    keep_trash "$entry"
  done
}
keep_trash() {
  case $1 in .staging/.trash.kept.*) return ;; esac
  kept=.staging/.trash.kept.${1#.staging/.trash.}
  mv -T "$1" "$kept" 2>/dev/null || return
  owner=${kept#.staging/.trash.kept.*.*.*.}
  if [ "$owner" != "$kept" ]; then
    tell_kept "$owner"
  else
    # Snapshots are put away together.
    for part in "$kept"/*; do tell_kept "${part##*/}"; done
  fi
}
# <plugin or slot>
tell_kept() {
  owner=$1
  ! is_stamp "${owner##*.}" || owner=${owner%.*}
  case $owner in '' | .* | *[!a-z0-9._-]*) ;; *) leave_behind "$owner" "$root/$kept cannot be deleted: $complaint" ;; esac
}

# Sets `moves`: `yes`, `copy` where rename(2) is refused across layers or devices (EXDEV), else `no` with `problem`. It is
# asked by renaming onto a folder that is not empty, which never succeeds: and no mv copies over such a folder, while it
# would silently copy a tree, bit by bit, to a free name.
find_movable() {
  next_trash
  moves=no
  try 'making the staging folder' mkdir -p "$trash/${1##*/}/full" || return
  [ -w "$1" ] || chmod u+rwx "$1" 2>/dev/null # moving a folder writes into it
  complaint=$(mv -f "$1" "$trash/" 2>&1)
  case $complaint in
    *inter-device* | *ross-device* | *"can't remove"*) moves=copy ;;
    *'not empty'* | *'File exists'*) moves=yes ;;
    *busy*) blame_mount "$1" ;;
    *) problem="ForeignContent $1 cannot be moved: $(plain "$complaint")" ;;
  esac
}

# <name> <slot>. The staged tree becomes the live one; sets `swapped` to how, or `problem`, with the old tree live again.
swap_in() {
  swapped=-
  ! is_exchanged "$2" || { swapped=Exchange && return; }
  exists "$1" || { try 'renaming the staged tree' mv -T ".staging/$2" "$1" && return; }
  [ -z "$problem" ] && try 'making .previous' mkdir -p .previous || return
  if is_folder "$1"; then
    find_movable "$1"
  else
    moves=yes
  fi
  case $moves in
    yes) swap_by_renames "$1" "$2" ;;
    copy) swap_by_copy "$1" "$2" ;;
    *) return 1 ;;
  esac
}
swap_by_renames() {
  try 'renaming the live folder' mv -T "$1" ".previous/$2" || return
  swapped=Rename
  try 'renaming the staged tree' mv -T ".staging/$2" "$1" || {
    mv -T ".previous/$2" "$1"
    return 1
  }
}

# The live folder belongs to an image layer. Its whole copy becomes the snapshot before anything of it goes; from then on
# recovery completes the swap.
swap_by_copy() {
  next_trash
  copy=$trash
  try 'copying the live folder' cp -a "$1" "$copy" || return
  if [ "$(contents_of "$1")" != "$(contents_of "$copy")" ]; then
    problem='ForeignContent the live folder comes from an image layer and could not be copied whole'
    return 1
  fi
  put 'noting the copy' .controller/.adopting "$2" && try 'keeping the copy' mv -T "$copy" ".previous/$2" || return
  flush
  swapped=Rename
  if try 'removing the live folder' clear_live "$1" && try 'renaming the staged tree' mv -T ".staging/$2" "$1"; then
    rm -f .controller/.adopting
    return
  fi
  cp -a ".previous/$2/." "$1/" 2>/dev/null || { clear_live "$1" && mv -T ".previous/$2" "$1"; } 2>/dev/null
  rm -f .controller/.adopting
  return 1
}
contents_of() { (cd "$1" && sheets_of . && tree_of '' . | sort); }
# A folder that cannot be moved is deleted with its marker first: half of it must never look whole.
clear_live() {
  find_mounts .
  ! holds_mount "$1" || { say "something is mounted below $1" >&2 && return 1; }
  rm -f "$1/.complete" && rm -rf "$1"
}

# Writes manifest and marker into an unmarked folder that holds the wanted files; the staged copy is done with first.
adopt_in_place() {
  discard ".staging/$2" &&
    try 'writing .manifest' mv -f "$trash/.manifest" "$1/.manifest" &&
    try 'writing .complete' mv -f "$trash/.complete" "$1/.complete"
}

# The live folder goes in one step, with the snapshots that are ours.
remove_all() {
  if is_folder "$1"; then
    find_movable "$1"
    case $moves in
      yes) discard "$1" ;;
      copy) try 'removing the live folder' clear_live "$1" ;;
      *) return 1 ;;
    esac || return
  elif exists "$1"; then
    try 'removing what stands there' rm -f "$1" || return
  fi
  each_slot .previous "$1" discard_own
}
discard_own() {
  read_marker "$1" || return 0
  if holds_mount "$1"; then
    leave_behind "${slot%.*}" "$root/$1 cannot be deleted: something is mounted in it"
  else
    discard "$1"
  fi
}

# Moves a displaced tree out of .staging/, under a name that is free.
keep_displaced() {
  is_folder .previous || mkdir -p .previous
  place=.previous/${1##*/} n=0
  while exists "$place"; do n=$((n + 1)) place=.previous/${1##*/}${n}; done
  mv -T "$1" "$place" 2>/dev/null
}

# The same for those of many swaps, with one process where their names are free.
keep_all_displaced() {
  [ $# -gt 0 ] || return 0
  is_folder .previous || mkdir -p .previous
  for tree in "$@"; do
    shift
    if exists ".previous/${tree##*/}"; then keep_displaced "$tree"; else set -- "$@" "$tree"; fi
  done
  [ $# -eq 0 ] || mv "$@" .previous/ 2>/dev/null
}

# <name> <limit>. Adds the snapshots too many to `doomed`. What was not ours stays for ever, and so does what something is
# mounted in. What the live tree displaced stays until the next change, as an agent may still read it; of the others those
# with the content of the live tree go, and the newest of the rest stay.
prune() {
  limit=$2 kept=0 newest_first=''
  read_marker "$1" && live_mark=$mark live_hash=$sum || return
  each_slot .previous "$1" add_slot
  for entry in $newest_first; do
    read_marker "$entry" || continue
    differs=0
    [ "$sum" = "$live_hash" ] || differs=1
    if [ "$limit" -gt 0 ] && [ "${entry##*.}" = "$live_mark" ]; then
      kept=$((kept + differs))
    elif [ "$differs" -eq 1 ] && [ "$kept" -lt "$limit" ]; then
      kept=$((kept + 1))
    elif ! holds_mount "$entry"; then
      doomed="$doomed $entry"
    fi
  done
}
discard_doomed() {
  [ -n "$doomed" ] || return 0
  next_trash
  try 'putting snapshots away' mkdir -p "$trash" && try 'putting snapshots away' mv $doomed "$trash/"
  doomed=''
}
add_slot() { newest_first="$1 $newest_first"; }

# Flushes the file system that a folder is on, or all where sync cannot tell them apart, which is when it fails for any.
flush() { sync -f "${1:-.}" || { ! sync -f /proc && sync; }; }
