//! `publish-crates.sh` and its siblings: the tables of what they publish, in the order of the graph, and the commands by which
//! it is built. The commands are those that castoff itself would run, asked of the ecosystems and written down as shell.

use std::path::{Path, PathBuf};

use super::{Source, quoted};
use crate::config::{self, Barrier, OnDuplicate, Trusted};
use crate::ecosystem::{self, Site, Tagging};
use crate::effect::{Cmd, Environment};
use crate::fault::{Fault, Faults};
use crate::generate::Generated;
use crate::model::{Component, Kind, Package, VersionHome};
use crate::registry::pypi::wheel;
use crate::registry::{self, Target};
use crate::version::Version;

mod pins;
mod words;

use words::{OUT, STAGE, TARGET, VERSION, command};

/// The script of each ecosystem.
const SCRIPTS: [(Kind, &str, &str); 4] = [
    (Kind::Cargo, "publish-crates.sh", include_str!("../../../templates/scripts/publish-crates.sh")),
    (Kind::Uv, "publish-python.sh", include_str!("../../../templates/scripts/publish-python.sh")),
    (Kind::Npm, "publish-typescript.sh", include_str!("../../../templates/scripts/publish-typescript.sh")),
    (Kind::Gem, "publish-ruby.sh", include_str!("../../../templates/scripts/publish-ruby.sh")),
];

/// The scripts that the repository needs, with what they share.
///
/// # Errors
/// What a script could not publish as castoff does, with the manifest or the key.
pub(super) fn publish(source: Source) -> Result<Vec<Generated>, Faults> {
    let mut faults = Faults::default();
    let mut files = Vec::new();
    for (kind, name, template) in SCRIPTS {
        let mine = packages(source, kind);
        if mine.is_empty() {
            continue;
        }
        if let Some(tables) = faults.take(tables(source, kind, &mine)) {
            files.push(source.script(name, template, &[("tables", &tables)])?);
        }
    }
    if !files.is_empty() {
        files.extend(shared(source)?);
    }
    faults.or(files)
}

/// The packages of an ecosystem that are published, each after those that it needs, with their components.
fn packages(source: Source<'_>, kind: Kind) -> Vec<(&Package, &Component)> {
    let ids = source.graph.order().iter().filter(|id| id.kind == kind);
    let package = ids.filter_map(|id| source.workspace.package(id)).filter(|package| package.publishable());
    package.filter_map(|package| Some((package, source.workspace.component_of(&package.id)?))).collect()
}

fn shared(source: Source) -> Result<Vec<Generated>, Faults> {
    let rules = &source.config.publish;
    if rules.barrier != Barrier::Run {
        let fault =
            Fault::usage("a script cannot publish with another `barrier` than \"run\"").at(config::FILE, 0);
        return Err(fault.help("leave `barrier` out of `[publish]`, or use castoff itself").into());
    }
    // A shell counts in seconds.
    let seconds = |time: std::time::Duration| time.as_secs().max(1).to_string();
    let mode = match rules.on_duplicate {
        OnDuplicate::Skip => "skip",
        OnDuplicate::Warn => "warn",
        OnDuplicate::Fail => "fail",
    };
    let library = source.library(
        "publish.sh",
        include_str!("../../../templates/scripts/lib/publish.sh"),
        &[
            ("max_retries", &rules.patience.retries.to_string()),
            ("retry_delay", &seconds(rules.patience.base)),
            ("poll_timeout", &seconds(rules.poll_timeout)),
            ("on_duplicate", mode),
            ("token_variables", &registry::token_variables(source.config).join(" ")),
        ],
    )?;
    let pins = source.library("pins.awk", include_str!("../../../templates/scripts/lib/pins.awk"), &[])?;
    Ok(vec![library, pins])
}

