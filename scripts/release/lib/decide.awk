# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# The next version of every component: what its own changes make of it, and what components decide about each other.

# --- commits ---

# Judges every commit that some release could hold: `judged_bump`, `judged_size`, `judged_as`, and for whom, in
# `speaks[place, n]`. The oldest first, so that a merge finds what its commits said.
function judge_commits(    p) {
  find_reverts()
  for (p = commits; p >= 1; p--) {
    if (!is_place[p]) continue
    if (parents_of[p] ~ / /) judge_merge(p)
    else judge_commit(p)
  }
}

function judge_commit(p,    n, any, unsaid) {
  weigh_message(message_of[p])
  any = 0
  for (n = 1; n <= component_count; n++) {
    if (!((p, n) in touches)) continue
    any = 1
    speaks[p, n] = 1
  }
  # A commit that does something of its own beside taking another one back still counts.
  unsaid = (p in taken_back) || ((p in takes_back) && !(said_any && said_kind != "revert"))
  judged_as[p] = said_as
  if (unsaid || (p in is_early) || !any) return
  judged_bump[p] = said_bump
  judged_size[p] = said_size
}

# A merge counts for a component where its own message asks for more than the commits that it merged.
function judge_merge(p,    n, said, m, any) {
  for (n = 1; n <= component_count; n++) if ((p, n) in touches) said[n] = 0
  weigh_message(message_of[p])
  if (!said_any || (p in taken_back)) {
    for (n in said) speaks[p, n] = 1
    return
  }
  find_merged(p)
  # A commit without files speaks to every component, which does not mean that the merge is about all of them.
  for (m in merged) {
    if (!is_place[m] || !file_count[m]) continue
    for (n = 1; n <= component_count; n++)
      if (((m, n) in speaks) && judged_size[m] + 0 >= said[n] + 0) said[n] = judged_size[m] + 0
  }
  any = 0
  for (n in said) {
    if (said[n] >= said_size) continue
    any = 1
    speaks[p, n] = 1
  }
  if (!any) return
  judged_as[p] = said_as
  judged_bump[p] = said_bump
  judged_size[p] = said_size
}

# Commits that take each other back: `taken_back`, and `takes_back` for those that name one. The newest first, so that a
# commit whose revert was taken back itself still counts.
function find_reverts(    p, count, i, q, m) {
  for (p = 1; p <= commits; p++) {
    if (!is_place[p] || (p in taken_back)) continue
    if (!index(message_of[p], "This reverts commit ")) continue
    count = read_reverts(message_of[p])
    for (i = 1; i <= count; i++) {
      for (q = p + 1; q <= commits; q++)
        if (is_place[q] && substr(commit_id[q], 1, length(reverted[i])) == reverted[i] "") break
      if (q > commits) continue
      takes_back[p] = 1
      taken_back[q] = 1
      if (parents_of[q] !~ / /) continue
      find_merged(q)
      for (m in merged) taken_back[m] = 1
    }
  }
}

# --- a component by itself ---

# What its own changes make of each component: `current`, `own_next`, `own_bump`.
function decide_own(    n) {
  for (n = 1; n <= component_count; n++) {
    held[n] = written_version(n)
    current[n] = base_version[n]
    if (current[n] == "") current[n] = earlier_version(n)
    if (current[n] == "") current[n] = held[n] == "" ? version_read("0.0.0") : held[n]
    own_next[n] = ""
    own_bump[n] = 0
    if (is_first[n] && !(by_paths[n] && version_file[n] != "")) first_release(n)
    else if (by_paths[n]) {
      if (changed_files[n]) set_own(n, advanced(current[n], 1), 1)
    } else by_commits(n)
  }
}

function set_own(n, version, bump) {
  own_next[n] = version
  own_bump[n] = bump
}

# It takes the version that its manifests hold, where no commit asks for a greater one.
function first_release(n,    p, next_one) {
  next_one = held[n] == "" || is_placeholder(held[n]) ? version_read("0.1.0") : held[n]
  if (!by_paths[n])
    for (p = 1; p <= commits; p++)
      if (((p, n) in speaks) && judged_bump[p] && judged_as[p] != "") {
        if (version_compare(judged_as[p], next_one) > 0) next_one = judged_as[p]
        break
      }
  set_own(n, next_one, 0)
}

