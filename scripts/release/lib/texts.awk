# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# Texts of files, at HEAD and at earlier commits: the versions and requirements in them, and whether two differ in nothing
# but what a release writes.

# --- reading ---

# Notes that a text will be needed.
function ask_text(commit, path) {
  if ((commit, path) in is_asked) return
  is_asked[commit, path] = 1
  asked_commit[++asked] = commit
  asked_path[asked] = path
}

# Reads all that were asked for since the last time, in one process.
function read_texts(    i, command, header, line, size, text, got, path) {
  if (texts_read == asked) return
  for (i = texts_read + 1; i <= asked; i++) {
    # A path with a line end cannot be asked for by name; no manifest has one.
    path = asked_path[i]
    gsub(/\n/, " ", path)
    print asked_commit[i] ":" path > (scratch "/objects")
  }
  close(scratch "/objects")
  command = "{ git -C \"$root\" cat-file --batch <\"$scratch/objects\" || echo failed; } | tr '\\000' '\\001'"
  RS = "\n"
  for (i = texts_read + 1; i <= asked; i++) {
    if ((command | getline header) <= 0 || header == "failed") broken("cannot read files of the repository")
    if (header ~ / (missing|ambiguous)$/) continue
    size = header
    sub(/^.* /, "", size)
    text = ""
    for (got = 0; got <= size + 0; got += length(line) + 1) {
      if ((command | getline line) <= 0) broken("cannot read files of the repository")
      text = text line "\n"
    }
    if (header ~ / blob [0-9]+$/) text_of[asked_commit[i], asked_path[i]] = substr(text, 1, size + 0)
  }
  close(command)
  texts_read = asked
}

function has_text(commit, path) {
  return (commit, path) in text_of
}

# --- versions in manifests ---

# The version that a package has at a commit; nothing where it is not there.
function package_version(n, commit) {
  if (!has_text(commit, package_file[n])) return ""
  return version_read(package_text(n, commit))
}

# That version as its manifest spells it.
function package_text(n, commit,    reader) {
  reader = package_reader[n]
  if (reader == "cargo") return cargo_version(n, commit)
  if (reader == "uv") return toml_value(text_of[commit, package_file[n]], "project", "version")
  if (reader == "npm") return json_value(text_of[commit, package_file[n]], "version")
  if (reader == "plain") return trimmed(text_of[commit, package_file[n]])
  if (reader == "line") return line_value(commit, package_more[n])
  return "0.0.0"
}

# Of a crate that leaves its version to the workspace, what stands there.
function cargo_version(n, commit,    text) {
  text = toml_value(text_of[commit, package_file[n]], "package", "version")
  if (text != "workspace") return text
  if (!has_text(commit, package_more[n])) return ""
  return toml_value(text_of[commit, package_more[n]], "workspace.package", "version")
}

# Whether a manifest held a package of this name.
function is_named_so(n, commit,    text) {
  text = text_of[commit, package_file[n]]
  if (package_reader[n] == "cargo" && package_kind[n] == "cargo") return toml_value(text, "package", "name") == package_given[n] ""
  if (package_reader[n] == "uv") return toml_value(text, "project", "name") == package_given[n] ""
  if (package_reader[n] == "npm") return json_value(text, "name") == package_given[n] ""
  return 1
}

