# shellcheck shell=sh disable=SC2154 # `root`, `scripts` and the tables come from the script that reads this file
{{mark}}
#
# What the publish scripts share: which packages are meant, what their registries have of them, builds in a clone beside
# the checkout, uploads in the order of the graph. The registries are the only memory, so running again goes on where it stopped.
#
# A publish script says what is special: `packages`, `registries`, `prepare`, `pins_first`, `pins`, `build_package`, `built_files`, `ask_for`,
# `read_answer`, `digest_of`, `may_upload`, `upload_files`, `list_file`.

# How often something that may pass is tried again, the first wait in seconds, how long a registry may take to show a file.
max_retries={{max_retries}}
retry_delay={{retry_delay}}
poll_timeout={{poll_timeout}}

publish_usage() {
  cat <<USAGE
Usage: $name [VERSION] [COMPONENT...] [--dry-run] [--on-duplicate=skip|warn|fail]

Publishes what the manifests of HEAD say and the registries do not have yet, each package after those that it needs.
A VERSION that is given has to be the one in the manifests.

  --dry-run       builds everything and lists what each file holds; nothing is uploaded and no token is needed
  --on-duplicate  what it means that a version is there already (default: {{on_duplicate}})
USAGE
}

# publish ARGUMENT...: everything, from arguments to exit code.
publish() {
  name=$(basename -- "$0")
  read_arguments ${1+"$@"}
  scratch=$(mktemp -d) || die "cannot make a directory to build in"
  trap 'rm -rf "$scratch"' EXIT
  trap 'stopped 130' INT
  trap 'stopped 143' TERM HUP
  from=
  from_commit=
  check_repository
  check_clean
  choose_packages
  ask_registries
  check_duplicates
  if ! [ -s "$scratch/missing" ]; then
    log_info "nothing to publish: all $(count_of "$scratch/chosen") packages are on their registries"
    return 0
  fi
  [ "$dry_run" = 1 ] || check_credentials
  make_stage
  build_missing
  if [ "$dry_run" = 1 ]; then
    list_files
    log_info "would publish $(count_of "$scratch/missing"); nothing was uploaded (--dry-run)"
    return 0
  fi
  upload_missing
  sum_up
}

# stopped CODE: ends in good order.
stopped() {
  log_warn "stopped; run the same command again: it goes on where it stopped"
  exit "$1"
}

read_arguments() {
  dry_run=0
  mode={{on_duplicate}}
  version=
  chosen=
  while [ "$#" -gt 0 ]; do
    case $1 in
      -h | --help)
        publish_usage
        exit 0
        ;;
      --dry-run) dry_run=1 ;;
      --on-duplicate)
        [ "$#" -gt 1 ] || die_usage "\`--on-duplicate\` has no value" "use one of skip, warn, fail"
        mode=$2
        shift
        ;;
      --on-duplicate=*) mode=${1#--on-duplicate=} ;;
      -*) die_usage "there is no option \`$1\`" "run $name --help" ;;
      [0-9]*)
        [ -z "$version" ] || die_usage "two versions were given, \`$version\` and \`$1\`" "give one"
        version=$1
        ;;
      *)
        packages | asked=$1 awk -F'|' '$3 == ENVIRON["asked"] "" { found = 1 } END { exit !found }' ||
          die_usage "no component \`$1\` has packages that $name publishes" "it knows: $(components)"
        chosen="$chosen|$1|"
        ;;
    esac
    shift
  done
  case $mode in
    skip | warn | fail) ;;
    *) die_usage "\`$mode\` is not one of skip, warn, fail" "use one of these for --on-duplicate" ;;
  esac
}

components() {
  packages | awk -F'|' '!($3 in seen) { seen[$3] = 1; printf "%s%s", comma, $3; comma = ", " }'
}

count_of() {
  awk 'END { print NR + 0 }' "$1"
}

# What is not committed would not be in the build; castoff.toml is read from the checkout.
check_clean() {
  git -C "$root" status --porcelain --untracked-files=normal >"$scratch/status" || die "cannot look at the checkout"
  if grep -v ' castoff\.toml$' "$scratch/status" >"$scratch/dirty"; then
    die "the checkout has files that are not committed: $(head -n 5 "$scratch/dirty" | tr '\n' ' ')" \
      "commit them, or let git ignore them"
  fi
}

