# The health check of a plugin: a command of its declaration's, run under the lock, so that its outcome is on record with its end.

# Sets `words`: the command, a line a word, behind a `=`; line feeds and backslashes in them are escaped as printf reads them.
read_words() {
  words='' n=0
  while [ "$n" -lt "$1" ] && IFS= read -r word <&3; do
    n=$((n + 1))
    case $word in =*) words=$words$word$nl ;; *) refuse InvalidBatch 'a word is not understood' ;; esac
  done
}

# <name> <digest> <seconds>, with `words`. Only where that is what is due next. Where the workspace itself has gone
# meanwhile, a check that fails says nothing of the plugin.
check_health() {
  read_todo ".controller/.todo-$1" && [ "$due_digest$restart$check" = "${2}01" ] || return 0
  run_words "$1" "$3"
  failure=''
  case $status in
    0) pass_step HealthCheck ;;
    *)
      [ -d "$root" ] || { problem="WorkspaceUnreachable $root has gone while the health check ran" && return; }
      failure="HealthCheck $verdict"
      ;;
  esac
  update_todo ".controller/.todo-$1"
}

# Sets `status` and `verdict`. What it says last is kept; it has ended once nobody holds its output open any more.
run_words() {
  output=.controller/.check.$$ status=''
  {
    {
      read -r leader rest </proc/self/stat
      say "$leader" >"$output.leader"
      (start_words "$1")
      say "$?" >"$output.status"
    } 2>&1 </dev/null 3<&- | tail -c 2000 >"$output"
  } >/dev/null 2>&1 &
  job=$!
  end_late "$2" "$job" >/dev/null 2>&1 3<&- &
  timer=$!
  wait "$job"
  end_tree "$timer"
  wait "$timer" 2>/dev/null
  IFS= read -r status 2>/dev/null <"$output.status"
  verdict="did not end within $2 s"
  [ -z "$status" ] || verdict="exit code $status"
  last=$(tr -d '\000' 2>/dev/null <"$output" | sed -n '/[^[:space:]]/h;${x;p;}')
  [ -z "$last" ] || verdict="$verdict: $(plain "$last")"
  rm -f "$output" "$output.leader" "$output.status"
}
start_words() {
  PLUGIN_DIR=$root/$1 CONFIGS_DIR=${configs:-/}
  export PLUGIN_DIR CONFIGS_DIR
  unset LC_ALL
  [ -z "$callers_locale" ] || { LC_ALL=$callers_locale && export LC_ALL; }
  cd "$home" || exit
  set --
  IFS=$nl
  set -f
  for word in $words; do
    word=$(printf '%b_' "${word#=}")
    set -- "$@" "${word%_}"
  done
  set +f
  unset IFS
  # Some shells take it for an option of exec, and without a program that succeeds.
  case $1 in -*) say "$1: not found" && exit 127 ;; esac
  exec "$@"
}

# Ends a job once its time is over: first what it runs, so that what that has said last is not lost. In a folder of no plugin,
# so that it outlives a command that is ended for its lock.
end_late() {
  cd /
  left=$1
  while [ "$left" -gt 0 ]; do
    left=$((left - 1))
    sleep 1
    kill -0 "$2" || exit 0
  done
  read -r leader <"$root/$output.leader" && end_tree "$leader"
  sleep 1
  end_tree "$2"
}

# Ends a process with all that it has started.
end_tree() {
  family=" $1 " grown=1
  while [ -n "$grown" ]; do
    grown=''
    for process in /proc/[0-9]*; do
      case $family in *" ${process#/proc/} "*) continue ;; esac
      line=''
      [ ! -r "$process/stat" ] || read -r line 2>/dev/null <"$process/stat"
      set -- ${line##*) }
      case $family in *" ${2:-none} "*) family="$family${process#/proc/} " grown=1 ;; esac
    done
  done
  for process in $family; do kill -s KILL "$process" 2>/dev/null; done
}
