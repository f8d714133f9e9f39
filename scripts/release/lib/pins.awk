# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# Writes requirements between packages of the repository as they are published. Read are the versions of all packages
# (id, tab, version), the table of pins (file, text before, text behind, new text before the version, behind it, package),
# and the file, whose lines are printed. Each pin has to find its line, and only one.

BEGIN {
  FS = "\t"
  file = ENVIRON["file"]
}

FILENAME != last {
  last = FILENAME
  part++
}

part == 1 {
  version[$1] = $2
  next
}

part == 2 {
  if ($1 != file "") next
  before[++pins] = $2
  behind[pins] = $3
  new_before[pins] = $4
  new_behind[pins] = $5
  needed[pins] = $6
  next
}

{
  line = $0
  for (n = 1; n <= pins; n++) {
    if (!is_line(n, line)) continue
    line = before[n] new_before[n] version[needed[n]] new_behind[n] behind[n]
    found[n]++
  }
  print line
}

END {
  for (n = 1; n <= pins; n++) if (found[n] != 1) exit 1
}

# Whether a line begins and ends with the texts of a pin, and has nothing between them but a requirement.
function is_line(n, line,    middle) {
  if (length(line) < length(before[n]) + length(behind[n])) return 0
  if (substr(line, 1, length(before[n])) != before[n] "") return 0
  if (substr(line, length(line) - length(behind[n]) + 1) != behind[n] "") return 0
  middle = substr(line, length(before[n]) + 1, length(line) - length(before[n]) - length(behind[n]))
  if (middle ~ /["']/) return 0
  # `acme-core` is not the beginning of `acme-core-extra`.
  return !(before[n] ~ /[A-Za-z0-9_]$/ && middle ~ /^[A-Za-z0-9_.-]/)
}
