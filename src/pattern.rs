//! Patterns of paths, as the configuration writes them: a directory (`core/`), a glob (`**/CHANGELOG.md`) or one
//! file. They match at directory borders only, so `core/` is not `core-extra/`.

use glob::MatchOptions;

/// One pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Line of the configuration in which it stands; 0 where it stands in none.
    pub line: usize,
    text: String,
    glob: Option<glob::Pattern>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The reason, where a glob is malformed.
    pub fn new(text: &str) -> Result<Pattern, String> {
        // Only `*` is special; all other signs stand for themselves, because they stand in names of files.
        let pieces: Vec<String> = text.split('*').map(glob::Pattern::escape).collect();
        let below = if text.ends_with('/') { "**" } else { "" };
        let is_glob = pieces.len() > 1;
        let glob = is_glob.then(|| glob::Pattern::new(&(pieces.join("*") + below)));
        let glob = glob.transpose().map_err(|error| error.msg.to_string())?;
        Ok(Pattern { line: 0, text: text.to_string(), glob })
    }

    /// The same pattern, with the line of the configuration in which it stands.
    pub fn on_line(self, line: usize) -> Pattern {
        Pattern { line, ..self }
    }

    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it matches a path from the root of the repository.
    ///
    /// ```
    /// use castoff::pattern::Pattern;
    ///
    /// assert!(Pattern::new("core/").unwrap().matches("core/src/lib.rs"));
    /// assert!(Pattern::new("**/CHANGELOG.md").unwrap().matches("core/CHANGELOG.md"));
    /// assert!(!Pattern::new("core").unwrap().matches("core/src/lib.rs"));
    /// ```
    pub fn matches(&self, path: &str) -> bool {
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
        match &self.glob {
            Some(glob) => glob.matches_with(path, options),
            None if self.text.ends_with('/') => path.starts_with(&self.text) || self.text == "./",
            None => path == self.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_are_anchored_at_directories() {
        for (pattern, path, expected) in [
            ("core/", "core/src/lib.rs", true),
            ("core/", "core-extra/src/lib.rs", false),
            ("core/", "vendor/core/src/lib.rs", false),
            ("**/CHANGELOG.md", "CHANGELOG.md", true),
            ("**/CHANGELOG.md", "a/b/CHANGELOG.md", true),
            ("examples/**", "examples/one/Cargo.toml", true),
            ("examples/*", "examples/one/Cargo.toml", false),
            ("*/core/", "a/core/b/c", true),
            ("*/core/", "a/b/core/c", false),
            ("*/core/", "a/core", false),
            ("app/[id]/?.ts", "app/[id]/?.ts", true),
            ("app/[id]/?.ts", "app/i/a.ts", false),
            ("app/[id]/*.ts", "app/[id]/a.ts", true),
            ("app/[id]/*.ts", "app/i/a.ts", false),
            ("a{b,c}", "ab", false),
            ("VERSION", "VERSION", true),
            ("VERSION", "core/VERSION", false),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().matches(path), expected, "{pattern} {path}");
        }
    }
}
