# shellcheck shell=sh
# Written by `castoff generate scripts` from castoff.toml and the manifests: change those, and run it again.
# Made from castoff.toml 94efa39b7a456481a4284d4d8d00aab4f5a6fabc, list of manifests 8c66bc8de3fe91d7f7c3109ccb962e55c9207121.
#
# The rules of this repository: what castoff.toml says, and what follows from the manifests. A row a line, its fields with
# tabs between them; lib/rules.awk reads them.

# The castoff.toml that they were made from, by `git hash-object`.
# shellcheck disable=SC2034 # decide.sh compares it
config_id='94efa39b7a456481a4284d4d8d00aab4f5a6fabc'

rules() {
  cat <<'RULES'
# Settings of [release]
setting	major-on-zero	no
setting	minor-on-zero	yes
setting	propagate	yes
# Tags that are a base for components without a tag; the first pattern that any matches wins
base-tags	release-*
base-tags	v*
# Never a change: patterns, locks by name, and files that releases write
ignore	**/CHANGELOG.md
lock	Cargo.lock
lock	uv.lock
lock	package-lock.json
lock	npm-shrinkwrap.json
lock	bun.lock
lock	bun.lockb
lock	pnpm-lock.yaml
lock	yarn.lock
lock	Gemfile.lock
lock	gems.locked
never	castoff.toml
# Never looked at, except where castoff.toml names it as holding a version
# What commits of a type do: type, scope, whether they make a release by themselves, the step
section	feat		shown	
section	feature		shown	
section	fix		shown	
section	perf		shown	
section	revert		shown	
section	docs		hidden	
section	style		hidden	
section	chore		hidden	
section	refactor		hidden	
section	test		hidden	
section	build		hidden	
section	ci		hidden	
# Components: name, name in the output, what makes a release, tag, file with the version
component	castoff	CASTOFF	commits	v{version}	
changed-by	castoff	path	src/
changed-by	castoff	path	templates/
changed-by	castoff	path	Cargo.toml
changed-by	castoff	path	README.md
changed-by	castoff	path	LICENSE-APACHE
changed-by	castoff	path	LICENSE-MIT
# Manifests that were there when this was written
manifest	Cargo.toml
manifest	templates/demo/Cargo.toml
manifest	templates/demo/pyproject.toml
manifest	templates/xtask/Cargo.toml
# Packages: id, component, whether published, how the version is read, file, and what for that
package	cargo:castoff	castoff	public	cargo	Cargo.toml	Cargo.toml
# Directories of packages: path, package, the components that a change there belongs to
dir		cargo:castoff
# needs: package, the package that it needs, how the requirement is read, and what for that
# Lines that a release changes: name, file, what it stands in, then its text with what the holes hold
line	line1	Cargo.toml	[package]	version = "	version	"
RULES
}
