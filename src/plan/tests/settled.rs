//! What holds for every repository: asked twice the answer is the same, also after the bump was committed, which then
//! writes nothing; and after the tags nothing is left. Tried on random ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::detect::doubtful;
use crate::detect::fixture::{Fixture, compare, read};
use crate::detect::history::History;
use crate::edit::apply_all;
use crate::model::{Commit, Tag, Tree};
use crate::plan::{Plan, plan};
use crate::version::Version;
use crate::workspace;

/// Numbers without a pattern, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }

    fn one_in(&mut self, end: usize) -> bool {
        self.below(end) == 0
    }

    /// A repository as lines of a fixture: packages that need each other, some of them following the first one, their
    /// last releases, and commits since.
    fn repository(&mut self) -> String {
        let count = 2 + self.below(5);
        let (mut rules, mut packages, mut tags) = (String::new(), String::new(), String::new());
        let mut known: Vec<(&str, String, String)> = Vec::new();
        for place in 0..count {
            let kind = self.of(&["cargo", "uv"]);
            let name = format!("p{place}");
            let follows = place > 0 && self.one_in(3);
            let scheme = self.of(&["core-patch", "at-least", "same"]);
            let version = match (follows, scheme) {
                (true, "core-patch") => format!("0.2.0.{}", self.below(3)),
                (true, "same") => "0.1.0".to_string(),
                _ if place == 0 => self.of(&["0.2.0", "0.2.1", "1.2.3", "0.3.0-rc.1"]).to_string(),
                _ => self.of(&["0.1.0", "1.0.0", "0.0.0", "2.1.0-beta.2", "0.4.7"]).to_string(),
            };
            if place == 0 || follows || self.one_in(3) {
                rules += &format!("# component.{name}.packages = ['{name}']\n");
            }
            if follows {
                rules +=
                    &format!("# component.{name}.follows = 'p0'\n# component.{name}.scheme = '{scheme}'\n");
                if self.one_in(2) {
                    rules +=
                        &format!("# component.{name}.follow-on = ['{}']\n", self.of(&["p0/", "p0/a", "p1/"]));
                }
            }
            let mut needs: Vec<String> = Vec::new();
            for (other_kind, other, other_version) in &known {
                if *other_kind != kind || !self.one_in(2) || other_version.split('.').count() > 4 {
                    continue;
                }
                let dev = if self.one_in(6) { "!" } else { "" };
                let semver: Version = other_version.parse().unwrap();
                let requirement = match kind {
                    "cargo" => format!(" {}{}", self.of(&["", "="]), semver.semver()),
                    _ => ["", ">=", "=="][self.below(3)].to_string(),
                };
                let behind =
                    if kind == "uv" && !requirement.is_empty() { semver.pep440() } else { String::new() };
                needs.push(format!("{dev}{other}{requirement}{behind}"));
            }
            let needs = if needs.is_empty() { String::new() } else { format!(": {}", needs.join("; ")) };
            packages += &format!("{kind} {name} {version}{needs}\n");
            if !self.one_in(6) && version != "0.0.0" {
                let tagged = if self.one_in(8) { "0.0.9".to_string() } else { version.clone() };
                tags += &format!("@ {name}-v{}\n", tagged.parse::<Version>().unwrap());
            }
            known.push((kind, name, version));
        }
        let files: String = (0..count).map(|place| format!(" p{place}/a p{place}/b")).collect();
        let mut commits = String::new();
        for letter in ["b", "c", "d", "e"].iter().take(self.below(5)) {
            let kind = self.of(&["feat", "fix", "fix", "docs", "feat!", "chore"]);
            let files: Vec<String> = (0..1 + self.below(2))
                .map(|_| format!("p{}/{}", self.below(count), self.of(&["a", "b"])))
                .collect();
            commits += &format!("* {letter} {kind}: x | {}\n", files.join(" "));
        }
        format!("{rules}{packages}* a feat: begin |{files}\n{tags}{commits}")
    }
}

fn planned(fixture: &Fixture) -> Result<Plan, String> {
    plan(&fixture.snapshot, &fixture.workspace, &fixture.config, &BTreeSet::new())
        .map_err(|it| it.to_string())
}

fn next(plan: &Plan) -> BTreeMap<&str, Option<&Version>> {
    plan.versions.iter().map(|next| (next.component.as_str(), next.next.as_ref())).collect()
}

/// The bump of a plan, committed.
fn bumped(fixture: Fixture, plan: &Plan) -> Fixture {
    let Fixture { mut snapshot, config, .. } = fixture;
    let before: Tree = snapshot.tree.clone();
    snapshot.tree = apply_all(&before, &plan.edits).unwrap();
    let files: BTreeSet<String> = plan.edits.iter().map(|edit| edit.path.clone()).collect();
    let id = "ff".repeat(20);
    let commit = Commit {
        id: id.clone(),
        parents: vec![snapshot.head.clone()],
        message: "chore: release".to_string(),
        files: files.into_iter().collect(),
        ..Commit::default()
    };
    snapshot.commits.insert(0, commit);
    snapshot.head = id;
    let workspace = workspace::read(&snapshot.tree, &config, "checkout").unwrap();
    compare(&mut snapshot, &workspace, &config).unwrap();
    // As the reader does it.
    let doubtful = doubtful::doubtful(&snapshot, &workspace, &config).unwrap();
    let text = |path: String| before.text(&path).map(str::to_string).map(|text| (path, text));
    let earlier =
        doubtful.into_iter().map(|(base, paths)| (base, paths.into_iter().filter_map(text).collect()));
    snapshot.rewritten = doubtful::only_versions(&snapshot, &workspace, &config, earlier.collect());
    Fixture { snapshot, config, workspace }
}

#[test]
fn every_answer_stays_until_it_is_carried_out() {
    let mut numbers = Numbers(5);
    let (mut decided, mut released, mut rows) = (0, 0, 0);
    for _ in 0..500 {
        let text = numbers.repository();
        let Ok(fixture) = read(&text) else { continue };
        let Ok(first) = planned(&fixture) else { continue };
        decided += 1;
        assert_eq!(format!("{first:?}"), format!("{:?}", planned(&fixture).unwrap()), "{text}");
        for (change, next) in first.detected.components.iter().zip(&first.versions) {
            let greater = next.next.as_ref().is_none_or(|version| *version > next.current);
            assert!(greater || change.base.first, "{text}\n{next:?}");
            rows += usize::from(next.next.as_ref().is_some_and(Version::is_pre));
            released += usize::from(next.next.is_some());
        }
        let fixture = bumped(fixture, &first);
        let second = planned(&fixture).unwrap_or_else(|error| panic!("{text}\n{error}"));
        assert_eq!(next(&first), next(&second), "{text}");
        assert!(second.edits.is_empty(), "{text}\n{:?}", second.edits);
        let mut fixture = fixture;
        let head = fixture.snapshot.head.clone();
        fixture
            .snapshot
            .tags
            .extend(first.tags.iter().map(|name| Tag { name: name.clone(), commit: head.clone() }));
        fixture.snapshot.tags.sort();
        assert!(History::new(&fixture.snapshot).reaches(&head));
        compare(&mut fixture.snapshot, &fixture.workspace, &fixture.config).unwrap();
        let third = planned(&fixture).unwrap_or_else(|error| panic!("{text}\n{error}"));
        assert!(third.versions.iter().all(|next| next.next.is_none()), "{text}\n{:?}", third.versions);
    }
    assert!(decided > 300 && released > 500 && rows > 100, "{decided} {released} {rows}");
}
