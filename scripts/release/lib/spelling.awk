# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# Versions: how they are read, compared and spelled. One version is written in three ways: `1.2.0-rc.1` by cargo and npm,
# `1.2.0rc1` by PyPI (PEP 440), `1.2.0.rc1` by RubyGems. Numbers are compared as texts of digits, so that none is too large
# and `1.10` is never taken for `1.1`.

# Reads a version into `V`: numbers (n, 1, 2, ...), pre (alpha, beta, rc, other or ""), count, other, suffix and form, which
# is the pre-release as it was written where that is not the usual `-rc.1`. 0 if it is no version.
function read_version(text, V,    bare, numbers, rest, behind, written, n) {
    split("", V)
    bare = text
    sub(/^[vV]/, "", bare)
    match(bare, /^[0-9.]*/)
    numbers = substr(bare, 1, RLENGTH)
    sub(/\.+$/, "", numbers)
    if (numbers !~ /^[0-9]+(\.[0-9]+)*$/) return 0
    rest = substr(bare, length(numbers) + 1)
    n = split(numbers, V, ".")
    for (behind = 1; behind <= n; behind++) V[behind] = plain_number(V[behind])
    V["n"] = n
    behind = read_pre(rest, V)
    if (behind == "!") return 0
    V["suffix"] = read_suffix(behind)
    if (V["suffix"] == "!") return 0
    written = substr(rest, 1, length(rest) - length(behind))
    V["form"] = written == dashed(V) ? "" : written
    return 1
}

