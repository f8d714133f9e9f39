//! What the registries of a plan want and allow, as far as it is known without asking them: tokens, and time.

use std::collections::BTreeSet;

use super::{Action, Credential, PlannedPackage};
use crate::config::Config;
use crate::fault::Faults;
use crate::registry::limits::{Forecast, Uploads, forecast};
use crate::registry::{self, Target};

/// Every registry that something is published to.
pub(super) fn targets(packages: &[PlannedPackage], config: &Config) -> Result<Vec<Target>, Faults> {
    let publishing = packages.iter().filter(|package| package.action == Action::Publish);
    let names: BTreeSet<_> =
        publishing.filter_map(|package| Some((package.registry.as_deref()?, package.id.kind))).collect();
    let mut faults = Faults::default();
    let target = |(name, kind)| faults.take(registry::target(name, kind, config, &|_| None));
    let targets = names.into_iter().filter_map(target).collect();
    faults.or(targets)
}

/// The tokens that they want.
pub(super) fn credentials(targets: &[Target], variables: &BTreeSet<String>) -> Vec<Credential> {
    let one = |target: &Target| Credential {
        env: target.token_env.clone(),
        needed_for: target.name.clone(),
        present: target.token_env.iter().any(|name| variables.contains(name)),
    };
    targets.iter().map(one).collect()
}

/// How long their limits make the uploads take. What `is_first` says was never released, and its name is taken for new.
pub(super) fn rate_limits(
    targets: &[Target],
    packages: &[PlannedPackage],
    is_first: &dyn Fn(&PlannedPackage) -> bool,
) -> Vec<Forecast> {
    let one = |target: &Target| {
        let mut uploads = Uploads::default();
        let publishing = packages.iter().filter(|package| package.action == Action::Publish);
        let own =
            publishing.filter(|it| it.registry.as_ref() == Some(&target.name) && it.id.kind == target.kind);
        for package in own {
            *if is_first(package) { &mut uploads.names } else { &mut uploads.versions } += 1;
        }
        forecast(target, uploads)
    };
    targets.iter().filter_map(one).collect()
}