# Fills `chosen`: a row of `packages` with the version at its end.
choose_packages() {
  want=written
  export want scratch head from from_commit
  rules >"$scratch/rules"
  decision >"$scratch/versions"
  packages | names=$chosen versions=$scratch/versions awk -F'|' '
    BEGIN {
      names = ENVIRON["names"]
      versions = ENVIRON["versions"]
      while ((getline row < versions) > 0) version[substr(row, 1, index(row, "\t") - 1)] = substr(row, index(row, "\t") + 1)
    }
    names == "" || index(names, "|" $3 "|") { print $0 "|" version[$1] }
  ' >"$scratch/chosen"
  if grep '|$' "$scratch/chosen" >"$scratch/unknown"; then
    die "cannot read the version of $(cut -d'|' -f1 "$scratch/unknown" | tr '\n' ' ')" "run \`castoff generate scripts\` and commit them"
  fi
  # A manifest with 0.0.0 waits for its first version.
  sed '/|0\.0\.0$/d' "$scratch/chosen" >"$scratch/real"
  mv "$scratch/real" "$scratch/chosen"
  if [ -n "$version" ] && asked=$version awk -F'|' '$NF != ENVIRON["asked"] "" { print "  " $1 " is at " $NF }' \
    "$scratch/chosen" | grep . >&2; then
    die_usage "the manifests do not say $version" "check out the release that you mean, or leave the version out"
  fi
}

# --- registries ---

# registry_field REGISTRY NUMBER: a field of its row.
registry_field() {
  registries | asked=$1 field=$2 awk -F'|' '$1 == ENVIRON["asked"] "" { print $(ENVIRON["field"] + 0) }'
}

# token_of REGISTRY: prints the first token that is set in its variables; fails where there is none.
token_of() {
  for variable in $(registry_field "$1" 5 | tr ',' ' '); do
    eval "token=\${$variable:-}"
    if [ -n "$token" ]; then
      printf '%s' "$token"
      return 0
    fi
  done
  return 1
}

# fetch URL ACCEPT: the answer is in `answer`, its status in `answered`; 000 where there was none. Three answers are known: it
# is there (200), it is not there (404, 410, 451), and everything else, which says nothing.
fetch() {
  # What runs on this machine is never asked through a proxy.
  direct=${NO_PROXY:-${no_proxy:-}}
  [ "$direct" = '*' ] || direct=${direct:+$direct,}127.0.0.1,localhost,::1
  answered=$(curl --silent --show-error --location --proto '=http,https' --noproxy "$direct" --max-time 60 --user-agent castoff-scripts \
    --header "Accept: $2" --header "Cache-Control: no-cache" \
    --output "$scratch/answer" --write-out '%{http_code}' "$1" 2>"$scratch/said" </dev/null) || answered=000
}

# look PACKAGE-ROW: what its registry has of a package. `files` holds names and digests; `presence` is live, partly or absent.
# Fails where the registry does not say.
look() {
  # shellcheck disable=SC2034 # publish-typescript.sh reads the tags
  IFS='|' read -r id package _ registry dir platforms needs level tags at <<ROW
$1
ROW
  ask_for "$package" "$registry"
  case $answered in
    200)
      read_answer "$package" "$at" <"$scratch/answer" >"$scratch/files" || return 1
      ;;
    404 | 410 | 451) : >"$scratch/files" ;;
    *) return 1 ;;
  esac
  presence=absent
  if [ -s "$scratch/files" ]; then
    presence=live
    for platform in $(printf '%s' "$platforms" | tr ',' ' '); do
      serves "$platform" "$at" <"$scratch/files" || presence=partly
    done
  fi
}

# insist PACKAGE-ROW: asks until the registry says something.
insist() {
  tries=0
  wait=$retry_delay
  until look "$1"; do
    again "\`$registry\` does not say what it has of \`$package\` (status $answered)" ||
      die "cannot ask \`$registry\` for \`$package\`: $(cat "$scratch/said")" \
        "nothing was uploaded; check the address and the connection, then run the same command again"
  done
}

