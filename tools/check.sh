#!/bin/bash
# Everything that can be said about the tree without starting it: ./dev check.
#
# usage: tools/check.sh [--since REF] [--all] [--fuzz-seconds N] [--folder NAME]...
#                       [--only NAME]... [--skip NAME]...
#
#   --since REF       clang-format and clang-tidy look at what changed since REF
#                     (default: the last commit) and at what is not committed
#   --all             they look at every file
#   --fuzz-seconds N  how long each fuzz target runs (default 10)
#   --folder NAME     what is built or fuzzed is below it: libs/journal
#   --only, --skip    names: style docs format deps layering tidy fuzz
#
# Prints one line for each check, with the output of those that failed, and
# exits 1 if any did. $BAZEL replaces the command `bazel`.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 1

since=HEAD~1 all= fuzz_seconds=10 only=" " skip=" " folders=
while [ $# -gt 0 ]; do
  case $1 in
    --since) since=${2:?--since needs a commit}; shift ;;
    --all) all=1 ;;
    --fuzz-seconds) fuzz_seconds=${2:?--fuzz-seconds needs a number}; shift ;;
    --folder) folders+="//${2:?--folder needs a folder}/... "; shift ;;
    --only) only+="${2:?--only needs a name} "; shift ;;
    --skip) skip+="${2:?--skip needs a name} "; shift ;;
    *) echo "check: unknown option $1; see the head of tools/check.sh" >&2; exit 2 ;;
  esac
  shift
done
read -r -a bazel <<< "${BAZEL:-bazel}"
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failed=0

# check NAME WHAT COMMAND...: runs it, keeps its output, prints the verdict. The
# last line of the output is part of the verdict when all is well.
check() {
  local name=$1 what=$2 start=$SECONDS
  shift 2
  [ "$only" = " " ] || [[ $only == *" $name "* ]] || return 0
  [[ $skip != *" $name "* ]] || return 0
  printf '%-9s %s ... ' "$name" "$what"
  if "$@" > "$logs/$name" 2>&1; then
    printf 'ok (%d s) %s\n' $((SECONDS - start)) "$(tail -n 1 "$logs/$name" | cut -c 1-80)"
  else
    printf 'FAILED (%d s)\n' $((SECONDS - start))
    tail -n 60 "$logs/$name" | sed 's/^/    /'
    failed=$((failed + 1))
  fi
}

# The C++ files to look at, one a line: all of them, or the changed ones.
cpp_files() {
  if [ -n "$all" ] || ! git rev-parse -q --verify "$since" > /dev/null; then
    git ls-files --cached --others --exclude-standard '*.cc' '*.h'
  else
    git diff --name-only --diff-filter=d "$since" -- '*.cc' '*.h'
    git ls-files --others --exclude-standard '*.cc' '*.h'
  fi | sort -u | while read -r file; do [ -f "$file" ] && echo "$file"; done
}

format() {
  local version
  version=$(clang-format --version) || { echo "apt-get install clang-format"; return 1; }
  [[ $version == *"version 14."* ]] || { echo "clang-format 14 is wanted: $version"; return 1; }
  mapfile -t files < <(cpp_files)
  [ ${#files[@]} -eq 0 ] || clang-format --dry-run -Werror "${files[@]}" || return 1
  echo "${#files[@]} files"
}

tidy() {
  command -v clang-tidy > /dev/null || { echo "apt-get install clang-tidy"; return 1; }
  mapfile -t files < <(cpp_files | grep '\.cc$' |
    grep -E "^(${folders:+$(sed 's|//||g; s|/\.\.\. |/\||g; s/|$//' <<< "$folders")})")
  [ ${#files[@]} -gt 0 ] || { echo "0 files"; return 0; }
  local targets
  targets=$(our_targets) || return 1
  # Generated headers must be there to be read.
  # shellcheck disable=SC2086
  "${bazel[@]}" build --keep_going --output_groups=compilation_prerequisites_INTERNAL_ $targets || return 1
  # shellcheck disable=SC2086
  tools/compile_commands.py $targets || return 1
  printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p . || return 1
  echo "${#files[@]} files"
}

# Our folders as patterns of targets. Not //...: that follows the links that
# another output base left behind.
our_targets() {
  if [ -n "$folders" ]; then
    printf '%s\n' $folders
    return
  fi
  git ls-files --cached --others --exclude-standard '*/BUILD.bazel' | cut -d / -f 1 | sort -u |
    grep -vx third_party | sed 's|.*|//&/...|'
}

layering() {
  # shellcheck disable=SC2046
  "${bazel[@]}" build --config=clang --features=layering_check --keep_going \
    $(our_targets | grep -E '^//(libs|services)/')
}

fuzz() {
  local query targets bin target path corpus
  query=$(our_targets | paste -sd + -)
  targets=$("${bazel[@]}" query "attr(tags, '\bfuzz\b', $query)" 2> "$logs/query") ||
    { cat "$logs/query"; return 1; }
  [ -n "$targets" ] || { echo "no fuzz target is left: what was it that removed them?"; return 1; }
  # shellcheck disable=SC2086
  "${bazel[@]}" build --config=fuzz $targets || return 1
  bin=$("${bazel[@]}" info --config=fuzz bazel-bin 2> /dev/null) || return 1
  for target in $targets; do
    path=${target#//}
    path=${path/://}
    corpus=$logs/corpus/$path
    mkdir -p "$corpus"
    # The seeds are the files that its rule names; new findings go to a folder that is thrown away.
    "${bazel[@]}" query "labels(data, $target)" 2> /dev/null | sed 's|^//||; s|:|/|' |
      while read -r seed; do cp "$seed" "$corpus/$(echo "$seed" | tr / _)"; done
    if ! "$bin/$path" -max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$corpus/" "$corpus" > "$logs/fuzz_run" 2>&1; then
      echo "$target:"
      tail -n 30 "$logs/fuzz_run"
      for found in "$corpus"/{crash,timeout,oom,leak}-*; do
        [ -f "$found" ] && echo "the input, in base64: $(base64 -w 0 "$found")"
      done
      return 1
    fi
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$logs/fuzz_run") runs"
  done
  echo "$(echo "$targets" | wc -l) targets, $fuzz_seconds s each"
}

check style "rules that a pattern can see" tools/check_style.py
check docs "what the documents name is there" tools/check_docs.py
check format "clang-format 14" format
check deps "who depends on whom" tools/check_deps.py
check layering "no header through another's dependency" layering
check tidy "clang-tidy 14" tidy
check fuzz "every fuzz target, $fuzz_seconds s" fuzz

if [ $failed -gt 0 ]; then
  echo "check: $failed failed"
  exit 1
fi
echo "check: all passed"
