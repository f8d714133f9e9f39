//! An xtask that releases what castoff does not know: recipes, described by `recipe.toml`, that go to a shelf. It brings
//! the ecosystem and the registry by the traits that cargo, uv, npm and gem are written with.

use std::path::PathBuf;
use std::process::ExitCode;

use castoff::ecosystem::{Bumps, Ecosystem, Site};
use castoff::edit::Toml;
use castoff::effect::{Cmd, Edit, Request, Response};
use castoff::fault::{Fault, Faults};
use castoff::model::{Dependency, Kind, Need, Package, PackageId, Publish, Tree, VersionHome};
use castoff::registry::addresses::Preset;
use castoff::registry::own::Own;
use castoff::registry::{Digest, Presence, Registry, Wanted};
use castoff::steps::Stage;
use castoff::version::Version;

fn main() -> ExitCode {
    castoff::Xtask::new()
        .ecosystem(&Recipes)
        .registry(&SHELF)
        .before(Stage::Publish, |context| context.sh("echo before >> ../log").map(drop))
        .after(Stage::Publish, |context| context.sh("echo after >> ../log").map(drop))
        .run()
}

const KIND: Kind = Kind::Own("recipe");
const MANIFEST: &str = "recipe.toml";

/// Packages are directories with a manifest and a text; one may need others.
struct Recipes;

impl Ecosystem for Recipes {
    fn kind(&self) -> Kind {
        KIND
    }

    fn tool(&self) -> (&'static str, &'static str) {
        ("curl", "install curl")
    }

    fn wants(&self, path: &str) -> bool {
        path == MANIFEST || path.ends_with("/recipe.toml")
    }

    fn discover(&self, tree: &Tree) -> Result<Vec<Package>, Faults> {
        let mut faults = Faults::default();
        let manifests = tree.texts.iter().filter(|(path, _)| self.wants(path));
        let found =
            manifests.filter_map(|(path, text)| faults.take(package(path, text).map_err(Faults::from)));
        let found = found.collect();
        faults.or(found)
    }

    fn spell(&self, version: &Version) -> String {
        version.semver()
    }

    fn accepts(&self, requirement: &str, version: &Version) -> bool {
        requirement.is_empty() || requirement == self.spell(version)
    }

    fn edits(&self, tree: &Tree, bumps: Bumps) -> Result<Vec<Edit>, Faults> {
        let mut edits = Vec::new();
        for package in bumps.packages.iter().filter(|package| package.id.kind == KIND) {
            let (Some(next), Some(text)) = (bumps.next.get(&package.id), tree.text(&package.manifest)) else {
                continue;
            };
            let toml = Toml::parse(&package.manifest, text)?;
            let version = toml.get(&["version"]);
            edits.extend(version.and_then(|item| toml.replace_item("version", item, &self.spell(next))));
        }
        Ok(edits)
    }

    fn build(&self, packages: &[&Package], site: &Site) -> Cmd {
        let package = packages[0];
        let file = format!("{}-{}.txt", package.id.name, self.spell(&package.version));
        let from = site.stage.join(package.path("recipe.txt"));
        let to = site.out.join(file);
        Cmd::new("cp", site.out).args([from, to].map(|path| path.display().to_string())).env(site.env.clone())
    }

    fn built(&self, package: &Package, version: &Version, found: &[String]) -> Result<Vec<String>, String> {
        let wanted = format!("{}-{}.txt", package.id.name, self.spell(version));
        if found.contains(&wanted) { Ok(vec![wanted]) } else { Err(format!("there is no `{wanted}`")) }
    }

    fn upload(&self, package: &Package, _: &Version, files: &[PathBuf], site: &Site) -> Cmd {
        let file = files[0].display().to_string();
        let name = file.rsplit('/').next().unwrap_or_default();
        let to = format!("{}{}/{name}", site.target.upload, package.id.name);
        let options = ["--silent", "--show-error", "--fail", "--noproxy", "127.0.0.1", "--upload-file"];
        Cmd::new("curl", site.out).args(options).args([file, to]).env(site.env.clone())
    }
}

fn package(path: &str, text: &str) -> Result<Package, Fault> {
    let toml = Toml::parse(path, text)?;
    let said = |key: &str| toml.str(&[key]).ok_or_else(|| Fault::usage(format!("no `{key}`")).at(path, 0));
    let version = said("version")?
        .parse()
        .map_err(|_| Fault::usage("no version").at(path, toml.line_at(&["version"])))?;
    let dir = path.strip_suffix(MANIFEST).unwrap_or_default().trim_end_matches('/').to_string();
    let needs = toml.get(&["needs"]).and_then(|item| item.as_array());
    let needs = needs.into_iter().flatten().filter_map(|name| name.as_str());
    let dependency = |name: &str| Dependency {
        id: PackageId::new(KIND, name),
        need: Need::Normal,
        requirement: String::new(),
        published: true,
    };
    Ok(Package {
        id: PackageId::new(KIND, said("name")?),
        version,
        workspace: dir.clone(),
        dir,
        manifest: path.to_string(),
        publish: Publish::To("shelf".to_string()),
        dependencies: needs.map(dependency).collect(),
        version_home: VersionHome::Own(path.to_string()),
        program: false,
        platforms: Vec::new(),
    })
}

/// The usual shelf is on this machine; `[registry.shelf]` of castoff.toml may name another.
static SHELF: Own = Own {
    preset: Preset {
        name: "shelf",
        kind: KIND,
        upload: "http://127.0.0.1:7878/",
        index: "http://127.0.0.1:7878/",
        files: "",
        page: "",
        manage: "",
        token_env: &[],
    },
    speaks: &Shelf,
};

/// A shelf answers a name with lines of `FILE SHA256`.
struct Shelf;

impl Registry for Shelf {
    fn question(&self, index: &str, name: &str) -> Request {
        Request::get(format!("{index}{name}"))
    }

    fn answer(&self, response: &Response, wanted: &Wanted) -> Presence {
        let file = format!("{}-{}.txt", wanted.name, wanted.version.semver());
        match response.status {
            404 => Presence::Absent,
            200 => {
                let files = lines(response).filter(|(name, _)| *name == file);
                let digest = |text: String| Some(Digest::Sha256(text));
                self.presence(wanted, files.map(|(name, sum)| (name, digest(sum))).collect())
            }
            status => Presence::Unknown(format!("the shelf answered with status {status}")),
        }
    }

    fn versions(&self, response: &Response, name: &str) -> Result<Vec<Version>, String> {
        let version =
            |file: String| file.strip_prefix(name)?.strip_prefix('-')?.strip_suffix(".txt")?.parse().ok();
        Ok(lines(response).filter_map(|(file, _)| version(file)).collect())
    }
}

fn lines(response: &Response) -> impl Iterator<Item = (String, String)> {
    let text = String::from_utf8_lossy(&response.body).into_owned();
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    pairs.map(|(file, sum)| (file.to_string(), sum.to_string())).collect::<Vec<_>>().into_iter()
}
