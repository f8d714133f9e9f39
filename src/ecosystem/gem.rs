//! All that castoff knows of RubyGems and Bundler: the commands are here; gemspecs are read in `discover` (by Ruby
//! itself where they compute what they say, `ask`), edited in `edits`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::archive::Artifact;
use super::refusal::{self, Refusal, Words};
use super::withdraw::{Means, Withdrawal};
use super::writes::Writes;
use super::{Bumps, Ecosystem, Question, Site, Trial};
use crate::config::Pin;
use crate::effect::{Cmd, Edit, Environment, Secret};
use crate::fault::{Fault, Faults};
use crate::model::{Kind, Package, PackageId, Tree};
use crate::path;
use crate::registry::Target;
use crate::registry::rubygems::{SOURCE, is_platform, parse_file_name, same_version};
use crate::version::Version;

pub mod archive;
mod ask;
mod discover;
mod edits;
mod expression;
mod gemfile;
mod gemspec;
mod lock;
mod requirement;
mod writes;

/// Ruby gems.
pub struct Gem;

/// The public registry.
const REGISTRY: &str = "rubygems";

impl Ecosystem for Gem {
    fn kind(&self) -> Kind {
        Kind::Gem
    }

    fn tool(&self) -> (&'static str, &'static str) {
        ("gem", "install Ruby")
    }

    /// Gemspecs, Gemfiles, locks, and the files in which versions usually stand.
    fn wants(&self, path: &str) -> bool {
        let name = path::name(path);
        let holds_version = || {
            let plain = !name.contains('.') || name.ends_with(".rb") || name.ends_with(".txt");
            let top = name.ends_with(".rb") && path::name(path::parent(path)) == "lib";
            top || (plain && name.to_lowercase().contains("version"))
        };
        name.ends_with(".gemspec")
            || gemfile::NAMES.contains(&name)
            || lock::NAMES.contains(&name)
            || holds_version()
    }

    fn rewrites(&self, path: &str) -> bool {
        lock::NAMES.contains(&path::name(path))
    }

    fn question(&self, tree: &Tree, root: &Path) -> Option<Question> {
        let unclear = discover::unclear(tree);
        let about = unclear.iter().map(|path| (path.to_string(), discover::help(path))).collect();
        (!unclear.is_empty()).then(|| Question { about, cmd: ask::question(root, &unclear) })
    }

    fn discover(&self, tree: &Tree) -> Result<Vec<Package>, Faults> {
        discover::discover(tree)
    }

    fn extensions(&self, tree: &Tree) -> BTreeMap<String, Vec<String>> {
        discover::extensions(tree)
    }

