//! Ruby in every formatting that people give it: an edit changes the bytes of versions, and no other byte.

use std::collections::BTreeMap;

use crate::ecosystem::gem::Gem;
use crate::ecosystem::{Bumps, Ecosystem};
use crate::edit;
use crate::model::{PackageId, Tree};

/// A small generator of numbers: the same seed gives the same formatting.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    fn space(&mut self) -> &'static str {
        self.one(&["", " ", "  ", "\t"])
    }

    fn text(&mut self, content: &str) -> String {
        let (open, close) = *[("'", "'"), ("\"", "\""), ("%q(", ")"), ("%q{", "}"), ("%(", ")")]
            .get(usize::try_from(self.below(5)).unwrap())
            .unwrap();
        format!("{open}{content}{close}{}", self.one(&["", "", ".freeze"]))
    }

    fn comment(&mut self) -> &'static str {
        self.one(&["", " # VERSION = '1.0.0'", "  # \"acme-core\", '~> 0.3'", " # do if end {", "   "])
    }

    /// Lines that are none of our business, though they look like it.
    fn noise(&mut self) -> String {
        let noise = [
            "",
            "\n",
            "# VERSION = \"1.0.0\"\n",
            "=begin\nVERSION = '1.0.0'\n=end\n",
            "puts <<~TEXT, 1\n  VERSION = '1.0.0'\n  TEXT\n",
            "OTHER_VERSION = '1.0.0'\n",
            "VERSIONS = %w[1.0.0 0.3.0]\n",
            "é = \"ö #{1 + 1} 1.0.0 #{\"in\" + 'ner'}\"\n",
            "TEXT = /1.0.0 '#{x}/\n",
            "x = { 'VERSION' => '1.0.0' } unless y\n",
        ];
        self.one(&noise).to_string()
    }
}

/// Files with `@OWN` for the gem's version, `@CORE` and `@NEXT` for the bounds of what it needs.
fn files(random: &mut Random) -> Vec<(&'static str, String)> {
    let version = random.text("@OWN");
    let (before, after) = (random.space(), random.space());
    let constant = format!("{}VERSION{before}={after}{version}{}\n", random.space(), random.comment());
    let (noise, more) = (random.noise(), random.noise());
    let version_file = format!("{noise}module Acme\n{more}{constant}{}end\n", random.noise());
    let name = random.text("acme-core");
    let clauses = match random.below(4) {
        0 => random.text("~> @CORE.0"),
        1 => format!(
            "{},{}{}",
            random.text(">= @CORE.0"),
            random.one(&[" ", "\n    "]),
            random.text("<  @NEXT")
        ),
        2 => format!("[{}]", random.text("= @CORE.0")),
        _ => random.text("@CORE.0"),
    };
    let call = match random.below(3) {
        0 => format!("s.add_dependency {name}, {clauses}"),
        1 => format!("s.add_runtime_dependency({name},\n{clauses}{})", random.one(&["", "\n"])),
        _ => format!("s.add_dependency({name} , {clauses}) unless RUBY_PLATFORM == \"java\""),
    };
    let gemspec = format!(
        "require_relative {}\n{}Gem::Specification.new do |s|{}\n{}  s.name{}={}{}\n  s.version = Acme::VERSION{}\n  {call}{}\nend\n",
        random.text("lib/acme/version"),
        random.noise(),
        random.comment(),
        random.noise(),
        random.space(),
        random.space(),
        random.text("acme"),
        random.one(&["", ".dup", ".to_s"]),
        random.comment(),
    );
    let core =
        "Gem::Specification.new do |s|\ns.name = 'acme-core'\ns.version = '@CORE.0'\nend\n".to_string();
    let mut files = vec![
        ("acme.gemspec", gemspec),
        ("lib/acme/version.rb", version_file),
        ("core/acme-core.gemspec", core),
    ];
    if random.below(2) == 0 {
        for (_, text) in &mut files {
            *text = text.replace('\n', "\r\n");
        }
    }
    files
}

fn filled(files: &[(&'static str, String)], own: &str, core: &str, next: &str) -> Tree {
    let fill = |text: &String| text.replace("@OWN", own).replace("@CORE", core).replace("@NEXT", next);
    let texts = files.iter().map(|(path, text)| (path.to_string(), fill(text)));
    let texts: BTreeMap<String, String> = texts.collect();
    Tree { files: texts.keys().cloned().collect(), texts, ..Tree::default() }
}

#[test]
fn whatever_the_formatting_only_versions_change() {
    for seed in 0..2000 {
        let files = files(&mut Random(seed));
        let before = filled(&files, "1.0.0", "0.3", "0.4");
        let packages = Gem.discover(&before).unwrap_or_else(|faults| panic!("{seed}: {faults}\n{before:#?}"));
        let version = |id: &PackageId| if id.name == "acme" { "1.0.1" } else { "0.4.0" };
        let next = packages.iter().map(|one| (one.id.clone(), version(&one.id).parse().unwrap())).collect();
        let edits = Gem.edits(&before, Bumps { packages: &packages, next: &next }).unwrap();
        let after = edit::apply_all(&before, &edits).unwrap();
        let expected = filled(&files, "1.0.1", "0.4", "0.5");
        assert_eq!(after.texts, expected.texts, "seed {seed}");
    }
}
