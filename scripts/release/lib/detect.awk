# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# What changed: what each component is compared with, and the paths and commits behind it.

# --- bases ---

# For each component `base_place` (0 for the comparison with nothing), `base_name`, `base_version`, `is_first`; for path
# sets `sets_base` and `sets_name`.
function find_bases(    n, tag, best, shared, i, oldest, owned) {
  shared = nearest_tag()
  for (n = 1; n <= component_count; n++) {
    find_own_tags(component_tag[n])
    tag_total[n] = own_count
    best = 0
    for (i = 1; i <= own_count; i++) {
      owned[own_tag[i]] = 1
      component_tags[n, i] = own_tag[i]
      component_versions[n, i] = own_version[i]
      if (is_reached(tag_place[own_tag[i]]) && (!best || is_greater_tag(i, best))) best = i
    }
    is_first[n] = own_count == 0
    if (best) {
      base_place[n] = tag_place[own_tag[best]]
      base_name[n] = tag_name[own_tag[best]]
      base_version[n] = own_version[best]
    } else if (shared) {
      base_place[n] = tag_place[shared]
      base_name[n] = tag_name[shared]
    } else base_place[n] = 0
  }
  for (n = 1; n <= component_count; n++) if (is_first[n]) refuse_other_forms(n, owned)
  if (from_name != "") {
    use_given_base()
    return
  }
  sets_base = shared ? tag_place[shared] : 0
  sets_name = shared ? tag_name[shared] : ""
  if (shared) return
  # The oldest of the components' bases, the first of equals.
  oldest = 0
  for (n = 1; n <= component_count; n++) if (base_place[n] && base_place[n] > base_place[oldest]) oldest = n
  if (oldest) {
    sets_base = base_place[oldest]
    sets_name = base_name[oldest]
  } else sets_name = root_commit()
}

# In version order; of equal versions the tag that comes last by name.
function is_greater_tag(one, other,    order) {
  order = version_compare(own_version[one], own_version[other])
  if (!order) order = text_compare(tag_name[own_tag[one]], tag_name[own_tag[other]])
  return order > 0
}

# The base that the user names; a component's version there is that of its own tag, if it has one on that commit.
function use_given_base(    n, i) {
  sets_base = from_place
  sets_name = from_name
  for (n = 1; n <= component_count; n++) {
    base_place[n] = from_place
    base_name[n] = from_name
    base_version[n] = ""
    for (i = 1; i <= tag_total[n]; i++) {
      if (tag_place[component_tags[n, i]] != from_place) continue
      if (base_version[n] == "" || version_compare(component_versions[n, i], base_version[n]) >= 0)
        base_version[n] = component_versions[n, i]
    }
  }
}

# Tags that name a component in another form than its pattern: a first release of everything would be the wrong answer.
function refuse_other_forms(n, owned,    forms, count, i, name, k) {
  name = component_name[n]
  count = add_forms(forms, 0, name)
  if (name ~ /^@.*\/./) {
    name = substr(name, index(name, "/") + 1)
    count = add_forms(forms, count, name)
  }
  if (component_count == 1) {
    forms[++count] = "v{version}"
    forms[++count] = "{version}"
  }
  for (i = 1; i <= count; i++) {
    find_own_tags(forms[i])
    for (k = 1; k <= own_count; k++)
      if (!(own_tag[k] in owned)) fault("`" component_name[n] "` has tags that do not match its tag pattern `" component_tag[n] \
        "`: `" tag_name[own_tag[k]] "`", "if that is a release of it, write tag = \"" forms[i] "\" for it into castoff.toml")
  }
}

function add_forms(forms, count, name) {
  forms[++count] = name "-v{version}"
  forms[++count] = name "@{version}"
  forms[++count] = name "/v{version}"
  forms[++count] = name "-{version}"
  return count
}

# --- what differs ---

# Compares HEAD with every base whose whole tree counts, in one process.
function compare_trees(    n, i, list) {
  for (n = 1; n <= component_count; n++) {
    if (by_paths[n] || leader_of[n] || is_leader(n)) list[base_place[n]] = 1
  }
  if (set_count) list[sets_base] = 1
  delete list[0]
  split("", compared)
  n = 0
  for (i in list) {
    compared[commit_id[i]] = i
    print commit_id[i], head_id > (scratch "/bases")
    n++
  }
  for (i in tracked) differs[0, ++differ_count[0]] = i
  if (!n) return
  close(scratch "/bases")
  read_differences()
}

