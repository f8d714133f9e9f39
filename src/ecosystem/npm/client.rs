//! The clients that share npm's manifests: which of them a workspace is worked with, and how each installs what the lock
//! says and runs a script. Packing and publishing is npm's, for all of them.

use std::path::Path;

use super::{
    BUN_LOCK, MANIFEST, NPM_LOCK, OLD_BUN_LOCK, PNPM_LOCK, PNPM_WORKSPACE, SHRINKWRAP, YARN_LOCK, lock,
};
use crate::edit::json::Json;
use crate::effect::Cmd;
use crate::model::Tree;
use crate::path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    Npm,
    Pnpm,
    /// Its lock knows the packages of the workspace.
    Yarn,
    /// Version 1.
    OldYarn,
    Bun,
}

/// What a workspace is installed with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Installer {
    pub(super) client: Client,
    /// Whether there is a lock, which then decides.
    pub(super) locked: bool,
}

/// Settings that only one client reads.
const SETTINGS: [(&str, Client); 3] =
    [(PNPM_WORKSPACE, Client::Pnpm), (".yarnrc.yml", Client::Yarn), ("bunfig.toml", Client::Bun)];

/// Locks, and whose they are.
const LOCKS: [(&str, Client); 6] = [
    (SHRINKWRAP, Client::Npm),
    (NPM_LOCK, Client::Npm),
    (PNPM_LOCK, Client::Pnpm),
    (YARN_LOCK, Client::Yarn),
    (BUN_LOCK, Client::Bun),
    (OLD_BUN_LOCK, Client::Bun),
];

impl Installer {
    /// As `packageManager` says, else as the lock does that is there, or settings.
    pub(super) fn of(tree: &Tree, workspace: &str) -> Installer {
        let has = |name: &str| tree.files.contains(&path::join(workspace, name));
        let named = named(tree, workspace);
        let is = |client: Client| named.as_deref().is_none_or(|name| name == client.program());
        let lock = LOCKS.iter().find(|(name, client)| has(name) && is(*client));
        let by_name = || LOCKS.iter().find(|(_, client)| named.as_deref() == Some(client.program()));
        let by_settings = || SETTINGS.iter().find(|(name, _)| named.is_none() && has(name));
        let client = lock.or_else(by_name).or_else(by_settings).map_or(Client::Npm, |(_, client)| *client);
        let text = tree.text(&path::join(workspace, YARN_LOCK)).unwrap_or_default();
        let is_old = client == Client::Yarn && lock.is_some() && !lock::yarn::holds_workspace(text);
        Installer { client: if is_old { Client::OldYarn } else { client }, locked: lock.is_some() }
    }

    /// Puts `node_modules`, or what the client has in its place, into a workspace of the stage.
    pub(super) fn install(self, dir: &Path) -> Cmd {
        let args: &[&str] = match (self.client, self.locked) {
            (Client::Npm, true) => &["ci", "--prefer-offline"],
            (Client::Pnpm, true) => &["install", "--frozen-lockfile", "--prefer-offline"],
            (Client::Yarn, true) => &["install", "--immutable"],
            (Client::OldYarn, true) => {
                &["install", "--frozen-lockfile", "--prefer-offline", "--non-interactive"]
            }
            (Client::Bun, true) => &["install", "--frozen-lockfile"],
            (_, false) => &["install"],
        };
        Cmd::new(self.client.program(), dir).args(args.iter().copied())
    }
}

impl Client {
    pub(super) fn program(self) -> &'static str {
        match self {
            Client::Npm => "npm",
            Client::Pnpm => "pnpm",
            Client::Yarn | Client::OldYarn => "yarn",
            Client::Bun => "bun",
        }
    }
}

/// The name in `"packageManager": "pnpm@9.1.0"`.
fn named(tree: &Tree, workspace: &str) -> Option<String> {
    let manifest = path::join(workspace, MANIFEST);
    let json = Json::parse(&manifest, tree.text(&manifest)?).ok()?;
    let (name, _) = json.str(&["packageManager"])?.split_once('@')?;
    Some(name.to_string())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Installer;
    use crate::model::Tree;

    fn check(files: &[(&str, &str)], expected: &str) {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.files.insert(path.to_string());
            tree.texts.insert(path.to_string(), text.to_string());
        }
        assert_eq!(Installer::of(&tree, "web").install(Path::new("/")).to_string(), expected);
    }

    #[test]
    fn the_lock_says_who_installs_and_what() {
        let manifest = ("web/package.json", "{}");
        check(&[manifest], "npm install");
        check(&[manifest, ("web/bunfig.toml", "")], "bun install");
        check(&[manifest, ("web/package-lock.json", "{}")], "npm ci --prefer-offline");
        check(&[manifest, ("web/bun.lockb", "")], "bun install --frozen-lockfile");
        check(&[manifest, ("web/pnpm-lock.yaml", "")], "pnpm install --frozen-lockfile --prefer-offline");
        check(&[manifest, ("web/yarn.lock", "__metadata:\n  version: 8\n")], "yarn install --immutable");
        let old = ("web/yarn.lock", "# yarn lockfile v1\n");
        check(&[manifest, old], "yarn install --frozen-lockfile --prefer-offline --non-interactive");
        // A lock elsewhere is somebody else's.
        check(&[manifest, ("package-lock.json", "{}")], "npm install");
    }

    #[test]
    fn what_the_manifest_names_goes_before() {
        let manifest = ("web/package.json", "{ \"packageManager\": \"pnpm@9.1.0+sha512.00\" }");
        check(&[manifest], "pnpm install");
        check(&[manifest, ("web/package-lock.json", "{}")], "pnpm install");
        let both = [manifest, ("web/package-lock.json", "{}"), ("web/pnpm-lock.yaml", "")];
        check(&both, "pnpm install --frozen-lockfile --prefer-offline");
    }
}
