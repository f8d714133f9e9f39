//! Every spelling of arguments, and what is wrong with some.

use super::{Command, Parsed, globals, parse};

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_string).collect()
}

#[test]
fn global_options_stand_anywhere_in_every_spelling() {
    for (line, expected) in [
        ("-C a plan --json", "a json None false"),
        ("plan -Ca --format=json", "a json None false"),
        ("plan -C a --format json --color never", "a json Some(false) false"),
        ("--color=always plan --dry-run -C a -C b", "a/b  Some(true) true"),
        ("plan -- --json", "  None false"),
    ] {
        let (globals, _) = globals(&words(line)).unwrap();
        let dir = globals.dir.strip_prefix(".").unwrap().display().to_string();
        let seen =
            format!("{dir} {} {:?} {}", globals.format.unwrap_or_default(), globals.colour, globals.dry_run);
        assert_eq!(seen, expected, "{line}");
    }
}

#[test]
fn commands_take_their_options_in_every_spelling() {
    for name in super::COMMANDS.iter().filter(|name| **name != "help") {
        assert!(matches!(parse(&words(&format!("{name} -h"))), Ok(Parsed::Say(_))), "{name}");
    }
    for line in ["publish a b --jobs 3", "publish --jobs=3 a b", "-q publish --jobs 3 --json a b --yes"] {
        let Ok(Parsed::Run(_, Command::Publish(publish))) = parse(&words(line)) else { panic!("{line}") };
        assert_eq!((publish.packages, publish.jobs), (words("a b"), Some(3)), "{line}");
    }
    let Ok(Parsed::Run(_, Command::Bump(bump))) = parse(&words("bump core=1.2.3 --all x=minor")) else {
        panic!()
    };
    assert_eq!((bump.components, bump.all), (words("core=1.2.3 x=minor"), true));
}

#[test]
fn a_misspelt_command_is_guessed() {
    let Err(fault) = parse(&words("plna --json")) else { panic!() };
    assert_eq!(fault.message, "no command is named `plna`");
    assert!(fault.help.unwrap().starts_with("did you mean `plan`?"));
    let Err(fault) = parse(&words("something-else")) else { panic!() };
    assert_eq!(fault.help.unwrap(), "`castoff help` shows all commands");
}

#[test]
fn wrong_usage_is_told() {
    for line in
        ["plan --nonsense", "publsh", "-C", "--color blue plan", "publish --jobs 0", "plan --exit-code=x"]
    {
        assert!(parse(&words(line)).is_err(), "{line}");
    }
    for line in ["--version", "help", "", "help plan", "plan --help"] {
        assert!(matches!(parse(&words(line)), Ok(Parsed::Say(_))), "{line}");
    }
}

#[test]
fn offline_is_an_option_of_all_and_refused_where_somebody_has_to_be_asked() {
    for (line, offline, asks) in [
        ("bump --offline", true, false),
        ("--offline bundle out.tar", true, false),
        ("release", false, false),
        ("release --push --offline", true, true),
        ("plan --offline", true, false),
        ("plan --online", false, true),
        ("publish --offline a", true, true),
        ("tag", false, true),
    ] {
        let Ok(Parsed::Run(globals, command)) = parse(&words(line)) else { panic!("{line}") };
        assert_eq!((globals.offline, command.asks()), (offline, asks), "{line}");
    }
}
