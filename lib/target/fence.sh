# Fencing: the ticket that orders commands, the lock that keeps them apart, and the end of one that takes too long.

longest_minutes=60 # no command is given longer

# Is a ticket on record that is newer than ours?
is_outdated() {
  recorded=''
  [ ! -f .controller/.ticket ] || IFS= read -r recorded <.controller/.ticket
  case $recorded in '' | *[!0-9\ ]*) return 1 ;; esac
  set -- $recorded
  [ $# -eq 3 ] || return 1
  if [ "$1" -ne "$since" ]; then
    [ "$1" -gt "$since" ]
  elif [ "$2" -ne "$transitions" ]; then
    [ "$2" -gt "$transitions" ]
  else
    [ "$3" -gt "$sequence" ]
  fi
}
stale_words='a controller that began to lead later has changed this workspace'

# Leaves our ticket, so that an older command sees it before its next swap even while it holds the lock. One that overrules
# puts it in the place of a newer one, once: what comes later is newer again.
record_ticket() {
  [ -n "$overrules" ] || ! is_outdated || refuse StaleTicket "$stale_words"
  [ -z "$overrules" ] && [ "$recorded" = "$since $transitions $sequence" ] && return
  overrules=''
  insist leave_ticket
}
leave_ticket() {
  put 'recording the ticket' ".controller/.ticket.$$" "$since $transitions $sequence" &&
    try 'recording the ticket' mv -f ".controller/.ticket.$$" .controller/.ticket
}

# Before we have the lock, one who recovers under it may take what we prepare for a leftover: then it is prepared again.
insist() {
  "$1" || { problem='' && "$1"; } || { problem='' && "$1"; } || refuse "${problem%% *}" "${problem#* }"
}

# Sets `uptime` to the seconds since boot: no process has to be asked for them, and nobody sets them.
find_uptime() {
  if read -r uptime line 2>/dev/null </proc/uptime; then uptime=${uptime%%.*}; else uptime=$(date +%s); fi
}

# May this command still swap? Otherwise `problem` says why not.
may_swap() {
  if is_outdated; then
    problem="StaleTicket $stale_words"
  elif find_uptime && [ "$uptime" -ge "$ends" ]; then
    problem='InstallFailed the deadline passed before the swap'
  else
    return 0
  fi
  return 1
}

# Sets `started` to when a process began, in ticks since boot; false when it is gone. A zombie is gone.
find_start() {
  started='' line=''
  [ ! -r "/proc/$1/stat" ] || read -r line 2>/dev/null <"/proc/$1/stat"
  [ -n "$line" ] || return 1
  set -- ${line##*) }
  case $1 in Z | X) return 1 ;; esac
  started=${20}
}

# A holder is told apart by boot, host (the container's name), the start of its first process, then pid and start. Its entry
# in the lock says that, until when it may work, and its term.
find_self() {
  read -r boot </proc/sys/kernel/random/boot_id
  read -r host </proc/sys/kernel/hostname
  find_start 1
  init=${started:-0}
  find_start $$
  self="$boot $host $init $$ ${started:-0}"
}