    fn platforms(&self) -> &'static [&'static str] {
        &[SOURCE, "x86_64-linux", "arm64-darwin", "x64-mingw-ucrt"]
    }

    fn is_platform(&self, text: &str) -> bool {
        is_platform(text)
    }

    fn spell(&self, version: &Version) -> String {
        version.gem()
    }

    /// `Gem::Version` knows numbers, letters and dots.
    fn takes(&self, version: &Version) -> Result<(), String> {
        match version.suffix.contains('+') {
            true => Err("gems have no build number behind `+`".to_string()),
            false => Ok(()),
        }
    }

    /// Zeros at the end say nothing to RubyGems.
    fn same(&self, one: &Version, other: &Version) -> bool {
        one.same_value(other)
    }

    fn accepts(&self, requirement: &str, version: &Version) -> bool {
        requirement::accepts(requirement, version)
    }

    /// What a gemspec says is what is published.
    fn default_pin(&self) -> Pin {
        Pin::Keep
    }

    fn edits(&self, tree: &Tree, bumps: Bumps) -> Result<Vec<Edit>, Faults> {
        edits::edits(tree, bumps)
    }

    fn writes(&self, tree: &Tree, packages: &[Package], edit: &Edit) -> Option<Writes> {
        writes::writes(tree, packages, edit)
    }

    fn pins(
        &self,
        tree: &Tree,
        package: &Package,
        pin: Pin,
        versions: &BTreeMap<PackageId, Version>,
    ) -> Result<Vec<Edit>, Faults> {
        Ok(match pin {
            Pin::Exact => edits::pins(tree, package, "=", versions),
            Pin::Compatible => edits::pins(tree, package, "~>", versions),
            Pin::Keep => Vec::new(),
        })
    }

    fn builds_together(&self) -> bool {
        false
    }

    /// Without it every build has other bytes. This is what newer versions of RubyGems take by themselves.
    fn build_env(&self, _: &Package, site: &Site) -> Environment {
        site.env.clone().usual("SOURCE_DATE_EPOCH", "315619200")
    }

    /// gem names the file for the platform that the gemspec says when it is run, so it is not told a name.
    fn build(&self, packages: &[&Package], site: &Site) -> Cmd {
        let mut cmd = Cmd::new("gem", site.stage).arg("build");
        for package in packages {
            cmd.dir = site.stage.join(&package.dir);
            cmd = cmd.arg(path::name(&package.manifest)).env(self.build_env(package, site));
        }
        cmd
    }

    /// `gem signin` keeps a key below the user's home.
    fn logged_in(
        &self,
        target: &Target,
        env: &dyn Fn(&str) -> Option<String>,
        exists: &dyn Fn(&Path) -> bool,
    ) -> bool {
        let home = env("HOME").map(PathBuf::from);
        let files = [".gem/credentials", ".local/share/gem/credentials"];
        !target.own_server && home.is_some_and(|home| files.iter().any(|file| exists(&home.join(file))))
    }

    fn built_in(&self, package: &Package, site: &Site) -> PathBuf {
        site.stage.join(&package.dir)
    }

    /// gem builds each package from the start.
    fn compiled(&self, _: &BTreeSet<&str>, _: &Path, _: &dyn Fn(&Path) -> Vec<String>) -> Vec<PathBuf> {
        Vec::new()
    }

    fn built(&self, package: &Package, version: &Version, found: &[String]) -> Result<Vec<String>, String> {
        let gems: Vec<&String> = found.iter().filter(|file| file.ends_with(".gem")).collect();
        let of = |file: &str| parse_file_name(file, &package.id.name).map(|(version, _)| version.to_string());
        let ours: Vec<&String> = gems.iter().copied().filter(|file| of(file).is_some()).collect();
        let wrong = ours.iter().find(|file| !of(file).is_some_and(|text| same_version(&text, version)));
        if let Some(file) = wrong.or(gems.first().filter(|_| ours.is_empty())) {
            return Err(format!(
                "the build made `{file}`, planned was {} {}",
                package.id.name,
                version.gem()
            ));
        }
        if ours.is_empty() {
            Err("the build made no gem".to_string())
        } else {
            Ok(ours.into_iter().cloned().collect())
        }
    }

    /// A gem is known by what is in it, whatever its file is called.
    fn examine(
        &self,
        package: &Package,
        _: &Version,
        file: Artifact,
        _: &Target,
    ) -> Result<Option<String>, Fault> {
        let cannot = |why: String| {
            Fault::outside(format!("`{}` of `{}` is not the gem that its name says", file.name, package.id))
                .because(why)
        };
        let spec = archive::read(file.bytes).map_err(cannot)?;
        let [name, version, platform] = ["name", "version", "platform"].map(|key| {
            let text = spec[key].as_str().filter(|text| !text.is_empty());
            text.unwrap_or(SOURCE)
        });
        let behind = if platform == SOURCE { String::new() } else { format!("-{platform}") };
        let own = format!("{name}-{version}{behind}.gem");
        if own == file.name { Ok(None) } else { Err(cannot(format!("it would be published as `{own}`"))) }
    }

    fn upload(&self, _: &Package, _: &Version, files: &[PathBuf], site: &Site) -> Cmd {
        let target = site.target;
        // gem takes one file at a time. The one that everybody can install comes last: until then, whose platform has
        // none would compile it for nothing.
        let mut files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        files.sort_by_key(|file| std::cmp::Reverse(file.len()));
        let host = target.upload.trim_end_matches('/');
        // A server in place of the public one takes what a gemspec would send to no other.
        let anywhere = if target.own_server && target.name == REGISTRY { ANYWHERE } else { "" };
        let script = format!("{STATUS}{anywhere}{PUSH}");
        Cmd::new("ruby", site.out).args(["-e", &script, "--", host]).args(files).env(with_key(site))
    }

    fn refusal(&self, text: &str) -> Refusal {
        refusal::read(text, REFUSALS, &["castoff: status "])
    }

    /// One command a platform. What became of it is in the index alone: gem ends with 0 also where it was refused.
    fn withdraw(
        &self,
        package: &Package,
        _: &Version,
        what: Withdrawal,
        files: &[&str],
        site: &Site,
    ) -> Means {
        if what == Withdrawal::Restore {
            return Means::Never("a yanked gem is gone from its server, and so is the number");
        }
        let start = format!("{}-", package.id.name);
        let yank = |file: &&str| {
            let spelled = file.strip_prefix(&start)?.strip_suffix(".gem")?;
            let (version, platform) = spelled.split_once('-').map_or((spelled, None), |(v, p)| (v, Some(p)));
            let mut cmd = Cmd::new("gem", site.stage).args(["yank", &package.id.name, "--version", version]);
            cmd = cmd.args(platform.into_iter().flat_map(|platform| ["--platform", platform]));
            let host = site.target.upload.trim_end_matches('/');
            Some(cmd.args(["--host", host]).env(with_key(site)))
        };
        Means::Run(files.iter().filter_map(yank).collect())
    }

    fn withdrawn(&self) -> &'static str {
        "a yanked gem is gone for everybody, and nothing brings it back"
    }

    fn trial(&self, package: &Package, version: &Version, _: &[String], dir: &Path, site: &Site) -> Trial {
        let home = dir.join("gems").display().to_string();
        let env = site
            .env
            .clone()
            .set("GEM_HOME", &home)
            .set("GEM_PATH", &home)
            .set("GEM_SPEC_CACHE", dir.join("specs").display().to_string())
            .without("RUBYOPT")
            .without("BUNDLE_GEMFILE");
        let name = &package.id.name;
        let exact = version.gem();
        let mut install = Cmd::new("gem", dir).args(["install", name, "--version", &exact, "--no-document"]);
        install = install.args(["--clear-sources", "--source", &site.target.index]);
        let require = Cmd::new("ruby", dir).args(["-e", REQUIRE, name, &exact]);
        let (fetch, commands) = (vec![install.env(env.clone())], vec![require.env(env)]);
        Trial { fetch, commands, ..Trial::default() }
    }

    fn isolation(&self, dir: &Path) -> Vec<(&'static str, PathBuf)> {
        vec![("GEM_SPEC_CACHE", dir.join("gem-specs")), ("BUNDLE_USER_HOME", dir.join("bundle"))]
    }

    fn toolchains(&self) -> &'static [(&'static str, &'static str)] {
        &[("RBENV_ROOT", ".rbenv"), ("rvm_path", ".rvm")]
    }

    /// gem takes its sources from arguments.
    fn index_variable(&self) -> Option<&'static str> {
        None
    }

    /// Building a gem asks nobody.
    fn offline(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn trust_variables(&self) -> &'static [&'static str] {
        &["SSL_CERT_FILE", "BUNDLE_SSL_CA_CERT"]
    }

    fn guess(&self) -> (f64, f64) {
        (3.0, 3.0)
    }
}

