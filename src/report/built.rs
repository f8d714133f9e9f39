//! What a publish would upload: every package in an order in which it could go out, its files, and what is in them.

use super::lines::Detail;
use super::table::table;
use super::{Style, clean_line, count, size};
use crate::ecosystem::archive::Entry;
use crate::publish::{Published, Summary};

/// So many entries of a file are shown where not all are asked for.
const FEW: usize = 8;

/// The uploads of a run that ended with its builds; nothing for others.
pub fn uploads(summary: &Summary, detail: Detail, style: Style) -> String {
    if summary.built.is_empty() {
        return String::new();
    }
    let title = match summary.failed.is_empty() && summary.cancelled.is_empty() {
        true => style.green("would be published, in this order"),
        false => style.yellow("could be built"),
    };
    let mut text = format!("\n{title}\n");
    for (place, built) in summary.built.iter().enumerate() {
        text += &package(summary, place + 1, built, detail, style);
    }
    text
}

fn package(summary: &Summary, place: usize, built: &Published, detail: Detail, style: Style) -> String {
    let version = crate::ecosystem::of(built.id.kind).spell(&built.version);
    let registry = clean_line(&built.registry);
    let mut text = format!("  {place}  {} {version} to {registry}\n", clean_line(&built.id.to_string()));
    for file in &built.files {
        let entries = summary.contents.get(&file.name).map(Vec::as_slice).unwrap_or_default();
        let about = format!("{}, {}", size(file.size as u64), count(entries.len(), "file"));
        text += &format!("       {}  {}\n", clean_line(&file.name), style.dim(&about));
        text += &listed(entries, detail, style);
    }
    text
}

/// What is in a file: everything, or what takes most room, because that is where a mistake shows.
fn listed(entries: &[Entry], detail: Detail, style: Style) -> String {
    let mut shown: Vec<&Entry> = entries.iter().collect();
    let all = detail == Detail::All || shown.len() <= FEW;
    if !all {
        shown.sort_by_key(|entry| std::cmp::Reverse(entry.size));
        shown.truncate(FEW - 1);
    }
    let rows = shown.iter().map(|entry| vec![style.dim(&size(entry.size)), clean_line(&entry.path)]);
    let more = entries.len() - shown.len();
    let more =
        (more > 0).then(|| vec![String::new(), style.dim(&format!("and {more} smaller ones; -v lists all"))]);
    let rows: Vec<Vec<String>> = rows.chain(more).collect();
    table(&rows).lines().map(|line| format!("       {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::uploads;
    use crate::ecosystem::archive::Entry;
    use crate::model::{Kind, PackageId};
    use crate::publish::{BuiltFile, Published, Summary};
    use crate::report::Style;
    use crate::report::lines::Detail;

    fn summary(entries: usize) -> Summary {
        let name = "a-1.0.0.crate".to_string();
        let entry =
            |place: usize| Entry { path: format!("src/f{place}.rs"), size: 10u64.pow(place as u32 % 7) };
        let contents = (0..entries).map(entry).collect();
        let (sha256, sha512) = (String::new(), String::new());
        let file = BuiltFile { name: name.clone(), path: "/x".into(), sha256, sha512, size: 1234 };
        let built = Published {
            id: PackageId::new(Kind::Cargo, "a"),
            version: "1.0.0".parse().unwrap(),
            registry: "crates-io".into(),
            files: vec![file],
            stand_in: false,
        };
        Summary { built: vec![built], contents: [(name, contents)].into(), ..Summary::default() }
    }

    #[test]
    fn a_few_files_are_listed_and_of_many_the_largest() {
        let told = |entries, detail| uploads(&summary(entries), detail, Style { colour: false });
        expect![[r#"

            would be published, in this order
              1  cargo:a 1.0.0 to crates-io
                   a-1.0.0.crate  1.2 kB, 2 files
                     1 B   src/f0.rs
                     10 B  src/f1.rs
        "#]]
        .assert_eq(&told(2, Detail::Usual));
        expect![[r#"

            would be published, in this order
              1  cargo:a 1.0.0 to crates-io
                   a-1.0.0.crate  1.2 kB, 12 files
                     1.0 MB    src/f6.rs
                     100.0 kB  src/f5.rs
                     10.0 kB   src/f4.rs
                     10.0 kB   src/f11.rs
                     1.0 kB    src/f3.rs
                     1.0 kB    src/f10.rs
                     100 B     src/f2.rs
                               and 5 smaller ones; -v lists all
        "#]]
        .assert_eq(&told(12, Detail::Usual));
        assert_eq!(told(12, Detail::All).matches("src/").count(), 12);
        assert_eq!(uploads(&Summary::default(), Detail::All, Style { colour: false }), "");
    }
}