# The pre-release at the beginning of `rest`; what stands behind it, or "!".
function read_pre(rest, V,    text, letters, tail, word, digits, behind, other) {
    V["pre"] = ""; V["count"] = ""; V["other"] = ""
    if (read_suffix(rest) != "!") return rest
    text = rest
    sub(/^[-._]+/, "", text)
    match(text, /^[A-Za-z]*/)
    letters = tolower(substr(text, 1, RLENGTH))
    tail = substr(text, RLENGTH + 1)
    word = ""
    if (letters == "alpha" || letters == "beta" || letters == "rc") word = letters
    else if (letters == "a" && tail ~ /^[0-9]/) word = "alpha"
    else if (letters == "b" && tail ~ /^[0-9]/) word = "beta"
    else if ((letters == "c" || letters == "pre" || letters == "preview") && text == rest "") word = "rc"
    if (word != "") {
        digits = tail
        sub(/^[-._]/, "", digits)
        match(digits, /^[0-9]*/)
        behind = RLENGTH == 0 ? tail : substr(digits, RLENGTH + 1)
        digits = plain_number(substr(digits, 1, RLENGTH))
        if (read_suffix(behind) != "!") {
            V["pre"] = word
            V["count"] = digits
            return behind
        }
    }
    if (rest !~ /^-/ && tolower(rest) !~ /^\.(pre|preview|nightly|snapshot|canary|edge)([^A-Za-z]|$)/) return "!"
    other = substr(rest, 2)
    behind = ""
    if (index(other, "+")) {
        behind = substr(other, index(other, "+"))
        other = substr(other, 1, index(other, "+") - 1)
    }
    if (other !~ /^[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*$/) return "!"
    V["pre"] = "other"; V["other"] = other
    return behind
}

# `.post1`, `.dev3` and `+build.7` in their usual form; "!" where it is something else.
function read_suffix(text,    build, found, word, i) {
    build = ""
    if (index(text, "+")) {
        build = substr(text, index(text, "+"))
        text = substr(text, 1, index(text, "+") - 1)
        if (build !~ /^\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*$/) return "!"
    }
    found = ""
    for (i = 1; i <= 2; i++) {
        word = i == 1 ? "post" : "dev"
        if (text !~ ("^[.]?" word)) continue
        sub("^[.]?" word, "", text)
        match(text, /^[0-9]*/)
        found = found "." word substr(text, 1, RLENGTH)
        text = substr(text, RLENGTH + 1)
    }
    return text == "" ? found build : "!"
}

# The usual pre-release of SemVer.
function dashed(V) {
    if (V["pre"] == "") return ""
    return V["pre"] == "other" ? "-" V["other"] : "-" V["pre"] "." V["count"]
}

function dotted(V, places,    i, text) {
    text = V[1]
    for (i = 2; i <= places; i++) text = text "." (i <= V["n"] ? V[i] : 0)
    return text
}

# A version as `how` spells it: semver, pep440 or gem.
function spell(V, how) {
    if (how == "pep440") return dotted(V, V["n"]) pep440_pre(V) V["suffix"]
    if (how == "gem") return dotted(V, V["n"]) gem_pre(V) V["suffix"]
    return dotted(V, V["n"] < 3 ? 3 : V["n"]) (is_semver_pre(V["form"]) ? V["form"] : dashed(V)) V["suffix"]
}

function is_semver_pre(form,    parts, i, n) {
    if (form !~ /^-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*$/) return 0
    n = split(substr(form, 2), parts, ".")
    for (i = 1; i <= n; i++) if (parts[i] ~ /^0[0-9]+$/) return 0
    return 1
}

function pep440_pre(V,    number) {
    if (V["pre"] == "alpha") return "a" V["count"]
    if (V["pre"] == "beta") return "b" V["count"]
    if (V["pre"] == "rc") return "rc" V["count"]
    if (V["pre"] == "") return ""
    if (V["other"] !~ /^(c|pre|preview)([^A-Za-z]|$)/) return "-" V["other"]
    number = V["other"]
    sub(/^[a-z]+[.-]*/, "", number)
    if (number !~ /^[0-9]*$/) return "-" V["other"]
    return "rc" (number == "" ? "0" : number)
}

function gem_pre(V,    other) {
    if (V["pre"] == "") return ""
    if (V["form"] ~ /^\./) return V["form"]
    if (V["pre"] != "other") return "." V["pre"] V["count"]
    other = V["other"]
    gsub(/-/, ".", other)
    return "." other
}

# Digits without zeros before them.
function plain_number(digits) {
    sub(/^0+/, "", digits)
    return digits == "" ? "0" : digits
}

function counted_up(digits,    i, kept, last) {
    for (i = length(digits); i > 0; i--) {
        last = substr(digits, i, 1)
        kept = substr("0000000000000000000000000000000000000000", 1, length(digits) - i)
        if (last != "9") return substr(digits, 1, i - 1) (last + 1) kept
    }
    return "1" substr("0000000000000000000000000000000000000000", 1, length(digits))
}

# -1, 0 or 1, by the values of texts of digits.
function compare_numbers(one, other) {
    one = plain_number(one); other = plain_number(other)
    if (length(one) != length(other)) return length(one) < length(other) ? -1 : 1
    return one "" == other "" ? 0 : (one "" < other "" ? -1 : 1)
}

function compare_releases(V, W,    i, n, order) {
    n = V["n"] > W["n"] ? V["n"] : W["n"]
    for (i = 1; i <= n; i++) {
        order = compare_numbers(i <= V["n"] ? V[i] : "0", i <= W["n"] ? W[i] : "0")
        if (order) return order
    }
    return 0
}

# Two pre-releases by the rules of SemVer, without the dash; "" is the final version.
function compare_pres(one, other,    a, b, n, m, i, x, y) {
    if (one "" == other "") return 0
    if (one == "") return 1
    if (other == "") return -1
    n = split(one, a, "."); m = split(other, b, ".")
    for (i = 1; i <= n && i <= m; i++) {
        if (a[i] "" == b[i] "") continue
        x = a[i] ~ /^[0-9]+$/; y = b[i] ~ /^[0-9]+$/
        if (x && y) return compare_numbers(a[i], b[i])
        if (x != y) return x ? -1 : 1
        return a[i] "" < b[i] "" ? -1 : 1
    }
    return n < m ? -1 : (n > m ? 1 : 0)
}

# Development, alpha, beta, rc, the final version, what came after (PEP 440), as a text that sorts.
function stage(V) {
    if (V["pre"] != "") return substr(dashed(V), 2)
    return ""
}

# By value: 0.1.8 and 0.1.8.0 are equal.
function compare_versions(V, W,    order) {
    order = compare_releases(V, W)
    if (order) return order
    order = compare_afterlife(V, W, 0)
    if (order) return order
    order = compare_pres(stage(V), stage(W))
    return order ? order : compare_afterlife(V, W, 1)
}

# A version in development alone stands before all pre-releases (`behind` is 0); `.post1` and `.dev1` behind equal ones
# decide last.
function compare_afterlife(V, W, behind,    post, other) {
    if (!behind) return is_only_dev(W) - is_only_dev(V)
    post = number_behind(V, "post"); other = number_behind(W, "post")
    if (post "" != other "") return post == "" ? -1 : (other == "" ? 1 : compare_numbers(post, other))
    post = number_behind(V, "dev"); other = number_behind(W, "dev")
    if (post "" != other "") return post == "" ? 1 : (other == "" ? -1 : compare_numbers(post, other))
    return 0
}

function is_only_dev(V) {
    return V["pre"] == "" && number_behind(V, "post") == "" && number_behind(V, "dev") != ""
}

function number_behind(V, word,    rest) {
    rest = V["suffix"]
    sub(/\+.*/, "", rest)
    if (!match(rest, "[.]" word "[0-9]*")) return ""
    rest = substr(rest, RSTART + length(word) + 1, RLENGTH - length(word) - 1)
    return rest == "" ? "0" : plain_number(rest)
}
