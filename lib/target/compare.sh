# Comparing: folders held against manifests, every file that is shipped hashed again. Nothing here touches anything.

# `<644|755|other> <folder>/./<path>` for all but folders in the folders; a newline in a name becomes \001. What is larger than
# anything that we ship is `other`, and so is never read. The three ways to write the same starting point tell apart, within
# one process, which test a path has passed. First comes a command for sed: what is to be left out.
tree_of() {
  left_out=$1
  shift
  for folder in "$@"; do
    shift
    set -- "$@" "$folder/." "$folder/./." "$folder/././."
  done
  find "$@" \( ! -path '*/././*' -type f ! -size "+$largest_file" ! -perm -100 \
    -o -path '*/././*' ! -path '*/./././*' -type f ! -size "+$largest_file" -perm -100 \
    -o -path '*/./././*' ! -type d ! \( -type f ! -size "+$largest_file" \) \) -print0 2>/dev/null | tr '\n\0' '\001\n' |
    sed "$left_out"'
s,^\([^ ]*\)/\./\./\./,other \1/./,;t
s,^\([^ ]*\)/\./\./,755 \1/./,;t
s,^,644 ,'
}
own_files='\,/\./\.\(complete\|manifest\|staging\)$,d'

# The canonical manifests of what is on disk, our own files at the roots left out: `<644|755> <hash> <folder>/./<path>`.
sheets_of() {
  for folder in "$@"; do
    shift
    set -- "$@" "$folder/." "$folder/./."
  done
  find "$@" -type f ! -size "+$largest_file" \( ! -path '*/././*' ! -perm -100 -o -path '*/././*' -perm -100 \) \
    ! -path '*/./.complete' ! -path '*/./.manifest' ! -path '*/./.staging' -print0 2>/dev/null |
    xargs -0 -r sha256sum 2>/dev/null | sed 's,^\(.\{64\}\)  \([^ ]*\)/\./\./,755 \1 \2/./,;t
s,^\(.\{64\}\)  ,644 \1 ,' | sort -k 3
}

# Sets `sheets` to the lines of manifests, `<644|755> <hash> <folder>/./<path>`: <folder> <manifest> and so on.
read_sheets() {
  case $# in
    0) sheets='' ;;
    2) sheets=$(sheet_of "$1" "$2")$nl ;;
    *) read_many "$@" ;;
  esac
}
sheet_of() { sed -nE "/^(644|755) $hex64 /s, , $1/./,2p" "$2"; }
# Of what tail prints: it keeps `<folder>/./`, a line feed and an `x` for each heading so far, and prints these last.
read_script="/^==> /{
s,^==> (.*)/[^/]* <==\$, \\1/./,
G
s/\\n(.*\\n)?(x*)\$/\\n\\2x/
h
b end
}
G
s,^((644|755) $hex64) (.*)\\n( .*)\\nx*\$,\\1\\4\\3,p
:end
\$!d
x
s/.*\\n/=/p"
# With two processes for all: tail writes a heading before each manifest. One in which an agent has written such headings makes
# too many of them: then each is read by itself, as is one that stands in another folder.
read_many() {
  files='' wanted='' pairs_read="$*"
  while [ $# -gt 0 ]; do
    case $2 in "$1/.manifest" | /dev/null) wanted=x$wanted ;; *) wanted=- ;; esac
    files="$files $2"
    shift 2
  done
  sheets=$(tail -n +1 $files 2>/dev/null | sed -nE "$read_script")
  [ "${sheets##*"$nl"}" != "=$wanted" ] || { sheets=${sheets%"=$wanted"} && return; }
  sheets=''
  set -- $pairs_read
  while [ $# -gt 0 ]; do
    sheets=$sheets$(sheet_of "$1" "$2")$nl
    shift 2
  done
}

