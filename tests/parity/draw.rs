//! Draws what a repository holds and by which rules it is released. Everything that decides something is drawn often
//! enough to meet everything else; what makes most repositories an error is rare.

use crate::model::{Component, Extra, Kind, Need, Package, Rules, Version};
use crate::random::Random;

/// Draws packages, their needs and the rules.
pub(crate) fn rules(random: &mut Random) -> Rules {
    let packages = packages(random);
    let mut rules = Rules { written: !random.percent(15), packages, ..Rules::default() };
    rules.tag = "{component}-v{version}".to_string();
    for kind in [Kind::Cargo, Kind::Uv, Kind::Npm] {
        let is_workspace = |package: &Package| package.kind == kind && !package.dir.is_empty();
        if random.percent(35) && rules.packages.iter().any(is_workspace) {
            rules.locks.push(kind);
        }
    }
    if rules.written {
        rules.paths = path_sets(random, &rules.packages);
        rules.release = release(random, &mut rules.tag, &rules.packages);
        rules.sections = sections(random);
    }
    rules.components = components(random, &rules);
    rules
}

/// No script can write the notes of a release, so where there are changelogs this is said.
pub(crate) const NO_CHANGELOG: &str = "changelog = false";

const NAMES: [&str; 8] = ["ada", "bob-b", "cy_d", "dora", "eve2", "fay", "gus", "hal"];
const DIRS: [&str; 7] = ["packages", "packages", "libs", "odd dir", "straße", "a/b", "packages"];

fn packages(random: &mut Random) -> Vec<Package> {
    let count = random.between(1, NAMES.len()).max(random.between(1, 4));
    // Most repositories have one or two ecosystems.
    let all = [Kind::Cargo, Kind::Uv, Kind::Npm, Kind::Gem];
    let kinds: Vec<Kind> = (0..random.between(1, 3)).map(|_| *random.pick(&all)).collect();
    let shares = random.percent(20);
    let mut packages: Vec<Package> = Vec::new();
    for name in &NAMES[..count] {
        let kind = *random.pick(&kinds);
        let dir = dir(random, name, count, &packages);
        let name = match kind {
            Kind::Npm if random.percent(30) => format!("@acme/{name}"),
            Kind::Uv if random.percent(10) => format!("Acme.{name}"),
            // What two ecosystems call the same.
            _ => match packages.last().filter(|last| last.kind != kind) {
                Some(last) if last.name == NAMES[packages.len() - 1] && random.percent(10) => {
                    last.name.clone()
                }
                _ => name.to_string(),
            },
        };
        let shared = kind == Kind::Cargo && shares && !dir.is_empty() && random.percent(70);
        let first = packages.iter().find(|it| it.shared && shared).map(|it| it.first.clone());
        let package = Package {
            first: first.unwrap_or_else(|| version(random)),
            private: random.percent(10),
            form: random.below(2),
            native: None,
            needs: Vec::new(),
            name,
            kind,
            dir,
            shared,
        };
        let native = kind != Kind::Cargo && !package.dir.is_empty() && random.percent(15);
        let crates: Vec<usize> = (0..packages.len()).filter(|it| packages[*it].kind == Kind::Cargo).collect();
        let native = (native && !crates.is_empty()).then(|| *random.pick(&crates));
        let needs = needs(random, &packages, &package);
        packages.push(Package { needs, native, ..package });
    }
    packages
}

fn dir(random: &mut Random, name: &str, count: usize, packages: &[Package]) -> String {
    if count == 1 && random.percent(60) {
        return String::new();
    }
    match packages.last().filter(|_| random.percent(12)) {
        // Inside of another one, where the longest directory wins.
        Some(above) if above.kind == Kind::Uv && !above.dir.is_empty() => format!("{}/{name}", above.dir),
        _ => format!("{}/{name}", random.pick(&DIRS)),
    }
}

fn version(random: &mut Random) -> Version {
    let some: [&[u64]; 7] =
        [&[0, 1, 0], &[0, 4, 2], &[1, 0, 0], &[1, 9, 10], &[0, 0, 0], &[0, 0, 3], &[2, 10, 9]];
    let numbers: &&[u64] = random.pick(&some);
    let mut version = Version::new(numbers);
    if random.percent(6) {
        version.pre = Some((*random.pick(&["rc", "beta", "alpha"]), random.between(1, 10) as u64));
    }
    version
}