function by_commits(n,    p, counts, largest, asked_for) {
  counts = largest = asked_for = 0
  for (p = 1; p <= commits; p++) {
    if (!((p, n) in speaks)) continue
    if (judged_bump[p]) {
      counts++
      if (!asked_for && judged_as[p] != "" && !is_served(n, judged_as[p])) asked_for = p
    }
    if (judged_size[p] + 0 > largest) largest = judged_size[p] + 0
  }
  if (asked_for) {
    if (version_compare(judged_as[asked_for], current[n]) <= 0)
      fault("commit " substr(commit_id[asked_for], 1, 7) " asks for `" component_name[n] "` as " semver(judged_as[asked_for]) \
        " in a Release-As footer, and it is at " semver(current[n]), "take it back with `git revert`")
    set_own(n, judged_as[asked_for], 0)
  } else if (counts) {
    largest = effective(largest, current[n])
    set_own(n, advanced(current[n], largest), largest)
  }
}

# Whether a version that a footer asks for was tagged.
function is_served(n, version,    i) {
  for (i = 1; i <= tag_total[n]; i++) if (version_equal(component_versions[n, i], version)) return 1
  return 0
}

# On 0.y.z a breaking change is a minor step, unless the rules want 1.0.0, and a feature is a patch where they say so.
function effective(bump, version) {
  if (!is_zero_major(version)) return bump
  if (bump == 3 && setting["major-on-zero"] != "yes") return 2
  if (bump == 2 && setting["minor-on-zero"] != "yes") return 1
  return bump
}

# The version that HEAD holds: that of the version file, else the greatest of the manifests.
function written_version(n) {
  return version_at(n, head_id, 1)
}

function version_at(n, commit, any_name,    text, i, package, version, best) {
  if (version_file[n] != "" && (version_file[n] in tracked) && has_text(commit, version_file[n])) {
    text = trimmed(text_of[commit, version_file[n]])
    version = version_read(text)
    if (version == "") fault("cannot read the version in `" version_file[n] "`: `" text "` is not a version", \
      "the file holds a version and nothing else")
    return version
  }
  best = ""
  for (i = 1; i <= member_count[n]; i++) {
    package = member[n, i]
    version = package_version(package, commit)
    if (any_name && version == "") fault("cannot read the version of `" package_id[package] "` in `" package_file[package] "`", \
      "write the scripts again: castoff generate scripts")
    if (version == "" || (!any_name && !is_named_so(package, commit))) continue
    if (best == "" || version_compare(version, best) >= 0) best = version
  }
  return best
}

# The version at the base, where no tag says it.
function earlier_version(n,    commit, before) {
  if (base_place[n]) return version_at(n, commit_id[base_place[n]], 0)
  # With no base at all: what the version file held before the last change of it, if that change was the patch that a bump
  # writes. So the answer stays the same once the bump is committed.
  if (version_file[n] == "" || !before_change[n]) return ""
  commit = commit_id[before_change[n]]
  if (!has_text(commit, version_file[n])) return ""
  before = version_at(n, commit, 0)
  return held[n] != "" && version_equal(advanced(before, 1), held[n]) ? before : ""
}

# Asks for every text that a version may stand in.
function ask_versions(    n, i, package) {
  for (n = 1; n <= component_count; n++) {
    if (version_file[n] != "" && (version_file[n] in tracked)) {
      before_change[n] = place_of[before_last_change(version_file[n])]
      ask_at(version_file[n], n, before_change[n])
    }
    for (i = 1; i <= member_count[n]; i++) {
      package = member[n, i]
      ask_at(package_file[package], n, 0)
      if (package_reader[package] == "cargo") ask_at(package_more[package], n, 0)
    }
  }
  for (i = 1; i <= line_count; i++) if (line_file[i] in tracked) ask_text(head_id, line_file[i])
}

function ask_at(path, n, before) {
  if (!(path in tracked)) return
  ask_text(head_id, path)
  if (base_version[n] == "" && base_place[n]) ask_text(commit_id[base_place[n]], path)
  if (before) ask_text(commit_id[before], path)
}

# --- components about each other ---

