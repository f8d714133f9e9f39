//! What a generated repository holds and which rules its castoff.toml has, as data: the generator writes it down, and
//! the second implementation goes by it instead of reading manifests and configuration again.

use crate::random::Random;

/// A version of three numbers.
pub(super) type Version = [u64; 3];

#[derive(Clone, Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) is_crate: bool,
    pub(super) dir: String,
    pub(super) version: Version,
    pub(super) private: bool,
    pub(super) needs: Vec<Need>,
}

#[derive(Clone, Debug)]
pub(super) struct Need {
    /// Place of the package that is needed; of the same ecosystem.
    pub(super) of: usize,
    pub(super) requirement: Requirement,
    pub(super) dev: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Requirement {
    /// This version alone.
    Exact(Version),
    /// This version and what cargo takes for it.
    Caret(Version),
    /// This version and all that are greater.
    AtLeast(Version),
}

/// In the order of the output.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) packages: Vec<usize>,
    /// Whether castoff.toml has a table for it.
    pub(super) written: bool,
    pub(super) changed_by: Vec<String>,
    pub(super) version_file: Option<String>,
    pub(super) by_paths: Option<bool>,
}

#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) packages: Vec<Package>,
    pub(super) components: Vec<Component>,
    /// Between name and version in a component's tag.
    pub(super) between: &'static str,
    pub(super) base_tags: Vec<&'static str>,
    /// None where castoff's own default holds.
    pub(super) ignore: Option<Vec<String>>,
    pub(super) by_paths: bool,
    pub(super) major_on_zero: bool,
    pub(super) propagate: bool,
    pub(super) paths: Vec<(String, Vec<String>)>,
}

impl Package {
    pub(super) fn manifest(&self) -> String {
        format!("{}/{}", self.dir, if self.is_crate { "Cargo.toml" } else { "pyproject.toml" })
    }

    /// The text of its manifest with a version.
    pub(super) fn text(&self, version: Version, all: &[Package]) -> String {
        let (name, version) = (&self.name, spell(version));
        if self.is_crate {
            self.crate_text(name, &version, all)
        } else {
            self.python_text(name, &version, all)
        }
    }

    fn crate_text(&self, name: &str, version: &str, all: &[Package]) -> String {
        let mut text = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n");
        text += if self.private { "publish = false\n" } else { "" };
        for (table, dev) in [("dependencies", false), ("dev-dependencies", true)] {
            text += &format!("\n[{table}]\n");
            for need in self.needs.iter().filter(|need| need.dev == dev) {
                let other = &all[need.of];
                let up = "../".repeat(self.dir.split('/').count());
                let requirement = match need.requirement {
                    Requirement::Exact(version) => format!("={}", spell(version)),
                    Requirement::Caret(version) => spell(version),
                    Requirement::AtLeast(version) => format!(">={}", spell(version)),
                };
                let (name, dir) = (&other.name, &other.dir);
                text += &format!("{name} = {{ path = \"{up}{dir}\", version = \"{requirement}\" }}\n");
            }
        }
        text
    }

    fn python_text(&self, name: &str, version: &str, all: &[Package]) -> String {
        let list = |dev: bool| {
            let requirement = |need: &Need| match need.requirement {
                Requirement::Exact(version) => format!("\"{}=={}\"", all[need.of].name, spell(version)),
                Requirement::AtLeast(version) | Requirement::Caret(version) => {
                    format!("\"{}>={}\"", all[need.of].name, spell(version))
                }
            };
            let texts: Vec<String> =
                self.needs.iter().filter(|need| need.dev == dev).map(requirement).collect();
            texts.join(", ")
        };
        let private = if self.private { "classifiers = [\"Private :: Do Not Upload\"]\n" } else { "" };
        let sources: String = self
            .needs
            .iter()
            .map(|need| format!("{} = {{ workspace = true }}\n", all[need.of].name))
            .collect();
        format!(
            "[project]\nname = \"{name}\"\nversion = \"{version}\"\nrequires-python = \">=3.9\"\n{private}\
             dependencies = [{}]\n\n[dependency-groups]\ndev = [{}]\n\n[tool.uv.sources]\n{sources}\n\
             [build-system]\nrequires = [\"uv_build\"]\nbuild-backend = \"uv_build\"\n",
            list(false),
            list(true),
        )
    }
}

