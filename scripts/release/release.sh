#!/bin/sh
# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# release.sh [--dry-run] [--yes]
#
# One command for a release: what changed, the next versions, a summary; then versions into their files, a commit and a tag
# that CI publishes by. Nothing leaves this machine. The summary on standard output is that of `castoff release`.
set -eu

if [ -n "${ZSH_VERSION:-}" ]; then
  emulate sh
fi
scripts=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$scripts/../.." && pwd -P)
export root
# shellcheck disable=SC1091 # it lies beside this file
. "$scripts/lib/common.sh"
cd "$root"

branch='main'
tag_pattern='release-{date}-{time}'

# A component, its name in KEY=VALUE lines, and the tag of a version of it.
components() {
  cat <<'COMPONENTS'
castoff CASTOFF v{version}
COMPONENTS
}

# What is published at which step, none before what it needs: step, package and component.
phases() {
  cat <<'PHASES'
1 cargo:castoff castoff
PHASES
}

usage() {
  cat <<'USAGE'
Usage: release.sh [--dry-run] [--yes]

  --dry-run  prints the summary, and changes nothing
  --yes      releases from another branch than the usual one without a question
USAGE
}

dry_run=0
assume_yes=0
while [ "$#" -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=1 ;;
    --yes)
      # shellcheck disable=SC2034 # `confirm` reads it
      assume_yes=1
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die_usage "there is no option \`$1\`" "run release.sh --help" ;;
  esac
  shift
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/release.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Every component with its current and its next version; the next is `unchanged` where there is none.
calculate() {
  LC_ALL=$language sh "$scripts/calculate-versions.sh" >"$scratch/versions"
  components >"$scratch/components"
  awk -F= '
    FILENAME ~ /versions$/ { value[$1] = $2; next }
    $0 == "" { next }
    { split($0, word, " "); print word[1], value["CURRENT_" word[2] "_VERSION"], value["NEXT_" word[2] "_VERSION"], word[3] }
  ' "$scratch/versions" "$scratch/components" >"$scratch/next"
  awk '$3 != "unchanged" { print $1 }' "$scratch/next" >"$scratch/released"
}

# The places that change, as update-versions.sh tells them; and the files.
update() {
  set --
  while read -r name _ next _; do
    if [ "$next" != unchanged ]; then
      set -- ${1+"$@"} "--$name" "$next"
    fi
  done <"$scratch/next"
  LC_ALL=$language keep_form=yes sh "$scripts/update-versions.sh" "$@" ${how:+"$how"} >"$scratch/places" 2>"$scratch/said" || {
    code=$?
    cat "$scratch/said" >&2
    exit "$code"
  }
}

summary() {
  awk '
    $3 == "unchanged" { print $1 ": unchanged at " $2; next }
    $2 "" == $3 "" { print $1 ": " $3; next }
    { print $1 ": " $2 " -> " $3 }
  ' "$scratch/next"
  printf '\npublish:\n'
  phases >"$scratch/phases"
  awk '
    FILENAME ~ /released$/ { released[$1]; next }
    !($3 in released) { next }
    $1 "" != last "" { steps++; last = $1; line[steps] = $2; next }
    { line[steps] = line[steps] ", " $2 }
    END { for (i = 1; i <= steps; i++) print "  " i ". " line[i] }
  ' "$scratch/released" "$scratch/phases"
  printf '\nfiles:\n'
  sed 's/^/  /' "$scratch/files"
  printf '\ntag: %s\n' "$(named YYYYMMDD HHMM)"
}

# named DATE TIME: the tag of a release at that time.
named() {
  printf '%s\n' "$tag_pattern" | date=$1 time=$2 awk '{
    gsub(/\{date\}/, ENVIRON["date"])
    gsub(/\{time\}/, ENVIRON["time"])
    print
  }'
}

# The release that HEAD is already, if it is one.
release_at_head() {
  pattern=$(named '*' '*')
  git tag --points-at HEAD >"$scratch/tags"
  while read -r name; do
    # The pattern is one.
    # shellcheck disable=SC2254
    case $name in
      $pattern)
        printf '%s\n' "$name"
        return
        ;;
    esac
  done <"$scratch/tags"
}

may_start() {
  git status --porcelain --untracked-files=no >"$scratch/dirty"
  if [ -s "$scratch/dirty" ]; then
    first=$(sed -n '1s/^...//p' "$scratch/dirty")
    die "cannot release with uncommitted edits: \`$first\` differs from HEAD" \
      "commit them, or put them away with \`git stash\`"
  fi
  known=$(git rev-parse --quiet --verify "refs/tags/$tag^{commit}") || known=
  if [ -n "$known" ] && [ "$known" != "$(git rev-parse HEAD)" ]; then
    die "the tag \`$tag\` is there already" "look at it with \`git show $tag\`; a minute later the name is another one"
  fi
}

ask_about_branch() {
  here=$(git symbolic-ref --quiet --short HEAD) ||
    die "cannot release: no branch is checked out" "\`git switch $branch\`"
  if [ "$here" != "$branch" ]; then
    log_warn "releases are made from \`$branch\`, and this is \`$here\`"
    confirm "release from \`$here\`" || die "not released from \`$here\`" "\`git switch $branch\`, or say \`--yes\`"
  fi
}

message() {
  tags=$(awk '$3 != "unchanged" { t = $4; gsub(/\{version\}/, $3, t); print t }' "$scratch/next")
  case $tags in
    *'
'*) printf 'chore(release): %s components\n\n' "$(awk 'END { print NR }' "$scratch/released")" ;;
    *) printf 'chore(release): %s\n\n' "$tags" ;;
  esac
  awk '
    $3 == "unchanged" { next }
    { print "* " $1 ": " ($2 "" == $3 "" ? $3 : $2 " -> " $3) }
  ' "$scratch/next"
}

commit() {
  message >"$scratch/message"
  if git --literal-pathspecs commit --quiet --file="$scratch/message" --pathspec-from-file="$scratch/files"; then
    return
  fi
  git --literal-pathspecs checkout --quiet HEAD --pathspec-from-file="$scratch/files" ||
    die "git made no commit, and the files could not be put back" "look at \`git diff\`"
  die "git made no commit; the files are as they were" "mend what git or the hook says"
}

how_to_go_on() {
  log_info ""
  log_info "next:  \`git push --atomic origin $here $1\` lets CI publish it"
  log_info "undo:  \`git tag -d $1$2\`"
}

log_section "what changed and the next versions"
calculate
cat "$scratch/versions" >&2
if ! [ -s "$scratch/released" ]; then
  log_info "nothing was released: no component has a next version"
  exit 0
fi
tag=$(named "$(date -u +%Y%m%d)" "$(date -u +%H%M)")
how=--dry-run
update
sed 's/:[0-9][0-9]*: .*//' "$scratch/places" | sort -u >"$scratch/files"
may_start
made=$(release_at_head)
if [ -n "$made" ] && ! [ -s "$scratch/files" ]; then
  log_info "nothing was released: this commit is the release \`$made\` already"
  ask_about_branch
  how_to_go_on "$made" ""
  exit 0
fi
summary
if [ "$dry_run" = 1 ]; then
  log_info "would commit and tag it \`$tag\`; nothing was changed (--dry-run)"
  exit 0
fi
ask_about_branch
undo=
if [ -s "$scratch/files" ]; then
  how=
  update
  commit
  undo=' && git reset --keep HEAD~1'
fi
git tag --no-sign "$tag"
log_info "committed $(git rev-parse --short HEAD), tagged \`$tag\`"
how_to_go_on "$tag" "$undo"
