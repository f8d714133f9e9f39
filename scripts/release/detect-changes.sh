#!/bin/sh
# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# Says what changed since the last release, as KEY=VALUE lines on standard output and nothing else: the base, each path set,
# each component. The same as `castoff detect --format env`.
set -eu

if [ -n "${ZSH_VERSION:-}" ]; then
  emulate sh
fi
scripts=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$scripts/../.." && pwd -P)
export root
# shellcheck disable=SC1091 # they lie beside this file
{
  . "$scripts/lib/common.sh"
  . "$scripts/lib/rules.sh"
  . "$scripts/lib/decide.sh"
}

usage() {
  cat <<'USAGE'
Usage: detect-changes.sh [--from REF]

Prints what changed since the last release as KEY=VALUE lines, for `eval` and for $GITHUB_OUTPUT.

  --from REF  compare with this commit, branch or tag instead of the last releases
USAGE
}

ref=
while [ "$#" -gt 0 ]; do
  case $1 in
    --from)
      [ "$#" -gt 1 ] || die_usage "\`--from\` has no value" "write --from REF"
      ref=$2
      shift
      ;;
    --from=*) ref=${1#--from=} ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die_usage "there is no option \`$1\`" "run detect-changes.sh --help" ;;
  esac
  shift
done

decide changes "$ref"