impl Rules {
    /// Draws packages, their needs and the rules.
    pub(super) fn draw(random: &mut Random) -> Rules {
        let packages = draw_packages(random);
        let paths = draw_paths(random, &packages);
        let mut rules = Rules {
            components: Vec::new(),
            between: ["-v", "-v", "@", "/v"][random.below(4)],
            base_tags: if random.percent(70) { vec!["release-*", "v*"] } else { vec!["base-*", "release-*"] },
            ignore: None,
            by_paths: random.percent(30),
            major_on_zero: random.percent(20),
            propagate: random.percent(85),
            packages,
            paths,
        };
        if random.percent(40) {
            let dir = format!("{}/docs/", random.pick(&rules.packages).dir);
            let one = format!("{}/notes.txt", random.pick(&rules.packages).dir);
            let all = ["**/*.txt".to_string(), dir, one, "**/CHANGELOG.md".to_string()];
            rules.ignore = Some(all.into_iter().filter(|_| random.percent(60)).collect());
        }
        rules.components = draw_components(random, &rules);
        rules
    }

    /// castoff.toml with these rules.
    pub(super) fn configuration(&self) -> String {
        let list =
            |texts: &[String]| texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ");
        let base_tags: Vec<String> = self.base_tags.iter().map(ToString::to_string).collect();
        let mut text = format!(
            "[release]\nbump = \"{}\"\ntag = \"{{component}}{}{{version}}\"\nbase-tags = [{}]\n\
             major-on-zero = {}\npropagate = \"{}\"\n",
            if self.by_paths { "paths" } else { "conventional" },
            self.between,
            list(&base_tags),
            self.major_on_zero,
            if self.propagate { "patch" } else { "none" },
        );
        if let Some(ignore) = &self.ignore {
            text += &format!("ignore = [{}]\n", list(ignore));
        }
        text += "\n[paths]\n";
        for (name, patterns) in &self.paths {
            text += &format!("{name} = [{}]\n", list(patterns));
        }
        for component in self.components.iter().filter(|component| component.written) {
            let ids = component.packages.iter().map(|place| &self.packages[*place]);
            let ids: Vec<String> =
                ids.map(|it| format!("{}:{}", if it.is_crate { "cargo" } else { "uv" }, it.name)).collect();
            text += &format!("\n[component.{}]\npackages = [{}]\n", component.name, list(&ids));
            if !component.changed_by.is_empty() {
                text += &format!("changed-by = [{}]\n", list(&component.changed_by));
            }
            if let Some(path) = &component.version_file {
                text += &format!("version-file = {path:?}\n");
            }
            if let Some(by_paths) = component.by_paths {
                text += &format!("bump = \"{}\"\n", if by_paths { "paths" } else { "conventional" });
            }
        }
        text
    }
}

pub(super) fn spell(version: Version) -> String {
    version.map(|number| number.to_string()).join(".")
}

fn draw_packages(random: &mut Random) -> Vec<Package> {
    const DIRS: [&str; 6] = ["packages", "libs", "odd dir", "straße", "a/b", "packages"];
    let mut packages: Vec<Package> = Vec::new();
    for name in ["ada", "bob", "cy-d", "dora_e", "eve", "fay", "gus"].iter().take(random.between(1, 7)) {
        let is_crate = random.percent(60);
        // A crate inside a Python package would be built into it.
        let above = packages.last().filter(|above| above.is_crate || !is_crate);
        let dir = match above.filter(|_| random.percent(20)) {
            Some(above) => format!("{}/{name}", above.dir),
            None => format!("{}/{name}", random.pick(&DIRS)),
        };
        let version = *random.pick(&[[0, 1, 0], [0, 4, 2], [1, 0, 0], [1, 9, 10], [0, 0, 0], [0, 0, 3]]);
        let private = random.percent(12);
        let package = Package { name: name.to_string(), is_crate, dir, version, private, needs: Vec::new() };
        let needs = draw_needs(random, &packages, &package);
        packages.push(Package { needs, ..package });
    }
    packages
}