# Fills `there` and `missing` with rows of `chosen`.
ask_registries() {
  : >"$scratch/there"
  : >"$scratch/missing"
  while IFS= read -r row; do
    insist "$row"
    if [ "$presence" = live ]; then
      printf '%s\n' "$row" >>"$scratch/there"
      rm -rf "$(kept_in "$id")"
    else
      printf '%s\n' "$row" >>"$scratch/missing"
    fi
  done <"$scratch/chosen"
}

check_duplicates() {
  [ -s "$scratch/there" ] || return 0
  awk -F'|' '{ print "  " $1 " " $NF }' "$scratch/there" >"$scratch/listed"
  count=$(count_of "$scratch/there")
  case $mode in
    skip)
      log_info "already there: $count"
      cat "$scratch/listed" >&2
      ;;
    warn)
      log_warn "already there, and left as it is: $count"
      cat "$scratch/listed" >&2
      ;;
    fail)
      cat "$scratch/listed" >&2
      die "already on their registries: $count" "bump them, or say by --on-duplicate=warn that they may be there"
      ;;
  esac
}

# Credentials for exactly the registries that get something, all that is missing in one message.
check_credentials() {
  : >"$scratch/credentials"
  cut -d'|' -f4 "$scratch/missing" | sort -u >"$scratch/wanted"
  while IFS= read -r registry; do
    token_of "$registry" >/dev/null || may_upload "$registry" ||
      printf '  %s: set one of %s\n' "$registry" "$(registry_field "$registry" 5)" >>"$scratch/credentials"
  done <"$scratch/wanted"
  if [ -s "$scratch/credentials" ]; then
    cat "$scratch/credentials" >&2
    die "no credentials for $(count_of "$scratch/credentials") of $(count_of "$scratch/wanted") registries" \
      "set the variables above, then run the same command again"
  fi
}

# --- builds ---

# A clone of the commit; the checkout is never built in, and its hooks do not run.
make_stage() {
  stage=$scratch/stage
  out=$scratch/out
  export stage out
  mkdir -p "$out"
  git -c core.hooksPath=/dev/null clone --quiet --shared --no-checkout "$root" "$stage" </dev/null ||
    die "cannot clone the repository to build in"
  git -C "$stage" -c core.hooksPath=/dev/null -c advice.detachedHead=false checkout --quiet --detach "$head" </dev/null ||
    die "cannot check out the commit to build from"
  if origin=$(git -C "$root" config --get remote.origin.url); then
    git -C "$stage" remote set-url origin "$origin"
  fi
}

# Where what was built of a package waits until it is live: a later run uploads the same bytes. No run believes what a dry
# run has built, and a dry run touches nothing that waits.
kept_in() {
  if [ "$dry_run" = 1 ]; then
    printf '%s/kept/%s' "$scratch" "$(printf '%s' "$1" | tr '/:' '__')"
    return
  fi
  place=$(git -C "$root" rev-parse --git-common-dir | git hash-object --stdin)
  printf '%s/castoff-scripts/%s/%s/%s' "${XDG_CACHE_HOME:-$HOME/.cache}" "$place" "$head" "$(printf '%s' "$1" | tr '/:' '__')"
}

# No build sees a token.
without_tokens() (
  unset {{token_variables}}
  "$@"
)

# pin_stage: writes requirements between packages of the repository as they are published; each place has to be there once.
pin_stage() {
  pins >"$scratch/pins"
  [ -s "$scratch/pins" ] || return 0
  while IFS= read -r file; do
    # pins.awk reads the name of the file.
    export file
    awk -f "$scripts/lib/pins.awk" "$scratch/versions" "$scratch/pins" "$stage/$file" >"$scratch/pinned" ||
      die "cannot pin requirements in \`$file\`: the line is not as it was" "run \`castoff generate scripts\` and commit them"
    # awk ends every line; the last one of a file may have no end.
    if [ -n "$(tail -c 1 "$stage/$file")" ]; then
      printf '%s' "$(cat "$scratch/pinned")" >"$stage/$file"
    else
      cat "$scratch/pinned" >"$stage/$file"
    fi
    git -C "$stage" update-index --skip-worktree -- "$file"
  done <<FILES
$(awk -F'\t' '!($1 in seen) { seen[$1] = 1; print $1 }' "$scratch/pins")
FILES
}

