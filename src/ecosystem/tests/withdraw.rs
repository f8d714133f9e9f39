//! How each ecosystem takes a version back at its public registry, and what it says where it cannot.

use std::path::Path;

use crate::config::Config;
use crate::ecosystem::withdraw::{Means, Withdrawal};
use crate::ecosystem::{self, Site};
use crate::effect::Environment;
use crate::model::{Kind, Package, PackageId, Publish, Tree, VersionHome};
use crate::registry::{self, addresses};

fn package(kind: Kind, name: &str, registry: &str) -> Package {
    Package {
        id: PackageId::new(kind, name),
        version: "1.2.0-rc.1".parse().unwrap(),
        dir: String::new(),
        manifest: "manifest".to_string(),
        workspace: String::new(),
        publish: Publish::To(registry.to_string()),
        dependencies: Vec::new(),
        version_home: VersionHome::Own("manifest".to_string()),
        program: false,
        platforms: Vec::new(),
    }
}

/// What is done about two files of 1.2.0-rc.1, in words, addresses left out.
fn words(kind: Kind, name: &str, registry: &str, what: Withdrawal) -> String {
    let package = package(kind, name, registry);
    let env = |name: &str| name.contains("TOKEN").then(|| "very-secret".to_string());
    let target = registry::target(registry, kind, &Config::default(), &env).unwrap();
    let (tree, env, root) = (Tree::default(), Environment::default(), Path::new("/repo"));
    let site = Site {
        stage: root,
        tree: &tree,
        out: root,
        target_dir: root,
        env: &env,
        target: &target,
        dist_tag: None,
    };
    let files = ["acme-1.2.0.rc1.gem", "acme-1.2.0.rc1-x86_64-linux.gem"];
    match ecosystem::of(kind).withdraw(&package, &package.version, what, &files, &site) {
        Means::Run(commands) => {
            let is_secret = |text: &str| text.contains("very-secret");
            assert!(commands.iter().all(|cmd| !is_secret(&cmd.to_string())), "{commands:?}");
            let host = Some(addresses::preset(registry).unwrap().upload).filter(|host| !host.is_empty());
            let text = commands.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            host.map_or(text.clone(), |host| text.replace(host, "HOST"))
        }
        Means::ByHand(page, press) => {
            let known = addresses::preset(registry).unwrap().manage.replace("{name}", "acme");
            assert_eq!(page, Some(known), "{registry}");
            press
        }
        Means::Never(why) => why.to_string(),
    }
}

#[test]
fn a_version_is_taken_back_as_its_registry_allows() {
    let back = Withdrawal::TakeBack("it burns");
    for (kind, name, registry, what, expected) in [
        (Kind::Cargo, "acme", "crates-io", back, "cargo yank --registry crates-io acme@1.2.0-rc.1"),
        (
            Kind::Cargo,
            "acme",
            "crates-io",
            Withdrawal::Restore,
            "cargo yank --registry crates-io acme@1.2.0-rc.1 --undo",
        ),
        (Kind::Npm, "@acme/web", "npm", back, "npm deprecate @acme/web@1.2.0-rc.1 'it burns'"),
        (Kind::Npm, "@acme/web", "npm", Withdrawal::Restore, "npm deprecate @acme/web@1.2.0-rc.1 ''"),
        (
            Kind::Gem,
            "acme",
            "rubygems",
            back,
            "gem yank acme --version 1.2.0.rc1 --host HOST; \
             gem yank acme --version 1.2.0.rc1 --platform x86_64-linux --host HOST",
        ),
        (
            Kind::Gem,
            "acme",
            "rubygems",
            Withdrawal::Restore,
            "a yanked gem is gone from its server, and so is the number",
        ),
        (
            Kind::Uv,
            "Acme",
            "pypi",
            back,
            "press \"Options\" beside 1.2.0rc1, then \"Yank\"; as reason write: it burns",
        ),
        (
            Kind::Uv,
            "acme",
            "testpypi",
            Withdrawal::Restore,
            "press \"Options\" beside 1.2.0rc1, then \"Un-yank\"",
        ),
    ] {
        assert_eq!(words(kind, name, registry, what), expected, "{registry}");
    }
}
