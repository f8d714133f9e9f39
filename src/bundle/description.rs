//! `castoff-bundle.json`: what a bundle says of itself and of each package.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::archive::Members;
use super::{Bundle, File, History, Packed, Source, names, rows};
use crate::config::{self, Pin};
use crate::ecosystem::{self, DistTag};
use crate::model::{Dependency, Need, Package, PackageId, Publish, VersionHome};
use crate::version::Version;

pub(super) const NAME: &str = "castoff-bundle.json";
pub(super) const CONFIG: &str = config::FILE;
pub(super) const PLAN: &str = "plan.json";
/// The only form that there is so far.
const SCHEMA: u64 = 1;

const PINS: [(&str, Pin); 3] = [("exact", Pin::Exact), ("compatible", Pin::Compatible), ("keep", Pin::Keep)];
const NEEDS: [Need; 5] = [Need::Normal, Need::Optional, Need::Peer, Need::Build, Need::Dev];

/// Where a manifest is packed.
pub(super) fn manifest(path: &str) -> String {
    format!("manifests/{path}")
}

/// Where a file of a package is packed.
pub(super) fn file(id: &PackageId, name: &str) -> String {
    format!("files/{}/{name}", id.kind.name())
}

/// The description of a bundle.
pub(super) fn write(bundle: &Bundle) -> String {
    let Source { castoff, repository, branch, commit } = &bundle.source;
    let ids = |row: Vec<&Packed>| row.iter().map(|packed| packed.package.id.to_string()).collect::<Vec<_>>();
    let order: Vec<Vec<String>> = rows(&bundle.packages).unwrap_or_default().into_iter().map(ids).collect();
    let value = json!({
        "schema": SCHEMA,
        "castoff": castoff,
        "repository": repository,
        "branch": branch,
        "commit": commit,
        "packages": bundle.packages.iter().map(packed).collect::<Vec<_>>(),
        "relies_on": bundle.relied.iter().map(packed).collect::<Vec<_>>(),
        "order": order,
    });
    format!("{value:#}\n")
}

fn packed(packed: &Packed) -> Value {
    let package = &packed.package;
    let dependency = |dependency: &Dependency| {
        json!({
            "id": dependency.id.to_string(), "kind": dependency.need.name(), "requirement": dependency.requirement,
            "published": dependency.published,
        })
    };
    let file = |(name, file): (&String, &File)| json!({ "name": name, "size": file.bytes.len(), "sha256": file.sha256, "sha512": file.sha512 });
    let History { known, released, passed_by } = &packed.history;
    let dist_tag = packed.dist_tag.as_ref();
    let dist_tag = dist_tag.map(|tag| json!({ "name": tag.name, "chosen": tag.chosen }));
    let passed_by = passed_by.as_ref();
    let passed_by = passed_by.map(|(version, tag)| json!({ "version": version.to_string(), "tag": tag }));
    json!({
        "id": package.id.to_string(),
        "version": ecosystem::of(package.id.kind).spell(&packed.version),
        "component": packed.component,
        "tag": packed.tag,
        "known": known,
        "released": released,
        "passed_by": passed_by,
        "registry": package.registry(),
        "path": package.dir,
        "manifest": package.manifest,
        "workspace": package.workspace,
        "program": package.program,
        "platforms": package.platforms,
        "dist_tag": dist_tag,
        "pin": PINS.iter().find(|(_, pin)| *pin == packed.pin).map(|(name, _)| name),
        "needs": packed.needs.iter().map(PackageId::to_string).collect::<Vec<_>>(),
        "dependencies": package.dependencies.iter().map(dependency).collect::<Vec<_>>(),
        "files": packed.files.iter().map(file).collect::<Vec<_>>(),
    })
}

