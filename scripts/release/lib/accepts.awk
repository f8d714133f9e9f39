# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# Whether a requirement allows a version: as cargo, pip, npm and RubyGems decide it.

# One that has a form which is not known here ends the script: castoff may read it otherwise.
function accepts(ecosystem, requirement, version) {
  if (ecosystem == "cargo") return cargo_accepts(requirement, version)
  if (ecosystem == "uv") return python_accepts(requirement, version)
  if (ecosystem == "npm") return npm_accepts(requirement, version)
  return gem_accepts(requirement, version)
}

function not_known(requirement) {
  fault("the requirement `" requirement "` has a form that this script does not know", \
    "use castoff itself, or write the requirement in a simpler form")
}

# Whether an operator is one of a list; none at all always is.
function is_word(list, op) {
  return op == "" || index(" " list " ", " " op " ") > 0
}

# --- SemVer ---

# Splits `1`, `1.2`, `1.2.3-rc.1+b` into numbers of `part` and `part["pre"]`; how many are written, or 0 where it is none of
# these. `x`, `X` and `*` end it.
function semver_split(text, part,    numbers, count, i, pre) {
  split("", part)
  part["pre"] = ""
  sub(/\+[0-9A-Za-z.-]*$/, "", text)
  pre = index(text, "-")
  if (pre) {
    part["pre"] = substr(text, pre + 1)
    text = substr(text, 1, pre - 1)
    if (!is_dotted(part["pre"])) return 0
  }
  count = split(text, numbers, ".")
  if (count > 3 || (pre && count < 3)) return 0
  for (i = 1; i <= count; i++) {
    if (numbers[i] ~ /^[xX*]$/) return i == 1 ? -1 : i - 1
    part[i] = number_read(numbers[i])
    if (part[i] == "") return 0
  }
  return count
}

# A version as SemVer has it, or nothing where it is none: three numbers and a valid pre-release.
function as_semver(version,    text, bare) {
  text = semver(version)
  if (numbers_count(version) > 3 || (part_of(version, 2) == "" && part_of(version, 4) ~ /^\./)) return ""
  bare = text
  sub(/\+.*$/, "", bare)
  sub(/^[^-]*/, "", bare)
  if (bare != "" && "." substr(bare, 2) ~ /\.0[0-9]+(\.|$)/) return ""
  return text
}

# Pre-releases stand before none at all.
function pre_compare(one, other) {
  if (one "" == other "") return 0
  if (one == "") return 1
  if (other == "") return -1
  return identifiers_compare(one, other)
}

# Compares `number` 1..3 of two split versions; those that are not written are zero.
function split_compare(one, other,    i, order) {
  for (i = 1; i <= 3; i++) {
    order = number_compare(i in one ? one[i] : "0", i in other ? other[i] : "0")
    if (order) return order
  }
  return pre_compare(one["pre"], other["pre"])
}

# --- cargo ---

function cargo_accepts(requirement, version,    clauses, count, i, text, open) {
  if (requirement == "") return 1
  text = as_semver(version)
  if (text == "") return 0
  semver_split(text, cargo_is)
  # A pre-release is allowed only where a clause names one of the same numbers.
  open = cargo_is["pre"] == ""
  count = split(requirement, clauses, ",")
  for (i = 1; i <= count; i++) {
    if (!cargo_clause(clauses[i], requirement)) return 0
    if (cargo_asks["pre"] != "" && cargo_asks[1] == cargo_is[1] "" && cargo_asks[2] == cargo_is[2] "" && \
        cargo_asks[3] == cargo_is[3] "") open = 1
  }
  return open
}

function cargo_clause(text, requirement,    op, places, order) {
  gsub(/^ +| +$/, "", text)
  match(text, /^[=<>~^]*/)
  op = substr(text, 1, RLENGTH)
  text = substr(text, RLENGTH + 1)
  sub(/^ +/, "", text)
  places = semver_split(text, cargo_asks)
  if (!places || !is_word("= < <= > >= ~ ^", op) || (places < 0 && op != "")) not_known(requirement)
  if (places < 0) return 1
  if (op == "" && text ~ /[xX*]/) op = "="
  if (op == "~") return cargo_same(places < 2 ? 1 : 2) && cargo_pre_or_more(places, 3)
  if (op == "" || op == "^") return cargo_caret(places)
  order = cargo_order(places)
  if (op == "=") return cargo_same(places) && cargo_is["pre"] == cargo_asks["pre"] ""
  if (op == ">=") return order > 0 || (cargo_same(places) && cargo_is["pre"] == cargo_asks["pre"] "")
  if (op == "<=") return order < 0 || (cargo_same(places) && cargo_is["pre"] == cargo_asks["pre"] "")
  return op == ">" ? order > 0 : order < 0
}