# The text at a key of a table; "workspace" where it is left to the workspace.
function toml_value(text, table, key,    lines, count, i, line, section) {
  count = split(text, lines, "\n")
  section = ""
  for (i = 1; i <= count; i++) {
    line = lines[i]
    sub(/^[ \t]+/, "", line)
    if (line ~ /^\[/) {
      section = line
      gsub(/[] \t\r[]|#.*$/, "", section)
      continue
    }
    if (section != table "" || substr(line, 1, length(key)) != key "") continue
    line = substr(line, length(key) + 1)
    if (line ~ /^\.workspace[ \t]*=[ \t]*true/ || line ~ /^[ \t]*=[ \t]*[{][ \t]*workspace[ \t]*=[ \t]*true/) return "workspace"
    if (!sub(/^[ \t]*=[ \t]*/, "", line)) continue
    if (line ~ /^"[^"]*"/) return substr(line, 2, index(substr(line, 2), "\"") - 1)
    if (line ~ /^'[^']*'/) return substr(line, 2, index(substr(line, 2), "'") - 1)
  }
  return ""
}

# The text at a key of the outermost object.
function json_value(text, key,    depth, name, token) {
  depth = 0
  name = ""
  while (text != "") {
    if (match(text, /^"([^"\\]|\\.)*"/)) {
      token = substr(text, 2, RLENGTH - 2)
      text = substr(text, RLENGTH + 1)
      if (depth == 1 && match(text, /^[ \t\r\n]*:[ \t\r\n]*/)) {
        name = token
        text = substr(text, RLENGTH + 1)
      } else if (depth == 1 && name == key "") return token
      continue
    }
    token = substr(text, 1, 1)
    if (token == "{" || token == "[") depth++
    else if (token == "}" || token == "]") depth--
    else if (token == "," && depth == 1) name = ""
    match(text, /^.[^]["{},]*/)
    text = substr(text, RLENGTH + 1)
  }
  return ""
}

# --- lines with versions ---

# What stands in the first hole of a line; where several lines are alike, they say the same.
function line_value(commit, name,    values) {
  values = line_values(commit, line_place[name])
  return values == "" ? "" : substr(values, 1, index(values, FIELD) - 1)
}

# The texts in the holes of a line, each with a FIELD behind it; nothing where there is no such line.
function line_values(commit, n,    lines, count, i, k, section, found, here) {
  if ((commit, n) in values_known) return values_known[commit, n]
  count = split(text_of[commit, line_file[n]], lines, "\n")
  section = found = ""
  for (i = 1; i <= count; i++) {
    if (section == line_section[n] "" && line_matches(n, lines[i])) {
      here = ""
      for (k = 1; k <= line_holes[n]; k++) here = here hole[k] FIELD
      if (found != "" && found != here "")
        fault("lines of `" line_file[n] "` that are alike hold different versions", "make them equal, or use castoff itself")
      found = here
    }
    section = section_after(line_file[n], section, lines[i])
  }
  return values_known[commit, n] = found
}

# What a line stands in: the table of a TOML file, what was opened last in a JSON file.
function section_after(path, section, line) {
  sub(/\r$/, "", line)
  if (path ~ /\.toml$/ && line ~ /^\[/) return line
  if (path ~ /\.json$/ && line ~ /[{[]$/) return line
  return section
}

# Whether a line has the form of one with holes; what stands in them is in `hole`.
function line_matches(n, line,    i, text, at) {
  if (substr(line, 1, length(line_text[n, 0])) != line_text[n, 0] "") return 0
  line = substr(line, length(line_text[n, 0]) + 1)
  for (i = 1; i <= line_holes[n]; i++) {
    text = line_text[n, i]
    if (i == line_holes[n]) {
      at = length(line) - length(text) + 1
      if (at < 1 || substr(line, at) != text "") return 0
    } else {
      at = index(line, text)
      if (!at) return 0
    }
    hole[i] = substr(line, 1, at - 1)
    if (!fits_hole(line_hole[n, i], hole[i])) return 0
    line = substr(line, at + length(text))
  }
  return 1
}

function fits_hole(kind, text) {
  if (kind == "version") return text ~ /^[0-9][0-9A-Za-z.+-]*$/
  if (kind == "any") return 1
  return text != "" && text !~ /["']/
}

# --- what a release writes ---

# Whether a file at HEAD differs from an earlier commit in nothing but versions.
function only_versions(commit, path,    now, before, nows, befores, count, i, section, earlier, turn) {
  if (!has_text(head_id, path) || !has_text(commit, path)) return 0
  now = text_of[head_id, path]
  before = text_of[commit, path]
  if (now == before "") return 1
  if (is_version_file(path) && version_read(trimmed(now)) != "" && version_read(trimmed(before)) != "") return 1
  count = split(now, nows, "\n")
  if (split(before, befores, "\n") != count) return 0
  section = earlier = ""
  turn = turn_of(commit, path)
  for (i = 1; i <= count; i++) {
    if (nows[i] != befores[i] "" && masked(path, section, nows[i], -1) != masked(path, earlier, befores[i], turn) "") return 0
    section = section_after(path, section, nows[i])
    earlier = section_after(path, earlier, befores[i])
  }
  return 1
}

# A line with one version in the place of all that a release writes there; `turn` as in `turn_of`,
# less than 0 at HEAD.
function masked(path, section, line, turn,    i, k, n, fits, found) {
  for (i = 1; i <= file_lines[path]; i++) {
    n = file_line[path, i]
    if (line_section[n] != section "" || !line_matches(n, line)) continue
    # RubyGems' clauses are read together.
    fits = 1
    for (k = 1; k <= line_holes[n]; k++)
      if (line_hole[n, k] == "gem" && !gem_accepts(hole[k], PROBE)) fits = 0
    found = line_text[n, 0]
    for (k = 1; k <= line_holes[n]; k++) {
      if (line_hole[n, k] == "npm" && !leads_to_own(line_text[n, k - 1], hole[k], turn)) found = found hole[k]
      else found = found raised(line_hole[n, k], hole[k], fits)
      found = found "\001" line_text[n, k]
    }
    return found
  }
  return line
}

# Whether npm's clients take the package of the repository for a range behind this text: where it allows the version that
# the package has, or will once that is final.
function leads_to_own(before, range, turn,    n, version) {
  if (before ~ /[:@]$/) return 1
  sub(/"[ \t]*:[ \t]*"$/, "", before)
  sub(/^.*"/, "", before)
  if (!(("npm:" before) in package_place)) return 1
  n = package_place["npm:" before]
  version = package_version(n, turn < 0 ? head_id : doubted_in(package_file[n], turn))
  if (version == "") version = package_version(n, head_id)
  return version == "" || npm_accepts(range, version) || npm_accepts(range, finalised(version))
}

# Texts of earlier commits are read as those of one time: in turn 0 each file at the first commit that it is doubted at, by
# id, then at the second, and at HEAD where there is none. This is the turn of a file at a commit.
function turn_of(commit, path,    other, turn) {
  turn = 0
  for (other in doubted)
    if (other "" < commit "" && ((other, path) in is_doubted) && has_text(other, path)) turn++
  return turn
}

# The commit at which a file is read in a turn.
function doubted_in(path, turn,    commit) {
  for (commit in doubted)
    if (((commit, path) in is_doubted) && has_text(commit, path) && turn_of(commit, path) == turn) return commit
  return head_id
}

# A requirement that asks for 65535.0.0, a version that nobody has, in the form of the one that is there.
function raised(kind, text, fits) {
  if (kind == "version") return "65535.0.0"
  if (kind == "any") return ""
  if (kind == "cargo") return cargo_raised(text)
  if (kind == "uv") return python_raised(text)
  if (kind == "npm" || kind == "peer") return npm_raised(text)
  return gem_raised(text, fits)
}

# The first numbers of the probe.
function probe(places) {
  return places == 1 ? "65535" : places == 2 ? "65535.0" : "65535.0.0"
}

function dots(text) {
  return gsub(/\./, "", text)
}

function operator_of(text, signs) {
  match(text, "^[" signs "]*")
  return substr(text, 1, RLENGTH)
}

function cargo_raised(text,    op, bare, simple) {
  op = operator_of(text, "~=<> ^")
  bare = op
  gsub(/ /, "", bare)
  simple = text !~ /[,*]/
  if (simple && (bare == "" || bare == "^" || bare == "~")) return op probe(dots(substr(text, length(op) + 1)) + 1)
  if (simple && bare == "=") return op "65535.0.0"
  return cargo_accepts(text, PROBE) ? text : "65535.0.0"
}

function python_raised(text,    op, space, clauses, count, i) {
  if (text !~ /,/ && match(text, /^(===|==|~=)/) && text !~ /\*$/) {
    op = substr(text, 1, RLENGTH)
    space = substr(text, RLENGTH + 1, 1) == " " ? " " : ""
    if (op == "~=") return op space probe(dots(text) < 2 ? 2 : 3)
    return op space "65535.0.0"
  }
  if (python_accepts(text, PROBE)) return text
  count = split(text, clauses, ",")
  for (i = 1; i <= count; i++) {
    gsub(/^[ \t]+|[ \t]+$/, "", clauses[i])
    if (clauses[i] ~ /^<[^=]/) return ">=65535.0.0,<" next_bound(substr(clauses[i], 2))
  }
  return ">=65535.0.0"
}

function npm_raised(text,    op, bare, rest, simple, numbers, count, i) {
  if (text ~ /^[*^~]?$/) return text
  op = operator_of(text, "~=<>v ^")
  rest = substr(text, length(op) + 1)
  bare = op
  gsub(/[ v]+$/, "", bare)
  simple = rest != "" && rest !~ /[ |*xX]/
  if (simple && (bare == "" || bare == "^" || bare == "~")) return op probe(dots(rest) + 1)
  if (simple && bare == "=") return op "65535.0.0"
  if (npm_accepts(text, PROBE)) return text
  if (simple && bare == ">=") return op "65535.0.0"
  if (text ~ /\|\|/) return text " || ^65535.0.0"
  count = split(text, numbers, ".")
  for (i = 2; i <= count; i++)
    if (numbers[i] ~ /^[xX*]$/) return probe(i - 1) substr(text, length(joined_numbers(numbers, i - 1)) + 1)
  if (text ~ /^>=[^<]*<[ \t]*[^= \t]/) {
    sub(/^[^<]*<[ \t]*/, "", text)
    return ">=65535.0.0 <" next_bound(text)
  }
  return "^65535.0.0"
}

function joined_numbers(numbers, count,    i, found) {
  found = numbers[1]
  for (i = 2; i <= count; i++) found = found "." numbers[i]
  return found
}

function gem_raised(text, fits,    op, bare, bound) {
  op = operator_of(text, "<>=!~ ")
  bare = op
  gsub(/ /, "", bare)
  bound = substr(text, length(op) + 1)
  gsub(/^[ \t]+|[ \t]+$/, "", bound)
  if (bare == "~>") return op probe(dots(bound) + 1)
  if (bare == "" || bare == "=") return op "65535.0.0"
  if (fits || bare == "!=") return text
  if (bare == ">") {
    sub(/>/, ">=", op)
    return op "65535.0.0"
  }
  return op (bare == "<" ? next_bound(bound) : "65535.0.0")
}

# The upper bound behind the probe, at the place where an old one was drawn.
function next_bound(bound,    rest, numbers, count, i, last, found) {
  rest = ""
  if (match(bound, /-.*$/)) {
    rest = substr(bound, RSTART)
    bound = substr(bound, 1, RSTART - 1)
  }
  count = split(bound, numbers, ".")
  last = 1
  for (i = 1; i <= count; i++) if (numbers[i] "" != "0") last = i
  found = last == 1 ? "65536" : "65535"
  for (i = 2; i <= count; i++) found = found "." (i == last ? "1" : "0")
  return found rest
}