# Is the holder that this entry of the lock names at work? An entry that is no line of ours names nobody, as ours are laid
# whole. One on another host shares only the folder with us: it is gone once its time is over. One here has ended itself by
# then: no process that an agent may have named instead keeps the lock longer. One of an earlier term than ours belongs to
# nobody any more: it gets a moment to finish, then it is ended.
is_held() {
  entry=$1 holder=''
  [ -z "$(find "$entry" -maxdepth 0 -type f -size -3 2>/dev/null)" ] || IFS= read -r holder <"$entry"
  set -f
  set -- $holder
  set +f
  if [ $# -ne 8 ] || [ "$1" != "$boot" ]; then
    return 1
  elif [ "$2" != "$host" ]; then
    is_in_time "$6"
  elif [ "$3" != "$init" ]; then
    return 1
  elif ! find_start "$4"; then
    ! end_command "$4"
  elif [ "$started" != "$5" ]; then
    return 1
  elif ! is_in_time "$6"; then
    ! end_command "$4"
  else
    [ "$tries" -lt 2 ] || ! is_earlier_term "$7" "$8" || end_command "$4"
    return 0
  fi
}
# Can a command that works now have until then?
is_in_time() {
  moment=$(date +%s)
  [ "$1" -ge "$moment" ] && [ "$1" -le $((moment + longest_minutes * 60)) ]
} 2>/dev/null
is_earlier_term() { [ "$1" -lt "$since" ] || { [ "$1" -eq "$since" ] && [ "$2" -lt "$transitions" ]; }; }

# Ends what there is of the command that process $1 leads, or led: all of its group that works in this folder, whatever an
# agent may have written into the lock. False where there was any; a process is gone some time after its signal.
end_command() {
  group=$1 here=$(pwd -P) ended=''
  for process in /proc/[0-9]*; do
    line=''
    [ ! -r "$process/stat" ] || read -r line 2>/dev/null <"$process/stat"
    set -- ${line##*) }
    [ "${3:-}" = "$group" ] || continue
    case $1 in Z | X) continue ;; esac
    case $(cd "$process/cwd" 2>/dev/null && pwd -P)/ in
      "$here"/*) ! kill -s KILL "${process#/proc/}" 2>/dev/null || ended=1 ;;
    esac
  done
  [ -z "$ended" ]
}

# Takes out of the lock what stands for holders that are gone; false while one is at work. Each has an entry of a name of its
# own, so that nobody ever takes away that of another who came in between. Over an empty lock anybody may lay theirs.
clear_lock() {
  open_up .controller/.lock
  for entry in .controller/.lock/* .controller/.lock/.[!.]* .controller/.lock/..?*; do
    exists "$entry" || continue
    case ${entry##*/} in .owner.*) ! is_held "$entry" || return ;; esac
    rm -rf "$entry" 2>/dev/null || { is_folder "$entry" && chmod -R u+rwx "$entry" && rm -rf "$entry"; } 2>/dev/null
  done
}

# Puts the lock there with its holder already inside: killed in between, one that names nobody would keep everybody out for an
# hour. Two folders cannot stand in one place, and no mv puts one over another that is not empty.
lay_lock() {
  exists "$fresh/$badge" || insist prepare_lock
  mv -T "$fresh" .controller/.lock 2>/dev/null && exists ".controller/.lock/$badge"
}

prepare_lock() {
  try 'making the lock' mkdir -p "$fresh" &&
    put 'making the lock' "$fresh/$badge" "$self $((deadline + 5)) $since $transitions"
}

# Waits a moment for a live holder: commands of one controller come one after the other, so it is a straggler.
take_lock() {
  find_self
  tries=0 holder='' fresh=.controller/.lock.new.$$ badge=.owner.$$.${started:-0}
  # One of another process that had our number.
  ! exists "$fresh" || rm -rf "$fresh"
  until lay_lock; do
    tries=$((tries + 1))
    [ "$tries" -le 4 ] ||
      refuse Locked "another command is at work in this workspace; its lock says: ${holder:-nothing}"
    clear_lock || sleep 1
  done
  held=1
}

# <folder>... that go with it where they are empty. By its name: should our time have been over, the lock is another's by now.
release_lock() {
  held=''
  # With one process, where rm can do that.
  rm -fd "$@" ".controller/.lock/$badge" .controller/.lock 2>/dev/null
  exists ".controller/.lock/$badge" || return 0
  [ $# -eq 0 ] || rmdir "$@" 2>/dev/null
  rm -f ".controller/.lock/$badge"
  rmdir .controller/.lock 2>/dev/null
}

# Ends this program, with all it started, at its deadline, also when nobody is connected to it any more. Once the program is
# gone, killed or not, its watchdog goes within two seconds.
watch() {
  trap '[ -z "${!:-}" ] || kill "$!"; exit 0' TERM
  left=$1
  while [ "$left" -gt 0 ]; do
    left=$((left - 2))
    sleep 2 &
    wait "$!"
    kill -0 "$$" || exit 0
  done
  kill -s KILL -- "-$$" || kill -s KILL "$$"
}

# <what is done at the end>
begin_watch() {
  # Before the traps: a child loses a signal that comes while it still has those of its parent.
  watch "$seconds" >/dev/null 2>&1 3<&- &
  watchdog=$!
  trap "$1" EXIT
  trap 'exit 143' TERM INT HUP PIPE
}
end_watch() {
  kill "$watchdog" 2>/dev/null
  wait "$watchdog" 2>/dev/null
}

leave() {
  # A change that a full disk refused must not look like one that was cut short.
  for entry in ".controller/.ticket.$$" ".controller/.owner.$$" ".controller/.lock.new.$$"; do
    ! exists "$entry" || rm -rf "$entry"
  done
  [ -z "$held" ] || release_lock
  end_watch
}