# Holds folders against manifests, in one pass for all: <folder> <manifest> and so on. `verdict_of` then tells of each. Only
# regular files are opened, and only those that are shipped. Most often all is as shipped, which fewer processes can tell.
compare() {
  collect "$@"
  is_as_shipped || tell_apart
}
# The same where differences are expected.
compare_changed() {
  collect "$@"
  tell_apart
}
# Sets `sheets`, and `tree` and `shipped`, what is there and what should be; `tree` is sorted by path.
collect() {
  folders='' verdicts=$nl wrong='' extra=''
  read_sheets "$@"
  while [ $# -gt 0 ]; do
    folders="$folders $1"
    shift 2
  done
  [ -n "$folders" ] || return 0
  tree=$(tree_of "$own_files" $folders | sort -k 2)
  shipped=$(printf %s "$sheets" | sed 's, [^ ]* , ,')
}
# [<lines `<hash>  <path>` of other files that must have that content>]
is_as_shipped() {
  [ -n "$folders" ] || return 0
  # Most often the folders come in order already.
  [ "$tree" = "$shipped" ] || [ "$tree" = "$(printf '%s\n' "$shipped" | sort -k 2)" ] && {
    sums_of_sheets
    printf %s "${1:-}"
  } | sha256sum -c >/dev/null 2>&1
}
sums_of_sheets() { printf %s "$sheets" | sed 's,^... ,,;s, ,  ,'; }
tell_apart() {
  [ -n "$folders" ] || return 0
  sums=$(printf '%s\n' "$shipped" "$tree" | sort | uniq -d | sed -nE 's,^(644|755) ,,p' | tr '\n' '\0' |
    xargs -0 -r sha256sum 2>/dev/null)
  wrong=$({
    printf '%s\n' "$sums" "$sums"
    sums_of_sheets
  } | sort | uniq -u | sed -nE "s,^$hex64  ([^ ]*)/\./,\\1 - ,p")
  extra=$(printf '%s\n' "$shipped" "$shipped" "$tree" | sort -k 2 | uniq -f 1 -u |
    sed -nE 's,^([^ ]*) ([^ ]*)/\./,\2 \1 ,p')
  [ -z "$wrong$extra" ] || note_verdicts "$(printf '%s\n' "$wrong" "$extra" | sort)"
}
# Makes `verdicts` of lines `<folder> <- for what is shipped, else as tree_of has it> <path>`: for each folder with something to
# tell a line `@<folder> <tampered> <untracked>`, and the first ten paths of each sort.
note_verdicts() {
  current=''
  IFS=$nl
  set -f
  for line in $1; do
    [ "${line%% *}" = "$current" ] || { note_verdict && begin_verdict "${line%% *}"; }
    line=${line#* }
    path=${line#* }
    if [ "${line%% *}" = - ] || loads "$path" || { [ "${line%% *}" = other ] && leads "$path"; }; then
      tampered=$((tampered + 1))
      [ "$tampered" -gt 10 ] || tampered_list="$tampered_list tampered $path$nl"
    else
      untracked=$((untracked + 1))
      [ "$untracked" -gt 10 ] || untracked_list="$untracked_list untracked $path$nl"
    fi
  done
  note_verdict
  verdicts=$verdicts@
  set +f
  unset IFS
}
begin_verdict() { current=$1 tampered=0 untracked=0 tampered_list='' untracked_list=''; }
note_verdict() {
  [ -z "$current" ] || verdicts="$verdicts@$current $tampered $untracked$nl$tampered_list$untracked_list"
}
# Sets `tampered` and `untracked` to counts, and `paths` to the first of them, a line each.
verdict_of() {
  tampered=0 untracked=0 paths=''
  case $verdicts in *"$nl@$1 "*) ;; *) return 0 ;; esac
  rest=${verdicts#*"$nl@$1 "}
  rest=${rest%%"$nl@"*}$nl
  tampered=${rest%%"$nl"*}
  paths=${rest#*"$nl"}
  untracked=${tampered#* } tampered=${tampered% *}
}
examine() {
  compare "$1" "$2"
  verdict_of "$1"
}
# Is the folder exactly what this digest says, foreign files that the agent ignores aside?
verifies() { [ "$(hash_of "$1/.manifest")" = "$2" ] && examine "$1" "$1/.manifest" && [ "$tampered" -eq 0 ]; }
