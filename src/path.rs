//! Paths of a repository as manifests write them: relative to the root, with `/`, read as text alone.

/// A path written in a file of `dir`, as a path from the root; none when it leads out of the repository.
///
/// ```
/// assert_eq!(castoff::path::resolve("a/b", "../c/./d").as_deref(), Some("a/c/d"));
/// assert_eq!(castoff::path::resolve("a", "../.."), None);
/// ```
pub fn resolve(dir: &str, written: &str) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty()).collect();
    if written.starts_with('/') {
        return None;
    }
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// A path below a directory; empty means the root.
pub fn join(dir: &str, below: &str) -> String {
    if dir.is_empty() { below.to_string() } else { format!("{dir}/{below}") }
}

/// The directory of a path; empty for the root.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// The last part of a path.
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether `path` is `dir` or lies in it.
pub fn is_within(path: &str, dir: &str) -> bool {
    dir.is_empty() || path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The directory that holds two directories, or is one of them.
///
/// ```
/// assert_eq!(castoff::path::shared("a/b/c", "a/bc"), "a");
/// assert_eq!(castoff::path::shared("a/b", "a/b/c"), "a/b");
/// ```
pub fn shared<'a>(one: &'a str, other: &'a str) -> &'a str {
    let mut dir = one;
    while !is_within(other, dir) {
        dir = parent(dir);
    }
    dir
}