function is_leader(n,    i) {
  for (i = 1; i <= component_count; i++) if (leader_of[i] == n) return 1
  return 0
}

# What git printed: the id of a base, then the paths that differ from it.
function read_differences(    command, field, base) {
  command = "{ git -C \"$root\" diff-tree --stdin -r -z --name-only --no-renames --ignore-submodules=none " \
    "<\"$scratch/bases\" || echo failed; } | tr '\\000\\036' '\\036\\032'"
  RS = "\036"
  base = 0
  while ((command | getline field) > 0) {
    if (field == "failed\n") broken("cannot compare HEAD with earlier releases")
    if (field in compared) base = compared[field]
    else if (field != "") differs[base, ++differ_count[base]] = field
  }
  close(command)
  RS = "\n"
}

# Whether a pattern matches nothing at HEAD and nothing at the base: what was there and is gone differs between them, or a
# commit in between took it away.
function matches_nothing(pattern, base,    path, i, p) {
  for (path in tracked) if (pattern_matches(pattern, path)) return 0
  for (i = 1; i <= differ_count[base]; i++) if (pattern_matches(pattern, differs[base, i])) return 0
  for (p = 1; p <= commits; p++) {
    if (!is_reached(p) || is_before(base, p)) continue
    for (i = 1; i <= file_count[p]; i++) if (pattern_matches(pattern, commit_file[p, i])) return 0
  }
  return 1
}

function refuse_dead(pattern, base, where) {
  if (matches_nothing(pattern, base))
    fault("`" pattern "` in " where " of castoff.toml matches no tracked file", "correct the path; a directory ends in `/`")
}

function refuse_dead_patterns(    s, i, n) {
  for (s = 1; s <= set_count; s++)
    for (i = 1; i <= set_patterns[s]; i++) refuse_dead(set_pattern[s, i], sets_base, "`" set_name[s] "` of [paths]")
  for (n = 1; n <= component_count; n++) {
    for (i = 1; i <= changed_by[n]; i++)
      if (changed_kind[n, i] == "path") refuse_dead(changed_text[n, i], base_place[n], "`changed-by` of " component_name[n])
    for (i = 1; i <= follow_on[n]; i++)
      if (follow_kind[n, i] == "path")
        refuse_dead(follow_text[n, i], base_place[leader_of[n]], "`follow-on` of " component_name[n])
  }
}

function set_matches(s, path,    i) {
  for (i = 1; i <= set_patterns[s]; i++) if (pattern_matches(set_pattern[s, i], path)) return 1
  return 0
}

# --- whose a path is ---

# The components of a path, into `owner[1..]`; how many. The longest directory wins, and every rule that names it.
function find_owners(path,    count, n, i, list) {
  if (path in owners_known) {
    count = split(owners_known[path], owner, " ")
    return count
  }
  if (is_ignored(path)) list = ""
  else {
    list = owners_by_dir(path)
    for (n = 1; n <= component_count; n++) if (changed_by[n] && is_changed_by(n, path)) list = list " " n
    list = with_leaders(path, list)
  }
  owners_known[path] = list
  return split(list, owner, " ")
}

function owners_by_dir(path,    dir, i, list) {
  dir = path
  while (!(dir in dir_package) && dir != "") dir = parent_of(dir)
  for (i = 1; i <= dir_owners[dir]; i++) list = list " " dir_owner[dir, i]
  return list
}

function is_changed_by(n, path,    i) {
  for (i = 1; i <= changed_by[n]; i++) {
    if (changed_kind[n, i] == "path" && pattern_matches(changed_text[n, i], path)) return 1
    if (changed_kind[n, i] == "set" && set_matches(set_place[changed_text[n, i]], path)) return 1
  }
  return 0
}

