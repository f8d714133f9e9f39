# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# Commit messages: what each says about the release. The grammar is that of Conventional Commits 1.0 with the readings
# that castoff has: types in any case, several commits in one squash message, footers in the form of a commit,
# `BREAKING CHANGE` at the start of a line, `Release-As`, and git's own text of a revert.

# Reads a message into what it weighs: `said_any`, `said_kind`, `said_bump`, `said_size`, `said_as`. Steps are 0 nothing,
# 1 patch, 2 minor, 3 major. The heaviest change decides, the first one of equals; what it all holds decides the size.
function weigh_message(message,    i, heaviest, asked) {
  read_message(message)
  said_any = change_count > 0
  said_kind = said_as = asked = ""
  said_bump = said_size = 0
  for (i = 1; i <= change_count; i++) {
    weigh_change(i)
    if (asked == "") asked = change_as[i]
    if (change_size[i] > said_size) said_size = change_size[i]
    if (i == 1 || change_bump[i] > change_bump[heaviest] || \
        (change_bump[i] == change_bump[heaviest] && change_size[i] > change_size[heaviest])) heaviest = i
  }
  if (!said_any) return
  said_kind = change_kind[heaviest]
  said_bump = change_bump[heaviest]
  said_as = change_as[heaviest] == "" ? asked : change_as[heaviest]
}

# What is shown makes a release, and all that it holds decides how large it is.
function weigh_change(i,    kind, usual, s) {
  kind = change_kind[i]
  usual = kind == "feat" || kind == "feature" ? 2 : 1
  change_bump[i] = 0
  change_size[i] = usual
  s = section_for(kind, change_scope[i])
  if (change_breaking[i]) change_bump[i] = change_size[i] = 3
  else if (change_as[i] != "") change_bump[i] = change_size[i] = 1
  else if (!s) return
  else if (section_bump[s] == "none") change_size[i] = 1
  else if (section_bump[s] != "") change_bump[i] = change_size[i] = step_of(section_bump[s])
  else if (section_shown[s]) change_bump[i] = usual
}

function section_for(kind, scope,    s) {
  for (s = 1; s <= section_count; s++)
    if (section_kind[s] == kind "" && (section_scope[s] == "" || section_scope[s] == scope "")) return s
  return 0
}

function step_of(word) {
  return word == "major" ? 3 : word == "minor" ? 2 : 1
}

# --- a message and its parts ---

# Every change of a message into change_*; nothing twice.
function read_message(message,    outside, at, block) {
  change_count = 0
  message = plain_space(message)
  gsub(/\r\n/, "\n", message)
  gsub(/\r/, "\n", message)
  # Blocks stand for commits of their own, after all that stands outside of them.
  nested_count = 0
  outside = ""
  while ((at = index(message, "BEGIN_NESTED_COMMIT")) > 0) {
    outside = outside substr(message, 1, at - 1)
    message = substr(message, at + 19)
    at = index(message, "END_NESTED_COMMIT")
    block = at ? substr(message, 1, at - 1) : message
    message = at ? substr(message, at + 17) : ""
    nested[++nested_count] = trimmed(block)
  }
  read_paragraphs(trimmed(outside message))
  for (at = 1; at <= nested_count; at++) read_part(nested[at])
}

# White space of more than one byte as one byte: \v for what may stand inside of a line, \001 for the byte order mark,
# \002 for what only counts at the ends of a text.
function plain_space(text) {
  if (text !~ /[\302\341\342\343\357]/) return text
  gsub(/\302\240/, "\013", text)
  gsub(/\357\273\277/, "\001", text)
  gsub(/\302\205/, "\002", text)
  gsub(/\341\232\200/, "\002", text)
  gsub(/\342\200[\200-\212\250\251\257]/, "\002", text)
  gsub(/\342\201\237/, "\002", text)
  gsub(/\343\200\200/, "\002", text)
  return text
}

function trimmed(text) {
  sub(/^[ \t\n\013\014\r\001\002]+/, "", text)
  sub(/[ \t\n\013\014\r\001\002]+$/, "", text)
  return text
}

