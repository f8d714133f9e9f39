#!/bin/sh
{{mark}}
#
# Publishes the gems of this repository; see `publish-ruby.sh --help`. Each of the functions below says one thing that gem and
# its registries do in their own way.
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

# The compact index lists a gem's versions, one a line.
ask_for() {
  fetch "$(registry_field "$2" 3)info/$1" '*/*'
}

# Zeros at the end say nothing to RubyGems: 0.1.8.0 and 0.1.8 are one version.
read_answer() {
  name=$1 version=$2 awk '
    BEGIN {
      name = ENVIRON["name"]
      version = ENVIRON["version"]
    }
    function same(text) {
      while (text ~ /^[0-9.]*\.0$/) sub(/\.0$/, "", text)
      return text
    }
    NR == 1 && !/^---/ { exit 1 }
    NR == 1 || /^ *$/ { next }
    {
      spelled = $1
      sub(/-.*$/, "", spelled)
      if (same(spelled) != same(version) "") next
      digest = ""
      if (match($0, /checksum:[0-9A-Fa-f]+/)) digest = tolower(substr($0, RSTART + 9, RLENGTH - 9))
      print name "-" $1 ".gem " digest
    }
  '
}

# serves PLATFORM VERSION: whether the listed files have the one for it.
serves() {
  case $1 in
    ruby) name=$package awk '{ if (substr($1, length(ENVIRON["name"]) + 2) !~ /-/) found = 1 } END { exit !found }' ;;
    *) end=-$1.gem awk '{ if (substr($1, length($1) - length(ENVIRON["end"]) + 1) == ENVIRON["end"] "") found = 1 } END { exit !found }' ;;
  esac
}

digest_of() {
  sha256 "$1"
}

# `gem signin` keeps a key in the user's directory.
may_upload() {
  [ "$(registry_field "$1" 4)" = own ] || [ -f "$HOME/.gem/credentials" ] || [ -f "$HOME/.local/share/gem/credentials" ]
}

build_together() {
  return 0
}

built_files() {
  find "$out" "$stage/$2" -name '*.gem' -type f >"$scratch/found"
  keep_untracked "$1-$3"
}

# gem takes one file at a time; the one that everybody can install comes last.
upload_files() {
  IFS='|' read -r id package component registry rest <<ROW
$1
ROW
  shift
  if token=$(token_of "$registry"); then
    GEM_HOST_API_KEY=$token
    export GEM_HOST_API_KEY
  elif [ "$(registry_field "$registry" 4)" = own ]; then
    GEM_HOST_API_KEY=no-login-is-needed
    export GEM_HOST_API_KEY
  fi
  host=$(registry_field "$registry" 2)
  for file in "$@"; do
    printf '%s %s\n' "${#file}" "$file"
  done | sort -rn | cut -d' ' -f2- >"$scratch/gems"
  while IFS= read -r file; do
    gem push "$file" --host "${host%/}" </dev/null
  done <"$scratch/gems"
}

list_file() {
  tar -xOf "$1" data.tar.gz | tar -tzf -
}

publish ${1+"$@"}