fn tables(source: Source, kind: Kind, mine: &[(&Package, &Component)]) -> Result<String, Faults> {
    let mut faults = Faults::default();
    let all = mine.iter().map(|(package, _)| *package);
    let targets = registry::targets(source.config, all, &|_| None)?;
    targets.values().for_each(|target| faults.0.extend(unfit(source, target)));
    let mut rows = String::new();
    for (package, component) in mine {
        let row = row(source, kind, package, component).map_err(Faults::from);
        rows.extend(faults.take(row));
    }
    let registries: String = targets.values().map(registry_row).collect();
    let site = |target| site(source, target);
    let (prepare, on_pinned) = match targets.values().next() {
        Some(target) => prepare(source, mine, &site(target)),
        None => (String::new(), false),
    };
    let pins = faults.take(pins::pins(source, mine, on_pinned)).unwrap_or_default();
    let mut builds = String::new();
    for (package, component) in mine {
        let Some(target) = package.registry().and_then(|name| targets.get(name)) else { continue };
        builds += &build(source, package, component, &site(target));
    }
    let builds = match ecosystem::of(kind).builds_together() {
        true => String::new(),
        false => format!(
            "\n# The command that builds each package.\nbuild_package() {{\n  case $1 in\n{builds}  esac\n}}\n"
        ),
    };
    let first = if on_pinned { "yes" } else { "no" };
    faults.or(format!(
        "# Packages, each after those that it needs: id, name, component, registry, directory, files that belong to a version,\n\
         # packages of this script that it needs, phase, tag of its registry for a final version and for another one.\n\
         packages() {{\n  cat <<'PACKAGES'\n{rows}PACKAGES\n}}\n\n\
         # Registries: name, where files are sent, where it is asked, whether it stands in the place of the public one, variables\n\
         # that may hold a token, trusted publishing.\n\
         registries() {{\n  cat <<'REGISTRIES'\n{registries}REGISTRIES\n}}\n\n\
         # Requirements that are published otherwise than they are written: file, what stands before and behind on the line,\n\
         # what is written before and behind the version, the package whose version it is.\n\
         pins() {{\n  cat <<'PINS'\n{pins}PINS\n}}\n\n\
         # What has to be done in the clone before anything is built; and whether requirements are pinned before that.\n\
         pins_first={}\n\
         prepare() {{\n{}}}\n{builds}",
        first,
        if prepare.is_empty() { "  return 0\n" } else { &prepare },
    ))
}

fn row(source: Source, kind: Kind, package: &Package, component: &Component) -> Result<String, Fault> {
    let cannot = |why: &str, help: &str| {
        let fault = Fault::usage(format!("a script cannot publish `{}`", package.id));
        Err(fault.at(&package.manifest, 0).because(why).help(help))
    };
    if package.version_home == VersionHome::Tag {
        return cannot(
            "its version comes from a tag",
            "write the version into its manifest, or use castoff itself",
        );
    }
    let known = |name: &String| [wheel::SDIST, wheel::WHEEL].contains(&name.as_str());
    if kind == Kind::Uv && !package.platforms.iter().all(known) {
        return cannot(
            "`platforms` names wheels of platforms, and a script cannot tell which wheel serves which",
            "leave `platforms` out, or use castoff itself",
        );
    }
    let among = |id: &&_| packages(source, kind).iter().any(|(other, _)| &other.id == *id);
    let needs: Vec<String> = source.graph.needs(&package.id).filter(among).map(ToString::to_string).collect();
    let dir = if ecosystem::of(kind).builds_together() { &package.workspace } else { &package.dir };
    let tag = |version: &str| tag(source, package, component, version);
    let phase = (source.graph.level(&package.id) + 1).to_string();
    let fields = [
        &package.id.to_string(),
        &package.id.name,
        &component.name,
        package.registry().unwrap_or_default(),
        dir,
        &package.platforms.join(","),
        &needs.join(","),
        &phase,
        &format!("{},{}", tag("1.0.0"), tag("1.0.0-rc.1")),
    ];
    if fields.iter().any(|field| field.contains(|c: char| c == '|' || c.is_control())) {
        return cannot("a name or a path has a `|` or a control character in it", "give it another name");
    }
    Ok(format!("{}\n", fields.join("|")))
}

/// The tag of a registry that a version gets, before it is known which versions are out.
fn tag(source: Source, package: &Package, component: &Component, version: &str) -> String {
    let rule = source.config.component(&component.name).and_then(|rules| rules.building.dist_tag.as_ref());
    let Ok(version) = version.parse() else { return String::new() };
    let asked = Tagging {
        tree: source.tree,
        package,
        version: &version,
        rule: rule.map(|written| written.value.as_str()),
        greatest: None,
    };
    ecosystem::of(package.id.kind).dist_tag(&asked).map_or(String::new(), |tag| tag.name)
}

