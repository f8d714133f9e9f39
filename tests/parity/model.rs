//! What a drawn repository holds, as data: packages with what they need, and the rules of castoff.toml.

use std::cmp::Ordering;

/// Whose package it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Cargo,
    Uv,
    Npm,
    Gem,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Cargo => "cargo",
            Kind::Uv => "uv",
            Kind::Npm => "npm",
            Kind::Gem => "gem",
        }
    }

    /// What a component is called behind the dash where two ecosystems have a package of one name.
    pub(crate) fn suffix(self) -> &'static str {
        if self == Kind::Uv { "py" } else { self.name() }
    }
}

/// Numbers, and a pre-release with its count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) numbers: Vec<u64>,
    pub(crate) pre: Option<(&'static str, u64)>,
}

impl Version {
    pub(crate) fn new(numbers: &[u64]) -> Version {
        Version { numbers: numbers.to_vec(), pre: None }
    }

    fn dotted(&self) -> String {
        self.numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
    }

    /// As tags, crates and packages of npm have it.
    pub(crate) fn dashed(&self) -> String {
        self.dotted() + &self.pre.map_or(String::new(), |(word, count)| format!("-{word}.{count}"))
    }

    /// As manifests of an ecosystem have it.
    pub(crate) fn of(&self, kind: Kind) -> String {
        let pre = |(word, count): (&str, u64)| match (kind, word) {
            (Kind::Cargo | Kind::Npm, _) => format!("-{word}.{count}"),
            (Kind::Gem, _) => format!(".{word}.{count}"),
            (Kind::Uv, "rc") => format!("rc{count}"),
            (Kind::Uv, _) => format!("{}{count}", &word[..1]),
        };
        self.dotted() + &self.pre.map_or(String::new(), pre)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        // What is final is greater than what leads to it.
        let key = |it: &Version| (it.numbers.clone(), it.pre.is_none(), it.pre);
        key(self).cmp(&key(other))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Empty for the root.
    pub(crate) dir: String,
    pub(crate) first: Version,
    pub(crate) private: bool,
    /// A crate that takes its version from the workspace.
    pub(crate) shared: bool,
    /// Which of the usual forms its manifest has.
    pub(crate) form: usize,
    pub(crate) needs: Vec<Need>,
    /// The crate that its native part is built on.
    pub(crate) native: Option<usize>,
}

/// What a package needs of the repository.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    /// Place of the package that is needed.
    pub(crate) of: usize,
    pub(crate) dev: bool,
    /// Which of the forms that its ecosystem has.
    pub(crate) style: usize,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) packages: Vec<usize>,
    /// Whether castoff.toml has a table for it.
    pub(crate) written: bool,
    pub(crate) changed_by: Vec<String>,
    pub(crate) version_file: Option<String>,
    pub(crate) bump: Option<&'static str>,
    pub(crate) tag: Option<String>,
    pub(crate) follows: Option<String>,
    pub(crate) follow_on: Option<Vec<String>>,
    pub(crate) scheme: Option<&'static str>,
    pub(crate) extra: Option<Extra>,
}

/// A file beside manifests that holds the version.
#[derive(Clone, Debug)]
pub(crate) struct Extra {
    pub(crate) path: String,
    /// Which of the ways to say where.
    pub(crate) form: usize,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) packages: Vec<Package>,
    pub(crate) components: Vec<Component>,
    /// Whether there is a castoff.toml.
    pub(crate) written: bool,
    /// Lines of `[release]`.
    pub(crate) release: Vec<String>,
    pub(crate) paths: Vec<(String, Vec<String>)>,
    /// Text behind everything else.
    pub(crate) sections: String,
    /// Which locks there are.
    pub(crate) locks: Vec<Kind>,
    /// Pattern of tags that `[release]` has, or the usual one.
    pub(crate) tag: String,
}

impl Package {
    pub(crate) fn below(&self, path: &str) -> String {
        if self.dir.is_empty() { path.to_string() } else { format!("{}/{path}", self.dir) }
    }

    pub(crate) fn manifest(&self) -> String {
        match self.kind {
            Kind::Cargo => self.below("Cargo.toml"),
            Kind::Uv => self.below("pyproject.toml"),
            Kind::Npm => self.below("package.json"),
            Kind::Gem => self.below(&format!("{}.gemspec", self.name)),
        }
    }

    /// The crate of its native part.
    pub(crate) fn native_name(&self) -> String {
        self.name.trim_start_matches('@').replace(['/', '.'], "-").to_lowercase() + "-native"
    }

    /// The directory of its native part.
    pub(crate) fn native_dir(&self) -> String {
        self.below(if self.kind == Kind::Gem { "ext/native" } else { "native" })
    }
}

impl Rules {
    /// The tag of a version of a component.
    pub(crate) fn tag_of(&self, component: &Component, version: &Version) -> String {
        let pattern = component.tag.as_ref().unwrap_or(&self.tag);
        pattern.replace("{component}", &component.name).replace("{version}", &version.dashed())
    }

    /// castoff.toml with these rules.
    pub(crate) fn configuration(&self) -> String {
        let mut text = String::new();
        if !self.release.is_empty() {
            text += &format!("[release]\n{}\n", self.release.join("\n"));
        }
        if !self.paths.is_empty() {
            text += "\n[paths]\n";
        }
        for (name, patterns) in &self.paths {
            text += &format!("{name} = {}\n", list(patterns));
        }
        for component in self.components.iter().filter(|component| component.written) {
            text += &self.table(component);
        }
        text + &self.sections
    }

    fn table(&self, component: &Component) -> String {
        let ids = component.packages.iter().map(|place| &self.packages[*place]);
        let ids: Vec<String> = ids.map(|it| format!("{}:{}", it.kind.name(), it.name)).collect();
        let mut text = format!("\n[component.\"{}\"]\npackages = {}\n", component.name, list(&ids));
        if !component.changed_by.is_empty() {
            text += &format!("changed-by = {}\n", list(&component.changed_by));
        }
        let words = [
            ("version-file", component.version_file.as_deref()),
            ("bump", component.bump),
            ("tag", component.tag.as_deref()),
            ("follows", component.follows.as_deref()),
            ("scheme", component.scheme),
        ];
        for (key, value) in words.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            text += &format!("{key} = \"{value}\"\n");
        }
        if let Some(on) = &component.follow_on {
            text += &format!("follow-on = {}\n", list(on));
        }
        if let Some(Extra { path, form }) = &component.extra {
            let place =
                ["", ", regex = 'V = \"(.*)\"'", ", toml = \"tool.own\"", ", json = \"about.version\""];
            text += &format!("extra-files = [{{ path = \"{path}\"{} }}]\n", place[*form]);
        }
        text
    }
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", quoted.join(", "))
}
