# The batch: reads it, does it in phases (stage all, flush once, swap each, flush once, prune), and answers.

check_name() { case $1 in '' | [.-]* | *[!a-z0-9._-]*) refuse InvalidBatch 'a name is not one of ours' ;; esac; }

# Reads the lines of the batch. Trees are unpacked as they arrive; `plan_<n>` holds `<act> <name> <slot> <limit>`.
read_batch() {
  count=0 all='' coming='' asked='' wants_list='' wants_mode='' whole='' tried=''
  while [ -z "$whole" ] && read -r verb name digest a b c d e <&3; do
    case $verb in
      end) whole=1 ;;
      list) wants_list=1 ;;
      mode) wants_mode=1 ;;
      look) check_name "$name" && asked="$asked $name" ;;
      restarted | lasted) tried=$verb said='' ;;
      unrestarted | ended) tried=$verb said="$name $digest $a $b $c $d $e" said=${said%"${said##*[! ]}"} ;;
      install | restore | remove | check | settle)
        [ "$kind" = change ] || refuse InvalidBatch 'a look changes nothing'
        check_name "$name" && receive_one
        ;;
      trees) receive_trees "$name" ;;
      *) refuse InvalidBatch 'an unknown line' ;;
    esac
  done
  [ -n "$whole" ] || cut_short
}
cut_short() {
  [ "$kind" = look ] || drop_staged
  refuse InvalidBatch 'the batch ended early'
}

# Takes a change off the batch; `due_<n>` holds what note_todo is given of it.
receive_one() {
  count=$((count + 1)) all="$all $count" act='' problem='' staged='' slot=- carries=0 words='' json='' due='0 - 0 0'
  planned="$planned $name" state=''
  case $verb in
    install)
      IFS= read -r json <&3
      carries=$b due="$a $digest $c $d"
      plan_install "$name" "$digest" "$b"
      ;;
    restore)
      IFS= read -r json <&3
      due="$a $digest $b $c"
      plan_restore "$name" "$digest"
      ;;
    remove)
      due="0 - $digest 0"
      plan_remove "$name"
      ;;
    check)
      read_words "$b"
      act=check slot=$digest due=$a
      ;;
    settle)
      case $digest in Restart | HealthCheck) ;; *) refuse InvalidBatch 'a step is not understood' ;; esac
      act=settle slot=$digest
      ;;
  esac
  slot=${slot:--}
  eval "plan_$count=\"\$act \$name \$slot \${due%% *}\" due_$count=\$due words_$count=\$words json_$count=\$json"
  eval "state_$count=\$state carries_$count=\$carries unpacked_$count=''"
  [ -z "$problem" ] || fail_one "$count" "$act" "$name" "$slot"
}

# Makes what has arrived whole, in passes for all: is it what was sent, what is to be done afterwards, and last the markers.
stage_all() {
  sealed=''
  verify_trees
  for i in $all; do
    eval "set -- \$plan_$i \$due_$i"
    [ "$1" = install ] || continue
    eval "state=\$state_$i carries=\$carries_$i problem=\$unpacked_$i"
    act=install staged=.staging/$3
    complete_tree "$2" "$6"
    eval "plan_$i=\"\$act \$2 \$3 \$4\" carries_$i=\$carries"
    [ -z "$problem" ] || fail_one "$i" "$act" "$2" "$3"
  done
  find_chores
  for i in $all; do
    eval "set -- \$plan_$i \$due_$i"
    case $1 in install | adopt | restore | remove) ;; *) continue ;; esac
    slot=$3 staged='' problem=''
    [ "$1" = remove ] || staged=.staging/$3
    note_todo "$2" "$3" "$5" "$6" "$7" "$8" && [ -n "$staged" ] && eval "seal \"\$json_$i\""
    [ -z "$problem" ] || fail_one "$i" "$1" "$2" "$3"
  done
}
# <number> <act> <name> <slot>
fail_one() {
  eval "plan_$1=\"failed \$3 \$4 0\" result_$1=\"failed \$problem\""
  # Deleted at once: what filled the disk must not fail the next one too.
  [ -z "$staged" ] || ! exists "$staged" || { discard "$staged" && empty_trash; }
  case $2 in install | adopt | restore | remove) settle_note "$3" "$4" ;; esac
}
drop_staged() {
  for i in $all; do
    eval "set -- \$plan_$i"
    case $1 in install | adopt | restore) ! exists ".staging/$3" || discard ".staging/$3" ;; esac
    case $1 in install | adopt | restore | remove) drop_note "$2" "$3" ;; esac
  done
  empty_trash
}

