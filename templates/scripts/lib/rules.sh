# shellcheck shell=sh
{{mark}}
#
# The rules of this repository: what castoff.toml says, and what follows from the manifests. A row a line, its fields with
# tabs between them; lib/rules.awk reads them.

# The castoff.toml that they were made from, by `git hash-object`.
# shellcheck disable=SC2034 # decide.sh compares it
config_id={{config_id}}

rules() {
  cat <<'RULES'
{{rules}}
RULES
}