# What a release of some components rewrites changes nobody else; a change is also one of those whose version a component
# has to have.
function with_leaders(path, list,    parts, count, i, kept, n, steps) {
  count = split(list, parts, " ")
  for (i = 1; i <= count; i++) {
    if ((path in extra_writers) && !((path, parts[i]) in extra_writer)) continue
    kept = kept " " parts[i]
    n = parts[i]
    for (steps = 0; leader_of[n] && scheme_of[n] == "same" && steps < component_count; steps++) {
      n = leader_of[n]
      kept = kept " " n
    }
  }
  return kept
}

# --- changes ---

# Whether a commit came after a component's base.
function is_new(n, place) {
  return !is_before(base_place[n], place)
}

# Whether it came after any base; commits that the same bases reach have the same answer.
function is_new_to_any(place,    n) {
  if (reach_of[place] in new_known) return new_known[reach_of[place]]
  for (n = 1; n <= component_count && !is_new(n, place); n++) continue
  return new_known[reach_of[place]] = n <= component_count
}

# Looks at every commit since the oldest base: `is_place`, `touches[place, n]`, `is_early`, and files of components.
function note_commits(    p, n, i, k, count, any, mine, one_parent) {
  for (p = 1; p <= commits; p++) {
    if (!is_reached(p)) continue
    if (!is_new_to_any(p)) continue
    is_place[p] = 1
    split("", touched)
    one_parent = parents_of[p] !~ / /
    if (one_parent && !file_count[p]) for (n = 1; n <= component_count; n++) touched[n] = 1
    for (i = 1; i <= file_count[p]; i++) {
      count = find_owners(commit_file[p, i])
      for (k = 1; k <= count; k++) {
        touched[owner[k]] = 1
        if (is_new(owner[k], p)) add_file(owner[k], commit_file[p, i])
      }
    }
    any = mine = 0
    for (n in touched) {
      any = 1
      if (!is_new(n, p)) continue
      mine = 1
      touches[p, n] = 1
    }
    if (any && !mine) is_early[p] = 1
  }
}

function add_file(n, path) {
  if ((n, path) in has_file) return
  has_file[n, path] = 1
  component_file[n, ++component_files[n]] = path
}

# Where paths decide, and where there is nothing to compare with, trees are compared as wholes: what came and went again is
# no change there.
function compare_components(    n, i, k, count, base, group) {
  for (n = 1; n <= component_count; n++) {
    if (!by_paths[n] && base_place[n]) continue
    for (i = 1; i <= component_files[n]; i++) delete has_file[n, component_file[n, i]]
    component_files[n] = 0
    group[base_place[n]] = group[base_place[n]] " " n " "
  }
  for (base in group) {
    for (i = 1; i <= differ_count[base]; i++) {
      count = find_owners(differs[base, i])
      for (k = 1; k <= count; k++)
        if (index(group[base], " " owner[k] " ")) add_file(owner[k], differs[base, i])
    }
  }
}

# --- what a release wrote ---

# Asks for the texts of what may differ from a base in nothing but versions, all at once.
function ask_doubtful(    n, i, k, s, path) {
  for (n = 1; n <= component_count; n++) {
    for (i = 1; i <= component_files[n]; i++) ask_earlier(base_place[n], component_file[n, i])
    if (leader_of[n]) {
      ask_differences(base_place[leader_of[n]])
      ask_differences(base_place[n])
    }
  }
  for (i = 1; i <= differ_count[sets_base]; i++) {
    path = differs[sets_base, i]
    for (s = 1; s <= set_count; s++) if (set_matches(s, path)) ask_earlier(sets_base, path)
  }
  read_texts()
}

function ask_differences(base,    i) {
  for (i = 1; i <= differ_count[base]; i++) ask_earlier(base, differs[base, i])
}

function ask_earlier(base, path,    n) {
  if (!base || !is_written(path) || is_ignored(path)) return
  # Whether a range of npm means a package of the repository depends on the version that this one has.
  if (name_of(path) == "package.json")
    for (n = 1; n <= package_count; n++) if (package_kind[n] == "npm") ask_text(head_id, package_file[n])
  ask_text(head_id, path)
  ask_text(commit_id[base], path)
  doubted[commit_id[base]] = 1
  is_doubted[commit_id[base], path] = 1
}

# Whether a release may write versions into a file that is there.
function is_written(path) {
  if (!(path in written_known))
    written_known[path] = (path in tracked) && ((path in is_named) || (may_hold_version(path) && !is_excluded(path)))
  return written_known[path]
}