# Does what is staged. A change that fails leaves the others alone.
do_batch() {
  [ "$count" -gt 0 ] || return
  problem=''
  stage_all
  problem=''
  unmark_sealed && try 'flushing to disk' flush
  flushed=$problem exchanged=' ' displaced=''
  [ -n "$problem" ] || exchange_folders
  for i in $all; do
    eval "set -- \$plan_$i \$due_$i; carries=\$carries_$i"
    staged=.staging/$3 problem=$flushed swapped=-
    case $1 in
      failed) continue ;;
      keep) effect=Kept ;;
      *) [ -z "$problem" ] && { is_exchanged "$3" || may_swap; } && do_one "$@" ;;
    esac
    if [ -n "$problem" ]; then
      fail_one "$i" "$@"
    else
      eval "result_$i=\"done \$effect \$swapped\""
      [ "$swapped" != Exchange ] || displaced="$displaced $staged"
      [ "$1$carries" != install0 ] || as_sent="$as_sent$2=$6:${3##*.} "
    fi
  done
  keep_all_displaced $displaced
  flush 2>/dev/null
  forget
  survey_plugins $planned
  finish_todos
  for i in $all; do
    eval "set -- \$plan_$i"
    [ "$1" != keep ] || prune "$2" "$4"
  done
  discard_doomed
  empty_trash
}
# What goes where a folder is live goes there by one process for all, where the workspace can do that.
exchange_folders() {
  pairs=''
  for i in $all; do
    eval "set -- \$plan_$i"
    case $1 in install | restore) ! is_folder "$2" || pairs="$pairs $2 $3" ;; esac
  done
  [ -n "$pairs" ] && may_swap || return
  exchange_all $pairs
}
do_one() {
  case $1 in
    install) effect=Installed && swap_in "$2" "$3" ;;
    restore) effect=Restored && swap_in "$2" "$3" ;;
    adopt) effect=Adopted && adopt_in_place "$2" "$3" ;;
    remove) effect=Removed && remove_all "$2" ;;
    check)
      eval "words=\$words_$i"
      effect=Checked && check_health "$2" "$3" "$4"
      return
      ;;
    settle)
      effect=Settled && settle_step "$2" "$3"
      return
      ;;
  esac
  [ -n "$problem" ] || commit_todo "$2" "$3"
}

answer() {
  for i in $all; do eval "say \"result $i \$result_$i\""; done
  [ -z "$uncleaned" ] || printf %s "$uncleaned" | sed 's/^/uncleaned /'
  if [ -z "$rootless" ]; then
    answer_looks $asked
    [ -z "$wants_list" ] || answer_list
    ! has_leftovers || say leftovers
  else
    for name in $asked; do say "plugin $name Absent"; done
  fi
  [ -z "$wants_mode" ] || answer_mode
}
answer_mode() {
  [ -n "$swapper" ] || find_swapper
  if [ "$swapper" = none ]; then say 'mode Rename'; else say 'mode Exchange'; fi
}

open_for_change() {
  [ -d "$root" ] || try 'making the plugins folder' mkdir -p "$root/.controller" || refuse "${problem%% *}" "${problem#* }"
  cd "$root" 2>/dev/null || refuse NotWritable "$root cannot be entered"
  [ -w . ] || refuse NotWritable "$root cannot be written by this user"
  clear_planted
  check_claim
  make_folder "preparing $root" .controller || refuse "${problem%% *}" "${problem#* }"
  begin_watch leave
  record_ticket
  take_lock
  stake_claim
  record_ticket
}
# Only a workspace that carries our claim is let go of; no other is looked into or touched.
open_for_release() {
  cd "$root" 2>/dev/null && carries_claim && kind=change releases=1 || claim=- kind=look
}

say 'target 1'
for tool in tar find xargs sha256sum sed sort uniq tail tr dd cat cp mv rm rmdir mkdir chmod sync date sleep; do
  command -v "$tool" >/dev/null && continue
  # As refuse does, without the tools that it needs.
  say "refused TargetToolMissing $tool"
  say end
  exit 0
done
releases='' held='' cleared='' watchdog='' rootless='' swapper='' planned='' doomed='' lists='' trashed=0 problem=''
committed=' ' as_sent=' ' self='' uncleaned='' home=$PWD
read -r version <&3
IFS= read -r root <&3
read -r kind stamp seconds restarts since transitions sequence overrules <&3
configs=${root%/*}
IFS= read -r claim <&3
IFS= read -r former <&3
[ "$version" = 'target 1' ] && is_stamp "$stamp" || refuse InvalidBatch 'the heading is not understood'
[ "$kind" != release ] || open_for_release
if [ "$kind" = change ]; then
  deadline=$(($(date +%s) + seconds))
  find_uptime
  ends=$((uptime + seconds))
  open_for_change
  find_mounts .
  recover
  survey_live
else
  begin_watch end_watch
  if [ -d "$root" ]; then
    cd "$root" 2>/dev/null || refuse NotWritable "$root cannot be entered"
    check_claim
    find_mounts .
  else
    rootless=1
  fi
fi
read_batch
if [ "$kind" = change ]; then
  [ -z "$tried" ] || note_tried
  do_batch
  [ -z "$releases" ] || drop_claim
  release_lock .staging .previous
fi
answer | tr '\001-\011\013-\037\177' '?'
say end
