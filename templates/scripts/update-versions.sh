#!/bin/sh
{{mark}}
#
# update-versions.sh --COMPONENT VERSION... [--dry-run]
#
# Writes versions into all files that hold them: manifests, requirements, locks, version files and extra files, as
# `castoff bump COMPONENT=VERSION... --offline` does. The table at the end says where they stand; every place has to be there
# exactly once, else nothing is written at all.

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
# shellcheck source=lib/common.sh
. "$root/scripts/release/lib/common.sh"
cd "$root"

usage() {
  cat <<'USAGE'
usage: update-versions.sh --COMPONENT VERSION... [--dry-run]

components: {{components}}

  --dry-run  prints every place with its old and new value, and changes nothing
USAGE
}

dry_run=0
asked=
while [ "$#" -gt 0 ]; do
  component=
  case "$1" in
    -h | --help)
      usage
      exit 0
      ;;
    --dry-run) dry_run=1 ;;
{{options}}
    *)
      usage >&2
      die_usage "\`$1\` is no argument of update-versions.sh" "the components are: {{components}}"
      ;;
  esac
  if [ -n "$component" ]; then
    [ "$#" -gt 1 ] || die_usage "\`$1\` needs a version" "write \`$1 1.2.3\`"
    case "$2" in
      '' | *[!0-9A-Za-z.+_-]*) die_usage "cannot bump \`$component\`: \`$2\` is not a version" "write \`$1 1.2.3\`" ;;
    esac
    asked="$asked
asked $component $2"
    shift
  fi
  shift
done
if [ -z "$asked" ]; then
  usage >&2
  die_usage "no component was named" "name at least one with its version"
fi

# ends_open FILE: whether the last line of a file has no end. Only then does awk's copy differ from it in more than values.
ends_open() {
  [ -s "$1" ] && [ -n "$(tail -c 1 "$1")" ]
}

# What was written is put back when a file cannot be.
put_back() {
  while read -r number file <&4; do
    [ -f "$work/$number.old" ] || continue
    cat "$work/$number.old" >"./$file" || log_error "cannot put \`$file\` back: it is in $work"
  done 4<"$work/list"
}

write_all() {
  while read -r number file <&3; do
    cat "./$file" >"$work/$number.old"
    if ends_open "./$file"; then
      printf '%s' "$(cat "$work/$number")" >"$work/$number.open"
      mv "$work/$number.open" "$work/$number"
    fi
    # Into the file that is there, so that it keeps its mode and its owner.
    if ! cat "$work/$number" >"./$file"; then
      put_back
      die "cannot write \`$file\`: every file is as it was"
    fi
  done 3<"$work/list"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/update-versions.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
: >"$work/list"

# Each file is named, then its places: a line, with the lines that it belongs to above it, and `<?>` for every value. A line
# with `=` says what the value is: a version, as whom it is spelled for; a requirement, which is raised where the new version
# breaks it, or when the components behind `free` are released with it; or a text.
places() {
  cat <<'PLACES'
{{places}}PLACES
}

# A checkout that decides otherwise than these scripts know is none to write into. Where every component stands follows from
# its tags and HEAD; where that cannot be decided, the files alone say it.
scripts=$root/scripts/release
# shellcheck source=lib/rules.sh
. "$scripts/lib/rules.sh"
# shellcheck source=lib/decide.sh
. "$scripts/lib/decide.sh"
(check_repository)
if ! (decide standing) >"$work/standing" 2>"$work/said"; then
  printf '' >"$work/standing"
fi
{
  printf '%s\n' "$asked"
  cat "$work/standing"
  places
} >"$work/places"
lib=$root/scripts/release/lib
work=$work awk -f "$lib/spelling.awk" -f "$lib/requirements.awk" -f "$lib/requirements-uv-gem.awk" \
  -f "$lib/places.awk" <"$work/places" >"$work/edits" || exit "$?"
cat "$work/edits"
if [ "$dry_run" = 1 ]; then
  log_info "nothing was changed (--dry-run)"
elif [ -s "$work/list" ]; then
  write_all
  log_info "wrote $(awk 'END { print NR }' "$work/list") files"
else
  log_info "nothing to write: every version is there"
fi
