//! The platform of a dependency as cargo spells it for registries: `cfg(all(unix,not(windows)))` and
//! `cfg( all( unix, not(windows) ) )` are one platform, and every index has it in one spelling.

/// A platform in cargo's spelling; a triple is as it is.
pub(super) fn spelled(platform: &str) -> String {
    let inner = platform.trim().strip_prefix("cfg(").and_then(|rest| rest.strip_suffix(')'));
    match inner {
        Some(inner) => format!("cfg({})", expression(inner)),
        None => platform.to_string(),
    }
}

/// Blanks outside of quotes go, and come back where cargo has them; a comma before the end of a list goes too.
fn expression(text: &str) -> String {
    let mut spelled = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                spelled.push(c);
            }
            _ if quoted => spelled.push(c),
            ' ' | '\t' | '\n' | '\r' => {}
            ',' => spelled.push_str(", "),
            '=' => spelled.push_str(" = "),
            ')' => {
                spelled.truncate(spelled.trim_end_matches(", ").len());
                spelled.push(c);
            }
            c => spelled.push(c),
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::spelled;

    #[test]
    fn a_platform_has_one_spelling() {
        for (written, expected) in [
            ("x86_64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"),
            ("cfg(unix)", "cfg(unix)"),
            ("cfg( all( unix,not( windows ) ) )", "cfg(all(unix, not(windows)))"),
            ("cfg(target_os=\"linux\")", "cfg(target_os = \"linux\")"),
            ("cfg(any(target_os = \"a , =b\",))", "cfg(any(target_os = \"a , =b\"))"),
        ] {
            assert_eq!(spelled(written), expected);
            assert_eq!(spelled(expected), expected);
        }
    }
}
