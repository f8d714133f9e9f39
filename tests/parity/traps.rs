//! What a generated script must not hold because some shell, awk or tool that it has to run with understands it in another
//! way, or not at all, and shellcheck and checkbashisms do not say so, or not everywhere.

use regex_lite::Regex;

/// One trap.
pub(crate) struct Trap {
    pub(crate) name: &'static str,
    /// What it looks like on one line.
    pub(crate) pattern: &'static str,
    /// Lines that have it.
    pub(crate) bad: &'static [&'static str],
    /// Lines that look like it.
    pub(crate) good: &'static [&'static str],
}

const fn trap(
    name: &'static str,
    pattern: &'static str,
    bad: &'static [&'static str],
    good: &'static [&'static str],
) -> Trap {
    Trap { name, pattern, bad, good }
}

/// Tools: what GNU has alone, or others have otherwise.
const TOOLS: [Trap; 20] = [
    trap(
        "sed -i",
        r"\bsed\b[^|;]*\s(-[a-zA-Z]*i|--in-place)",
        &["sed -i s/a/b/ f", "sed -Ei.bak s/a/b/ f"],
        &["sed -n 1p f", "used - in"],
    ),
    trap(
        "sed -E with GNU escapes",
        r"\bsed\b[^|]*\\[+?t]",
        &[r"sed 's/a\+//'", r"sed 's/\t/ /'"],
        &[r"sed 's/\.//'"],
    ),
    trap("sed 0,/re/", r"\bsed\b.*\b0,/", &["sed 0,/x/d f"], &["sed 10q f"]),
    trap(
        "sort -V",
        r"\bsort\b[^|;]*\s(-[a-zA-Z]*V|--version-sort)",
        &["sort -V", "sort -rV f"],
        &["sort -t. -k1,1n"],
    ),
    trap(
        "git's order of versions",
        r"--sort=[^ ]*(v|version):",
        &["git tag --sort=-v:refname"],
        &["git tag --sort=refname"],
    ),
    trap("git describe", r"git( -[^ ]+)* describe\b", &["git describe --tags"], &["git tag --list"]),
    trap(
        "grep -P",
        r"\bgrep\b[^|;]*\s(-[a-zA-Z]*P|--perl)",
        &["grep -P x f", "grep -oP x f"],
        &["grep -E P f"],
    ),
    trap(
        "a list that grep -q does not read to its end",
        r"\|\s*grep\b[^|;]*\s(-[a-zA-Z]*q|--quiet)",
        &["git ls-files | grep -q x"],
        &["grep -q x file"],
    ),
    trap(
        "date of a time",
        r"\bdate\b[^|;]*\s(-[a-zA-Z]*[dr]\b|--date|--reference)|\bdate\b.*%N",
        &["date -d now", "date -u -d @1", "date +%N"],
        &["date -u +%Y%m%d", "update -r"],
    ),
    trap(
        "readlink -f",
        r"\breadlink\b[^|;]*\s-|\brealpath\b",
        &["readlink -f f", "realpath f"],
        &["link -f"],
    ),
    trap("xargs", r"\bxargs\b", &["git ls-files | xargs -r rm"], &["args"]),
    trap(
        "which",
        r"(^|[;&|(!]|\b(if|then|do|else)\s)\s*which\s",
        &["which git", "if which git; then", "x=$(which git)"],
        &["# which one", "say which one"],
    ),
    trap(
        "mktemp with options",
        r"\bmktemp\b[^|;)]*\s(-[a-zA-Z]*t\b|--)",
        &["mktemp -t x", "mktemp --suffix=.x"],
        &["mktemp -d", "mktemp \"$d/xXXXXXX\""],
    ),
    trap(
        "lines from the end",
        r"\b(head|tail)\b[^|;]*\s-n?\s*-[0-9]+\b.*$|\bhead\b[^|;]*\s-n\s*-",
        &["head -n -1 f"],
        &["head -n 1 f"],
    ),
    trap("stat", r"(^|[;&|(!]|\b(if|then|do)\s)\s*stat\s+-", &["stat -c %a f"], &["git diff --stat -r"]),
    trap(
        "find -printf",
        r"\bfind\b.*\s-(printf|regex|maxdepth)\b",
        &["find . -printf %p"],
        &["find . -type f"],
    ),
    trap(
        "NUL between lines",
        r"\b(cut|sort|grep|sed|head|tail|uniq|read)\b[^|;]*\s(-[a-zA-Z]*z\b|--zero|--null|-d '')",
        &["sort -z", "read -d ''"],
        &["git diff -z", "sort -k1 | tr z y"],
    ),
    trap(
        "tar and install of GNU",
        r"\btar\b.*\s--(sort|mtime|owner)\b|\binstall\s+-[a-zA-Z]*D",
        &["tar --sort=name", "install -D a b"],
        &["tar -cf a b"],
    ),
    trap("parts of seconds", r"\bsleep\s+[0-9]*\.[0-9]", &["sleep 0.5"], &["sleep 5"]),
    trap(
        "cp and ls of GNU",
        r"\b(cp|ls|rm|mv|mkdir|chmod|touch|cat)\s+(-[^ ]+ )*--(?:\w)",
        &["cp --parents a b", "ls --color"],
        &["rm -f -- x", "cat -- f"],
    ),
];

