# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# Requirements as cargo, uv, npm and gem have them: whether one allows a version, and what it becomes when it has to.
# Versions are read by spelling.awk; `V` is always the version of a package after the release.

# The requirement after the release. `free` says that what requires is released too: then it asks for what it is built with.
# Otherwise it stays, as long as it fits.
function raised(how, written, V, free) {
    if (how == "cargo") return free || !fits_cargo(written, V) ? raise_cargo(written, V) : written
    if (how == "uv") return raised_uv(written, V, free)
    if (how == "npm") return raised_npm(written, V, free)
    return raised_gem(written, V, free)
}

# ---- cargo ----

function fits_cargo(written, V,    parts, n, i, same) {
    if (written == "" || trimmed(written) == "*") return V["pre"] == ""
    n = split(written, parts, ",")
    same = V["pre"] == ""
    for (i = 1; i <= n; i++) {
        if (!read_bound(trimmed(parts[i]), B)) return 0
        if (B["op"] == "") B["op"] = "^"
        if (!in_bound(V, B)) return 0
        if (B["pre"] != "" && same_numbers(V, B)) same = 1
    }
    return same
}

# Operator, numbers and pre-release of one bound, as SemVer has them. `*` and `x` end the numbers.
function read_bound(text, B,    rest, parts, n, i) {
    match(text, /^[~^=<>]*/)
    B["op"] = substr(text, 1, RLENGTH)
    rest = trimmed(substr(text, RLENGTH + 1))
    sub(/^v/, "", rest)
    sub(/\+.*$/, "", rest)
    B["pre"] = ""
    if (index(rest, "-")) {
        B["pre"] = substr(rest, index(rest, "-") + 1)
        rest = substr(rest, 1, index(rest, "-") - 1)
    }
    B["n"] = 0; B["wild"] = 0
    n = split(rest, parts, ".")
    for (i = 1; i <= n; i++) {
        if (parts[i] ~ /^[xX*]$/) { B["wild"] = 1; continue }
        if (B["wild"] || parts[i] !~ /^[0-9]+$/) return 0
        B[i] = plain_number(parts[i]); B["n"] = i
    }
    return n >= 1 && n <= 3 && B["op"] ~ /^[~^=<>]?=?$/
}

function same_numbers(V, B,    i) {
    for (i = 1; i <= 3; i++) if (part(V, i) != part(B, i) "") return 0
    return V["n"] <= 3
}

function part(V, i) { return i <= V["n"] ? V[i] "" : "0" }

# Where a version stands to a bound, in the places that the bound has.
function against(V, B,    i, order) {
    for (i = 1; i <= B["n"]; i++) {
        order = compare_numbers(part(V, i), B[i])
        if (order) return order
    }
    return B["n"] < 3 ? 0 : compare_pres(semver_pre(V), B["pre"])
}

function semver_pre(V) { return substr(is_semver_pre(V["form"]) ? V["form"] : dashed(V), 2) }

function in_bound(V, B,    i, op) {
    if (V["n"] > 3) return 0
    op = B["op"]
    if (B["n"] == 0) return op !~ /^[<>]$/
    if (B["wild"] && (op == "^" || op == "")) op = "="
    if (op == "=") return against(V, B) == 0
    if (op == ">") return against(V, B) > 0
    if (op == ">=") return against(V, B) >= 0
    if (op == "<") return against(V, B) < 0
    if (op == "<=") return against(V, B) <= 0
    if (against(V, B) < 0) return 0
    if (op == "~") return part(V, 1) == B[1] "" && (B["n"] < 2 || part(V, 2) == B[2] "")
    # `^`: up to and with the first number that is not zero nothing changes.
    for (i = 1; i <= B["n"]; i++) {
        if (part(V, i) != B[i] "") return 0
        if (B[i] "" != "0") return 1
    }
    return 1
}

function raise_cargo(written, V,    op, rest, places, simple) {
    match(written, /^[~^=<> ]*/)
    op = substr(written, 1, RLENGTH); rest = substr(written, RLENGTH + 1)
    places = split(rest, WORDS, "."); if (places == 0) places = 1
    simple = written !~ /[,*]/
    if (simple && trimmed(op) ~ /^[~^]?$/ && places < 3 && V["pre"] == "") return op first_numbers(V, places)
    if (simple && trimmed(op) ~ /^[~^=]?$/) return op spell(V, "semver")
    return fits_cargo(written, V) ? written : spell(V, "semver")
}