# Everything is built before anything is uploaded, so that what cannot be built stops the release before anything is public.
build_missing() {
  log_header "building $(count_of "$scratch/missing")"
  # Where there is a lock, it knows requirements as they are written.
  if [ "$pins_first" = yes ]; then
    pin_stage
  fi
  without_tokens prepare >"$scratch/log" 2>&1 </dev/null || die_with_log "cannot prepare the builds"
  if [ "$pins_first" = no ]; then
    pin_stage
  fi
  build_together
  # shellcheck disable=SC2034 # publish-typescript.sh reads the tags
  while IFS='|' read -r id package _ registry dir platforms needs level tags at; do
    kept=$(kept_in "$id")
    if ! [ -d "$kept" ]; then
      rm -rf "$out" "$kept.new"
      mkdir -p "$out" "$kept.new"
      version=$at
      export version
      without_tokens build_package "$id" >"$scratch/log" 2>&1 </dev/null || die_with_log "cannot build \`$id\`"
      built_files "$package" "$dir" "$at" >"$scratch/built"
      [ -s "$scratch/built" ] || die_with_log "the build of \`$id\` left no file of version $at"
      while IFS= read -r file; do
        cp "$file" "$kept.new/" || die "cannot keep \`$file\`"
      done <"$scratch/built"
      mv "$kept.new" "$kept"
    fi
    for file in "$kept"/*; do
      log_info "built $id $at: ${file##*/}"
    done
  done <"$scratch/missing"
}

die_with_log() {
  show_log
  die "$1" "mend what the output above says, then run the same command again"
}

# What a tool said, without what a terminal would take for a command.
show_log() {
  tr -d '\000-\010\013-\037\177' <"$scratch/log" >&2
}

list_files() {
  # shellcheck disable=SC2034 # publish-typescript.sh reads the tags
  while IFS='|' read -r id package _ registry dir platforms needs level tags at; do
    for file in "$(kept_in "$id")"/*; do
      printf '%s\n' "${file##*/}"
      list_file "$file" </dev/null | sort | sed 's/^/  /'
    done
  done <"$scratch/missing"
}

# keep_untracked START: prints those of `found` whose names begin so and that git does not know; a build made them.
keep_untracked() {
  while IFS= read -r file; do
    case ${file##*/} in
      "$1"[-.]*)
        git -C "$stage" ls-files --error-unmatch -- "$file" >/dev/null 2>&1 || printf "%s\n" "$file"
        ;;
    esac
  done <"$scratch/found"
}

# --- uploads ---

upload_missing() {
  : >"$scratch/published"
  : >"$scratch/failed"
  : >"$scratch/blocked"
  phase=
  while IFS= read -r row; do
    # shellcheck disable=SC2034 # publish-typescript.sh reads the tags
    IFS='|' read -r id package _ registry dir platforms needs level tags at <<ROW
$row
ROW
    if [ "$level" != "$phase" ]; then
      phase=$level
      log_section "phase $phase"
    fi
    by=$(blocked_by "$needs")
    if [ -n "$by" ]; then
      log_error "$id is blocked: $by failed"
      printf '%s\n' "$id" >>"$scratch/blocked"
    elif ship "$row"; then
      printf '%s\n' "$id" >>"$scratch/published"
      log_info "published $id $at"
      rm -rf "$(kept_in "$id")"
    else
      printf '%s\n' "$id" >>"$scratch/failed"
    fi
  done <"$scratch/missing"
}

# blocked_by NEEDS: the first package among these that failed or is blocked itself.
blocked_by() {
  for need in $(printf '%s' "$1" | tr ',' ' '); do
    if cat "$scratch/failed" "$scratch/blocked" | grep -Fx -- "$need" >"$scratch/same"; then
      printf '%s' "$need"
      return 0
    fi
  done
}

