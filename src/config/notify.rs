//! `[notify]`: who is told how a release ended.

use super::section::Section;
use crate::fault::Faults;

/// `[notify]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notify {
    /// A command that gets the record of the release on its standard input.
    pub command: Option<String>,
    /// The variable that holds the address to which the record is posted. The address itself is a secret.
    pub webhook_env: Option<String>,
}

pub(super) fn read(section: &mut Section, faults: &mut Faults) -> Notify {
    let command = section.string("command", faults);
    if command.as_ref().is_some_and(|command| command.trim().is_empty()) {
        faults.push(section.fault("command", "is empty"));
    }
    let webhook_env = section.string("webhook-env", faults);
    if let Some(name) = &webhook_env
        && !is_variable(name)
    {
        let fault = section.fault("webhook-env", "is not the name of a variable");
        faults.push(fault.help(
            "the address of a webhook lets everybody write there: put it into a variable, and name that here",
        ));
    }
    Notify { command, webhook_env }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
