//! Asks a registry what it has of a version: three answers, and "I cannot say" is never "not there".

use crate::fault::Fault;
use crate::registry::{self, Presence, Target};
use crate::version::Version;
use crate::world::World;

/// What a registry has of one version of a package.
///
/// # Errors
/// The registry did not say.
pub fn ask(world: &dyn World, target: &Target, name: &str, version: &Version) -> Result<Presence, Fault> {
    let registry = registry::of(target.kind);
    let request = registry.question(&target.index, name);
    let cannot = |why: String| {
        let fault = Fault::outside(format!("cannot ask `{}` for `{name}`", target.name)).because(why);
        fault.help(format!(
            "nothing was uploaded for it; check `{}`, then run the same command again",
            request.url
        ))
    };
    let response = world.send(&request).map_err(|fault| cannot(fault.cause.unwrap_or(fault.message)))?;
    match registry.answer(&response, name, version) {
        Presence::Unknown(why) => Err(cannot(why)),
        presence => Ok(presence),
    }
}