# Releases make dependents and followers be released, until nothing more changes; `next_version`, empty for unchanged.
function settle(    n, again, version) {
  for (n = 1; n <= component_count; n++) {
    next_version[n] = ""
    pending_place[n] = 1
  }
  find_groups()
  while (1) {
    for (n = 1; n <= component_count && !pending_place[n]; n++) continue
    if (n > component_count) return
    pending_place[n] = 0
    depend(n)
    version = decided(n)
    if (version != next_version[n] "") {
      next_version[n] = version
      for (again = 1; again <= component_count; again++) if ((n, again) in heir) pending_place[again] = 1
    }
  }
}

# Those that have to have the version of a component, `in_group`, and those that its release may concern, `heir`.
function find_groups(    n, l, i, k, package, of) {
  for (n = 1; n <= component_count; n++) {
    in_group[n, n] = 1
    for (l = n; leader_of[l] && scheme_of[l] == "same";) {
      l = leader_of[l]
      in_group[l, n] = 1
    }
  }
  for (n = 1; n <= component_count; n++) {
    if (leader_of[n]) heir[leader_of[n], n] = 1
    for (i = 1; i <= member_count[n]; i++) {
      package = member[n, i]
      for (k = 1; k <= needs[package]; k++) {
        of = package_of[need_of[package, k]]
        heir[of, n] = 1
        for (l = n; leader_of[l] && scheme_of[l] == "same";) {
          l = leader_of[l]
          heir[of, l] = 1
        }
      }
    }
  }
}

function decided(n,    version) {
  if (leader_of[n]) version = follower_next(n)
  else version = with_dependent(n)
  # With `--from` it is a question about the past, and what the manifests say now has no part in it.
  if (from_name != "" || is_first[n]) return version
  return named_in_manifest(n, version)
}

# What needs a pre-release is none that should be taken for final.
function with_dependent(n) {
  if (own_next[n] == "") return reached[n]
  if (reached[n] != "" && reached_pre[n] != "" && !is_pre(own_next[n])) return candidate(own_next[n], reached_pre[n])
  return own_next[n]
}

# The greater version that the manifests name already: somebody wrote it on purpose. A pre-release there is one of a row,
# so the release that changes ask for is not final.
function named_in_manifest(n, version,    target, is_final) {
  if (held[n] == "") return version
  target = version == "" ? current[n] : version
  is_final = part_of(held[n], 2) == "" && part_of(held[n], 4) == ""
  if (version_compare(held[n], target) > 0 && (is_final || is_counted(held[n]))) return held[n]
  if (!is_counted(held[n]) || version_compare(held[n], current[n]) <= 0 || is_pre(target)) return version
  # The final version is still to come: what is written goes out before it, or the first of a greater one.
  if (part_of(held[n], 2) != "" && version_compare(finalised(held[n]), target) < 0) return candidate(target, held[n])
  return held[n]
}

# --- dependents ---

# What the released packages that a component needs make of it: `reached` and `reached_pre`. What they once made necessary
# stays so.
function depend(n,    g, i, package, cause, q, of, first_pre, any) {
  if (setting["propagate"] != "yes") return
  for (g = 1; g <= component_count; g++) {
    if (!((n, g) in in_group)) continue
    for (i = 1; i <= member_count[g]; i++) note_causes(g, member[g, i], cause)
  }
  any = 0
  first_pre = ""
  for (q = 1; q <= package_count; q++) {
    if (!(q in cause)) continue
    of = package_of[q]
    if (((n, of) in in_group) || of == leader_of[n]) continue
    any = 1
    if (first_pre == "" && part_of(next_version[of], 2) != "") first_pre = next_version[of]
  }
  if (!any) return
  reached_pre[n] = first_pre
  if (first_pre != "" && !is_pre(current[n])) reached[n] = candidate(bumped(current[n], 1), first_pre)
  else reached[n] = advanced(current[n], 1)
}

# The released packages for which a package needs a release: those that it would no longer fit, and once a bump is
# committed, those that it was bumped for.
function note_causes(g, package, cause,    k, q, of, was_bumped) {
  was_bumped = holds_patch(g)
  for (k = 1; k <= needs[package]; k++) {
    q = need_of[package, k]
    of = package_of[q]
    if (!of || next_version[of] == "" || !is_linked(package, k)) continue
    if (was_bumped && version_equal(package_held(q), next_version[of])) cause[q] = 1
    else if (is_outdated(package, k, next_version[of])) cause[q] = 1
  }
}

