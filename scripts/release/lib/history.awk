# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# The history of the repository: one walk of `git log`, its commits in an order in which children stand before parents,
# its tags, and what is reachable from where.

# Reads what `git log` printed, its fields ending in the byte 036: \001 and id, parents, refs, note, message, then paths.
function read_history(path,    field, left, first, id) {
  RS = "\036"
  left = 0
  while ((getline field < path) > 0) {
    if (left > 0) {
      left--
      if (left == 3) parents_of[commits] = field
      else if (left == 2) read_tags(field)
      else if (left == 1) note_of[commits] = field
      else message_of[commits] = field
    } else if (substr(field, 1, 1) == "\001" && is_id(substr(field, 2))) {
      id = substr(field, 2)
      commit_id[++commits] = id
      place_of[id] = commits
      file_count[commits] = 0
      left = 4
    } else {
      # git puts a line end before the first path of a commit, but not of a merge.
      if (!file_count[commits] && parents_of[commits] !~ / /) sub(/^\n/, "", field)
      if (field != "") commit_file[commits, ++file_count[commits]] = field
    }
  }
  close(path)
  for (first = 1; first <= commits; first++) {
    if (note_of[first] ~ /[^ \t\n\r]/) message_of[first] = trimmed_note(note_of[first])
    delete note_of[first]
  }
  correct_messages()
}

function is_id(text) {
  return (length(text) == 40 || length(text) == 64) && text ~ /^[0-9a-f]+$/
}

function trimmed_note(text) {
  gsub(/^[ \t\n\r]+|[ \t\n\r]+$/, "", text)
  return text
}

function read_tags(refs,    names, count, i, name) {
  count = split(refs, names, ", ")
  for (i = 1; i <= count; i++) {
    name = names[i]
    if (substr(name, 1, 15) != "tag: refs/tags/") continue
    name = substr(name, 16)
    tag_name[++tags] = name
    tag_place[tags] = commits
  }
}

# What castoff.toml says a commit should have said goes before a note.
function correct_messages(    i, p, found, meant) {
  for (i = 1; i <= override_count; i++) {
    found = 0
    for (p = 1; p <= commits; p++) {
      if (substr(commit_id[p], 1, length(override_id[i])) != override_id[i] "") continue
      if (found) fault("[override.\"" override_id[i] "\"] of castoff.toml means more than one commit", "write more of the id")
      found = p
    }
    if (!found) fault("[override.\"" override_id[i] "\"] of castoff.toml means no commit that HEAD or a tag reaches", \
      "correct the id; after a rebase the commit has another one")
    if (found in meant) fault("two [override] of castoff.toml mean the commit " commit_id[found], "delete one of them")
    meant[found] = 1
    message_of[found] = override_message[i]
  }
}

# --- what is reachable ---

# Marks in `found` the commits that a place reaches.
function reachable(place, found,    p, parents, count, i) {
  split("", found)
  if (!place) return
  found[place] = 1
  for (p = place; p <= commits; p++) {
    if (!(p in found)) continue
    count = split(parents_of[p], parents, " ")
    for (i = 1; i <= count; i++) if (parents[i] in place_of) found[place_of[parents[i]]] = 1
  }
}

# Which of several commits reach each commit, in one walk. Sets of them are numbered, since few differ: `reach_of` has the
# set of a commit, `in_reach[set, place]` what is in it.
function reach_from(list, count,    i, p, parents, number, k, q) {
  reach_sets = 0
  for (i = 1; i <= count; i++) if (list[i]) reach_of[list[i]] = set_with(reach_of[list[i]], set_with(0, 0, list[i]), 0)
  for (p = 1; p <= commits; p++) {
    if (!reach_of[p]) continue
    number = split(parents_of[p], parents, " ")
    for (k = 1; k <= number; k++) {
      if (!(parents[k] in place_of)) continue
      q = place_of[parents[k]]
      if (reach_of[q] != reach_of[p]) reach_of[q] = set_with(reach_of[q], reach_of[p], 0)
    }
  }
}

# The number of the union of two sets, or of the set of one commit.
function set_with(one, other, single,    key, members, count, i) {
  if (single) key = "s" single
  else if (!one || one == other) return other
  else if (!other) return one
  else key = one < other ? one " " other : other " " one
  if (key in set_known) return set_known[key]
  # The same set may be reached in several ways.
  members = single ? " " single " " : joined_sets(one, other)
  if (!(members in set_by_members)) {
    set_by_members[members] = ++reach_sets
    set_members[reach_sets] = members
    count = split(members, key_parts, " ")
    for (i = 1; i <= count; i++) in_reach[reach_sets, key_parts[i]] = 1
  }
  return set_known[key] = set_by_members[members]
}