/// Why a script cannot publish there as castoff does.
fn unfit(source: Source, target: &Target) -> Vec<Fault> {
    let rules = source.config.registries.get(&target.name);
    let line = rules.map_or(0, |rules| rules.line);
    let cannot = |why: &str, help: &str| {
        let message = format!("a script cannot publish to `{}`", target.name.escape_debug());
        config::fault(line, message).because(why.to_string()).help(help.to_string())
    };
    let is_variable = |name: &String| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        name.chars().all(is_part) && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty()
    };
    let odd = |text: &&String| text.contains(|c: char| c == '|' || c.is_control() || c.is_whitespace());
    let mut faults = Vec::new();
    if rules.is_some_and(|rules| rules.ca_file.is_some()) {
        faults.push(cannot(
            "it would not give its clients `ca-file`",
            "name the file in `SSL_CERT_FILE` where scripts run",
        ));
    }
    if !target.token_env.iter().all(is_variable) {
        faults.push(cannot(
            "`token-env` has a name that no shell can read",
            "name variables of letters, digits and `_`",
        ));
    }
    if [&target.name, &target.upload, &target.index].into_iter().any(|text| odd(&text)) {
        faults.push(cannot(
            "its name or an address has a blank, a `|` or a control character in it",
            "write it without",
        ));
    }
    faults
}

fn registry_row(target: &Target) -> String {
    let place = if target.own_server { "own" } else { "public" };
    let trusted = match target.trusted {
        Trusted::Auto => "auto",
        Trusted::Always => "always",
        Trusted::Never => "never",
    };
    let variables = target.token_env.join(",");
    format!("{}|{}|{}|{place}|{variables}|{trusted}\n", target.name, target.upload, target.index)
}

fn site<'a>(source: Source<'a>, target: &'a Target) -> Site<'a> {
    static NONE: std::sync::LazyLock<Environment> = std::sync::LazyLock::new(Environment::default);
    Site {
        stage: Path::new(STAGE),
        tree: source.tree,
        out: Path::new(OUT),
        target_dir: Path::new(TARGET),
        env: &NONE,
        target,
        dist_tag: None,
    }
}

/// One arm: how a package is built.
fn build(source: Source, package: &Package, component: &Component, site: &Site) -> String {
    let ecosystem = ecosystem::of(package.id.kind);
    let rules = source.config.component(&component.name);
    let own = rules.and_then(|rules| rules.building.build.as_ref());
    let cmd = match own {
        None => ecosystem.build(&[package], site),
        Some(own) => {
            let holes = [("{name}", package.id.name.as_str()), ("{version}", VERSION)];
            let env = ecosystem.build_env(package, site).set("CASTOFF_OUT", OUT);
            Cmd::shell(&own.value, &holes, &site.stage.join(&package.dir)).env(env)
        }
    };
    format!("    {})\n{}      ;;\n", quoted(&package.id.to_string()), command(&cmd, "      "))
}

/// What components want done, else what the ecosystem needs in a workspace; and whether that wants pinned requirements.
fn prepare(source: Source, mine: &[(&Package, &Component)], site: &Site) -> (String, bool) {
    let (mut text, mut on_pinned) = (String::new(), false);
    let mut workspaces: Vec<(&str, Vec<&Package>)> = Vec::new();
    let mut done: Vec<&str> = Vec::new();
    for (package, component) in mine {
        let building = source.config.component(&component.name).map(|rules| &rules.building);
        if let Some(own) = building.and_then(|building| building.prepare.as_ref()) {
            if !done.contains(&component.name.as_str()) {
                done.push(&component.name);
                let dir: PathBuf = site.stage.join(&package.workspace);
                text += &command(&Cmd::shell(own, &[], &dir), "  ");
            }
            continue;
        }
        let builds = building.is_some_and(|building| building.build.is_some());
        if !builds && !ecosystem::of(package.id.kind).makes(source.tree, package) {
            continue;
        }
        match workspaces.iter_mut().find(|(workspace, _)| *workspace == package.workspace) {
            Some((_, packages)) => packages.push(package),
            None => workspaces.push((&package.workspace, vec![package])),
        }
    }
    for (_, packages) in workspaces {
        let kind = packages[0].id.kind;
        let groundwork = ecosystem::of(kind).groundwork(&packages, &source.workspace.packages, site);
        on_pinned |= groundwork.on_pinned && !groundwork.commands.is_empty();
        groundwork.commands.iter().for_each(|cmd| text += &command(cmd, "  "));
    }
    (text, on_pinned)
}

/// A version that no package has, none of whose parts can be taken for anything else.
fn probe() -> Version {
    "65535.7.9".parse().unwrap_or_else(|_| Version::new(65535, 7, 9))
}