/// What gem and RubyGems say.
const REFUSALS: Words = &[
    (Refusal::Burnt, &["A yanked version already exists"]),
    (Refusal::Taken, &["Repushing of gem versions is not allowed"]),
    (Refusal::Broken, &["(Errno::E", "(Net::", "(EOFError", "(SocketError", "(OpenSSL::SSL", "FetchError"]),
];

/// gem, which shows what a server wrote, telling also which status it answered with: without that a server in trouble
/// cannot be told from one that refuses.
const STATUS: &str = "\
require 'rubygems/gem_runner'
require 'rubygems/commands/push_command'
Gem::Commands::PushCommand.prepend(Module.new do
  def with_response(response, *rest, **named, &block)
    wait = response['Retry-After']
    $stderr.puts \"castoff: status #{response.code}#{wait && \", Retry-After: #{wait}\"}\"
    super
  end
end)
";

/// Without the question whether `allowed_push_host` of a gemspec is the server that was named.
const ANYWHERE: &str = "\
Gem::Commands::PushCommand.prepend(Module.new do
  def rubygems_api_request(method, path, host = nil, _ = nil, **rest, &block)
    super(method, path, host, nil, **rest, &block)
  end
end)
";

/// Pushes to a host each of the gems; the first that is refused ends it.
const PUSH: &str = "\
host, *gems = ARGV
gems.each { |gem| Gem::GemRunner.new.run(['push', gem, '--host', host]) }
";

/// Loads the file that the installed gem is named for, `acme-core` as `acme-core` or `acme/core`, where it has one.
/// Its programs are named first.
const REQUIRE: &str = "\
gem ARGV[0], ARGV[1]
spec = Gem.loaded_specs.fetch(ARGV[0])
spec.executables.each { |name| puts \"castoff:program\\t#{name}\\t#{File.join(Gem.bindir, name)}\" }
$stdout.flush
names = [ARGV[0], ARGV[0].tr('-', '/'), ARGV[0].tr('-', '_')]
name = names.find { |n| spec.full_require_paths.any? { |dir| File.file?(File.join(dir, n + '.rb')) } }
require name if name
";

/// With the key for a server.
fn with_key(site: &Site) -> Environment {
    let env = site.env.clone();
    match &site.target.token {
        Some(token) => env.hide("GEM_HOST_API_KEY", token),
        // Without a key gem asks for a name and password; a server without accounts takes any.
        None if site.target.own_server => env.hide("GEM_HOST_API_KEY", &Secret::new("no-key-is-needed")),
        None => env,
    }
}