function is_excluded(path,    i) {
  for (i = 1; i <= exclude_count; i++) if (pattern_matches(exclude_pattern[i], path)) return 1
  return 0
}

# The files that package managers, and what computes versions for them, read.
function may_hold_version(path,    name, low) {
  name = name_of(path)
  low = tolower(name)
  if (name ~ /^(Cargo\.toml|pyproject\.toml|__init__\.py|package\.json|pnpm-workspace\.yaml|Gemfile|gems\.rb)$/) return 1
  if (name ~ /\.gemspec$/ || path ~ "(^|/)lib/[^/]*[.]rb$") return 1
  if ((name == "VERSION" || name ~ /\.(py|txt)$/) && low ~ /version|about|meta/) return 1
  return (name !~ /\./ || name ~ /\.(rb|txt)$/) && low ~ /version/
}

# Whether a path differs from a base in nothing but versions that a release writes.
function is_rewritten(base, path) {
  if (!base || !is_written(path)) return 0
  if (!((base, path) in rewritten_known)) rewritten_known[base, path] = only_versions(commit_id[base], path)
  return rewritten_known[base, path]
}

function is_version_file(path,    n) {
  for (n = 1; n <= component_count; n++) if (version_file[n] == path "" && path != "") return 1
  return 0
}

# Counts what is left of each component's files, and says which path sets changed.
function settle_changes(    n, i, s, path) {
  for (n = 1; n <= component_count; n++) {
    changed_files[n] = 0
    for (i = 1; i <= component_files[n]; i++)
      if (!is_rewritten(base_place[n], component_file[n, i])) changed_files[n]++
  }
  for (s = 1; s <= set_count; s++) {
    set_changed[s] = 0
    for (i = 1; i <= differ_count[sets_base] && !set_changed[s]; i++) {
      path = differs[sets_base, i]
      if (set_matches(s, path) && !is_ignored(path) && !is_rewritten(sets_base, path)) set_changed[s] = 1
    }
  }
}

# --- what releases followers ---

# Whether something changed since the last release of the one that a component follows, or its own, that releases both.
function compare_followers(    n) {
  for (n = 1; n <= component_count; n++) {
    if (!leader_of[n]) continue
    follow_touched[n] = touched_since(n, base_place[leader_of[n]])
    # It may have been left out when the other one was released.
    if (!follow_touched[n] && base_version[n] != "") follow_touched[n] = touched_since(n, base_place[n])
  }
}

function touched_since(n, base,    i, path) {
  for (i = 1; i <= differ_count[base]; i++) {
    path = differs[base, i]
    if (is_ignored(path) || !releases_follower(n, path)) continue
    if (!is_rewritten(base, path)) return 1
  }
  return 0
}

function releases_follower(n, path,    i, dir) {
  if (!has_follow_on[n]) {
    dir = parent_of(path)
    while (!(dir in dir_package) && dir != "") dir = parent_of(dir)
    return (dir in dir_package) && ((n, dir_package[dir]) in follow_package)
  }
  for (i = 1; i <= follow_on[n]; i++) {
    if (follow_kind[n, i] == "set" && set_matches(set_place[follow_text[n, i]], path)) return 1
    if (follow_kind[n, i] == "path" && pattern_matches(follow_text[n, i], path)) return 1
  }
  return 0
}

# --- the answer ---

# A ref that needs no quoting, else its commit.
function reference(name, place) {
  return name != "" && name !~ "[^A-Za-z0-9._+/@:-]" ? name : commit_id[place]
}

function detect_lines(    n, s, text) {
  text = "CHANGES_BASE_REF=" reference(sets_name, sets_base) "\n"
  for (s = 1; s <= set_count; s++) text = text set_key[s] "_CHANGED=" (set_changed[s] ? "true" : "false") "\n"
  for (n = 1; n <= component_count; n++)
    text = text component_key[n] "_CHANGED=" (changed_files[n] ? "true" : "false") "\n"
  for (n = 1; n <= component_count; n++)
    if (base_place[n] && base_place[n] != sets_base)
      text = text component_key[n] "_BASE_REF=" reference(base_name[n], base_place[n]) "\n"
  return text
}
