//! What a commit message asks for, in so far as the generator writes such messages.

use super::rules::Version;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Patch,
    Minor,
    Major,
}

#[derive(Clone, Debug)]
pub(super) struct Said {
    /// None where it releases nothing.
    pub(super) step: Option<Step>,
    pub(super) release_as: Option<Version>,
}

pub(super) fn read(message: &str) -> Said {
    let none = Said { step: None, release_as: None };
    let Some((head, _)) = message.lines().next().unwrap_or_default().split_once(": ") else { return none };
    let kind: String = head.chars().take_while(char::is_ascii_alphabetic).collect();
    let rest = &head[kind.len()..];
    let scoped = rest.trim_end_matches('!').is_empty() || rest.starts_with('(');
    if kind.is_empty() || !scoped {
        return none;
    }
    let footer = |name: &str| {
        message
            .lines()
            .skip(1)
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_string))
    };
    let release_as = footer("Release-As").map(|text| {
        let numbers: Vec<u64> = text.split('.').map(|number| number.parse().unwrap()).collect();
        numbers.try_into().unwrap()
    });
    let own = match kind.to_lowercase().as_str() {
        "feat" => Some(Step::Minor),
        "fix" | "perf" | "revert" => Some(Step::Patch),
        _ => None,
    };
    let breaking = head.ends_with('!') || footer("BREAKING CHANGE").is_some();
    let step = if breaking { Some(Step::Major) } else { own.or(release_as.map(|_| Step::Patch)) };
    Said { step, release_as }
}
