# shellcheck shell=sh disable=SC2154 # `root` and `scripts` come from the script that reads this file, `config_id` from rules.sh
# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# Reads all that a decision looks at: one walk over history, one listing of files. The decision itself is awk's.

# decide WANT [REF]: prints what changed since the last release (WANT is `changes`), or since REF; with `versions` also the
# next versions.
decide() {
  want=$1
  from=${2:-}
  from_commit=
  check_repository
  if [ -n "$from" ]; then
    from_commit=$(commit_of "$from") || unknown_ref
  fi
  scratch=$(mktemp -d) || die "cannot make a directory for what git says"
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  export scratch want head from from_commit
  rules >"$scratch/rules"
  read_log >"$scratch/log"
  git -C "$root" ls-tree -r -z --full-tree "$head" >"$scratch/names" || die "cannot list the files of the repository"
  # awk cannot hold the byte that git puts behind each name.
  tr '\000\036' '\036\032' <"$scratch/names" >"$scratch/tree"
  decision
}

# decision: runs the program that decides; what it reads is in files of `scratch`.
decision() {
  lib=$scripts/lib
  awk -f "$lib/version.awk" -f "$lib/accepts.awk" -f "$lib/commit.awk" -f "$lib/rules.awk" -f "$lib/history.awk" \
    -f "$lib/texts.awk" -f "$lib/detect.awk" -f "$lib/decide.awk" -f "$lib/main.awk" </dev/null
}

# A history with holes would answer "nothing changed" where something did, and rules of another castoff.toml something
# else.
check_repository() {
  common=$(git -C "$root" rev-parse --git-common-dir 2>/dev/null) || die_usage "\`$root\` is not in a git repository" \
    "run the scripts in a checkout"
  case $common in
    /*) ;;
    *) common=$root/$common ;;
  esac
  head=$(commit_of HEAD) || die_usage "\`$root\` has no commit yet" "commit the packages first"
  if [ -s "$common/shallow" ]; then
    die_usage "cannot plan a release from a shallow clone: \`$root\`" \
      "run \`git fetch --unshallow --tags\` (in GitHub Actions: \`fetch-depth: 0\`)"
  fi
  if grep -Eiq '^[[:space:]]*(promisor|partialclone)' "$common/config"; then
    die_usage "cannot plan a release from a partial clone: \`$root\`" "clone without a filter"
  fi
  config_now=
  if [ -f "$root/castoff.toml" ]; then
    config_now=$(git hash-object --no-filters -- "$root/castoff.toml") || die "cannot read \`castoff.toml\`"
  fi
  if [ "$config_now" != "$config_id" ]; then
    die_usage "castoff.toml is not the one that these scripts were made from" "run \`castoff generate scripts\` and commit them"
  fi
}

# commit_of NAME: prints the commit that a name means.
commit_of() {
  case $1 in
    -*) return 1 ;;
  esac
  git -C "$root" rev-parse --verify --quiet --end-of-options "$1^{commit}"
}

unknown_ref() {
  die_usage "\`$from\` is not a commit, branch or tag of this repository" \
    "\`git tag\` lists tags; \`git fetch --tags\` brings missing ones"
}

# Commits that HEAD, a tag or the given one reaches, children before parents, with the notes that people wrote for castoff.
# A merge shows the paths in which it differs from all of its parents. Settings of the user do not change the answer.
read_log() {
  git -C "$root" -c core.fsmonitor=false -c log.showSignature=false -c log.showRoot=true \
    log --topo-order --name-only -c -z --no-renames --format='%x01%H%x00%P%x00%D%x00%N%x00%B' --no-notes \
    --notes=refs/notes/castoff --ignore-submodules=none --no-color --encoding=UTF-8 --decorate=full \
    --decorate-refs=refs/tags ${from_commit:+"$from_commit"} "$head" --tags -- >"$scratch/commits" 2>"$scratch/said" ||
    die "cannot read the history of the repository: $(cat "$scratch/said")"
  tr '\000\036' '\036\032' <"$scratch/commits"
}