/// Shells: what not all of them have, or where they differ.
const SHELL: [Trap; 22] = [
    trap("[[", r"(^|[\s!(])\[\[\s", &["[[ $a ]]", "if [[ a ]]; then"], &["/[[:space:]]/", "[ a ]"]),
    trap(
        "== in [",
        r"(^|[\s!(])\[ [^\]]*==",
        &["[ a == b ]", "if [ \"$a\" == b ]; then"],
        &["[ a = b ]", "if (a[1] == 2)"],
    ),
    trap("pipefail", r"\bpipefail\b", &["set -o pipefail"], &["set -eu"]),
    trap(
        "arrays",
        r"(^|[\s;])[A-Za-z_]\w*\+?=\(|\$\{[A-Za-z_]\w*\[",
        &["a=(1 2)", "\"${a[@]}\""],
        &["a=$(x)", "x = (1)"],
    ),
    trap(
        "changes inside ${}",
        r"\$\{!?[A-Za-z_]\w*(/|\^|,|:[0-9 ]|@)|\$\{!",
        &["${x//a/b}", "${x^^}", "${x,,}", "${x:0:1}", "${!x}"],
        &["${x:-1}", "${x##*/}", "${x%/*}", "${#x}"],
    ),
    trap("<<<, <()", r"<<<|(^|\s)[<>]\(", &["cat <<<x", "diff <(a) <(b)"], &["cat <<EOF", "a < (b)"]),
    trap("$'…'", r"(^|[\s=(])\$'", &["x=$'\\n'", "printf $'a'"], &["grep '^a$'", "sed 's/x$//'"]),
    trap(
        "declare and its like",
        r"(^|[;&|(]|\b(then|do|else)\s)\s*(declare|typeset|mapfile|readarray|pushd|popd|shopt|source|let)\s+[-\w\x22$]",
        &["declare -A m", "mapfile x", "source x"],
        &["undeclared -A", "the data source is"],
    ),
    trap(
        "local, export or readonly that takes the exit code of $()",
        r"\b(local|export|readonly)\s+\w+=\x22?(\$\(|`)",
        &["local x=$(a)", "export y=\"$(a)\""],
        &["x=$(a)", "export x"],
    ),
    trap(
        "unquoted value of local, export or readonly",
        r"\b(local|export|readonly)\s+\w+=[^\x22'\s]*\$",
        &["local x=$1", "export y=$z"],
        &["local x=\"$1\"", "export y=z"],
    ),
    trap(
        "echo",
        r"(^|[;&|({]\s*|\b(then|do|else)\s+)echo\s+(-|[^;|&]*[\\$])",
        &["echo -n x", "if a; then echo $b; fi"],
        &["printf '%s\\n' echo", "a || echo failed"],
    ),
    trap(
        "printf -v, %q",
        r"\bprintf\b\s+(-v\b|\S*%q)",
        &["printf -v x y", "printf %q x"],
        &["printf '%s' x"],
    ),
    trap(
        "read with options",
        r"\bread\s+(-[a-qs-zA-Z]|-r[a-zA-Z])",
        &["read -a x", "read -ra x", "read -p y x"],
        &["read -r x"],
    ),
    trap("trap ERR", r"\btrap\b.*\b(ERR|DEBUG|RETURN)\b", &["trap x ERR"], &["trap x EXIT"]),
    trap(
        "((…))",
        r"(^|;)\s*\(\(",
        &["(( x++ ))"],
        &["x=$((x + 1))", "while ((getline line) > 0)", "a && ((b, c) in d)"],
    ),
    trap("{1..3}", r"\{[0-9]+\.\.[0-9]+\}", &["for i in {1..3}"], &["{1,3}"]),
    trap("|& and &>", r"\|&|&>", &["a |& b", "a &>f"], &["a || b", "a 2>&1"]),
    trap(
        "variables of bash",
        r"\$\{?(RANDOM|BASH\w*|EPOCH\w*|SECONDS|FUNCNAME|PIPESTATUS|LINENO)\b",
        &["$RANDOM", "${BASH_SOURCE}"],
        &["$RANDOMS", "$SECOND"],
    ),
    trap("type -P, wait -n", r"\b(type|wait)\s+-", &["type -P x", "wait -n"], &["command -v x"]),
    trap(
        "failures that vanish",
        r"\|\|\s*(true|:|exit 0)(\s|;|$)",
        &["a || true", "a || exit 0", "a || :"],
        &["a || return 1", "a || truely"],
    ),
    trap("case in $()", r"\$\([^)]*\bcase\s", &["x=$(case y in z) a ;; esac)"], &["case $(a) in"]),
    trap("a number with zeros in $(())", r"\$\(\(\s*0[0-9]", &["$((08 + 1))"], &["$((0 + 1))", "$((10))"]),
];

