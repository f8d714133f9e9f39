# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# Requirements as uv and gem have them; the first part is in requirements.awk.

# ---- uv: a requirement of PEP 508, with or without its name, or the specifier alone as a lock has it ----

function raised_uv(written, V, free,    marker, name, before, bare, spec, after, to) {
    marker = ""
    if (index(written, ";")) {
        marker = substr(written, index(written, ";"))
        written = substr(written, 1, index(written, ";") - 1)
    }
    name = ""
    if (match(written, /^[A-Za-z0-9_.-]+/)) {
        name = substr(written, 1, RLENGTH)
        written = substr(written, RLENGTH + 1)
    }
    if (match(written, /^ *\[[^]]*\]/)) {
        name = name substr(written, 1, RLENGTH)
        written = substr(written, RLENGTH + 1)
    }
    match(written, /^[ \t]*/)
    before = substr(written, 1, RLENGTH)
    spec = trimmed(written)
    after = substr(written, length(before) + length(spec) + 1)
    bare = spec
    sub(/^\(+/, "", bare); sub(/\)+$/, "", bare)
    if (bare == "" || bare ~ /^@/ || (!free && fits_uv(bare, V))) return name written marker
    to = raise_uv(bare, V)
    return name before (to == bare "" ? spec : to) (marker == "" && to != bare "" ? "" : after) marker
}

function fits_uv(spec, V,    parts, n, i) {
    n = split(spec, parts, ",")
    for (i = 1; i <= n; i++) if (!in_clause(trimmed(parts[i]), V)) return 0
    return 1
}

# One clause of PEP 440.
function in_clause(clause, V,    op, bound, i, order) {
    if (!match(clause, /^(===|==|~=|!=|<=|>=|<|>)/)) return 0
    op = substr(clause, 1, RLENGTH)
    bound = trimmed(substr(clause, RLENGTH + 1))
    if (bound ~ /\.\*$/) {
        sub(/\.\*$/, "", bound)
        if (!read_version(bound, W)) return 0
        for (i = 1; i <= W["n"]; i++) if (compare_numbers(part(V, i), W[i])) return op == "!="
        return op == "=="
    }
    if (op == "===") return bound == spell(V, "pep440")
    if (!read_version(bound, W)) return 0
    order = compare_versions(V, W)
    if (op == "==") return order == 0
    if (op == "!=") return order != 0
    if (op == ">=") return order >= 0
    if (op == "<=") return order <= 0
    if (op == ">") return order > 0
    # `<1.2` does not mean the candidates of 1.2 itself.
    if (op == "<") return order < 0 && !(V["pre"] != "" && W["pre"] == "" && compare_releases(V, W) == 0)
    if (order < 0) return 0
    for (i = 1; i < W["n"]; i++) if (compare_numbers(part(V, i), W[i])) return 0
    return 1
}

function raise_uv(spec, V,    parts, n, i, op, space, places, bound) {
    n = split(spec, parts, ",")
    for (i = 1; i <= n; i++) parts[i] = trimmed(parts[i])
    if (n == 1 && match(parts[1], /^(===|==|~=)/) && parts[1] !~ /\*$/) {
        op = substr(parts[1], 1, RLENGTH)
        space = substr(parts[1], RLENGTH + 1, 1) == " " ? " " : ""
        # How many numbers `~=` is given says how far it reaches.
        places = split(parts[1], WORDS, ".")
        if (places < 2) places = 2
        if (op == "~=" && V["pre"] == "" && V["suffix"] == "" && V["n"] > places) return op space dotted(V, places)
        return op space spell(V, "pep440")
    }
    if (fits_uv(spec, V)) return spec
    for (i = 1; i <= n; i++) {
        if (parts[i] !~ /^</ || parts[i] ~ /^<=/) continue
        bound = trimmed(substr(parts[i], 2))
        return ">=" spell(V, "pep440") ",<" next_bound(bound, V)
    }
    return ">=" spell(V, "pep440")
}

# ---- gem: one or more clauses, with what stands between them in a gemspec or a lock ----