# Members in ascending order, so that equal sets have equal texts.
function joined_sets(one, other,    ones, others, count, places, i, j, found) {
  count = split(set_members[one], ones, " ")
  places = split(set_members[other], others, " ")
  found = " "
  i = j = 1
  while (i <= count || j <= places) {
    if (j > places || (i <= count && ones[i] + 0 < others[j] + 0)) found = found ones[i++] " "
    else if (i > count || others[j] + 0 < ones[i] + 0) found = found others[j++] " "
    else {
      found = found ones[i++] " "
      j++
    }
  }
  return found
}

# Whether `base` (a place, 0 for nothing) reaches a commit; all that was asked for in `reach_from`.
function is_before(base, place) {
  return base && reach_of[place] && ((reach_of[place], base) in in_reach)
}

# Whether HEAD reaches a commit.
function is_reached(place) {
  return place in at_head
}

# Marks in `merged` the commits that a merge brought in: those that its first parent does not reach. Only what lies
# between the parents is looked at.
function find_merged(place,    known, open, parents, count, i, p) {
  split("", merged)
  split("", pending)
  merge_open = 0
  count = split(parents_of[place], parents, " ")
  for (i = 1; i <= count; i++) meet(parents[i], i == 1)
  for (p = place + 1; merge_open > 0 && p <= commits; p++) {
    if (!(p in pending)) continue
    known = pending[p]
    if (!known) {
      merge_open--
      merged[p] = 1
    }
    count = split(parents_of[p], parents, " ")
    for (i = 1; i <= count; i++) meet(parents[i], known)
  }
}

# Notes a parent, and whether the first parent reaches it.
function meet(id, known,    p) {
  if (!(id in place_of)) return
  p = place_of[id]
  if (!(p in pending)) {
    pending[p] = known
    if (!known) merge_open++
  } else if (known && !pending[p]) {
    pending[p] = 1
    merge_open--
  }
}

# --- tags ---

# Finds the tags of a pattern with their versions: `own_count`, `own_tag[n]` (a tag) and `own_version[n]`.
function find_own_tags(pattern,    at, before, behind, i, text, version) {
  own_count = 0
  at = index(pattern, "{version}")
  before = substr(pattern, 1, at - 1)
  behind = substr(pattern, at + 9)
  for (i = 1; i <= tags; i++) {
    text = tag_name[i]
    if (length(text) < length(before) + length(behind) || substr(text, 1, at - 1) != before "") continue
    if (behind != "" && substr(text, length(text) - length(behind) + 1) != behind "") continue
    text = substr(text, at, length(text) - length(before) - length(behind))
    if (text !~ /^[0-9]/) continue
    version = version_read(text)
    if (version == "") continue
    own_tag[++own_count] = i
    own_version[own_count] = version
  }
}

# The tag below HEAD that matches the first pattern that any matches, and has the fewest commits between itself and HEAD.
function nearest_tag(    i, found) {
  for (i = 1; i <= base_pattern_count; i++) {
    found = closest_tag(base_pattern[i])
    if (found) return found
  }
  return 0
}

# The newer ones first. A tag that another one reaches is farther away, so most often only one is measured.
function closest_tag(pattern,    i, tag, best, least, between, covered, before, p) {
  split("", covered)
  best = 0
  while (1) {
    tag = 0
    for (i = 1; i <= tags; i++) {
      p = tag_place[i]
      if (p == head || (p in covered) || !is_reached(p) || !pattern_matches(pattern, tag_name[i])) continue
      if (!tag || p < tag_place[tag] || (p == tag_place[tag] && tag_name[i] "" > tag_name[tag] "")) tag = i
    }
    if (!tag) return best
    reachable(tag_place[tag], before)
    between = 0
    for (p = 1; p <= commits; p++) {
      if (p in before) covered[p] = 1
      else if (is_reached(p)) between++
    }
    if (!best || between < least) {
      best = tag
      least = between
    }
  }
}

# The commit before the last one that changed a path.
function before_last_change(path,    p, i, parents) {
  for (p = 1; p <= commits; p++) {
    if (!is_reached(p)) continue
    for (i = 1; i <= file_count[p]; i++) {
      if (commit_file[p, i] != path "") continue
      split(parents_of[p], parents, " ")
      return parents[1] ""
    }
  }
  return ""
}

# The oldest commit of the first-parent line.
function root_commit(    id, parents) {
  id = commit_id[head]
  while (split(parents_of[place_of[id]], parents, " ")) id = parents[1] ""
  return id
}
