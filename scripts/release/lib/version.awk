# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# Versions: read, compared, counted up and written, as SemVer, PEP 440 and RubyGems have them.
#
# A version is one string of five fields: numbers, kind and value of the pre-release, suffix, form. The kind is alpha,
# beta, rc, other or nothing; the suffix is `.post1`, `.dev3` and `+build`; the form is the pre-release as it was read,
# where that is not the usual `-rc.1`. Numbers are kept as digits, for awk counts exactly up to 2^53 only.

function version_of(numbers, kind, value, suffix, form) {
  return numbers FIELD kind FIELD value FIELD suffix FIELD form
}

# A field of a version: 1 numbers, 2 kind, 3 value, 4 suffix, 5 form.
function part_of(version, field,    parts) {
  split(version, parts, FIELD)
  return parts[field] ""
}

# The version that a text is; nothing where it is none.
function version_read(text) {
  if (!(text in version_known)) version_known[text] = version_parse(text)
  return version_known[text]
}

function version_parse(text,    bare, numbers, rest, behind, pre, suffix, written, found) {
  bare = text
  sub(/^[vV]/, "", bare)
  match(bare, /^[0-9.]*/)
  numbers = substr(bare, 1, RLENGTH)
  sub(/\.+$/, "", numbers)
  rest = substr(bare, length(numbers) + 1)
  numbers = numbers_read(numbers)
  if (numbers == "") return ""
  pre = pre_read(rest)
  if (pre == "") return ""
  behind = substr(pre, 1, index(pre, FIELD) - 1)
  pre = substr(pre, index(pre, FIELD) + 1)
  suffix = suffix_read(behind)
  if (suffix == "none") return ""
  found = numbers FIELD pre FIELD suffix FIELD
  written = substr(rest, 1, length(rest) - length(behind))
  if (written != dashed(found)) found = found written
  return found
}

# `01.2` as `1.2`; nothing where a number is missing or too large for a registry.
function numbers_read(text,    parts, count, i, found) {
  if (text == "") return ""
  count = split(text, parts, ".")
  for (i = 1; i <= count; i++) {
    parts[i] = number_read(parts[i])
    if (parts[i] == "") return ""
    found = found (i > 1 ? "." : "") parts[i]
  }
  return found
}

function number_read(text) {
  if (text !~ /^[0-9]+$/) return ""
  sub(/^0+/, "", text)
  if (text == "") return "0"
  if (length(text) > 20 || (length(text) == 20 && text "" > "18446744073709551615")) return ""
  return text
}

# What follows the numbers, as the rest behind the pre-release, its kind and its value; nothing where it is neither a
# pre-release nor a suffix.
function pre_read(rest,    found, text, plus) {
  if (suffix_read(rest) != "none") return rest FIELD FIELD
  found = known_pre(rest)
  if (found != "") return found
  if (rest ~ /^-/) text = substr(rest, 2)
  else if (rest ~ /^\./ && is_word_of_gems(substr(rest, 2))) text = substr(rest, 2)
  else return ""
  plus = index(text, "+")
  rest = plus ? substr(text, plus) : ""
  if (plus) text = substr(text, 1, plus - 1)
  if (!is_dotted(text)) return ""
  return rest FIELD "other" FIELD text
}

