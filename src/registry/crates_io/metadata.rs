//! What cargo tells a registry of a crate, by the manifest that it wrote into the crate's file: there everything that a
//! workspace gives is spelled out, and paths are gone.

use serde_json::{Map, Value, json};
use toml_edit::{Item, TableLike};

use super::cfg;
use crate::edit::Toml;
use crate::registry::addresses;

/// The three tables of dependencies with their names for registries, and what older manifests call them.
const TABLES: [(&str, &str, &str); 3] = [
    ("normal", "dependencies", "dependencies"),
    ("dev", "dev-dependencies", "dev_dependencies"),
    ("build", "build-dependencies", "build_dependencies"),
];

/// All that is told; `source` is the registry that it is told to, as manifests name it.
pub(super) fn metadata(manifest: &Toml, readme: Option<&str>, source: &str) -> Result<Value, String> {
    let package = |key: &str| manifest.get(&["package", key]);
    let text = |key: &str| package(key).and_then(Item::as_str);
    let needed = |key: &str| text(key).ok_or_else(|| format!("its manifest has no `package.{key}`"));
    let vers = semver::Version::parse(needed("version")?).map_err(|error| error.to_string())?;
    let mut told = json!({
        "name": needed("name")?,
        "vers": vers.to_string(),
        "deps": dependencies(manifest, source)?,
        "features": features(manifest),
        "authors": texts(package("authors")),
    });
    let more = json!({
        "description": text("description"),
        "documentation": text("documentation"),
        "homepage": text("homepage"),
        "readme": readme,
        "readme_file": text("readme"),
        "keywords": texts(package("keywords")),
        "categories": texts(package("categories")),
        "license": text("license"),
        "license_file": text("license-file"),
        "repository": text("repository"),
        "badges": badges(manifest),
        "links": text("links"),
        "rust_version": text("rust-version"),
    });
    if let (Value::Object(told), Value::Object(more)) = (&mut told, more) {
        told.extend(more);
    }
    Ok(told)
}

fn texts(item: Option<&Item>) -> Vec<String> {
    let values = item.and_then(Item::as_array).into_iter().flatten();
    values.filter_map(|value| value.as_str().map(str::to_string)).collect()
}

/// The entries of a table by name, as cargo keeps them.
fn sorted(table: &dyn TableLike) -> Vec<(&str, &Item)> {
    let mut entries: Vec<(&str, &Item)> = table.iter().collect();
    entries.sort_unstable_by_key(|(name, _)| *name);
    entries
}

fn features(manifest: &Toml) -> Map<String, Value> {
    let table = manifest.table(&["features"]).map(sorted).unwrap_or_default();
    table.into_iter().map(|(name, enables)| (name.to_string(), json!(texts(Some(enables))))).collect()
}

fn badges(manifest: &Toml) -> Map<String, Value> {
    let badge = |(name, badge): (&str, &Item)| {
        let facts = badge.as_table_like().map(sorted).unwrap_or_default();
        let facts =
            facts.into_iter().filter_map(|(key, fact)| Some((key.to_string(), json!(fact.as_str()?))));
        (name.to_string(), Value::Object(facts.collect()))
    };
    manifest.table(&["badges"]).map(sorted).unwrap_or_default().into_iter().map(badge).collect()
}

/// Those of every platform first, then those of each.
fn dependencies(manifest: &Toml, source: &str) -> Result<Vec<Value>, String> {
    let mut found = of_platform(manifest.root(), None, source)?;
    for (platform, tables) in manifest.table(&["target"]).map(sorted).unwrap_or_default() {
        let spelled = cfg::spelled(platform);
        let tables = tables.as_table_like().ok_or("its manifest has a `target` that is no table")?;
        found.extend(of_platform(tables, Some(&spelled), source)?);
    }
    Ok(found)
}

fn of_platform(tables: &dyn TableLike, platform: Option<&str>, source: &str) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for (kind, key, older) in TABLES {
        let table = tables.get(key).or_else(|| tables.get(older)).and_then(Item::as_table_like);
        for (name, written) in table.map(sorted).unwrap_or_default() {
            found.push(dependency(name, written, kind, platform, source)?);
        }
    }
    Ok(found)
}

fn dependency(
    name: &str,
    written: &Item,
    kind: &str,
    platform: Option<&str>,
    source: &str,
) -> Result<Value, String> {
    let of = |key: &str| written.as_table_like().and_then(|table| table.get(key));
    let text = |key: &str| of(key).and_then(Item::as_str);
    let flag = |key: &str| of(key).and_then(Item::as_bool);
    let version = written.as_str().or_else(|| text("version"));
    let version = version.ok_or_else(|| format!("its dependency `{name}` has no version"))?;
    let requirement = semver::VersionReq::parse(version).map_err(|error| format!("`{name}`: {error}"))?;
    let mut told = json!({
        "optional": flag("optional").unwrap_or(false),
        "default_features": flag("default-features").or_else(|| flag("default_features")).unwrap_or(true),
        "name": text("package").unwrap_or(name),
        "features": texts(of("features")),
        "version_req": requirement.to_string(),
        "target": platform,
        "kind": kind,
    });
    // For a manifest, crates.io is where crates come from; for a registry, it is the registry itself.
    let from = text("registry-index").unwrap_or(addresses::CRATES_IO_SOURCE);
    if from.trim_end_matches('/') != source.trim_end_matches('/') {
        told["registry"] = json!(from);
    }
    if text("package").is_some() {
        told["explicit_name_in_toml"] = json!(name);
    }
    Ok(told)
}
