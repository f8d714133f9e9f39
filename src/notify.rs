//! Tells others how a release ended: a command of the repository's, or the address of a webhook. Whether they could be
//! told changes nothing about the release.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::config::Config;
use crate::effect::{Cmd, Environment, Method, Request};
use crate::fault::Fault;
use crate::registry;
use crate::world::{World, failed};

/// How long telling somebody may take.
const LIMIT: Duration = Duration::from_secs(30);

/// The variable in which a command finds the outcome in one word.
const OUTCOME: &str = "CASTOFF_OUTCOME";

/// Tells everybody whom the configuration names. What went wrong is for people to know, and no more.
pub fn notify(world: &dyn World, root: &Path, config: &Config, outcome: &str, record: &Value) -> Vec<Fault> {
    let body = format!("{record:#}\n");
    let by_command = config.notify.command.as_ref().map(|command| {
        let hidden = registry::token_variables(config);
        let env = hidden.iter().fold(Environment::default(), |env, name| env.without(name));
        let cmd = Cmd::new("sh", root).args(["-c", command]).env(env.set(OUTCOME, outcome));
        run(world, &Cmd { limit: LIMIT, ..cmd.stdin(body.clone()) })
    });
    let by_webhook = config.notify.webhook_env.as_ref().map(|name| post(world, name, body.clone()));
    [by_command, by_webhook].into_iter().flatten().filter_map(Result::err).collect()
}

fn run(world: &dyn World, cmd: &Cmd) -> Result<(), Fault> {
    let doing = "notify by `command` in `[notify]`";
    let output = world.run(cmd)?;
    if output.ok() { Ok(()) } else { Err(failed(cmd, &output, doing)) }
}

fn post(world: &dyn World, name: &str, body: String) -> Result<(), Fault> {
    let cannot =
        |why: String| Fault::outside(format!("cannot notify by the webhook in `{name}`")).because(why);
    let url = world.env(name).filter(|url| !url.trim().is_empty());
    let Some(url) = url.map(|url| url.trim().to_string()) else {
        return Err(cannot("the variable is not set".to_string()));
    };
    let request =
        Request { method: Method::Post, body: body.into_bytes(), limit: Some(LIMIT), ..Request::get(&url) };
    let answer = world.send(&request.header("Content-Type", "application/json"));
    match answer {
        Ok(response) if (200..300).contains(&response.status) => Ok(()),
        Ok(response) => Err(cannot(format!("it answered with status {}", response.status))),
        Err(fault) => Err(cannot(struck(&fault.cause.unwrap_or(fault.message), &url))),
    }
}

/// Who knows the address of a webhook can write there, so it is in no message: neither whole, nor what follows the host.
fn struck(text: &str, url: &str) -> String {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let text = text.replace(url, "***");
    if path.is_empty() { text } else { text.replace(path, "***") }
}

#[cfg(test)]
mod tests {
    use super::struck;

    #[test]
    fn an_address_is_in_no_message() {
        let url = "http://hooks.invalid/services/T0/B0/secret";
        for text in [url, "no route to /services/T0/B0/secret", "bad uri: services/T0/B0/secret?"] {
            assert!(!struck(text, url).contains("secret"), "{text}");
        }
        assert_eq!(struck("connection refused", "http://127.0.0.1:1/"), "connection refused");
    }
}
