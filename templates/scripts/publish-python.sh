#!/bin/sh
{{mark}}
#
# Publishes the Python packages of this repository; see `publish-python.sh --help`. Each of the functions below says one thing
# that uv and its registries do in their own way.
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

# The simple index lists the files of a project (PEP 503).
ask_for() {
  project=$(printf '%s' "$1" | tr 'A-Z_.' 'a-z--' | tr -s -)
  fetch "$(registry_field "$2" 3)$project/" 'application/vnd.pypi.simple.v1+html, text/html;q=0.5'
}

# Files of one version, with the digests that the links have. 0.1.8.0 and 0.1.8 are one version.
read_answer() {
  name=$1 version=$2 awk '
    BEGIN {
      name = ENVIRON["name"]
      version = ENVIRON["version"]
    }
    function plain(text) {
      text = tolower(text)
      gsub(/[-_.]+/, "-", text)
      return text
    }
    function same(text) {
      text = tolower(text)
      while (text ~ /^[0-9.]*\.0$/) sub(/\.0$/, "", text)
      return text
    }
    function is_ours(file,    start, rest) {
      start = file
      if (file ~ /\.tar\.gz$/) {
        sub(/\.tar\.gz$/, "", start)
        rest = start
        sub(/^.*-/, "", rest)
        start = substr(start, 1, length(start) - length(rest) - 1)
      } else if (file ~ /\.whl$/) {
        sub(/-.*$/, "", start)
        rest = substr(file, length(start) + 2)
        sub(/-.*$/, "", rest)
      } else return 0
      return plain(start) == plain(name) "" && same(rest) == same(version) ""
    }
    { page = page $0 "\n" }
    END {
      if (page !~ /<(!DOCTYPE|!doctype|html|HTML|a |A )/ || page ~ /<form/) exit 1
      count = split(page, links, /<[aA][ \n]/)
      for (i = 2; i <= count; i++) {
        file = links[i]
        sub(/^[^>]*>/, "", file)
        sub(/<.*$/, "", file)
        gsub(/[ \t\r\n]/, "", file)
        if (!is_ours(file)) continue
        digest = ""
        if (match(links[i], /#sha256=[0-9A-Fa-f]+/)) digest = tolower(substr(links[i], RSTART + 8, RLENGTH - 8))
        print file " " digest
      }
    }
  '
}

# serves PLATFORM: whether the listed files have the one for it.
serves() {
  case $1 in
    sdist) grep -q '\.tar\.gz ' ;;
    *) grep -q '\.whl ' ;;
  esac
}

digest_of() {
  sha256 "$1"
}

# A CI that says who it is gets a token by trusted publishing.
may_upload() {
  [ "$(registry_field "$1" 4)" = own ] || { [ "$(registry_field "$1" 6)" != never ] && [ -n "${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-}" ]; }
}

build_together() {
  return 0
}

built_files() {
  find "$out" "$stage/$2" \( -name '*.whl' -o -name '*.tar.gz' \) -type f >"$scratch/found"
  keep_untracked "$(printf '%s' "$1" | tr 'A-Z.-' 'a-z__')-$3"
}

# uv compares what is there already with what it would send; the token goes by a variable.
upload_files() {
  IFS='|' read -r id package component registry rest <<ROW
$1
ROW
  shift
  trusted=never
  if token=$(token_of "$registry"); then
    UV_PUBLISH_TOKEN=$token
    export UV_PUBLISH_TOKEN
  elif [ "$(registry_field "$registry" 4)" != own ]; then
    trusted=automatic
  elif [ -z "${UV_PUBLISH_USERNAME:-}" ]; then
    # uv refuses to publish without credentials; a server without accounts takes any.
    UV_PUBLISH_USERNAME=no-login-is-needed
    UV_PUBLISH_PASSWORD=no-login-is-needed
    export UV_PUBLISH_USERNAME UV_PUBLISH_PASSWORD
  fi
  uv publish --publish-url "$(registry_field "$registry" 2)" --check-url "$(registry_field "$registry" 3)" \
    --trusted-publishing "$trusted" "$@"
}

list_file() {
  case $1 in
    *.whl) unzip -Z1 "$1" 2>/dev/null || python3 -m zipfile -l "$1" | awk 'NR > 1 { print $1 }' ;;
    *) tar -tzf "$1" ;;
  esac
}

publish ${1+"$@"}
