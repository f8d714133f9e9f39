# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# Finds the places of update-versions.sh in their files and writes the files anew, into `work`. The table of places comes
# from standard input: see there for how it reads. Nothing is written unless every place is there exactly once.

BEGIN { work = ENVIRON["work"] }

function refuse(what) {
    print "error: " what | "cat 1>&2"
    refused++
}

# ---- reading the table ----

$1 == "asked" { asked[$2] = $3; next }
$1 == "at" { at[$2] = $3; next }
$1 == "component" { spelling[$2] = $3; limits[$2] = $4; follows[$2] = $5; scheme[$2] = $6; next }
$1 == "file" { path = substr($0, 6); paths[++files] = path; first[files] = count + 1; new = 1; next }
/^\|/ {
    if (new) { count++; depth[count] = 0; holes[count] = 0; file[count] = files; new = 0 }
    chain[count, ++depth[count]] = substr($0, 3)
    next
}
/^=/ { rule[count, ++holes[count]] = substr($0, 3); new = 1; next }

END {
    for (f = 1; f <= files; f++) find(f)
    for (p = 1; p <= count; p++) {
        if (found[p] == 1) continue
        what = found[p] ? "matches " found[p] " times" : "matches no line"
        refuse("the place `" chain[p, depth[p]] "` of `" paths[file[p]] "` is stale: it " what)
    }
    if (!refused) check()
    if (!refused) for (p = 1; p <= count; p++) decide(p)
    if (refused) {
        close("cat 1>&2")
        exit 2
    }
    for (f = 1; f <= files; f++) if (changed[f]) write(f)
}

# ---- finding places ----

# What a line belongs to is what stands above it with less indentation; in TOML the header of its table, and for lists of
# tables also the `name` that comes first.
function level(line,    name) {
    match(line, /^[ \t]*/)
    if (!toml) return RLENGTH
    if (substr(line, 1, 2) == "[[") {
        list = substr(line, 3, index(line, "]") - 3)
        return 0
    }
    if (substr(line, 1, 1) == "[") {
        if (list != "" && index(line, "[" list ".") == 1) return 2
        list = ""
        return 0
    }
    if (list != "" && line ~ /^name *=/) return 1
    return 3 + RLENGTH
}

