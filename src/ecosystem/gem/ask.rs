//! Gemspecs that compute what they say: the question to Ruby, and how its answer is read. Only Ruby knows what a
//! program gives, and a gemspec is one.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::effect::{Cmd, Environment, Inherits};
use crate::fault::Fault;
use crate::model::Need;
use crate::version::Version;

/// What Ruby says of a gemspec.
pub(super) struct Answer {
    pub(super) name: String,
    pub(super) version: Version,
    pub(super) push_host: Option<String>,
    /// Name, what for, clauses.
    pub(super) needed: Vec<(String, Need, String)>,
}

/// Loads each specification as `gem build` does and prints what a release needs of it. Each has a process of its own,
/// for they are programs and may be in each other's way; Ruby itself is started once.
const QUESTION: &str = "\
require 'json'
begin
  require 'bundler'
rescue LoadError
end
answer = lambda do |path|
  Dir.chdir(File.dirname(path))
  spec = Gem::Specification.load(File.basename(path)) or exit!(1)
  needed = spec.dependencies.map { |d| [d.name, d.type, d.requirement.as_list.join(', ')] }
  JSON.generate([spec.name, spec.version.to_s, spec.metadata['allowed_push_host'], needed])
end
ARGV.each_slice(4) do |paths|
  running = paths.map do |path|
    reader, writer = IO.pipe
    child = fork do
      reader.close
      $stdout.reopen($stderr)
      writer.write(answer.call(path))
      writer.close
      exit!(0)
    end
    writer.close
    [path, reader, child]
  end
  running.each do |path, reader, child|
    text = reader.read
    puts \"#{path}\\t#{text}\" if Process.wait2(child)[1].success?
  end
end
";

/// The command that prints, for each of these gemspecs, its path and what `read` reads. It runs code of the
/// repository, so it sees no token.
pub(super) fn question(root: &Path, paths: &[&str]) -> Cmd {
    let env = Environment { inherits: Inherits::NoTokens, ..Environment::default() }
        .set("LC_ALL", "C.UTF-8")
        .set("GIT_OPTIONAL_LOCKS", "0")
        .without("RUBYOPT")
        .without("BUNDLE_GEMFILE");
    let mut cmd = Cmd::new("ruby", root).args(["-e", QUESTION, "--"]).args(paths.iter().copied()).env(env);
    cmd.limit = Duration::from_secs(300);
    cmd
}

/// Reads an answer.
pub(super) fn read(path: &str, output: &str) -> Result<Answer, Fault> {
    let parsed = serde_json::from_str::<Value>(output).ok();
    let answer = parsed.as_ref().and_then(|value| {
        let need = |kind: &str| if kind == "development" { Need::Dev } else { Need::Normal };
        let one = |entry: &Value| {
            let clauses = entry[2].as_str()?;
            let clauses = if clauses == ">= 0" { "" } else { clauses };
            Some((entry[0].as_str()?.to_string(), need(entry[1].as_str()?), clauses.to_string()))
        };
        Some(Answer {
            name: value[0].as_str()?.to_string(),
            version: value[1].as_str()?.parse().ok()?,
            push_host: value[2].as_str().map(str::to_string),
            needed: value[3].as_array()?.iter().map(one).collect::<Option<_>>()?,
        })
    });
    answer.ok_or_else(|| {
        let fault = Fault::outside(format!("cannot read what Ruby says of `{path}`")).at(path, 0);
        fault.because(output.trim().to_string()).help("`gem build` has to be able to load it")
    })
}