# Whether the first numbers are the same.
function cargo_same(places,    i) {
  for (i = 1; i <= places; i++) if (cargo_is[i] != cargo_asks[i] "") return 0
  return 1
}

# -1 or 1 by the first number that differs, of those that are asked for; a pre-release only where all three are.
function cargo_order(places,    i, order) {
  for (i = 1; i <= places; i++) {
    order = number_compare(cargo_is[i], cargo_asks[i])
    if (order) return order
  }
  return places < 3 ? 0 : pre_compare(cargo_is["pre"], cargo_asks["pre"])
}

# Whether what stands from a number on is as great as what is asked for.
function cargo_pre_or_more(places, from,    i, order) {
  for (i = from; i <= places; i++) {
    order = number_compare(cargo_is[i], cargo_asks[i])
    if (order) return order > 0
  }
  return pre_compare(cargo_is["pre"], cargo_asks["pre"]) >= 0
}

# The first number that is not zero stays.
function cargo_caret(places) {
  if (!cargo_same(1)) return 0
  if (places == 1) return 1
  if (cargo_asks[1] != "0") {
    if (places == 2) return number_compare(cargo_is[2], cargo_asks[2]) >= 0
    return cargo_pre_or_more(places, 2)
  }
  if (!cargo_same(2)) return 0
  if (places == 2) return 1
  if (cargo_asks[2] != "0") return cargo_pre_or_more(places, 3)
  return cargo_same(3) && pre_compare(cargo_is["pre"], cargo_asks["pre"]) >= 0
}

# --- Python ---

function python_accepts(requirement, version,    clauses, count, i) {
  gsub(/^[ \t]+|[ \t]+$/, "", requirement)
  if (requirement == "" || requirement ~ /^@/) return 1
  if (python_takes(version) == 0) return 0
  version = python_read(version)
  if (part_of(version, 2) == "other") not_known(requirement)
  count = split(requirement, clauses, ",")
  for (i = 1; i <= count; i++) {
    gsub(/^[ \t]+|[ \t]+$/, "", clauses[i])
    if (clauses[i] == "" && i == count) continue
    if (!python_clause(clauses[i], version, requirement)) return 0
  }
  return 1
}

# A version as PyPI has it, where `1.0-dev` is in development and `1.0-5` is a post-release.
function python_read(version,    text) {
  text = pep440(version)
  sub(/-dev[-.]?/, ".dev", text)
  if (text ~ /-[0-9]+$/) sub(/-/, ".post", text)
  return version_read(text)
}

function python_clause(text, version, requirement,    op, bound, star, order, same) {
  match(text, /^[=<>~!]*/)
  op = substr(text, 1, RLENGTH)
  text = substr(text, RLENGTH + 1)
  gsub(/^[ \t]+|[ \t]+$/, "", text)
  star = sub(/\.\*$/, "", text)
  bound = version_read(text)
  if (op !~ /^(==|!=|~=|<|<=|>|>=)$/ || bound == "" || part_of(bound, 2) == "other" || \
      part_of(bound, 4) ~ /\+/ || (star && op !~ /^[=!]=$/)) not_known(requirement)
  if (star) return python_starts(version, bound, numbers_count(bound)) == (op == "==")
  sub(/\+.*$/, "", version)
  order = by_value(without_build(version), bound)
  # An end that is exclusive takes no pre-release and no post-release of its own numbers.
  same = by_value(finalised(version), finalised(bound)) == 0
  if (op == "==") return order == 0
  if (op == "!=") return order != 0
  if (op == ">=") return order >= 0
  if (op == "<=") return order <= 0
  if (op == "~=") return python_starts(version, bound, numbers_count(bound) - 1) && order >= 0
  if (op == "<") return order < 0 && !(same && is_pre(version))
  return order > 0 && !(same && part_of(version, 4) ~ /\.post/ && part_of(bound, 4) !~ /\.post/)
}

function without_build(version,    suffix) {
  suffix = part_of(version, 4)
  sub(/\+.*$/, "", suffix)
  return version_of(part_of(version, 1), part_of(version, 2), part_of(version, 3), suffix, "")
}

function python_starts(version, bound, places,    i) {
  for (i = 1; i <= places && i <= numbers_count(version); i++)
    if (number_at(version, i) != number_at(bound, i)) return 0
  return 1
}