# Cuts before every paragraph that begins another commit. What a block of code holds is an example.
function read_paragraphs(text,    lines, count, i, part, empty_above, in_code) {
  count = split(text, lines, "\n")
  for (i = 1; i <= count; i++) {
    if (lines[i] ~ /^[ \t\013\014\002]*```/) in_code = !in_code
    if (empty_above && !in_code && begins_commit(lines[i])) {
      read_part(trimmed(part))
      part = ""
    }
    part = part lines[i] "\n"
    empty_above = lines[i] == ""
  }
  read_part(trimmed(part))
}

# Any word in front of a colon but these is prose.
function begins_commit(line) {
  return read_header(line) && head_spaced && head_separator == ":" && \
    head_kind ~ /^(feat|fix|docs|style|refactor|perf|test|build|ci|chore|revert)$/
}

# A header, then footers in the form of a commit.
function read_part(part,    lines, count, kind, scope, subject, breaking, i) {
  count = split(part, lines, "\n")
  if (!count || !read_header(lines[1])) return
  kind = head_kind
  scope = head_scope
  subject = head_subject
  breaking = head_marked
  read_body(lines, count)
  add_change(kind, scope, subject, breaking || body_breaking, body_as)
  for (i = 1; i <= body_count; i++) add_change(body_kind[i], body_scope[i], body_subject[i], body_marked[i], "")
}

# One that says the same as an earlier one adds what is new: a forge puts the only commit of a squash below its title.
function add_change(kind, scope, subject, breaking, as,    i) {
  kind = tolower(kind)
  subject = title_of(subject)
  for (i = 1; i <= change_count; i++) {
    if (change_kind[i] == kind "" && change_scope[i] == scope "" && change_title[i] == subject "") {
      if (breaking) change_breaking[i] = 1
      if (change_as[i] == "") change_as[i] = as
      return
    }
  }
  change_count++
  change_kind[i] = kind
  change_scope[i] = scope
  change_title[i] = subject
  change_breaking[i] = breaking
  change_as[i] = as
}

# A subject without the numbers of pull requests behind it.
function title_of(subject) {
  while (subject ~ / \(#[0-9]*\)$/) sub(/ \(#[0-9]*\)$/, "", subject)
  return subject
}

# --- one line ---

# Reads `type(scope)!: subject` into head_*; whether it has this form.
function read_header(line,    rest, close_at) {
  if (!match(line, /[()!: \t\013\014\001]/)) return 0
  head_kind = substr(line, 1, RSTART - 1)
  rest = substr(line, RSTART)
  head_scope = ""
  if (substr(rest, 1, 1) == "(") {
    close_at = index(rest, ")")
    if (!close_at) return 0
    head_scope = substr(rest, 2, close_at - 2)
    if (head_scope == "" || index(head_scope, "(")) return 0
    rest = substr(rest, close_at + 1)
  }
  head_marked = sub(/^(!|BREAKING CHANGE|BREAKING-CHANGE)/, "", rest)
  if (!read_separator(rest)) return 0
  head_spaced = separated ~ /^[ \t\013\014\001]/
  head_separator = separator
  head_subject = separated
  sub(/^[ \t\013\014\001]+/, "", head_subject)
  sub(/[ \t\013\014\001]+$/, "", head_subject)
  return head_kind != ""
}

# `:` or ` #`; what stands behind is in `separated`.
function read_separator(text) {
  if (substr(text, 1, 1) == ":") {
    separator = ":"
    separated = substr(text, 2)
    return 1
  }
  if (substr(text, 1, 2) == " #") {
    separator = "#"
    separated = substr(text, 3)
    return 1
  }
  return 0
}

# A line that begins with the token of a breaking change, and nothing else before the separator.
function is_breaking(line) {
  return line ~ /^BREAKING[ -]CHANGE/ && read_separator(substr(line, 16))
}

function is_blank(line) {
  return line !~ /[^ \t\013\014\r\002]/
}

# --- what stands below a header ---

# Breaking changes anywhere at the start of a line, and footers in the last uninterrupted run of them.
function read_body(lines, count,    first, i) {
  body_breaking = body_count = 0
  body_as = ""
  first = footers_begin(lines, count)
  for (i = 2; i <= count; i++) {
    if (is_breaking(lines[i])) {
      # In prose, `BREAKING CHANGE #12` is no more than a mention.
      if (separator == ":" && says_something(lines, count, i, separated)) body_breaking = 1
      if (separator == "#" && i >= first) body_breaking = 1
    } else if (i >= first) read_footer(lines[i])
  }
}

# Whether a breaking change has a text: on its line, or below it before the next footer. It leaves the separator alone.
function says_something(lines, count, at, text,    kept, i) {
  if (!is_blank(trimmed(text))) return 1
  kept = separator
  for (i = at + 1; i <= count; i++) {
    if (is_breaking(lines[i]) || begins_footer(lines[i])) break
    if (!is_blank(lines[i])) {
      separator = kept
      return 1
    }
  }
  separator = kept
  return 0
}

function begins_footer(line) {
  return read_header(line) && (head_spaced || head_separator == "#")
}

function read_footer(line,    version) {
  if (!read_header(line)) return
  if (tolower(head_kind) == "release-as") {
    version = version_read(head_subject)
    if (version != "") body_as = version
    return
  }
  if (are_numbers((head_separator == "#" ? "#" : "") head_subject)) return
  # `Signed-off-by` and its like are of another trade: no type of commit has a hyphen.
  if (head_separator != ":" || !head_spaced || head_kind ~ /-/) return
  body_count++
  body_kind[body_count] = head_kind
  body_scope[body_count] = head_scope
  body_subject[body_count] = head_subject
  body_marked[body_count] = head_marked
}

# `#12`, or several: `#12, #13`.
function are_numbers(text) {
  return text ~ /#/ && text ~ /^[, ]*#[0-9]+([, ]+#[0-9]+)*[, ]*$/
}

# The line where the last run of footers begins; behind the end where there is none. Below a footer may stand lines that
# belong to it: for any footer those that are indented, for a breaking change also others.
function footers_begin(lines, count,    i, begin, waiting) {
  begin = count + 1
  waiting = "nothing"
  for (i = count; i >= 2; i--) {
    if (is_breaking(lines[i])) waiting = "nothing"
    else if (waiting != "plain" && read_header(lines[i])) waiting = "nothing"
    else if (is_blank(lines[i])) {
      if (waiting == "nothing") continue
      break
    } else if (waiting != "plain" && lines[i] ~ /^[ \t\013\014\001]/) waiting = "indented"
    else waiting = "plain"
    if (waiting == "nothing") begin = i
  }
  return begin
}

# The ids that a message takes back, as `git revert` writes it, into reverted[1..]; how many.
function read_reverts(message,    at, count, id) {
  count = 0
  while ((at = index(message, "This reverts commit ")) > 0) {
    message = substr(message, at + 20)
    match(message, /^[0-9A-Fa-f]*/)
    id = substr(message, 1, RLENGTH)
    if (length(id) >= 7) reverted[++count] = id
  }
  return count
}