function first_numbers(V, places) { return dotted(V, places < V["n"] ? places : V["n"]) }

function trimmed(text) {
    sub(/^[ \t]+/, "", text)
    sub(/[ \t]+$/, "", text)
    return text
}

# ---- npm ----

function raised_npm(written, V, free,    range, start, to) {
    range = trimmed(written)
    start = ""
    if (range ~ /^workspace:/) {
        start = "workspace:"
        sub(/^workspace:/, "", range)
        if (match(range, /.@[^@]*$/)) {
            start = start substr(range, 1, RSTART + 1)
            range = substr(range, RSTART + 2)
        }
    }
    if (range ~ /^[*~^]?$/ || (!free && fits_npm(range, V))) return written
    to = raise_npm(range, V)
    return start to
}

function fits_npm(range, V,    sets, n, i) {
    n = split(range, sets, "[|][|]")
    for (i = 1; i <= n; i++) if (fits_npm_set(trimmed(sets[i]), V)) return 1
    return n == 0
}

function fits_npm_set(set, V,    parts, n, i, same) {
    if (set == "") set = "*"
    if (split(set, parts, " - ") == 2) set = ">=" parts[1] " <=" parts[2]
    gsub(/[~^<>=v]+ +/, "&\001", set)
    gsub(/ +\001/, "", set)
    n = split(set, parts, " ")
    same = V["pre"] == ""
    for (i = 1; i <= n; i++) {
        if (!read_bound(parts[i], B)) return 0
        if (B["op"] == "") B["op"] = "="
        if (!in_bound(V, B)) return 0
        if (B["pre"] != "" && same_numbers(V, B)) same = 1
    }
    return same
}

function raise_npm(range, V,    op, bare, rest, places, simple) {
    match(range, /^[~^=<>v ]*/)
    op = substr(range, 1, RLENGTH); rest = substr(range, RLENGTH + 1)
    bare = op
    sub(/ +$/, "", bare); sub(/v+$/, "", bare)
    simple = rest != "" && rest !~ /[ |*xX]/
    places = split(rest, WORDS, ".")
    if (simple && bare ~ /^[~^]?$/ && places < 3 && V["pre"] == "") return op first_numbers(V, places)
    if (simple && bare ~ /^[~^=]?$/) return op spell(V, "semver")
    if (fits_npm(range, V)) return range
    if (simple && bare == ">=") return op spell(V, "semver")
    if (index(range, "||")) return range " || ^" spell(V, "semver")
    return with_bounds(range, V)
}

# `1.x` becomes `2.x`, `>=1.0.0 <2.0.0` becomes `>=2.1.0 <3.0.0`; all else the usual caret.
function with_bounds(range, V,    parts, n, i, text, before, bound) {
    n = split(range, parts, ".")
    for (i = 1; i <= n && parts[i] !~ /^[xX*]$/; i++) continue
    if (i > 1 && i <= n && V["pre"] == "") {
        text = first_numbers(V, i - 1)
        for (; i <= n; i++) text = text "." parts[i]
        return text
    }
    if (index(range, "<")) {
        before = trimmed(substr(range, 1, index(range, "<") - 1))
        bound = trimmed(substr(range, index(range, "<") + 1))
        if (before ~ /^>=/ && bound !~ /^=/) return ">=" spell(V, "semver") " <" next_bound(bound, V)
    }
    return "^" spell(V, "semver")
}

# The upper bound behind `V` at the place where an old one was drawn: `<0.3` becomes `<0.4` for 0.3.1.
function next_bound(bound, V,    bare, rest, parts, n, places, i, text) {
    bare = bound; rest = ""
    if (index(bound, "-")) {
        bare = substr(bound, 1, index(bound, "-") - 1)
        rest = substr(bound, index(bound, "-"))
    }
    n = split(bare, parts, ".")
    for (places = n; places > 1 && parts[places] "" == "0"; places--) continue
    if (places == 1 && parts[1] "" == "0") places = 1
    text = places == 1 ? counted_up(part(V, 1)) : part(V, 1)
    for (i = 2; i <= places; i++) text = text "." (i == places ? counted_up(part(V, i)) : part(V, i))
    for (; i <= n; i++) text = text ".0"
    return text rest
}