# Whether PyPI has a way to write it: 0 no, 1 yes, 2 yes, but it takes none with a local part.
function python_takes(version,    value) {
  value = word_of_python(part_of(version, 3))
  if (part_of(version, 2) == "other" && value !~ /^rc[0-9]+$/ && \
      tolower(value) !~ /^-([0-9]+|(post|rev|r|dev|a|b|c|rc|alpha|beta|pre|preview)[-.]?[0-9]*)$/) return 0
  return part_of(version, 4) ~ /\+/ ? 2 : 1
}

# --- npm ---

# Tags and addresses do not say, so they allow all.
function npm_accepts(requirement, version,    text, sets, count, i) {
  text = as_semver(version)
  gsub(/^[ \t]+|[ \t]+$/, "", requirement)
  if (requirement !~ /^[0-9vVxX*^~<>=|. \t+A-Za-z-]*$/) return 1
  if (requirement ~ /[A-Za-z]/ && requirement !~ /[0-9*]/ && requirement !~ /^[xX]$/) return 1
  if (text == "") return 0
  semver_split(text, npm_is)
  # JavaScript has no greater whole numbers.
  for (i = 1; i <= 3; i++) if (number_compare(npm_is[i], "9007199254740991") > 0) return 0
  gsub(/\|\|/, "\001", requirement)
  count = split(requirement, sets, "\001")
  if (count == 0) return npm_set("", requirement)
  for (i = 1; i <= count; i++) if (npm_set(sets[i], requirement)) return 1
  return 0
}

# All comparators of a set hold; a pre-release needs a bound of its own numbers that is one.
function npm_set(text, requirement,    words, count, i) {
  npm_low = npm_high = ""
  gsub(/^[ \t]+|[ \t]+$/, "", text)
  gsub(/[ \t]+/, " ", text)
  if (text ~ / - /) {
    count = split(text, words, " ")
    if (count != 3 || words[2] != "-") not_known(requirement)
    npm_comparator(">=", words[1], requirement)
    npm_comparator("<=", words[3], requirement)
  } else {
    gsub(/[<>=~^] /, "&\001", text)
    gsub(/ \001/, "", text)
    count = split(text, words, " ")
    for (i = 1; i <= count; i++) {
      match(words[i], /^[<>=~^]*/)
      npm_comparator(substr(words[i], 1, RLENGTH), substr(words[i], RLENGTH + 1), requirement)
    }
  }
  return npm_holds()
}

# Narrows `npm_low` and `npm_high`, each `>=1.2.3-pre` or the like; nothing where there is no bound.
function npm_comparator(op, text, requirement,    places, from, to) {
  sub(/^[vV]/, "", text)
  if (text == "" && op == "") return
  places = semver_split(text, npm_part)
  if (!places || !is_word("= < <= > >= ~ ~> ^", op)) not_known(requirement)
  if (places < 0) {
    if (op ~ /^[<>]$/) not_known(requirement)
    return
  }
  from = npm_filled(places)
  to = npm_next(op, places)
  if (op == "~" || op == "~>" || op == "^" || ((op == "" || op == "=") && places < 3)) {
    npm_narrow(">=", from)
    npm_narrow("<", to)
  } else if (op == "" || op == "=") {
    npm_narrow(">=", from)
    npm_narrow("<=", from)
  } else if (op == ">" && places < 3) npm_narrow(">=", substr(to, 1, length(to) - 2))
  else if (op == "<" && places < 3) npm_narrow("<", from "-0")
  else if (op == "<=" && places < 3) npm_narrow("<", to)
  else npm_narrow(op, from)
}

# What is asked for with zeros behind it.
function npm_filled(places,    i, text) {
  text = npm_part[1]
  for (i = 2; i <= 3; i++) text = text "." (i <= places ? npm_part[i] : "0")
  return text (npm_part["pre"] == "" ? "" : "-" npm_part["pre"])
}

# The version that a comparator stays below, with the least pre-release.
function npm_next(op, places,    at) {
  at = places < 3 ? places : 2
  if (op == "~" || op == "~>") at = places < 2 ? 1 : 2
  if (op == "^") {
    at = 1
    while (at < places && npm_part[at] == "0") at++
  }
  if (at == 1) return counted_up(npm_part[1]) ".0.0-0"
  if (at == 2) return npm_part[1] "." counted_up(npm_part[2]) ".0-0"
  return npm_part[1] "." npm_part[2] "." counted_up(npm_part[3]) "-0"
}

function npm_narrow(op, text,    order) {
  if (op ~ /^>/) {
    order = npm_low == "" ? 1 : semver_order(text, npm_bare(npm_low))
    if (order > 0 || (order == 0 && op == ">")) npm_low = op text
  } else {
    order = npm_high == "" ? -1 : semver_order(text, npm_bare(npm_high))
    if (order < 0 || (order == 0 && op == "<")) npm_high = op text
  }
}

