# shellcheck shell=sh
{{mark}}
#
# What the scripts of this directory share: messages, questions, and where the repository is. A script sets `root`
# before it reads this file, because only the script itself knows where it lies.
#
# Standard output belongs to what other programs read; everything for people goes to standard error.

# Answers of tools are compared as bytes, whatever the language of the machine is. A script that runs another one gives it
# the language back: yash cannot read a script with other letters than those of its language.
# shellcheck disable=SC2034 # release.sh uses it
language=${LC_ALL-}
LC_ALL=C
export LC_ALL
# A path in git's answers is the path itself; people may have set this otherwise, and optional locks would disturb them.
GIT_OPTIONAL_LOCKS=0
GIT_TERMINAL_PROMPT=0
# Replaced objects are in one clone only; the answer has to be the same in all.
GIT_NO_REPLACE_OBJECTS=1
export GIT_OPTIONAL_LOCKS GIT_TERMINAL_PROMPT GIT_NO_REPLACE_OBJECTS

log_info() {
  printf '%s\n' "$*" >&2
}

log_warn() {
  printf 'warning: %s\n' "$*" >&2
}

log_error() {
  printf 'error: %s\n' "$*" >&2
}

log_header() {
  printf '\n== %s ==\n' "$*" >&2
}

log_section() {
  printf '\n%s:\n' "$*" >&2
}

# die MESSAGE [HELP]: something failed outside of what the caller can put right in the arguments.
die() {
  tell_fault "$@"
  exit 1
}

# die_usage MESSAGE [HELP]: arguments, castoff.toml or a manifest have to be changed.
die_usage() {
  tell_fault "$@"
  exit 2
}

# The shape of every error: what was tried on what, then what to do.
tell_fault() {
  log_error "$1"
  if [ "$#" -gt 1 ] && [ -n "$2" ]; then
    printf '  help: %s\n' "$2" >&2
  fi
}

# confirm QUESTION: whether the answer is yes. Nobody is asked where nobody can answer; `assume_yes=1` answers for them.
confirm() {
  if [ "${assume_yes:-0}" = 1 ]; then
    return 0
  fi
  if ! [ -t 0 ]; then
    log_error "$1: nobody can be asked, for standard input is no terminal"
    return 1
  fi
  printf '%s [y/N] ' "$1" >&2
  answer=
  read -r answer || return 1
  case "$answer" in
    y | Y | yes | YES | Yes) return 0 ;;
  esac
  return 1
}

# bump_patch VERSION: prints the version with its last number one greater, 0.1.10 after 0.1.9.
bump_patch() {
  printf '%s\n' "$1" | awk -F. '
    /^[0-9]+(\.[0-9]+)*$/ {
      for (i = 1; i < NF; i++) printf "%s.", $i
      print $NF + 1
      good = 1
    }
    END { if (!good) exit 1 }
  ' || die_usage "\`$1\` is no version of numbers" "write for example 1.2.3"
}

# require_env NAME PURPOSE: stops where a variable that is needed is not set. Its value is never shown.
require_env() {
  eval "required=\${$1:-}"
  # shellcheck disable=SC2154 # the line above sets it
  if [ -z "$required" ]; then
    required=
    die "\`$1\` is not set: $2" "set it in the environment: export $1=..."
  fi
  required=
}
