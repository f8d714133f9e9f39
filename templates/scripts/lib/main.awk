{{mark}}
#
# One decision from top to bottom: rules, history, bases, changes, versions. What the shell read is in files of `scratch`;
# `want` says whether the answer is about changes alone, about versions too, or only what HEAD's manifests say
# (`written`), or where each component stands: its version at its base or in its manifests, whichever is greater (`standing`).

BEGIN {
  # Between the fields of what is kept as one text.
  FIELD = "\034"
  # Greater than every number of a version.
  MOST = "999999999999999999999999"
  scratch = ENVIRON["scratch"]
  head_id = ENVIRON["head"]
  from_name = ENVIRON["from"]
  PROBE = version_read("65535.0.0")

  read_rules(scratch "/rules")
  if (ENVIRON["want"] == "written") {
    print_written()
    exit
  }
  read_history(scratch "/log")
  read_tree(scratch "/tree")
  head = place_of[head_id]
  from_place = place_of[ENVIRON["from_commit"]]
  reachable(head, at_head)

  find_bases()
  reach_from_bases()
  compare_trees()
  refuse_dead_patterns()
  note_commits()
  compare_components()
  ask_doubtful()
  settle_changes()
  answer = detect_lines()

  if (ENVIRON["want"] != "changes") {
    ask_versions()
    read_texts()
    compare_followers()
    judge_commits()
    decide_own()
    if (ENVIRON["want"] == "standing") answer = standing_lines()
    else {
      settle()
      refuse_versions()
      answer = answer version_lines()
    }
  }
  printf "%s", answer
}

# Which commits each base reaches.
function reach_from_bases(    bases, n) {
  bases[1] = sets_base
  for (n = 1; n <= component_count; n++) bases[n + 1] = base_place[n]
  reach_from(bases, component_count + 1)
}

# The paths of HEAD.
function read_tree(path,    entry) {
  RS = "\036"
  while ((getline entry < path) > 0) if (entry != "") tracked[substr(entry, index(entry, "\t") + 1)] = 1
  close(path)
  RS = "\n"
  for (path in is_manifest)
    if (!(path in tracked)) fault("`" path "` is not in HEAD, and the scripts were made with it", "commit it, or write the scripts again: castoff generate scripts")
  for (path in tracked)
    if (is_manifest_name(path) && !(path in is_manifest) && !is_excluded(path))
      fault("the scripts know nothing of `" path "`", "write them again: castoff generate scripts")
}

function is_manifest_name(path) {
  return name_of(path) ~ /^(Cargo\.toml|pyproject\.toml|package\.json|.*\.gemspec)$/
}

# The version of every package as its manifest at HEAD spells it: id, tab, version.
function print_written(    n) {
  for (n = 1; n <= package_count; n++) {
    ask_text(head_id, package_file[n])
    if (package_reader[n] == "cargo" && package_more[n] != "") ask_text(head_id, package_more[n])
  }
  read_texts()
  for (n = 1; n <= package_count; n++) print package_id[n] "\t" package_text(n, head_id)
}

# What a next version may not be less than, for each component.
function standing_lines(    n, text) {
  text = ""
  for (n = 1; n <= component_count; n++)
    text = text "at " component_name[n] " " semver(held[n] != "" && version_compare(held[n], current[n]) > 0 ? held[n] : current[n]) "\n"
  return text
}
