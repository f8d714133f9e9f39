//! Every spelling of arguments, and what is wrong with some.

use super::{Command, Parsed, globals};
use crate::fault::Fault;

fn parse(arguments: &[String]) -> Result<Parsed, Fault> {
    super::parse(arguments, "castoff")
}

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
    for name in super::names().into_iter().filter(|name| *name != "help") {
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

/// The words of an example, as a shell reads them; what goes into a file or a variable is not castoff's.
fn typed(example: &str) -> Vec<String> {
    let own = example.split(" > ").next().unwrap().split(" >> ").next().unwrap();
    let mut words: Vec<String> = Vec::new();
    for (place, part) in own.split('\'').enumerate() {
        match place % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_string)),
            _ => words.push(part.to_string()),
        }
    }
    words
}

#[test]
fn every_command_has_an_example_that_it_understands() {
    for command in &super::table().commands {
        let examples = command.command.examples;
        assert!(!examples.is_empty(), "{}", command.name);
        for example in examples {
            let words = typed(example);
            assert_eq!(words[..2], ["castoff", command.name], "{example}");
            assert!(matches!(parse(&words[1..]), Ok(Parsed::Run(..))), "{example}");
            let Ok(Parsed::Say(help)) = parse(&words_of_help(command.name)) else { panic!("{example}") };
            assert!(help.contains(example), "{help}");
        }
    }
}

fn words_of_help(command: &str) -> Vec<String> {
    vec!["help".to_string(), command.to_string()]
}

#[test]
fn the_options_of_all_commands_are_read_and_told() {
    let help = match parse(&words("help")) {
        Ok(Parsed::Say(help)) => help,
        _ => panic!(),
    };
    for (name, value, about) in super::GLOBALS {
        assert!(!about.is_empty(), "{name}");
        let line = match value.split('|').next() {
            Some("") => format!("plan {name}"),
            value => format!("plan {name} {}", value.unwrap()),
        };
        let told = ["--quiet", "--verbose"].contains(name) || help.contains(name);
        assert!(parse(&words(&line)).is_ok() && told, "{name}: {help}");
    }
}
