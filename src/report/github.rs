//! Words for the log of GitHub Actions: annotations of what failed, groups around what is long, and lines of which none
//! can be taken for a command of the runner.

use super::{clean, clean_line};
use crate::fault::{Fault, Faults};
use crate::publish::Summary;

/// How many lines of a reason an annotation has; the log has them all.
const LINES: usize = 20;

/// How grave an annotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something did not happen because of that.
    Warning,
}

/// Text of which no line is a command. The runner takes a line that begins with `::`, and one that holds `##[` anywhere;
/// it compares as people read, so that what nobody sees (a space of no width, say) does not count.
pub fn inert(text: &str) -> String {
    text.split_inclusive('\n').map(inert_line).collect()
}

fn inert_line(line: &str) -> String {
    let is_seen = |c: char| c.is_ascii_graphic() || c.is_alphanumeric();
    let mut found = String::with_capacity(line.len());
    let mut before = None;
    for c in line.chars() {
        match (before, c) {
            (None, ':') => found.push_str("| "),
            (Some('#'), '[') => found.push(' '),
            _ => {}
        }
        found.push(c);
        if is_seen(c) {
            before = Some(c);
        }
    }
    found
}

/// What is shown above the log and beside the file: a title, perhaps the file with its line, a text.
pub fn annotation(level: Level, title: &str, place: Option<(&str, usize)>, text: &str) -> String {
    let word = match level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let place = place.map_or(String::new(), |(file, line)| {
        let line = if line > 0 { format!(",line={line}") } else { String::new() };
        format!(",file={}{line}", property(file))
    });
    format!("::{word} title={}{place}::{}\n", property(title), data(&clean(text)))
}

/// Text that is folded until somebody wants to read it.
pub fn group(title: &str, text: &str) -> String {
    let text = inert(text);
    format!(
        "{}{}{}",
        begin(title),
        text,
        if text.ends_with('\n') { END.to_string() } else { format!("\n{END}") }
    )
}

/// The begin of a group; all lines up to [`END`] are in it.
pub fn begin(title: &str) -> String {
    format!("::group::{}\n", data(&clean_line(title)))
}

/// The end of a group.
pub const END: &str = "::endgroup::\n";

/// What stopped a command, as annotations.
pub fn faults(faults: &Faults) -> String {
    let place = |fault: &Fault| fault.place.clone();
    let one = |fault: &Fault| {
        let place = place(fault);
        let place = place.as_ref().map(|(file, line)| (file.as_str(), *line));
        annotation(Level::Error, "castoff", place, &fault.to_string())
    };
    faults.0.iter().map(one).collect()
}

/// What became of the packages that are not published: an annotation for each, and the whole reason in a group.
pub fn failures(summary: &Summary) -> String {
    let mut text = String::new();
    for (id, fault) in &summary.failed {
        let reason = fault.to_string();
        let title = format!("{id} failed");
        text += &annotation(Level::Error, &title, None, &shortened(&reason));
        text += &group(&title, &clean(&reason));
    }
    for (id, by) in &summary.blocked {
        let title = format!("{id} blocked");
        text += &annotation(Level::Warning, &title, None, &format!("not published because of {by}"));
    }
    text
}

/// The first line, which says what failed, and the last ones, which say why.
fn shortened(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= LINES {
        return text.to_string();
    }
    let end = &lines[lines.len() - LINES + 2..];
    format!("{}\n…\n{}", lines[0], end.join("\n"))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&clean_line(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{Level, annotation, failures, faults, group, inert, shortened};
    use crate::fault::Fault;
    use crate::model::{Kind, PackageId};
    use crate::publish::Summary;

    #[test]
    fn no_line_from_outside_is_a_command() {
        for (text, expected) in [
            ("std::fs::read failed\n", "std::fs::read failed\n"),
            ("::error::x", "| ::error::x"),
            ("a\n \t::add-mask::b\nc", "a\n \t| ::add-mask::b\nc"),
            ("\u{200b}\u{a0}::group::x", "\u{200b}\u{a0}| ::group::x"),
            (":\u{200b}:stop-commands::x", "| :\u{200b}:stop-commands::x"),
            ("ok ##[add-mask]b", "ok ## [add-mask]b"),
            ("##\u{200b}[group]", "##\u{200b} [group]"),
            ("a[0] #1 [x]", "a[0] #1 [x]"),
        ] {
            assert_eq!(inert(text), expected, "{text:?}");
        }
    }

    #[test]
    fn annotations_hold_what_they_are_given_and_no_more() {
        let text =
            annotation(Level::Error, "a:b, 100%", Some(("x,y.toml", 3)), "one\r\ntwo 5%\n::error::\u{1b}[2J");
        assert_eq!(
            text,
            "::error title=a%3Ab%2C 100%25,file=x%2Cy.toml,line=3::one%0Atwo 5%25%0A::error::\\u{1b}[2J\n"
        );
        let text = annotation(Level::Warning, "a\nb", Some(("Cargo.toml", 0)), "c");
        assert_eq!(text, "::warning title=a b,file=Cargo.toml::c\n");
    }

    #[test]
    fn a_group_ends_where_it_ends() {
        assert_eq!(
            group("a\n::error::b", "x\n::endgroup::"),
            "::group::a ::error::b\nx\n| ::endgroup::\n::endgroup::\n"
        );
    }

    #[test]
    fn every_failure_is_an_annotation_with_its_reason_in_a_group() {
        let [core, app] = ["core", "app"].map(|name| PackageId::new(Kind::Cargo, name));
        let fault = Fault::outside("cannot build `cargo:core`").because("::set-output::x").help("mend it");
        let summary = Summary {
            failed: vec![(core.clone(), fault.clone())],
            blocked: vec![(app, core)],
            ..Summary::default()
        };
        assert_eq!(
            failures(&summary),
            "::error title=cargo%3Acore failed::cannot build `cargo:core`%0A  cause: ::set-output::x%0A  help: mend it\n\
             ::group::cargo:core failed\ncannot build `cargo:core`\n  cause: ::set-output::x\n  help: mend it\n::endgroup::\n\
             ::warning title=cargo%3Aapp blocked::not published because of cargo:core\n"
        );
        let text = faults(&fault.at("Cargo.toml", 7).into());
        assert!(text.starts_with("::error title=castoff,file=Cargo.toml,line=7::cannot build"), "{text}");
    }

    #[test]
    fn a_long_reason_is_cut_in_the_middle() {
        let text: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let short = shortened(&text.join("\n"));
        assert_eq!(short.lines().count(), super::LINES);
        assert!(short.starts_with("0\n…\n82\n") && short.ends_with("\n99"), "{short}");
    }
}