/// awk: what only some have, or count otherwise.
const AWK: [Trap; 18] = [
    trap(
        "functions of gawk",
        r"\b(gensub|asorti?|strftime|systime|mktime|patsplit|typeof|isarray|strtonum|toascii)\s*\(",
        &["gensub(a, b, c)", "asort(x)"],
        &["sub(a, b)"],
    ),
    trap(
        "variables of gawk",
        r"\b(PROCINFO|BEGINFILE|ENDFILE|FPAT|FIELDWIDTHS|IGNORECASE|RT)\b",
        &["PROCINFO[1]", "RT"],
        &["NR", "ART"],
    ),
    trap(
        "match with an array",
        r"\bmatch\s*\([^()]*,\s*(/([^/\\]|\\.)+/|[^(),/]+)\s*,\s*\w+\s*\)",
        &["match(s, /a/, m)"],
        &["match(s, /a/)", "match(s, /a,b, c/)"],
    ),
    trap("func", r"(^|\s)func\s+\w", &["func f(x) {"], &["function f(x) {"]),
    trap(
        "powers",
        r"[\w)]\s*\*\*\s*[\w(]|[\w)\]] *\^ *[\w(]+ *[;)+*-]",
        &["x = 2 ** 3;", "x = 2^10;", "n = a ^ b;"],
        &["/^a/", "[^a]", "x = 2 * 3", "x == \"**/\""],
    ),
    trap("hexadecimal escapes", r"\\x[0-9a-fA-F]", &["\"\\x41\""], &["\"\\037\""]),
    trap("intervals", r"[\w\])]\{[0-9]+(,[0-9]*)?\}", &["/[0-9]{2}/", "/a{1,}/"], &["${x}", "{ print }"]),
    trap("NUL in awk", r"(RS|FS)\s*=\s*\x22\\0+\x22", &["RS = \"\\0\""], &["RS = \"\\036\""]),
    trap(
        "slash in a bracket",
        r"(~|\(|,)\s*/([^\x22]*[^\x22\\])?\[\^?/",
        &["x ~ /[^/]/", "sub(/a[/]/, y)"],
        &["a[b/2]", "x ~ /[^\\/]/", "x ~ /^\\[/", "x \"[^/]*\""],
    ),
    trap(
        "an escaped slash in a bracket, which busybox takes for two signs",
        r"\[\^?[^\]\x22]*\\/[^\]]*\]",
        &[r"sub(/\/[^\/]*$/, x)", r"x ~ /[a\/b]/"],
        &[r"x ~ /\/a[bc]/", "x ~ \"[^/]\""],
    ),
    trap("an empty branch", r"[^|]\|\)|\(\|[^|]", &["/(a|)/", "/(|a)/"], &["(a || b)", "/(a|b)/"]),
    trap(
        "substr from zero",
        r"\bsubstr\s*\([^,()]*,\s*0\b",
        &["substr(s, 0, 2)"],
        &["substr(s, 1)", "substr(s, 10)"],
    ),
    trap(
        "split into letters",
        r"\bsplit\s*\([^()]*,\s*\x22\x22\s*\)",
        &["split(s, a, \"\")"],
        &["split(s, a, \" \")", "split(\"\", a)"],
    ),
    trap(
        "awk -v of a text from outside",
        r"\bawk\b[^|']*\s-v\s*\w+=\x22?[^\s'\x22]*\$",
        &["awk -v x=\"$y\" '1'", "awk -v x=$y '1'"],
        &["awk -v x=1 '{ print $y }'"],
    ),
    trap(
        "switch and nextfile",
        r"(^|[\s;{])(switch\s*\(|nextfile\b)",
        &["switch (x) {", "nextfile"],
        &["switched (x)"],
    ),
    trap(
        "in-place awk and --options",
        r"(^|[\s|;(])awk\s+(--|-i\b|-[bcnPM]\s)",
        &["awk -i inplace", "awk --re-interval"],
        &["awk -F. x", "awk -f lib/a.awk -- x"],
    ),
    trap("two-way pipes", r"\|&\s|/inet/", &["x |& getline", "\"/inet/tcp\""], &["x | getline"]),
    trap("random numbers", r"\bs?rand\s*\(", &["srand()"], &["operand(x)"]),
];

