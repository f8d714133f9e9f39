//! Gemspecs, Gemfiles and their locks.

use expect_test::expect;

use super::{check_discover, check_edits, check_fault, packages, tree};

const GEMS: &str = "
    //- Gemfile
    source 'https://gems.example'
    gemspec
    gem \"acme-core\", '~> 0.3.0', path: 'core'
    path 'plugins' do
      gem 'acme-plugin'
    end
    //- Gemfile.lock
    PATH
    |  remote: .
    |  specs:
    |    acme (1.0.0)
    |      acme-core (>= 0.3, < 0.4)
    |      acme-model (= 0.3.0)
    |      thor (~> 1.0)

    PATH
    |  remote: core
    |  specs:
    |    acme-core (0.3.0)
    |    acme-model (0.3.0-java)
    |      acme-core (= 0.3.0)

    GEM
    |  remote: https://gems.example/
    |  specs:
    |    other (0.3.0)
    |      acme-core (~> 0.3.0)

    DEPENDENCIES
    |  acme!
    |  acme-core (~> 0.3.0)!
    |  acme-model (~> 0.3, >= 0.3.0)!
    |  other

    CHECKSUMS
    |  acme (1.0.0)
    |  acme-core (0.3.0)
    |  other (0.3.0) sha256=00
    //- plugins/Gemfile.lock
    GEM
    |  remote: https://gems.example/
    |  specs:
    |    acme-core (0.3.0)

    CHECKSUMS
    |  acme-core (0.3.0) sha256=00
    //- acme.gemspec
    require_relative 'lib/acme/version'
    Gem::Specification.new do |spec|
      spec.name          = 'acme'
      spec.version       = Acme::VERSION
      spec.description = <<~TEXT
        spec.version = 'none'
      TEXT
      spec.add_dependency 'acme-core', '>= 0.3', '< 0.4' # both
      spec.add_runtime_dependency(\"acme-model\", \"0.3.0\")
      spec.add_development_dependency 'acme-model', ['>= 0.3.0', '~> 0.3']
      spec.add_dependency 'thor', '~> 1.0' unless RUBY_PLATFORM == 'java'
    end
    //- lib/acme/version.rb
    module Acme
      RUST_CORE_VERSION = '0.3.0'
      VERSION = \"1.0.0\".freeze
      def self.info = { version: VERSION }
    end
    //- core/VERSION
    0.3.0
    //- core/acme-core.gemspec
    version = File.read(File.expand_path('VERSION', __dir__)).strip
    Gem::Specification.new do |s|
      s.name = %q{acme-core}
      s.version = version
    end
    //- core/acme-model.gemspec
    version = File.read(File.join(__dir__, 'VERSION')).chomp
    Gem::Specification.new { |s|
      s.name = \"acme-model\"
      s.version = version
      s.add_dependency \"acme-core\", \"= #{version}\"
      s.metadata['allowed_push_host'] = 'https://gems.corp.example/all/'
    }
    //- plugins/acme-plugin.gemspec
    Gem::Specification.new 'acme-plugin', '2.0.0.rc1' do |s|
      s.metadata = { 'allowed_push_host' => '' }
    end
    //- spec/fixtures/sample.gemspec
    broken
";

#[test]
fn gems_are_read_without_ruby() {
    check_discover(
        GEMS,
        expect![[r#"
            gem:acme 1.0.0 in ., rubygems; normal gem:acme-core >= 0.3, < 0.4; normal gem:acme-model 0.3.0; dev gem:acme-model >= 0.3.0, ~> 0.3; dev gem:acme-plugin 
            gem:acme-core 0.3.0 in core, rubygems
            gem:acme-model 0.3.0 in core, gems.corp.example/all; normal gem:acme-core = 0.3.0
            gem:acme-plugin 2.0.0-rc.1 in plugins, private (allowed_push_host is ``)
        "#]],
    );
}

#[test]
fn versions_requirements_and_locks_of_gems_are_edited() {
    check_edits(
        GEMS,
        &[("acme-core", "0.4.0"), ("acme-model", "0.4.0"), ("acme", "1.0.1")],
        expect![[r#"
            Gemfile acme-core: ~> 0.3.0 -> ~> 0.4.0
            Gemfile.lock acme: 1.0.0 -> 1.0.1
            Gemfile.lock acme: 1.0.0 -> 1.0.1
            Gemfile.lock acme-core: 0.3.0 -> 0.4.0
            Gemfile.lock acme-core: 0.3.0 -> 0.4.0
            Gemfile.lock acme-core: = 0.3.0 -> = 0.4.0
            Gemfile.lock acme-core: >= 0.3, < 0.4 -> >= 0.4.0, < 0.5
            Gemfile.lock acme-core: ~> 0.3.0 -> ~> 0.4.0
            Gemfile.lock acme-model: 0.3.0-java -> 0.4.0-java
            Gemfile.lock acme-model: = 0.3.0 -> = 0.4.0
            Gemfile.lock acme-model: ~> 0.3, >= 0.3.0 -> ~> 0.4, >= 0.3.0
            acme.gemspec acme-core: < 0.4 -> < 0.5
            acme.gemspec acme-core: >= 0.3 -> >= 0.4.0
            acme.gemspec acme-model: 0.3.0 -> 0.4.0
            acme.gemspec acme-model: ~> 0.3 -> ~> 0.4
            core/VERSION version: 0.3.0 -> 0.4.0
            lib/acme/version.rb version: 1.0.0 -> 1.0.1"#]],
    );
}

#[test]
fn a_gem_that_is_not_released_asks_for_more_only_where_it_must() {
    check_edits(
        GEMS,
        &[("acme-core", "0.3.1"), ("acme-model", "0.3.1")],
        expect![[r#"
            Gemfile.lock acme-core: 0.3.0 -> 0.3.1
            Gemfile.lock acme-core: 0.3.0 -> 0.3.1
            Gemfile.lock acme-core: = 0.3.0 -> = 0.3.1
            Gemfile.lock acme-model: 0.3.0-java -> 0.3.1-java
            Gemfile.lock acme-model: = 0.3.0 -> = 0.3.1
            acme.gemspec acme-model: 0.3.0 -> 0.3.1
            core/VERSION version: 0.3.0 -> 0.3.1"#]],
    );
}

#[test]
fn a_prerelease_of_a_gem_has_dots() {
    check_edits(
        GEMS,
        &[("acme", "1.1.0-rc.2")],
        expect![[r#"
        Gemfile.lock acme: 1.0.0 -> 1.1.0.rc2
        Gemfile.lock acme: 1.0.0 -> 1.1.0.rc2
        lib/acme/version.rb version: 1.0.0 -> 1.1.0.rc2"#]],
    );
}

#[test]
fn versions_are_found_where_gemspecs_look_for_them() {
    check_discover(
        "
        //- a/a.gemspec
        lib = File.expand_path('lib', __dir__)
        $LOAD_PATH.unshift(lib) unless $LOAD_PATH.include?(lib)
        require 'a/one/version'
        Gem::Specification.new do |gem|
          gem.name = 'a'
          gem.version = A::One::VERSION.dup
        end
        //- a/lib/a/one/version.rb
        module A
          VERSION = '9.9.9'
          module One
            VERSION = '1.2.3'
          end
        end
        //- b/b.gemspec
        require File.expand_path('../lib/b/meta_version', __FILE__)
        Gem::Specification.new do |s|
          s.name = 'b'
          s.version = B::Version::STRING
        end
        //- b/lib/b/meta_version.rb
        class B; class Version < Base
          STRING = %q(0.1.0.pre.2)
        end; end
        //- c/c.gemspec
        $:.push File.expand_path(\"lib\", __dir__)
        require \"c\"
        Gem::Specification.new do |s|
          s.name = 'c'
          s.version = C::VERSION
        end
        //- c/lib/c/version.rb
        C::VERSION = '3.0'
        //- f/f.gemspec
        $LOAD_PATH.unshift File.expand_path('lib', __dir__)
        require 'f'
        Gem::Specification.new do |s|
          s.name = 'f'
          s.version = F::VERSION
        end
        //- f/lib/f.rb
        module F
          VERSION = '0.9.0'
        end
        //- g/g.gemspec
        version = G::VERSION
        Gem::Specification.new do |s|
          s.name = 'g'
          s.version = version
          s.add_dependency 'f', \"~> #{G::VERSION}\"
          s.add_dependency 'a', s.version
        end
        //- g/lib/g/version.rb
        G::VERSION = '2.5'
        //- d/d.gemspec
        # encoding: utf-8
        Gem::Specification.new do |s|
          s.name = 'd'.freeze; s.version = \"0.1.8.2\"
        end
        ",
        expect![[r#"
            gem:a 1.2.3 in a, rubygems
            gem:b 0.1.0-pre.2 in b, rubygems
            gem:c 3.0.0 in c, rubygems
            gem:d 0.1.8.2 in d, rubygems
            gem:f 0.9.0 in f, rubygems
            gem:g 2.5.0 in g, rubygems; normal gem:a = 2.5; normal gem:f ~> 2.5
        "#]],
    );
}

#[test]
fn gemspecs_that_compute_are_told_where_ruby_was_not_asked() {
    check_fault(
        "
        //- a/a.gemspec
        Gem::Specification.new do |s|
          s.name = File.basename(__FILE__, '.gemspec')
          s.version = '1.0.0'
        end
        //- b.gemspec
        Gem::Specification.new do |s|
          s.name = 'b'
          s.version = if ENV['X'] then '1' else '2' end
        end
        //- c/c.gemspec
        Gem::Specification.new do |s|
          s.name = 'c'
          s.version = '1.0.0'
          %w[b d].each { |name| s.add_dependency name }
        end
        //- d/d.gemspec
        Gem::Specification.new do |s|
          s.name = 'd'
          s.version = '1.0.x'
        end
        //- e/e.gemspec
        Gem::Specification.new do |s|
          s.name = '--host'
          s.version = '1.0'
        end
        ",
        expect![[r#"
            `a/a.gemspec` computes what it says, and Ruby was not asked
              --> a/a.gemspec
              help: install Ruby, with what the gemspec requires; or write name, version and dependencies as plain strings; a gem that is no package of yours is left out by `exclude = ["a/**"]` in `[release]`
            `b.gemspec` computes what it says, and Ruby was not asked
              --> b.gemspec
              help: install Ruby, with what the gemspec requires; or write name, version and dependencies as plain strings; a gem that is no package of yours is left out by `exclude = ["b.gemspec"]` in `[release]`
            `c/c.gemspec` computes what it says, and Ruby was not asked
              --> c/c.gemspec
              help: install Ruby, with what the gemspec requires; or write name, version and dependencies as plain strings; a gem that is no package of yours is left out by `exclude = ["c/**"]` in `[release]`
            cannot read the version `1.0.x`
              --> d/d.gemspec:3
              cause: `1.0.x` is not a version
              help: write one such as `1.2.3`
            `--host` is no name of a gem
              --> e/e.gemspec
              help: use letters, digits, `-`, `_` and `.`"#]],
    );
}

#[test]
fn a_gem_is_for_the_platform_that_its_gemspec_names() {
    for (line, expected) in [
        ("", &["ruby"][..]),
        ("s.platform = Gem::Platform::RUBY", &["ruby"]),
        ("s.platform = 'x86_64-linux'", &["x86_64-linux"]),
        // Which one is known when it is built.
        ("s.platform = Gem::Platform::CURRENT", &[]),
        ("s.platform = 'java' if RUBY_PLATFORM == 'java'", &[]),
    ] {
        let text = format!(
            "//- a.gemspec\nGem::Specification.new do |s|\ns.name = 'a'\ns.version = '1.0.0'\n{line}\nend\n"
        );
        assert_eq!(packages(&tree(&text))[0].platforms, expected, "{line}");
    }
}
