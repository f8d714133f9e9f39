//! `castoff completions`, loaded by the real shells: what they offer is what there is.

use std::fs;
use std::process::Command;

use crate::support::{Ran, Repo, ran};
use crate::tools::need;

/// The script for a shell, in a file beside a repository that vanishes with it.
fn script(shell: &str) -> (Repo, String) {
    let repo = Repo::new();
    let text = repo.castoff(&["completions", shell]).expect(0).stdout;
    let path = repo.beside(&format!("castoff.{shell}"));
    fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    (repo, path)
}

fn run(shell: &str, args: &[&str], words: &[&str]) -> Ran {
    ran(Command::new(shell).args(args).args(words).output().unwrap())
}

/// What bash offers for the last of these words.
fn by_bash(script: &str, words: &[&str]) -> Vec<String> {
    let program = "source \"$1\"; shift; COMP_WORDS=(castoff \"$@\"); COMP_CWORD=$#; _castoff; \
                   printf '%s\\n' \"${COMPREPLY[@]}\"";
    let found = run("bash", &["-c", program, "bash", script], words).expect(0);
    assert_eq!(found.stderr, "");
    found.stdout.lines().filter(|line| !line.is_empty()).map(str::to_string).collect()
}

/// The same by fish, which has a command for it.
fn by_fish(script: &str, words: &[&str]) -> Vec<String> {
    let program = "source $argv[1]; complete -C \"castoff $argv[2..]\"";
    let found = run("fish", &["--no-config", "-c", program, script], words).expect(0);
    let first = |line: &str| line.split('\t').next().unwrap_or_default().to_string();
    found.stdout.lines().map(first).collect()
}

/// Lines that every shell completes alike: what is typed, and all that is offered.
const CASES: &[(&[&str], &[&str])] = &[
    (&["pl"], &["plan"]),
    (&["-C", "plan", "pub"], &["publish"]),
    (&["graph", "--format", "d"], &["dot"]),
    (&["--color", "a"], &["always", "auto"]),
    (&["publish", "--on-duplicate", ""], &["fail", "skip", "warn"]),
    (&["bump", "--al"], &["--all"]),
    (&["plan", "--al"], &[]),
    (&["plan", "--offl"], &["--offline"]),
    (&["completions", ""], &["bash", "fish", "zsh"]),
    (&["help", "disc"], &["discover"]),
];

fn check(found: &dyn Fn(&[&str]) -> Vec<String>) {
    for (words, expected) in CASES {
        let mut found = found(words);
        found.sort();
        assert_eq!(found, *expected, "{words:?}");
    }
}

#[test]
fn bash_offers_what_there_is() {
    if !need("bash") {
        return;
    }
    let (_repo, script) = script("bash");
    check(&|words| by_bash(&script, words));
    // bash itself takes this apart.
    assert_eq!(by_bash(&script, &["plan", "--format", "=", "j"]), ["json"]);
    assert_eq!(by_bash(&script, &["--format", "=", "json", "pl"]), ["plan"]);
}

#[test]
fn fish_offers_what_there_is() {
    if !need("fish") {
        return;
    }
    let (_repo, script) = script("fish");
    check(&|words| by_fish(&script, words));
}

/// zsh completes in a terminal alone, so it gets one of its own, and says there what it would offer.
#[test]
fn zsh_offers_what_there_is() {
    if !need("zsh") {
        return;
    }
    let (repo, script) = script("zsh");
    run("zsh", &["-f", "-n"], &[&script]).expect(0);
    let driver = repo.beside("driver.zsh");
    fs::write(&driver, ZSH).unwrap();
    let driver = driver.display().to_string();
    check(&|words| {
        let found =
            run("zsh", &["-f", &driver, &script], &[&format!("castoff {}", words.join(" "))]).expect(0);
        found.stdout.lines().map(str::to_string).collect()
    });
}

/// Types a line into a zsh of its own and prints what completion adds there: `compadd` says all that it is given.
const ZSH: &str = r#"zmodload zsh/zpty
setup='PROMPT=; unsetopt zle_bracketed_paste 2>/dev/null; autoload -Uz compinit; compinit -u -D; source '"${(q)1}"'
zstyle ":completion:*" menu no
compadd() {
    local -a given
    builtin compadd -O given "$@"
    (( $#given )) && printf "castoff-offers:%s\r\n" $given
    builtin compadd "$@"
}
finish() { print "castoff-end"; }
show() { zle complete-word; finish; zle accept-line; }
show-words() { _main_complete; }
zle -C complete-word complete-word show-words
zle -N show
bindkey "^I" show
print castoff-"ready"'
zpty shell zsh -f -i
zpty -w shell "$setup"
until [[ $line == *castoff-ready* ]]; do zpty -r shell line || exit 3; done
zpty -w -n shell "$2"$'\t'
typeset -U offers
while zpty -r shell line; do
    [[ $line == *castoff-offers:* ]] && word=${line##*castoff-offers:} && offers+=(${word%%[[:cntrl:]]*})
    [[ $line == *castoff-end* ]] && break
done
zpty -d shell
(( $#offers )) && print -rl -- $offers
exit 0
"#;