/// Reads what is packed. None where `wrong` was told that something does not fit.
pub(super) fn read<'a>(members: &Members<'a>, wrong: &mut dyn FnMut(String)) -> Option<Bundle<'a>> {
    let text = |name: &str| members.get(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let (Some(description), Some(plan)) = (text(NAME), text(PLAN)) else {
        let missing: Vec<&str> =
            [NAME, PLAN].into_iter().filter(|name| !members.contains_key(*name)).collect();
        wrong(format!("it has no `{}`", missing.join("` and no `")));
        return None;
    };
    match bundle(&description, members) {
        Ok((bundle, strangers)) => {
            if !strangers.is_empty() {
                strangers.into_iter().for_each(|name| wrong(format!("`{name}` belongs to no package of it")));
                return None;
            }
            let manifests = members.keys().filter_map(|name| name.strip_prefix("manifests/"));
            let manifests = manifests.filter_map(|path| Some((path.to_string(), text(&manifest(path))?)));
            Some(Bundle { config: text(CONFIG), plan, manifests: manifests.collect(), ..bundle })
        }
        Err(why) => {
            wrong(format!("`{NAME}` is not as castoff writes it: {why}"));
            None
        }
    }
}

/// What the description says, and the members that it does not know.
fn bundle<'a>(text: &str, members: &Members<'a>) -> Result<(Bundle<'a>, Vec<String>), String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match value["schema"].as_u64() {
        Some(SCHEMA) => {}
        Some(schema) => return Err(format!("its form is {schema}, and this castoff knows {SCHEMA} alone")),
        None => return Err("it names no `schema`".to_string()),
    }
    let read =
        |key: &str| list(&value, key)?.iter().map(|value| one(value, members)).collect::<Result<_, _>>();
    let maybe = |key: &str| value[key].as_str().map(str::to_string);
    let source = Source {
        castoff: string(&value, "castoff")?,
        repository: maybe("repository"),
        branch: maybe("branch"),
        commit: string(&value, "commit")?,
    };
    let (packages, relied): (Vec<Packed>, Vec<Packed>) = (read("packages")?, read("relies_on")?);
    rows(&packages).map_err(|ids| format!("{} packages need each other", ids.len()))?;
    let mut known: Vec<String> = [NAME, CONFIG, PLAN].map(str::to_string).to_vec();
    for packed in packages.iter().chain(&relied) {
        known.push(manifest(&packed.package.manifest));
        known.extend(packed.files.keys().map(|name| file(&packed.package.id, name)));
    }
    let strangers = members.keys().filter(|name| !known.contains(name)).cloned().collect();
    let (config, plan, manifests) = (None, String::new(), BTreeMap::new());
    Ok((Bundle { source, packages, relied, config, plan, manifests }, strangers))
}

fn one<'a>(value: &Value, members: &Members<'a>) -> Result<Packed<'a>, String> {
    let id = id(&string(value, "id")?)?;
    let at = |why: String| format!("`{id}`: {why}");
    let version = string(value, "version").map_err(at)?;
    let version: Version = version.parse().map_err(|error| at(format!("{error}")))?;
    let mut files = BTreeMap::new();
    for told in list(value, "files").map_err(at)? {
        let (name, found) = packed_file(&id, told, members).map_err(at)?;
        if files.insert(name.clone(), found).is_some() {
            return Err(at(format!("`{name}` is there twice")));
        }
    }
    let pin = string(value, "pin").map_err(at)?;
    let pin = PINS.iter().find(|(name, _)| *name == pin).map(|(_, pin)| *pin);
    Ok(Packed {
        package: package(&id, &version, value).map_err(at)?,
        version,
        component: string(value, "component").map_err(at)?,
        tag: string(value, "tag").map_err(at)?,
        history: history(value).map_err(at)?,
        pin: pin.ok_or_else(|| at("it has no `pin` that is known".to_string()))?,
        dist_tag: dist_tag(&value["dist_tag"]).map_err(at)?,
        needs: list(value, "needs")
            .map_err(at)?
            .iter()
            .map(text_of_id)
            .collect::<Result<_, _>>()
            .map_err(at)?,
        files,
    })
}