# Whether a package of a component holds its patch already.
function holds_patch(g,    i, patch, version) {
  patch = advanced(current[g], 1)
  for (i = 1; i <= member_count[g]; i++) {
    version = package_held(member[g, i])
    if (version_equal(version, patch) || (is_pre(version) && version_equal(finalised(version), patch))) return 1
  }
  return 0
}

function package_held(package) {
  if (!(package in held_known)) held_known[package] = package_version(package, head_id)
  return held_known[package]
}

# Whether a requirement changes with a release, or does not allow it.
function is_outdated(package, k, version) {
  if (need_how[package, k] ~ /^(always|pinned-)/) return 1
  return !accepts(package_kind[package], requirement_of(package, k), version)
}

# npm's clients take the package of the repository where the range allows its version, or will once that is final.
function is_linked(package, k,    version, requirement) {
  if (need_link[package, k] != "range") return 1
  version = package_held(need_of[package, k])
  requirement = requirement_of(package, k)
  return npm_accepts(requirement, version) || npm_accepts(requirement, finalised(version))
}

# The requirement as it is published: as rules.sh has it, or from the lines that it names.
function requirement_of(package, k,    how, parts, count, i, found, at, values) {
  how = need_how[package, k]
  sub(/^pinned-/, "", how)
  if (how == "always" || how == "text") return need_text[package, k]
  # `workspace:^` stands for the version that the other package has.
  if (how == "workspace") return need_text[package, k] semver(package_held(need_of[package, k]))
  if (how == "own") return need_text[package, k] " " gem_version(package_held(package))
  count = split(need_text[package, k], parts, " ")
  found = ""
  for (i = 1; i <= count; i++) {
    at = index(parts[i], ".")
    values = line_values(head_id, line_place[substr(parts[i], 1, at - 1)])
    if (values == "") fault("a requirement of `" package_id[package] "` on `" package_id[need_of[package, k]] \
      "` is not where it was", "write the scripts again: castoff generate scripts")
    split(values, hole, FIELD)
    found = found (i > 1 ? ", " : "") hole[substr(parts[i], at + 1) + 0]
  }
  return found
}

# --- followers ---

function follower_next(n,    together, changed) {
  together = with_leader(n)
  changed = own_next[n] != "" && scheme_of[n] != "same"
  if (!is_first[n] && !changed && !together && reached[n] == "") return ""
  if (scheme_of[n] == "same") return leader_due(n)
  if (scheme_of[n] == "core-patch") return core_patch(n)
  return at_least(n)
}

# The version that the one that it follows has after the release.
function leader_due(n,    l) {
  l = leader_of[n]
  return next_version[l] == "" ? current[l] : next_version[l]
}

# Whether a release of the other one is one of it too. For the same version a change of it is one of the other.
function with_leader(n,    l) {
  l = leader_of[n]
  if (next_version[l] == "") return 0
  if (follow_touched[n] || follow_always[n] || is_first[l]) return 1
  return scheme_of[n] == "same" && (own_next[n] != "" || reached[n] != "")
}

# The other's three numbers and the first patch of its own that is greater than what is tagged on them.
function core_patch(n,    core, i, best, patch, version) {
  core = leader_due(n)
  best = ""
  for (i = 1; i <= tag_total[n]; i++) {
    version = component_versions[n, i]
    if (!same_numbers(version, core, 3)) continue
    if (best == "" || version_compare(version, best) > 0) best = version
  }
  patch = best == "" ? "0" : number_at(best, 4)
  if (best != "" && by_value(on_core(core, patch), best) <= 0) patch = counted_up(patch)
  version = on_core(core, patch)
  # A first release takes what the manifest holds, a footer what it asks for.
  if (own_next[n] != "" && !own_bump[n] && same_numbers(own_next[n], core, 3) && by_value(own_next[n], version) > 0)
    return own_next[n]
  return version
}

function on_core(core, patch) {
  return version_of(number_at(core, 1) "." number_at(core, 2) "." number_at(core, 3) "." patch, \
    part_of(core, 2), part_of(core, 3), "", part_of(core, 5))
}

