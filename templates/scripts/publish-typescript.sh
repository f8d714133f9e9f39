#!/bin/sh
{{mark}}
#
# Publishes the JavaScript packages of this repository; see `publish-typescript.sh --help`. Each of the functions below says
# one thing that npm and its registries do in their own way.
# shellcheck disable=SC2016,SC2018,SC2019,SC2034,SC2154 # JavaScript is no shell; letters are bytes; rows are read whole; lib/publish.sh sets the rest
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

# The packument lists all versions. The slash of a scope is part of the name.
ask_for() {
  fetch "$(registry_field "$2" 3)$(printf '%s' "$1" | sed 's|/|%2f|')" 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8'
}

# Node.js is there wherever npm is, and reads JSON better than anything else here.
read_answer() {
  node -e '
    const [name, version] = process.argv.slice(1);
    const { versions } = JSON.parse(require("fs").readFileSync(0, "utf8"));
    if (!versions) process.exit(1);
    const plain = version.replace(/\+.*$/, "");
    const found = Object.hasOwn(versions, plain) ? versions[plain] : undefined;
    const digest = found?.dist?.integrity?.split(" ").find((text) => text.startsWith("sha512-")) ?? "";
    if (found) console.log(`${name.replace(/^@/, "").replace("/", "-")}-${plain}.tgz ${digest}`);
  ' "$1" "$2"
}

# A version is one file.
serves() {
  return 0
}

digest_of() {
  node -e '
    const bytes = require("fs").readFileSync(process.argv[1]);
    console.log("sha512-" + require("crypto").createHash("sha512").update(bytes).digest("base64"));
  ' "$1"
}

# npm keeps tokens in the user's settings, and asks for one by trusted publishing where a CI says who it is.
may_upload() {
  [ "$(registry_field "$1" 4)" = own ] || [ -f "${npm_config_userconfig:-$HOME/.npmrc}" ] ||
    [ -n "${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-}" ]
}

build_together() {
  return 0
}

built_files() {
  find "$out" "$stage/$2" -name '*.tgz' -type f -not -path '*/node_modules/*' >"$scratch/found"
  keep_untracked "$(printf '%s' "$1" | sed 's/^@//; s|/|-|')-${3%%+*}"
}

# The settings name the variable of the token, not the token.
upload_files() {
  IFS='|' read -r id package component registry dir platforms needs level tags at <<ROW
$1
ROW
  shift
  case $at in
    *-*) tag=${tags#*,} ;;
    *) tag=${tags%,*} ;;
  esac
  if [ "$tag" = latest ] && takes_latest "$at"; then
    printf 'error: %s %s would become the latest one in the place of a greater version\n' "$id" "$at"
    printf '  help: name its tag by `dist-tag` in castoff.toml, and generate the scripts again\n'
    return 1
  fi
  index=$(registry_field "$registry" 3)
  if token=$(token_of "$registry"); then
    CASTOFF_NPM_TOKEN=$token
    export CASTOFF_NPM_TOKEN
    printf '' >"$scratch/npmrc"
    if [ -f "${npm_config_userconfig:-$HOME/.npmrc}" ]; then
      cat "${npm_config_userconfig:-$HOME/.npmrc}" >"$scratch/npmrc"
    fi
    # shellcheck disable=SC2016 # npm fills it in
    printf '\n%s:_authToken=${CASTOFF_NPM_TOKEN}\n' "${index#*:}" >>"$scratch/npmrc"
    npm_config_userconfig=$scratch/npmrc
    export npm_config_userconfig
  fi
  npm_config_fetch_retries=0
  npm_config_update_notifier=false
  npm_config_audit=false
  npm_config_fund=false
  export npm_config_fetch_retries npm_config_update_notifier npm_config_audit npm_config_fund
  case $package in
    @*) set -- "--${package%%/*}:registry=$index" "$@" ;;
  esac
  cd "$out"
  npm publish --ignore-scripts "--registry=$index" --tag "$tag" "$@"
}

# Whether a version would take the tag `latest` from a greater one; the registry's answer is still there.
takes_latest() {
  [ -s "$scratch/answer" ] && node -e '
    const numbers = (text) => text.split("-")[0].split(".").map(Number);
    const answer = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const latest = numbers(answer["dist-tags"]?.latest ?? "0.0.0");
    const own = numbers(process.argv[2]);
    const at = [0, 1, 2].find((place) => latest[place] !== own[place]) ?? 0;
    process.exit(latest[at] > own[at] ? 0 : 1);
  ' "$scratch/answer" "$1" 2>/dev/null
}

list_file() {
  tar -tzf "$1"
}

publish ${1+"$@"}