BEGIN { COMMA = "[\"']? *, *[\"']?" }

function raised_gem(written, V, free,    bare, fits, text, rest, between) {
    bare = written
    gsub(/["']/, "", bare)
    fits = fits_gem(bare, V)
    if (fits && !free) return written
    text = ""
    rest = written
    while (match(rest, COMMA)) {
        between = substr(rest, RSTART, RLENGTH)
        bare = substr(rest, 1, RSTART - 1)
        rest = substr(rest, RSTART + RLENGTH)
        text = text raise_gem(bare, V, fits) between
    }
    return text raise_gem(rest, V, fits)
}

function fits_gem(written, V,    parts, n, i, op, bound, names_one) {
    n = split(written, parts, ",")
    gem_key(spell(V, "gem"), GV)
    for (i = 1; i <= n; i++) {
        op = trimmed(parts[i])
        match(op, /^[<>=!~ ]*/)
        bound = substr(op, RLENGTH + 1)
        op = trimmed(substr(op, 1, RLENGTH))
        if (!gem_key(bound, GB)) return 0
        if (GB["words"]) names_one = 1
        if (!in_gem_clause(op == "" ? "=" : op)) return 0
    }
    return !GV["words"] || names_one || n == 0
}

# The segments of a version as RubyGems compares them.
function gem_key(text, K,    n, word) {
    split("", K)
    gsub(/-/, ".pre.", text)
    if (text !~ /^[0-9][0-9A-Za-z.]*$/) return 0
    n = 0; K["words"] = 0; K["release"] = -1
    while (text != "") {
        if (text ~ /^\./) { text = substr(text, 2); continue }
        if (match(text, /^[0-9]+/)) word = plain_number(substr(text, 1, RLENGTH))
        else {
            match(text, /^[A-Za-z]+/)
            word = substr(text, 1, RLENGTH)
            if (!K["words"]) K["release"] = n
            K["words"] = 1
        }
        K[++n] = word
        text = substr(text, RLENGTH + 1)
    }
    K["n"] = n
    if (K["release"] < 0) K["release"] = n
    return 1
}

# A word stands before every number; what one has more than the other counts as zeros.
function compare_segments(A, n, C, m,    i, x, y, order) {
    for (i = 1; i <= n || i <= m; i++) {
        x = i <= n ? A[i] "" : "0"; y = i <= m ? C[i] "" : "0"
        if (x == y "") continue
        if (x ~ /^[0-9]/ && y ~ /^[0-9]/) order = compare_numbers(x, y)
        else if (x ~ /^[0-9]/) order = 1
        else if (y ~ /^[0-9]/) order = -1
        else order = x < y "" ? -1 : 1
        if (order) return order
    }
    return 0
}

function in_gem_clause(op,    order, i, n, UP) {
    order = compare_segments(GV, GV["n"], GB, GB["n"])
    if (op == "=") return order == 0
    if (op == "!=") return order != 0
    if (op == ">") return order > 0
    if (op == "<") return order < 0
    if (op == ">=") return order >= 0
    if (op == "<=") return order <= 0
    if (op != "~>" || order < 0) return 0
    n = GB["release"] > 1 ? GB["release"] - 1 : GB["release"]
    for (i = 1; i < n; i++) UP[i] = GB[i]
    UP[n] = counted_up(GB[n])
    return compare_segments(GV, GV["release"], UP, n) < 0
}

function raise_gem(clause, V, fits,    op, bound, bare) {
    match(clause, /^[<>=!~ ]*/)
    op = substr(clause, 1, RLENGTH); bound = substr(clause, RLENGTH + 1)
    bare = trimmed(op)
    if (bare == "~>" && V["pre"] == "" && V["suffix"] == "") return op first_numbers(V, split(trimmed(bound), WORDS, "."))
    if (bare == "" || bare == "=" || bare == "~>") return op spell(V, "gem")
    if (fits || bare == "!=") return clause
    if (bare == ">") { sub(/>/, ">=", op); return op spell(V, "gem") }
    if (bare == "<") return op next_bound(trimmed(bound), V)
    return op spell(V, "gem")
}