fn draw_needs(random: &mut Random, others: &[Package], package: &Package) -> Vec<Need> {
    let mut needs = Vec::new();
    for (of, other) in others.iter().enumerate() {
        // Nothing that is published may need what is not.
        let fits = other.is_crate == package.is_crate && (package.private || !other.private);
        if fits && random.percent(40) {
            let kinds: [fn(Version) -> Requirement; 3] =
                [Requirement::Exact, Requirement::Caret, Requirement::AtLeast];
            let requirement = random.pick(&kinds)(other.version);
            needs.push(Need { of, requirement, dev: random.percent(15) });
        }
    }
    needs
}

/// Every pattern matches something that is always there.
fn draw_paths(random: &mut Random, packages: &[Package]) -> Vec<(String, Vec<String>)> {
    let mut sets = Vec::new();
    for name in ["core-set", "tools", "x1"].iter().take(random.below(4)) {
        let mut patterns: Vec<String> = Vec::new();
        for _ in 0..random.between(1, 3) {
            patterns.push(draw_pattern(random, packages));
        }
        sets.push((name.to_string(), patterns));
    }
    sets
}

fn draw_pattern(random: &mut Random, packages: &[Package]) -> String {
    let package = random.pick(packages);
    match random.below(5) {
        0 => format!("{}/**", package.dir),
        1 => package.manifest(),
        2 => "shared/".to_string(),
        3 => format!("**/{}", if package.is_crate { "Cargo.toml" } else { "pyproject.toml" }),
        _ => format!("{}/", package.dir),
    }
}

fn draw_components(random: &mut Random, rules: &Rules) -> Vec<Component> {
    let mut left: Vec<usize> = (0..rules.packages.len()).filter(|it| !rules.packages[*it].private).collect();
    let mut components = Vec::new();
    let mut groups = ["zeta", "mix", "core"].iter();
    while !left.is_empty() && random.percent(45) {
        let Some(group) = groups.next() else { break };
        let first = left.remove(random.below(left.len()));
        let mut packages = vec![first];
        if !left.is_empty() && random.percent(40) {
            packages.push(left.remove(random.below(left.len())));
        }
        let name = if packages.len() == 1 { rules.packages[first].name.clone() } else { group.to_string() };
        let mut changed_by = Vec::new();
        if random.percent(40) {
            for _ in 0..random.between(1, 2) {
                let sets: Vec<String> = rules.paths.iter().map(|(name, _)| name.clone()).collect();
                let from_set = !sets.is_empty() && random.percent(50);
                changed_by.push(if from_set {
                    random.pick(&sets).clone()
                } else {
                    draw_pattern(random, &rules.packages)
                });
            }
        }
        let version_file = random.percent(25).then(|| format!("{}/VERSION", rules.packages[packages[0]].dir));
        let by_paths = random.percent(40).then(|| random.percent(50));
        components.push(Component { name, packages, written: true, changed_by, version_file, by_paths });
    }
    let mut others: Vec<Component> = left.iter().map(|place| by_itself(*place, rules)).collect();
    others.sort_by(|one, other| one.name.cmp(&other.name));
    components.extend(others);
    components
}

fn by_itself(place: usize, rules: &Rules) -> Component {
    Component {
        name: rules.packages[place].name.clone(),
        packages: vec![place],
        written: false,
        changed_by: Vec::new(),
        version_file: None,
        by_paths: None,
    }
}