# ship PACKAGE-ROW: sends what is not there and looks until it is. A client that failed may have been heard all the same, so
# the registry is asked before anything is tried again.
ship() {
  tries=0
  wait=$retry_delay
  while :; do
    if ! look "$1"; then
      # Who does not say what is there gets nothing.
      if ! again "\`$registry\` does not say what it has of $id (status $answered)"; then
        log_error "cannot ask \`$registry\` for $id, so nothing more is sent: $(cat "$scratch/said")"
        return 1
      fi
      continue
    fi
    set -- "$1"
    for file in "$(kept_in "$id")"/*; do
      if is_there "${file##*/}"; then
        same_digest "$file" || return 1
      else
        set -- "$@" "$file"
      fi
    done
    if [ "$#" -eq 1 ]; then
      return 0
    fi
    sent=0
    ( row=$1; shift; upload_files "$row" "$@" ) >"$scratch/log" 2>&1 </dev/null && sent=1
    if [ "$sent" = 1 ]; then
      uploaded=1
      break
    fi
    if look "$1" && all_there; then
      break
    fi
    if ! may_pass || ! again "the upload of $id failed"; then
      show_log
      log_error "cannot upload $id $at to $registry"
      return 1
    fi
  done
  await "$1"
}

# again WHY: waits before something is tried again; fails when that was often enough.
again() {
  [ "$tries" -lt "$max_retries" ] || return 1
  tries=$((tries + 1))
  log_warn "$1; again in $wait s ($tries of $max_retries)"
  sleep "$wait"
  wait=$((wait * 2))
}

# Whether the failure of a client is one that may pass: no answer, or a server in trouble.
may_pass() {
  grep -Eiq 'status (code )?(408|425|429|5[0-9][0-9])|E5[0-9][0-9]|\(status 5|connect|timed? ?out|ECONN|EPIPE|socket|EOF|reset|\[(5|6|7|16|18|28|35|52|55|56|92)\] ' "$scratch/log"
}

is_there() {
  file=$1 awk '$1 == ENVIRON["file"] "" { found = 1 } END { exit !found }' "$scratch/files"
}

all_there() {
  for file in "$(kept_in "$id")"/*; do
    is_there "${file##*/}" || return 1
  done
}

# await PACKAGE-ROW: polls until the registry shows every file, and compares the digests.
await() {
  begun=$(date +%s)
  wait=1
  while :; do
    if look "$1" && all_there; then
      for file in "$(kept_in "$id")"/*; do
        same_digest "$file" || return 1
      done
      return 0
    fi
    if [ "$(($(date +%s) - begun))" -ge "$poll_timeout" ]; then
      log_error "$id $at was uploaded, but \`$registry\` does not show it after $poll_timeout s: run the same command again later"
      return 1
    fi
    sleep "$wait"
    if [ "$wait" -lt 10 ]; then
      wait=$((wait + 1))
    fi
  done
}

# same_digest FILE: whether the registry has these bytes under its name.
same_digest() {
  stated=$(file=${1##*/} awk '$1 == ENVIRON["file"] "" { print $2; exit }' "$scratch/files")
  own=$(digest_of "$1")
  if [ "$stated" = "$own" ]; then
    return 0
  fi
  log_error "\`${1##*/}\` on \`$registry\` is not the file that was built: its digest there is ${stated:-not stated}, that of the build is $own"
  printf '  help: find out who uploaded it before anything that needs it goes out\n' >&2
  return 1
}

# sha256 FILE: its digest in hexadecimal.
sha256() {
  if command -v sha256sum >/dev/null; then
    sha256sum <"$1" | cut -d' ' -f1
  else
    shasum -a 256 <"$1" | cut -d' ' -f1
  fi
}

sum_up() {
  count=$(count_of "$scratch/published")
  failed=$(count_of "$scratch/failed")
  log_info ""
  log_info "$count published, $(count_of "$scratch/there") already there, $failed failed, $(count_of "$scratch/blocked") blocked"
  if [ "$failed" = 0 ]; then
    log_info "what was published was not installed and tried: \`castoff verify\` does that"
    return 0
  fi
  log_info "mend it and run the same command again: it goes on where it stopped"
  if [ "$count" = 0 ] && [ "${uploaded:-0}" = 0 ]; then
    return 1
  fi
  return 3
}