fn dist_tag(value: &Value) -> Result<Option<DistTag>, String> {
    match value {
        Value::Null => Ok(None),
        tag => {
            let name = string(tag, "name")?;
            names::name(&name)?;
            Ok(Some(DistTag { name, chosen: flag(tag, "chosen")? }))
        }
    }
}

fn history(value: &Value) -> Result<History, String> {
    let passed_by = match &value["passed_by"] {
        Value::Null => None,
        by => {
            let version = string(by, "version")?.parse::<Version>().map_err(|error| error.to_string())?;
            Some((version, string(by, "tag")?))
        }
    };
    Ok(History { known: flag(value, "known")?, released: flag(value, "released")?, passed_by })
}

fn package(named: &PackageId, version: &Version, value: &Value) -> Result<Package, String> {
    let (dir, workspace) = (string(value, "path")?, string(value, "workspace")?);
    let manifest = string(value, "manifest")?;
    for place in [&dir, &workspace, &manifest].into_iter().filter(|place| !place.is_empty()) {
        names::path(place)?;
    }
    let dependency = |value: &Value| -> Result<Dependency, String> {
        let need = string(value, "kind")?;
        let need = NEEDS.into_iter().find(|known| known.name() == need);
        Ok(Dependency {
            id: id(&string(value, "id")?)?,
            need: need.ok_or("a dependency has no `kind` that is known")?,
            requirement: string(value, "requirement")?,
            published: flag(value, "published")?,
        })
    };
    let platforms = list(value, "platforms")?.iter().filter_map(Value::as_str).map(str::to_string);
    Ok(Package {
        id: named.clone(),
        version: version.clone(),
        version_home: VersionHome::Own(manifest.clone()),
        publish: Publish::To(string(value, "registry")?),
        dependencies: list(value, "dependencies")?.iter().map(dependency).collect::<Result<_, _>>()?,
        program: flag(value, "program")?,
        platforms: platforms.collect(),
        dir,
        workspace,
        manifest,
    })
}

fn packed_file<'a>(
    id: &PackageId,
    told: &Value,
    members: &Members<'a>,
) -> Result<(String, File<'a>), String> {
    let name = string(told, "name")?;
    names::name(&name)?;
    if name.contains('/') {
        return Err(format!("`{name}` is no name of a file"));
    }
    let bytes = members.get(&file(id, &name)).ok_or_else(|| format!("its file `{name}` is missing"))?;
    let found = File::new(Cow::Borrowed(*bytes));
    let size = told["size"].as_u64();
    let as_told = [("sha256", &found.sha256), ("sha512", &found.sha512)]
        .iter()
        .all(|(key, digest)| told[*key].as_str() == Some(digest));
    match as_told && size == Some(bytes.len() as u64) {
        true => Ok((name, found)),
        false => Err(format!("`{name}` has other digests or another size")),
    }
}

fn text_of_id(value: &Value) -> Result<PackageId, String> {
    id(value.as_str().unwrap_or_default())
}

fn id(text: &str) -> Result<PackageId, String> {
    let unknown = || format!("`{}` is no id of a package", text.escape_debug());
    let (kind, name) = text.split_once(':').ok_or_else(unknown)?;
    let kind = ecosystem::all().map(|ecosystem| ecosystem.kind()).find(|known| known.name() == kind);
    names::name(name)?;
    Ok(PackageId::new(kind.ok_or_else(unknown)?, name))
}

fn string(value: &Value, key: &str) -> Result<String, String> {
    value[key].as_str().map(str::to_string).ok_or_else(|| format!("it has no text `{key}`"))
}

fn flag(value: &Value, key: &str) -> Result<bool, String> {
    value[key].as_bool().ok_or_else(|| format!("it has no `{key}`"))
}

fn list<'v>(value: &'v Value, key: &str) -> Result<&'v [Value], String> {
    value[key].as_array().map(Vec::as_slice).ok_or_else(|| format!("it has no list `{key}`"))
}