/// The traps that a text falls into, with the number and the text of the line. Comments may name them.
pub(crate) fn found(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (trap, pattern) in compiled() {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#'));
        let hits = lines.filter(|(_, line)| pattern.is_match(line));
        found.extend(hits.map(|(nth, line)| format!("{}: {}: {line}", nth + 1, trap.name)));
    }
    found
}

fn compiled() -> impl Iterator<Item = (&'static Trap, Regex)> {
    const ALL: [&[Trap]; 3] = [&TOOLS, &SHELL, &AWK];
    ALL.into_iter().flatten().map(|trap| (trap, Regex::new(trap.pattern).unwrap()))
}

#[test]
fn every_trap_is_found_and_what_looks_like_it_is_not() {
    let mut wrong = Vec::new();
    for (Trap { name, bad, good, .. }, pattern) in compiled() {
        assert!(!bad.is_empty() && !good.is_empty(), "{name}");
        wrong.extend(
            bad.iter().filter(|line| !pattern.is_match(line)).map(|line| format!("{name} misses: {line}")),
        );
        wrong.extend(
            good.iter().filter(|line| pattern.is_match(line)).map(|line| format!("{name} finds: {line}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(found("a=1\n# echo -n\necho -n x\n"), ["3: echo: echo -n x"]);
}
