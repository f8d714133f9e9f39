# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# The rules of the repository, from the table in rules.sh, and the patterns of paths in them.

# Stops the script with what is wrong and what to do: something that its user can put right.
function fault(message, help) {
  tell("error: " message)
  if (help != "") tell("  help: " help)
  close("cat 1>&2")
  exit 2
}

# Stops the script because something outside failed.
function broken(message) {
  tell("error: " message)
  close("cat 1>&2")
  exit 1
}

function tell(line) {
  print line | "cat 1>&2"
}

# Fields stand between tabs; a tab, a line end or a backslash in one is written as `\t`, `\n`, `\r` or `\\`.
function plain(text,    found, at) {
  found = ""
  while ((at = index(text, "\\")) > 0) {
    found = found substr(text, 1, at - 1)
    if (substr(text, at + 1, 1) == "t") found = found "\t"
    else if (substr(text, at + 1, 1) == "n") found = found "\n"
    else if (substr(text, at + 1, 1) == "r") found = found "\r"
    else found = found "\\"
    text = substr(text, at + 2)
  }
  return found text
}

function read_rules(path,    row, fields, count, i) {
  RS = "\n"
  while ((getline row < path) > 0) {
    if (row == "" || row ~ /^#/) continue
    count = split(row, fields, "\t")
    for (i = 2; i <= count; i++) fields[i] = plain(fields[i])
    read_rule(fields, count)
  }
  close(path)
}

# Every kind of row, in the order in which rules.sh has them.
function read_rule(field, count,    i, n) {
  if (field[1] == "setting") setting[field[2]] = field[3]
  else if (field[1] == "base-tags") base_pattern[++base_pattern_count] = field[2]
  else if (field[1] == "ignore") ignore_pattern[++ignore_count] = field[2]
  else if (field[1] == "lock") is_lock[field[2]] = 1
  else if (field[1] == "never") is_never[field[2]] = 1
  else if (field[1] == "exclude") exclude_pattern[++exclude_count] = field[2]
  else if (field[1] == "named") is_named[field[2]] = 1
  else if (field[1] == "section") {
    n = ++section_count
    section_kind[n] = field[2]
    section_scope[n] = field[3]
    section_shown[n] = field[4] == "shown"
    section_bump[n] = field[5]
  } else if (field[1] == "override") {
    override_id[++override_count] = field[2]
    override_message[override_count] = field[3]
  } else if (field[1] == "paths") {
    if (!(field[2] in set_place)) {
      set_place[field[2]] = ++set_count
      set_name[set_count] = field[2]
      set_key[set_count] = field[3]
    }
    n = set_place[field[2]]
    if (count > 3) set_pattern[n, ++set_patterns[n]] = field[4]
  } else if (field[1] == "component") {
    n = component_place[field[2]] = ++component_count
    component_name[n] = field[2]
    component_key[n] = field[3]
    by_paths[n] = field[4] == "paths"
    component_tag[n] = field[5]
    version_file[n] = field[6]
  } else if (field[1] == "changed-by") {
    n = component_place[field[2]]
    changed_kind[n, ++changed_by[n]] = field[3]
    changed_text[n, changed_by[n]] = field[4]
  } else if (field[1] == "follows") {
    n = component_place[field[2]]
    leader_of[n] = component_place[field[3]]
    scheme_of[n] = field[4]
    follow_always[n] = field[5] == "always"
    has_follow_on[n] = field[5] == "follow-on"
  } else if (field[1] == "follow-on") {
    n = component_place[field[2]]
    follow_kind[n, ++follow_on[n]] = field[3]
    follow_text[n, follow_on[n]] = field[4]
  } else if (field[1] == "follow-package") follow_package[component_place[field[2]], field[3]] = 1
  else if (field[1] == "package") {
    n = package_place[field[2]] = ++package_count
    package_id[n] = field[2]
    package_kind[n] = substr(field[2], 1, index(field[2], ":") - 1)
    package_of[n] = component_place[field[3]]
    package_public[n] = field[4] == "public"
    package_reader[n] = field[5]
    package_file[n] = field[6]
    package_more[n] = field[7]
    package_given[n] = substr(field[2], index(field[2], ":") + 1)
    member[package_of[n], ++member_count[package_of[n]]] = n
  } else if (field[1] == "manifest") is_manifest[field[2]] = 1
  else if (field[1] == "dir") {
    dir_package[field[2]] = field[3]
    for (i = 4; i <= count; i++) dir_owner[field[2], ++dir_owners[field[2]]] = component_place[field[i]]
  } else if (field[1] == "extra") {
    extra_writers[field[2]] = 0
    for (i = 3; i <= count; i++) extra_writer[field[2], component_place[field[i]]] = 1
  } else if (field[1] == "needs") {
    n = package_place[field[2]]
    i = ++needs[n]
    need_of[n, i] = package_place[field[3]]
    need_how[n, i] = field[4]
    need_text[n, i] = field[5]
    need_link[n, i] = field[6]
  } else if (field[1] == "line") {
    n = ++line_count
    line_name[n] = field[2]
    line_file[n] = field[3]
    line_section[n] = field[4]
    line_place[field[2]] = n
    file_line[field[3], ++file_lines[field[3]]] = n
    line_holes[n] = int((count - 5) / 2)
    for (i = 0; i <= line_holes[n]; i++) {
      line_text[n, i] = field[5 + 2 * i]
      if (i < line_holes[n]) line_hole[n, i + 1] = field[6 + 2 * i]
    }
  } else fault("rules.sh holds a row of an unknown kind: " field[1], "write the scripts again: castoff generate scripts")
}

# --- patterns ---

# A directory (`core/`), a glob (`**/CHANGELOG.md`) or one file; only `*` is special.
function pattern_matches(pattern, path) {
  if (index(pattern, "*")) {
    if (!(pattern in pattern_glob)) pattern_glob[pattern] = glob_of(pattern)
    return path ~ pattern_glob[pattern]
  }
  if (pattern == "./") return 1
  if (pattern ~ /\/$/) return substr(path, 1, length(pattern)) == pattern ""
  return path == pattern ""
}

# `*` stays within a directory, `**` stands for any number of them.
function glob_of(pattern,    i, sign, found) {
  if (pattern ~ /\/$/) pattern = pattern "**"
  found = "^"
  for (i = 1; i <= length(pattern); i++) {
    sign = substr(pattern, i, 1)
    if (sign != "*") found = found (sign ~ /[.+?()|$^\[\\]/ ? "\\" sign : sign == "{" ? "[{]" : sign)
    else if (substr(pattern, i, 3) == "**/") {
      found = found "(.*/)?"
      i += 2
    } else if (substr(pattern, i, 2) == "**") {
      found = found ".*"
      i++
    } else found = found "[^/]*"
  }
  return found "$"
}

# The directory of a path; nothing for the root. In brackets awks read `\/` in two ways: some take the backslash for a sign
# of its own, so such expressions are texts.
function parent_of(path) {
  return sub("/[^/]*$", "", path) ? path : ""
}

function name_of(path) {
  sub(/^.*\//, "", path)
  return path
}

# Locks and changelogs are written by releases, so they are no reason for one.
function is_ignored(path,    i) {
  if (path in ignored_known) return ignored_known[path]
  ignored_known[path] = 1
  if ((name_of(path) in is_lock) || (path in is_never)) return 1
  for (i = 1; i <= ignore_count; i++) if (pattern_matches(ignore_pattern[i], path)) return 1
  return ignored_known[path] = 0
}