fn needs(random: &mut Random, others: &[Package], package: &Package) -> Vec<Need> {
    let mut needs = Vec::new();
    for (of, other) in others.iter().enumerate() {
        // Nothing that is published may need what is not.
        let fits = other.kind == package.kind && (package.private || !other.private);
        if fits && random.percent(45) {
            // A crate that is needed by its path alone cannot be published.
            let style = if random.percent(2) { 7 } else { *random.pick(&[0, 1, 2, 3, 4, 5, 6, 8, 9, 10]) };
            needs.push(Need { of, dev: random.percent(15), style });
        }
    }
    needs
}

fn path_sets(random: &mut Random, packages: &[Package]) -> Vec<(String, Vec<String>)> {
    let names = ["ffi-core", "tools", "x1"];
    let count = random.below(names.len() + 1);
    let set = |name: &&str| {
        let patterns = (0..random.between(1, 3)).map(|_| pattern(random, packages)).collect();
        (name.to_string(), patterns)
    };
    names[..count].iter().map(set).collect()
}

/// Most patterns match something that is always there.
fn pattern(random: &mut Random, packages: &[Package]) -> String {
    let package = random.pick(packages);
    match random.below(40) {
        0..8 => package.below("**"),
        8..12 => package.manifest(),
        12..18 => "shared/".to_string(),
        18..20 => "shared/*".to_string(),
        20..24 => format!("**/{}", package.manifest().rsplit('/').next().unwrap_or_default()),
        24..26 => "*/".to_string(),
        26..28 => "**/*.txt".to_string(),
        28 => "gone/".to_string(),
        _ if package.dir.is_empty() => "./".to_string(),
        _ => package.below(""),
    }
}

/// The lines of `[release]`.
fn release(random: &mut Random, tag: &mut String, packages: &[Package]) -> Vec<String> {
    let mut lines = Vec::new();
    if random.percent(35) {
        lines.push("bump = \"paths\"".to_string());
    }
    let alone = packages.iter().filter(|package| !package.private).count() == 1;
    if random.percent(45) {
        let single: &[&str] = &["v{version}", "{version}"];
        let usual: &[&str] = &[
            "{component}@{version}",
            "{component}/v{version}",
            "{component}-{version}",
            "r.{component}+{version}",
        ];
        *tag = random.pick(if alone { single } else { usual }).to_string();
        lines.push(format!("tag = \"{tag}\""));
    }
    if random.percent(35) {
        lines.push(format!(
            "base-tags = {}",
            random.pick(&["[\"base-*\", \"release-*\"]", "[\"release-1*\"]", "[]", "[\"*\"]"])
        ));
    }
    if random.percent(55) {
        lines.push(NO_CHANGELOG.to_string());
    }
    let switches = ["major-on-zero = true", "minor-on-zero = false", "propagate = \"none\""];
    lines.extend(switches.iter().filter(|_| random.percent(15)).map(ToString::to_string));
    if random.percent(35) {
        let package = random.pick(packages);
        let all = [
            "**/*.txt".to_string(),
            package.below("docs/"),
            package.below("notes.txt"),
            "**/CHANGELOG.md".to_string(),
        ];
        let some: Vec<String> =
            all.iter().filter(|_| random.percent(55)).map(|text| format!("{text:?}")).collect();
        lines.push(format!("ignore = [{}]", some.join(", ")));
    }
    lines
}

fn sections(random: &mut Random) -> String {
    if !random.percent(15) {
        return String::new();
    }
    let all = [
        "type = \"feat\"\ntitle = \"New\"",
        "type = \"fix\"\ntitle = \"Mended\"\nbump = \"minor\"",
        "type = \"docs\"\ntitle = \"Words\"",
        "type = \"chore\"\ntitle = \"Dust\"\nhidden = true",
        "type = \"ci\"\nscope = \"x\"\ntitle = \"CI\"\nbump = \"none\"",
        "type = \"perf\"\ntitle = \"Quick\"\nbump = \"major\"",
    ];
    let some = all.iter().filter(|_| random.percent(60));
    some.map(|text| format!("\n[[section]]\n{text}\n")).collect()
}