# Identifiers of letters, digits and hyphens with dots between them.
function is_dotted(text) {
  return text ~ /^[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*$/
}

# Any letter makes a pre-release of a gem; these are in use.
function is_word_of_gems(text) {
  match(text, /^[A-Za-z]*/)
  return tolower(substr(text, 1, RLENGTH)) ~ /^(pre|preview|nightly|snapshot|canary|edge)$/
}

# `-rc.1`, `-rc1`, `rc1`, `.rc1`, `a1`, `-beta`; the other words of PEP 440 mean the same only there.
function known_pre(rest,    text, letters, tail, of_python, kind, digits, number) {
  text = rest
  sub(/^[-._]+/, "", text)
  match(text, /^[A-Za-z]*/)
  letters = tolower(substr(text, 1, RLENGTH))
  tail = substr(text, RLENGTH + 1)
  of_python = length(text) == length(rest)
  if (letters ~ /^(alpha|beta|rc)$/) kind = letters
  else if (letters == "a" && tail ~ /^[0-9]/) kind = "alpha"
  else if (letters == "b" && tail ~ /^[0-9]/) kind = "beta"
  else if (letters ~ /^(c|pre|preview)$/ && of_python) kind = "rc"
  else return ""
  digits = tail
  sub(/^[._-]/, "", digits)
  match(digits, /^[0-9]*/)
  number = "0"
  if (RLENGTH > 0) {
    number = number_read(substr(digits, 1, RLENGTH))
    if (number == "") return ""
    tail = substr(digits, RLENGTH + 1)
  }
  if (suffix_read(tail) == "none") return ""
  return tail FIELD kind FIELD number
}

# `.post1`, `.dev3` and `+build.7`, in this order, as far as they are there; "none" where a text is something else.
function suffix_read(text,    plus, build, found) {
  plus = index(text, "+")
  if (plus) {
    build = substr(text, plus)
    text = substr(text, 1, plus - 1)
    if (!is_dotted(substr(build, 2))) return "none"
  }
  if (match(text, /^\.?post[0-9]*/)) {
    found = ".post" digits_in(substr(text, 1, RLENGTH))
    text = substr(text, RLENGTH + 1)
  }
  if (match(text, /^\.?dev[0-9]*/)) {
    found = found ".dev" digits_in(substr(text, 1, RLENGTH))
    text = substr(text, RLENGTH + 1)
  }
  return text == "" ? found build : "none"
}

function digits_in(text) {
  gsub(/[^0-9]/, "", text)
  return text
}

# --- which is greater ---

# -1, 0 or 1; digits without zeros in front are compared by their length first.
function number_compare(one, other) {
  if (length(one) != length(other)) return length(one) < length(other) ? -1 : 1
  return text_compare(one, other)
}

function text_compare(one, other) {
  if (one "" == other "") return 0
  return one "" < other "" ? -1 : 1
}

# A number of a version, from 1; those that are not written are zero.
function number_at(version, place,    numbers, count) {
  count = split(part_of(version, 1), numbers, ".")
  return place <= count ? numbers[place] "" : "0"
}

function numbers_count(version,    numbers) {
  return split(part_of(version, 1), numbers, ".")
}

# By what it means, whatever number of zeros is written behind it.
function by_value(one, other,    i, places, order) {
  places = numbers_count(one)
  if (numbers_count(other) > places) places = numbers_count(other)
  for (i = 1; i <= places; i++) {
    order = number_compare(number_at(one, i), number_at(other, i))
    if (order) return order
  }
  return stage_compare(one, other)
}

# By value first, by what is written last, so that only equal versions compare as equal.
function version_compare(one, other,    order) {
  order = by_value(one, other)
  if (!order) order = numbers_count(one) - numbers_count(other)
  if (!order) order = text_compare(part_of(one, 4), part_of(other, 4))
  return order < 0 ? -1 : order > 0
}

# Whether two are one version; the form has no part in it.
function version_equal(one, other) {
  return (part_of(one, 1) == part_of(other, 1) && part_of(one, 2) == part_of(other, 2) && \
    part_of(one, 3) == part_of(other, 3) && part_of(one, 4) == part_of(other, 4))
}

# Where it stands among the versions of its numbers: development, pre-releases, the final one, what came after.
function stage_compare(one, other,    order) {
  order = stage_of(one) - stage_of(other)
  if (order) return order < 0 ? -1 : 1
  if (stage_of(one) == 1) {
    order = identifiers_compare(identifiers(one), identifiers(other))
    if (order) return order
  }
  order = number_compare(word_number(one, ".post", "0"), word_number(other, ".post", "0"))
  if (order) return order
  # What is in development stands before what is not.
  return number_compare(word_number(one, ".dev", MOST), word_number(other, ".dev", MOST))
}

# 0 in development, 1 a pre-release, 2 final.
function stage_of(version) {
  if (part_of(version, 2) != "") return 1
  return part_of(version, 4) !~ /^[^+]*\.post/ && part_of(version, 4) ~ /^[^+]*\.dev/ ? 0 : 2
}

# One more than the number behind a word of the suffix, zero where none is written; `absent` where the word is not there.
function word_number(version, word, absent,    suffix, at, digits) {
  suffix = part_of(version, 4)
  sub(/\+.*$/, "", suffix)
  at = index(suffix, word)
  if (!at) return absent
  suffix = substr(suffix, at + length(word))
  match(suffix, /^[0-9]*/)
  digits = number_read(substr(suffix, 1, RLENGTH))
  return counted_up(digits == "" ? "0" : digits)
}

function identifiers(version) {
  return part_of(version, 2) == "other" ? part_of(version, 3) : part_of(version, 2) "." part_of(version, 3)
}

# Numbers stand before words (SemVer 2.0, 11), and what ends first before what goes on.
function identifiers_compare(one, other,    ones, others, count, places, i, order) {
  count = split(one, ones, ".")
  places = split(other, others, ".")
  for (i = 1; i <= count && i <= places; i++) {
    order = identifier_compare(ones[i], others[i])
    if (order) return order
  }
  return count == places ? 0 : count < places ? -1 : 1
}

function identifier_compare(one, other) {
  if (number_read(one) != "" && number_read(other) != "") return number_compare(number_read(one), number_read(other))
  if (number_read(one) != "") return -1
  if (number_read(other) != "") return 1
  return text_compare(one, other)
}

# --- from one version to the next ---

# A number one greater, however long it is.
function counted_up(digits,    i, digit, found) {
  for (i = length(digits); i > 0; i--) {
    digit = substr(digits, i, 1)
    if (digit != "9") return substr(digits, 1, i - 1) (digit + 1) found
    found = "0" found
  }
  return "1" found
}

function is_pre(version) {
  return part_of(version, 2) != "" || index(part_of(version, 4), ".dev") > 0
}

function is_zero_major(version) {
  return number_at(version, 1) == "0"
}

# 0.0.0, the placeholder of packages that were never released.
function is_placeholder(version) {
  return part_of(version, 2) == "" && part_of(version, 1) ~ /^0(\.0)*$/
}

# Whether it is one of a row of pre-releases: `-rc.1`, not `-dev`, which marks a version in development.
function is_counted(version,    number) {
  number = part_of(version, 3)
  if (part_of(version, 2) == "other") sub(/^[^0-9]*/, "", number)
  number = number_read(number)
  return part_of(version, 2) != "" && number != "" && number != "0" && part_of(version, 4) == ""
}

function finalised(version) {
  return version_of(part_of(version, 1), "", "", "", "")
}

# The first pre-release before a version, of the kind that another one is.
function candidate(version, like,    word) {
  if (part_of(like, 2) != "other") return version_of(part_of(version, 1), part_of(like, 2), "1", "", "")
  word = part_of(like, 3)
  sub(/\..*$/, "", word)
  sub(/[0-9]+$/, "", word)
  return version_of(part_of(version, 1), "other", word ".1", "", "")
}

# Whether the step from the version before to the final one of these numbers was at least this large: 1 patch, 2 minor,
# 3 major.
function took(version, bump,    i) {
  if (bump == 1) return 1
  for (i = bump == 2 ? 3 : 2; i <= numbers_count(version); i++) if (number_at(version, i) != "0") return 0
  return 1
}

# The next version by a step. A pre-release becomes the final version that it stands before, where the step is no larger.
function bumped(version, bump,    major, minor) {
  if (is_pre(version) && took(version, bump)) return finalised(version)
  major = number_at(version, 1)
  minor = number_at(version, 2)
  if (bump == 1) return version_of(major "." minor "." counted_up(number_at(version, 3)), "", "", "", "")
  if (bump == 2) return version_of(major "." counted_up(minor) ".0", "", "", "", "")
  return version_of(counted_up(major) ".0.0", "", "", "", "")
}

# The next version by a step that changes ask for. A row of pre-releases goes on until somebody promotes it.
function advanced(version, bump) {
  if (part_of(version, 2) == "") return bumped(version, bump)
  if (took(version, bump)) return next_pre(version)
  return candidate(bumped(version, bump), version)
}

function next_pre(version,    kind, value, form, number) {
  kind = part_of(version, 2)
  value = part_of(version, 3)
  if (kind != "other") {
    number = counted_up(value)
    form = part_of(version, 5)
    # `-rc1` becomes `-rc2`.
    if (form !~ /[0-9]$/) form = ""
    else {
      sub(/[0-9]+$/, "", form)
      form = form number
    }
    return version_of(part_of(version, 1), kind, number, "", form)
  }
  # A mark of development is no row.
  if (value == "dev" || value == "SNAPSHOT") return version_of(part_of(version, 1), "rc", "1", "", "")
  if (match(value, /[0-9]+$/) && number_read(substr(value, RSTART)) != "")
    value = substr(value, 1, RSTART - 1) counted_up(number_read(substr(value, RSTART)))
  else value = value ".1"
  return version_of(part_of(version, 1), kind, value, "", "")
}

# --- as texts ---

# The pre-release in the usual form of SemVer.
function dashed(version) {
  if (part_of(version, 2) == "") return ""
  return "-" identifiers(version)
}

# As cargo, npm and castoff's own output write it.
function semver(version,    numbers, form) {
  numbers = part_of(version, 1)
  while (split(numbers, semver_numbers, ".") < 3) numbers = numbers ".0"
  form = part_of(version, 5)
  return numbers (is_semver_pre(form) ? form : dashed(version)) part_of(version, 4)
}

function is_semver_pre(form) {
  return form ~ /^-/ && is_dotted(substr(form, 2)) && "." substr(form, 2) !~ /\.0[0-9]+(\.|$)/
}

# As PyPI writes it.
function pep440(version,    kind, value) {
  kind = part_of(version, 2)
  value = part_of(version, 3)
  if (kind == "alpha" || kind == "beta") value = substr(kind, 1, 1) value
  else if (kind == "rc") value = "rc" value
  else if (kind == "other") value = word_of_python(value)
  return part_of(version, 1) value part_of(version, 4)
}

# The words that PEP 440 reads as `rc`.
function word_of_python(text,    word, number) {
  match(text, /^[A-Za-z]*/)
  word = substr(text, 1, RLENGTH)
  number = substr(text, RLENGTH + 1)
  sub(/^[.-]+/, "", number)
  if (word ~ /^(c|pre|preview)$/ && number ~ /^[0-9]*$/) return "rc" (number == "" ? "0" : number)
  return "-" text
}

# As RubyGems writes it.
function gem_version(version,    kind, value) {
  kind = part_of(version, 2)
  value = part_of(version, 3)
  if (kind == "") value = ""
  else if (part_of(version, 5) ~ /^\./) value = part_of(version, 5)
  else if (kind == "other") {
    gsub(/-/, ".", value)
    value = "." value
  } else value = "." kind value
  return part_of(version, 1) value part_of(version, 4)
}