function find(f,    line, at, n, p, l, text) {
    toml = paths[f] ~ /(\.toml|Cargo\.lock|uv\.lock)$/
    list = ""; top = 0
    while ((at = (getline line < ("./" paths[f]))) > 0) {
        n++
        sub(/\r$/, "", line)
        text = trimmed(line)
        if (text == "") continue
        l = level(line)
        while (top > 0 && above_level[top] >= l) top--
        for (p = first[f]; p <= count && file[p] == f; p++) {
            if (is_like(chain[p, depth[p]], line) && is_below(p)) {
                found[p]++
                line_of[p] = n
                # The values that stand there.
                is_like(chain[p, depth[p]], line)
                for (l2 = 1; l2 <= holes[p]; l2++) value[p, l2] = taken[l2]
            }
        }
        if (text ~ /^(#|\/\/)/ || text ~ /^[][{}()]+,?$/) continue
        above[++top] = line
        above_level[top] = l
    }
    close("./" paths[f])
    if (at < 0) refuse("cannot read `" paths[f] "`: it holds versions, and is not there")
}

function is_below(p,    i) {
    if (top != depth[p] - 1) return 0
    for (i = 1; i <= top; i++) if (!is_like(chain[p, i], above[i])) return 0
    return 1
}

# Whether a line is a pattern with something in the place of each `<?>`, which goes into `taken`.
function is_like(pattern, line,    at, piece, n) {
    n = 0
    at = index(pattern, "<?>")
    if (!at) return pattern == line ""
    if (substr(line, 1, at - 1) != substr(pattern, 1, at - 1) "") return 0
    line = substr(line, at)
    while (at) {
        pattern = substr(pattern, at + 3)
        at = index(pattern, "<?>")
        piece = at ? substr(pattern, 1, at - 1) : pattern
        if (!at) {
            if (length(line) < length(piece)) return 0
            if (substr(line, length(line) - length(piece) + 1) != piece "") return 0
            taken[++n] = substr(line, 1, length(line) - length(piece))
            return 1
        }
        if (piece == "" || !index(line, piece)) return 0
        taken[++n] = substr(line, 1, index(line, piece) - 1)
        line = substr(line, index(line, piece) + length(piece))
    }
    return 1
}

# ---- what is asked ----

# The versions as they are now, then whether those that are asked for can be.
function check(    p, h, words, name, n) {
    for (p = 1; p <= count; p++) for (h = 1; h <= holes[p]; h++) {
        split(rule[p, h], words, " ")
        if (words[1] == "version" && chain[p, depth[p]] == "<?>") has_file[words[3]] = 1
        if (words[1] != "current" || !read_version(value[p, h], V)) continue
        if (words[3] in now) read_version(now[words[3]], W)
        if (!(words[3] in now) || compare_versions(V, W) > 0) now[words[3]] = value[p, h]
    }
    for (name in asked) {
        if (!(name in spelling)) { refuse("no component is named `" name "`"); continue }
        if (!read_version(asked[name], V)) { refuse("cannot bump `" name "`: `" asked[name] "` is not a version"); continue }
        # Where git's tags alone have it, there is nothing to compare with.
        n = standing(name) != "" && read_version(standing(name), W) ? compare_versions(V, W) : 0
        if (n < 0 && !(V["pre"] != "" && W["pre"] == "" && compare_releases(V, W) == 0))
            refuse("cannot bump `" name "` from " standing(name) " to " asked[name] ": versions never go backwards")
        if (limits[name] ~ /three/ && V["n"] > 3) untaken(name, "versions of three numbers")
        if (limits[name] ~ /known/ && spell(V, "pep440") ~ /-/) untaken(name, "pre-releases that PEP 440 knows")
        if (limits[name] ~ /plain/ && V["suffix"] ~ /\+/) untaken(name, "versions without a build behind `+`")
    }
    for (name in asked) if (follows[name] != "" && !refused) follow(name)
}

# Where a component stands: by tags and HEAD, else by the files that are there.
function standing(name) {
    if (name in at) return at[name]
    return name in now ? now[name] : ""
}

# The version that a component has afterwards, in the form in which its manifests hold it where a release leaves that.
function due(name) {
    if (!(name in asked)) return now[name]
    if (ENVIRON["keep_form"] == "" || (name in has_file) || !(name in now)) return asked[name]
    read_version(asked[name], V)
    return read_version(now[name], W) && compare_versions(V, W) == 0 ? now[name] : asked[name]
}

function untaken(name, what) {
    refuse("`" name "` cannot be released as " asked[name] ": its registry takes " what)
}

# A version that follows another says which version of that it works with.
function follow(name,    other, i, fit) {
    other = follows[name]
    read_version(asked[name], V)
    read_version(other in asked ? asked[other] : standing(other), W)
    fit = 1
    if (scheme[name] == "core-patch") for (i = 1; i <= 3; i++) if (part(V, i) != part(W, i) "") fit = 0
    if (scheme[name] == "same") fit = compare_versions(V, W) == 0
    if (scheme[name] == "at-least") fit = compare_versions(V, W) >= 0
    if (!fit) refuse("`" name "` cannot be released as " asked[name] ": it follows `" other "`, which is at " spell(W, "semver"))
}

# The new values of a place.
function decide(p,    h, words, n, to) {
    for (h = 1; h <= holes[p]; h++) {
        n = split(rule[p, h], words, " ")
        to = value[p, h]
        if (words[1] == "version" || words[1] == "current") to = version_at(words, n, to)
        else if (words[1] == "requirement") to = requirement_at(words, n, to)
        else if (words[1] == "missing") to = missing_at(words, n, to)
        else if (words[1] == "part") { if (words[3] in asked) { read_version(asked[words[3]], V); to = part(V, words[2]) } }
        else if (words[1] == "text") { if (words[2] in asked) to = filled(substr(rule[p, h], 7 + length(words[2]))) }
        if (to "" == value[p, h] "") continue
        print paths[file[p]] ":" line_of[p] ": " value[p, h] " -> " to
        next_value[p, h] = to
        changed[file[p]] = 1
        at_line[file[p], line_of[p]] = p
    }
}

# What a word of the rule says beyond: where a package of another ecosystem has four numbers, its crate stays.
function version_at(words, n, to,    rest) {
    if (!(words[3] in asked)) return to
    read_version(asked[words[3]], V)
    # A release keeps the form of a version that is there already, where no file of its own says it; who names one gets it
    # as it is usual.
    if (ENVIRON["keep_form"] != "" && !(words[3] in has_file) && read_version(to, W) && compare_versions(V, W) == 0) return to
    if (words[n] == "three" && V["n"] > 3) return to
    rest = ""
    # A lock has the platform of a gem behind its version.
    if (words[2] == "gem-lock" && index(to, "-")) rest = substr(to, index(to, "-"))
    return spell(V, words[2] == "gem-lock" ? "gem" : words[2]) rest
}

function requirement_at(words, n, to,    i, last, free) {
    if (!(words[3] in asked)) return to
    read_version(due(words[3]), V)
    last = n
    if (words[n] == "three") { if (V["n"] > 3) return to; last-- }
    free = 1
    for (i = 5; i <= last; i++) if (!(words[i] in asked)) free = 0
    return raised(words[2], to, V, free)
}

# A version beside a path is put there when one is released that cannot go without it; then it is a requirement.
function missing_at(words, n, to,    i, wanted, free, written) {
    wanted = 0; free = 1
    for (i = 5; words[i] != "free"; i++) if (words[i] in asked) wanted = 1
    for (i++; i <= n; i++) if (!(words[i] in asked) && words[i] != "three") free = 0
    if (to == "") {
        if (!wanted) return to
        read_version(due(words[3]), V)
        return ", version = \"" (words[2] == "exact" ? "=" : "") spell(V, "semver") "\""
    }
    if (!(words[3] in asked)) return to
    written = to
    sub(/^, version = "/, "", written)
    sub(/"$/, "", written)
    read_version(asked[words[3]], V)
    return ", version = \"" raised("cargo", written, V, free) "\""
}

# `{NAME}` in a text is the version of that component.
function filled(text,    done, name) {
    done = ""
    while (index(text, "{")) {
        done = done substr(text, 1, index(text, "{") - 1)
        text = substr(text, index(text, "{") + 1)
        name = substr(text, 1, index(text, "}") - 1)
        text = substr(text, index(text, "}") + 1)
        read_version(due(name), V)
        done = done spell(V, spelling[name])
    }
    return done text
}

# ---- writing ----

function write(f,    line, n, p, end, out) {
    out = work "/" f
    printf "" > out
    while ((getline line < ("./" paths[f])) > 0) {
        n++
        if ((f, n) in at_line) {
            end = line ~ /\r$/ ? "\r" : ""
            line = patched(at_line[f, n]) end
        }
        print line > out
    }
    close("./" paths[f])
    close(out)
    print f " " paths[f] > (work "/list")
}

function patched(p,    pattern, line, h, at) {
    pattern = chain[p, depth[p]]
    for (h = 1; h <= holes[p]; h++) {
        at = index(pattern, "<?>")
        line = line substr(pattern, 1, at - 1) ((p, h) in next_value ? next_value[p, h] : value[p, h])
        pattern = substr(pattern, at + 3)
    }
    return line pattern
}