fn components(random: &mut Random, rules: &Rules) -> Vec<Component> {
    let packages = &rules.packages;
    let mut left: Vec<usize> = (0..packages.len()).filter(|it| !packages[*it].private).collect();
    let mut found: Vec<Component> = Vec::new();
    let mut groups = ["zeta", "mix.x", "core", "ruby"].iter();
    while rules.written && !left.is_empty() && random.percent(78) {
        let Some(group) = groups.next() else { break };
        let mut members = vec![left.remove(random.below(left.len()))];
        while !left.is_empty() && random.percent(28) {
            members.push(left.remove(random.below(left.len())));
        }
        // What shares one version field cannot be in two components.
        if members.iter().any(|it| packages[*it].shared) {
            let (shared, others) = left.iter().partition(|it| packages[**it].shared);
            left = others;
            members.extend::<Vec<usize>>(shared);
        }
        let own = Some(&packages[members[0]].name).filter(|_| members.len() == 1 && random.percent(60));
        let own = own.filter(|name| found.iter().all(|other| other.name != **name));
        let name = own.map_or(*group, String::as_str).to_string();
        let component = written(random, rules, name, members, &found);
        found.push(component);
    }
    let shared: Vec<usize> = left.iter().copied().filter(|it| packages[*it].shared).collect();
    left.retain(|it| !packages[*it].shared);
    let mut others: Vec<Component> = left.iter().map(|it| by_itself(rules, vec![*it])).collect();
    if !shared.is_empty() {
        // Where several share a version they go by the name of the directory.
        let mut component = by_itself(rules, shared);
        component.name = crate::repo::CHECKOUT.to_string();
        others.push(component);
    }
    others.sort_by(|one, other| one.name.cmp(&other.name));
    found.extend(others);
    found
}

fn by_itself(rules: &Rules, packages: Vec<usize>) -> Component {
    let Package { name, kind, .. } = &rules.packages[packages[0]];
    let twins = rules.packages.iter().filter(|package| package.name == *name).count();
    let name = if twins > 1 { format!("{name}-{}", kind.suffix()) } else { name.clone() };
    Component { name, packages, ..Component::default() }
}

fn written(
    random: &mut Random,
    rules: &Rules,
    name: String,
    packages: Vec<usize>,
    others: &[Component],
) -> Component {
    let mut component = Component { name, packages, written: true, ..Component::default() };
    let named = |random: &mut Random| {
        let sets: Vec<String> = rules.paths.iter().map(|(name, _)| name.clone()).collect();
        let from_set = !sets.is_empty() && random.percent(60);
        if from_set { random.pick(&sets).clone() } else { pattern(random, &rules.packages) }
    };
    if random.percent(35) {
        component.changed_by = (0..random.between(1, 2)).map(|_| named(random)).collect();
    }
    let first = &rules.packages[component.packages[0]];
    if random.percent(22) {
        component.version_file = Some(first.below("VERSION"));
    }
    if random.percent(30) {
        component.bump = Some(*random.pick(&["paths", "conventional"]));
    }
    if random.percent(20) {
        let plain = component.name.replace(['@', '/'], "");
        component.tag = Some(format!("{plain}{}{{version}}", random.pick(&["-v", "_", "/", "-r"])));
    }
    let bare = |name: &str| !name.contains(['@', '/']);
    if random.percent(20) && bare(&component.name) {
        let form = random.below(4);
        let path = first.below(["own.txt", "own.rb", "own.toml", "own.json"][form]);
        component.extra = Some(Extra { path, form });
    }
    let leaders: Vec<&Component> = others.iter().filter(|other| other.follows.is_none()).collect();
    if !leaders.is_empty() && random.percent(70) {
        component.follows = Some(random.pick(&leaders).name.clone());
        let four_parts =
            component.packages.iter().all(|it| matches!(rules.packages[*it].kind, Kind::Gem | Kind::Uv));
        let schemes: &[&str] = if four_parts || random.percent(8) {
            &["core-patch", "at-least", "same"]
        } else {
            &["at-least", "same"]
        };
        component.scheme = Some(*random.pick(schemes)).filter(|_| random.percent(85));
        component.follow_on =
            random.percent(50).then(|| (0..random.between(1, 2)).map(|_| named(random)).collect());
    }
    component
}