function same_numbers(one, other, places,    i) {
  for (i = 1; i <= places; i++) if (number_at(one, i) != number_at(other, i)) return 0
  return 1
}

# The greater one of the other's version and its own, bumped by its own changes.
function at_least(n,    core, own, greater, version, first_of_row) {
  core = leader_due(n)
  own = own_next[n] == "" ? current[n] : own_next[n]
  greater = by_value(core, own) > 0 ? core : own
  version = by_value(greater, current[n]) > 0 || is_first[n] ? greater : advanced(current[n], 1)
  # What is built on a pre-release is none that should be taken for final.
  if (part_of(core, 2) == "" || is_pre(version)) return version
  first_of_row = candidate(version, core)
  if (by_value(first_of_row, core) < 0) first_of_row = core
  return by_value(first_of_row, current[n]) > 0 ? first_of_row : version
}

# --- what a version must not be ---

# With `--from` it is a question about the past, and nothing is released from the answer.
function refuse_versions(    n) {
  if (from_name != "") return
  for (n = 1; n <= component_count; n++) {
    if (next_version[n] == "") continue
    if (leader_of[n]) refuse_unfit(n, next_version[n], leader_due(n))
    refuse_tagged(n, next_version[n])
    refuse_by_registry(n, next_version[n])
  }
}

# A follower's version says which version of the other one it works with, and never goes backwards.
function refuse_unfit(n, version, followed,    greater, fits) {
  # What was never released may begin with a candidate of what its manifest holds.
  if (is_first[n]) greater = is_placeholder(current[n]) || version_compare(finalised(version), current[n]) >= 0
  else greater = by_value(version, current[n]) > 0
  if (!greater) fault("the next version of `" component_name[n] "` would be " semver(version) ", and it is at " \
    semver(current[n]) " already", "release a greater version of `" component_name[leader_of[n]] "`, or use scheme = \"at-least\"")
  if (scheme_of[n] == "core-patch") fits = same_numbers(version, followed, 3)
  else if (scheme_of[n] == "same") fits = by_value(version, followed) == 0 && part_of(version, 4) == part_of(followed, 4)
  else fits = by_value(version, followed) >= 0
  if (!fits) fault("`" component_name[n] "` cannot be released as " semver(version) ": it follows `" \
    component_name[leader_of[n]] "`, which is at " semver(followed), "release both, or give it a version that fits")
}

# A version is released once, and in its line it is the greatest.
function refuse_tagged(n, version,    i, tagged) {
  for (i = 1; i <= tag_total[n]; i++) {
    tagged = component_versions[n, i]
    if (tag_place[component_tags[n, i]] == head) continue
    if (by_value(tagged, version) == 0 || is_past(tagged, version))
      fault("the next version of `" component_name[n] "`, " semver(version) ", is in the way of the tag `" \
        tag_name[component_tags[n, i]] "`", "release from the branch of that tag, or merge it first")
  }
}

# Whether a version that is out has gone past another, in the line of both.
function is_past(out, version,    places) {
  places = numbers_count(version) >= 4 ? 3 : is_zero_major(version) ? 2 : 1
  if (!same_numbers(out, version, places)) return 0
  if (is_pre(out) && version_compare(finalised(out), finalised(version)) > 0) return 0
  return by_value(out, version) > 0
}

function refuse_by_registry(n, version,    i, package, kind, good) {
  for (i = 1; i <= member_count[n]; i++) {
    package = member[n, i]
    if (!package_public[package]) continue
    kind = package_kind[package]
    if (kind == "cargo" || kind == "npm") good = as_semver(version) != ""
    else if (kind == "uv") good = python_takes(version) == 1
    else good = part_of(version, 4) !~ /\+/
    if (!good) fault("`" package_id[package] "` cannot be released as " semver(version) ": its registry does not take that", \
      "name a version that its registry takes, for example 1.2.3")
  }
}

# --- the answer ---

function version_lines(    n, text) {
  text = ""
  for (n = 1; n <= component_count; n++) {
    text = text "CURRENT_" component_key[n] "_VERSION=" semver(current[n]) "\n"
    text = text "NEXT_" component_key[n] "_VERSION=" (next_version[n] == "" ? "unchanged" : semver(next_version[n])) "\n"
  }
  return text
}
