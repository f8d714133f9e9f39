//! Locks that are not what the manifests ask for.

use super::{Category, Check, Facts, Finding, Severity};
use crate::ecosystem::metadata::Stale;

pub(super) const STALE_LOCKS: Check = Check {
    id: "stale_locks",
    category: Category::Language,
    severity: Severity::Error,
    explanation: "\
A lock that says something else of a package than its manifest does was not committed together with it. Tools mend it
without a word, so what is built for a release is not what was tested; those that are told not to (`npm ci`, `--locked`)
refuse it. Versions, names and requirements of the repository's own packages are compared, without a network. Looked
at are Cargo.lock, uv.lock, package-lock.json, bun.lock and pnpm-lock.yaml, where git tracks them.

Example: `acme-core` is 0.2.0 in its manifest and 0.1.0 in uv.lock, or needs `six`, of which the lock knows nothing.

Mend it: run the tool that writes the lock, and commit that.",
    run: stale_locks,
};

fn stale_locks(facts: &Facts) -> Vec<Finding> {
    let finding = |stale: &Stale| {
        let message = format!("the lock is not up to date: {}", stale.why);
        Finding {
            package: Some(stale.package.clone()),
            ..Finding::error(message, stale.help).at(&stale.lock, stale.line)
        }
    };
    facts.inspections.iter().flat_map(|inspection| &inspection.stale).map(finding).collect()
}
