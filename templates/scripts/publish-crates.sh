#!/bin/sh
{{mark}}
#
# Publishes the crates of this repository; see `publish-crates.sh --help`. Each of the functions below says one thing that cargo
# and its registries do in their own way.
# shellcheck disable=SC2018,SC2019,SC2034,SC2154 # letters are bytes; rows are read whole; lib/publish.sh sets the rest
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
  . "$scripts/lib/publish.sh"
}

{{tables}}

# The sparse index lists a crate's versions, one a line.
ask_for() {
  index=$(registry_field "$2" 3)
  lower=$(printf '%s' "$1" | tr 'A-Z' 'a-z')
  case ${#lower} in
    1) place=1/$lower ;;
    2) place=2/$lower ;;
    3) place=3/$(printf '%s' "$lower" | cut -c 1)/$lower ;;
    *) place=$(printf '%s' "$lower" | cut -c 1-2)/$(printf '%s' "$lower" | cut -c 3-4)/$lower ;;
  esac
  fetch "${index#sparse+}$place" '*/*'
}

read_answer() {
  name=$1 version=$2 awk '
    BEGIN {
      name = ENVIRON["name"]
      version = ENVIRON["version"]
    }
    function value(key,    at) {
      at = match($0, "\"" key "\" *: *\"[^\"]*\"")
      if (!at) return ""
      text = substr($0, RSTART, RLENGTH)
      sub(/^[^:]*: *"/, "", text)
      return substr(text, 1, length(text) - 1)
    }
    /^ *$/ { next }
    !/^ *[{].*[}] *$/ { exit 1 }
    value("vers") == version "" { print name "-" version ".crate " value("cksum") }
  '
}

# A version is one file.
serves() {
  return 0
}

digest_of() {
  sha256 "$1"
}

# `cargo login` keeps a token in the user's directory.
may_upload() {
  [ "$(registry_field "$1" 4)" = own ] || [ -f "${CARGO_HOME:-$HOME/.cargo}/credentials.toml" ]
}

# Only packages that need each other are packed together: before the first is published, nobody else knows them.
build_together() {
  CARGO_TARGET_DIR=$scratch/target
  CARGO_TERM_COLOR=never
  export CARGO_TARGET_DIR CARGO_TERM_COLOR
  cut -d'|' -f4,5 "$scratch/missing" | sort -u >"$scratch/groups"
  while IFS='|' read -r group_registry workspace; do
    set --
    while IFS='|' read -r id package component registry dir platforms needs level tags at; do
      if [ "$registry|$dir" = "$group_registry|$workspace" ] && ! [ -d "$(kept_in "$id")" ]; then
        set -- "$@" -p "$package"
      fi
    done <"$scratch/missing"
    if [ "$#" -gt 0 ]; then
      in_workspace package "$@" >"$scratch/log" 2>&1 </dev/null || die_with_log "cannot package \`$workspace\`: $*"
    fi
  done <"$scratch/groups"
}

# in_workspace COMMAND ARGUMENT...: cargo where the crates of a group are; `group_registry` and `workspace` say which.
in_workspace() (
  command=$1
  shift
  cd "$stage/$workspace"
  case $group_registry/$(registry_field "$group_registry" 4) in
    crates-io/own)
      index=$(registry_field "$group_registry" 3)
      CARGO_REGISTRIES_CASTOFF_INDEX=$index
      export CARGO_REGISTRIES_CASTOFF_INDEX
      cargo --config 'source.crates-io.replace-with="castoff"' "$command" "$@" --index "$index"
      ;;
    *) cargo "$command" "$@" --registry "$group_registry" ;;
  esac
)

# They were packed together.
build_package() {
  return 0
}

built_files() {
  file=$scratch/target/package/$1-$3.crate
  if [ -f "$file" ]; then
    printf '%s\n' "$file"
  fi
}

# cargo packs the same bytes again; their digest is compared with the registry's afterwards. The token goes by a variable.
upload_files() {
  IFS='|' read -r id package component group_registry workspace rest <<ROW
$1
ROW
  token=$(token_of "$group_registry") || token=none
  if [ "$group_registry/$(registry_field "$group_registry" 4)" = crates-io/own ]; then
    # `--index` wants `--token` beside it, and arguments are seen by everybody: an alias holds both.
    CARGO_ALIAS_CASTOFF_PUBLISH="publish --index $(registry_field "$group_registry" 3) --token $token"
    CARGO_REGISTRIES_CASTOFF_INDEX=$(registry_field "$group_registry" 3)
    export CARGO_ALIAS_CASTOFF_PUBLISH CARGO_REGISTRIES_CASTOFF_INDEX
    cd "$stage/$workspace"
    cargo --config 'source.crates-io.replace-with="castoff"' castoff-publish --no-verify -p "$package"
    return
  fi
  if [ "$token" != none ]; then
    variable=CARGO_REGISTRY_TOKEN
    if [ "$group_registry" != crates-io ]; then
      variable=CARGO_REGISTRIES_$(printf '%s' "$group_registry" | tr 'a-z-' 'A-Z_')_TOKEN
    fi
    eval "$variable=\$token; export $variable"
  fi
  in_workspace publish --no-verify -p "$package"
}

list_file() {
  tar -tzf "$1"
}

publish ${1+"$@"}