function npm_bare(bound) {
  sub(/^[<>]=?/, "", bound)
  return bound
}

function semver_order(one, other) {
  semver_split(one, order_one)
  semver_split(other, order_other)
  return split_compare(order_one, order_other)
}

function npm_holds(    order, open) {
  open = npm_is["pre"] == ""
  if (npm_low != "") {
    semver_split(npm_bare(npm_low), npm_bound)
    order = split_compare(npm_is, npm_bound)
    if (order < 0 || (order == 0 && npm_low !~ /^>=/)) return 0
    open = open || npm_same_row()
  }
  if (npm_high != "") {
    semver_split(npm_bare(npm_high), npm_bound)
    order = split_compare(npm_is, npm_bound)
    if (order > 0 || (order == 0 && npm_high !~ /^<=/)) return 0
    open = open || npm_same_row()
  }
  return open
}

function npm_same_row() {
  return (npm_bound["pre"] != "" && npm_bound[1] == npm_is[1] "" && npm_bound[2] == npm_is[2] "" && \
    npm_bound[3] == npm_is[3] "")
}

# --- RubyGems ---

# Every clause of `>= 1.0, < 2` holds. A list takes a pre-release only where it names one.
function gem_accepts(requirement, version,    clauses, count, i, open, any) {
  gem_is = gem_read(gem_version(version))
  if (gem_is == "") return 0
  open = gem_is !~ /[A-Za-z]/
  count = split(requirement, clauses, ",")
  for (i = 1; i <= count; i++) {
    if (clauses[i] ~ /^[ \t]*$/) continue
    any = 1
    if (clauses[i] ~ /[A-Za-z-]/) open = 1
  }
  if (any && !open) return 0
  for (i = 1; i <= count; i++) if (clauses[i] !~ /^[ \t]*$/ && !gem_clause(clauses[i], requirement)) return 0
  return 1
}

function gem_clause(text, requirement,    op, bound, order) {
  match(text, /^[<>=!~ \t]*/)
  op = substr(text, 1, RLENGTH)
  bound = gem_read(substr(text, RLENGTH + 1))
  gsub(/[ \t]/, "", op)
  if (bound == "" || !is_word("= != > < >= <= ~>", op)) not_known(requirement)
  order = gem_compare(gem_is, bound)
  if (op == "" || op == "=") return order == 0
  if (op == "!=") return order != 0
  if (op == ">") return order > 0
  if (op == "<") return order < 0
  if (op == ">=") return order >= 0
  if (op == "<=") return order <= 0
  return order >= 0 && gem_compare(gem_release(gem_is), gem_bump(bound)) < 0
}

# `1.0.0-x` means `1.0.0.pre.x`; numbers and words are parts of their own.
function gem_read(text,    found, part) {
  gsub(/^[ \t]+|[ \t]+$/, "", text)
  gsub(/-/, ".pre.", text)
  if (text !~ /^[0-9][0-9A-Za-z.]*$/) return ""
  while (text != "") {
    if (match(text, /^\.+/)) part = ""
    else if (match(text, /^[0-9]+/)) {
      part = number_read(substr(text, 1, RLENGTH))
      if (part == "") return ""
    } else {
      match(text, /^[A-Za-z]+/)
      part = substr(text, 1, RLENGTH)
    }
    text = substr(text, RLENGTH + 1)
    if (part != "") found = found (found == "" ? "" : ".") part
  }
  return found
}

# What one has more than the other counts as zeros, and a word stands before every number.
function gem_compare(one, other,    ones, others, count, places, i, order) {
  count = split(one, ones, ".")
  places = split(other, others, ".")
  for (i = 1; i <= count || i <= places; i++) {
    order = gem_part_compare(i <= count ? ones[i] "" : "0", i <= places ? others[i] "" : "0")
    if (order) return order
  }
  return 0
}

function gem_part_compare(one, other,    words) {
  words = (one ~ /^[A-Za-z]/) - (other ~ /^[A-Za-z]/)
  if (words) return -words
  return one ~ /^[A-Za-z]/ ? text_compare(one, other) : number_compare(one, other)
}

function gem_release(version) {
  if (match(version, /\.?[A-Za-z]/)) version = substr(version, 1, RSTART - 1)
  return version
}

# What `~>` stays below: the last number but one is counted up.
function gem_bump(version,    parts, count, i, found) {
  version = gem_release(version)
  count = split(version, parts, ".")
  if (count > 1) count--
  for (i = 1; i < count; i++) found = found parts[i] "."
  return found counted_up(parts[count])
}
