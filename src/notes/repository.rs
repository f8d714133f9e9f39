//! Where a repository is on the web, as its `origin` tells. No host is known here: links go where the code came from.

/// A repository of a forge whose addresses look as GitHub's do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// With scheme, without path: `https://git.example.invalid`.
    pub host: String,
    /// Owner and name, with groups where the forge has them.
    pub path: String,
}

impl Repository {
    /// Reads the URL of a remote; none for a directory, or where no owner and name are to be seen. What stands before
    /// an `@` is dropped: it may be a token.
    pub fn of_origin(url: &str) -> Option<Repository> {
        let (scheme, rest) = match url.trim().split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => (scheme, rest.split_once('/')?),
            // Only the web server's port is of use to a browser.
            Some(("ssh" | "git+ssh" | "git", rest)) => ("https", without_port(rest.split_once('/')?)),
            Some(_) => return None,
            None => ("https", short_form(url.trim())?),
        };
        let (authority, path) = rest;
        let host = authority.rsplit('@').next().unwrap_or_default();
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let plain = |c: char| c.is_ascii_alphanumeric() || "._~-/:".contains(c);
        let is_plain = |text: &str| !text.is_empty() && text.chars().all(plain);
        (is_plain(host) && is_plain(path) && path.contains('/'))
            .then(|| Repository { host: format!("{scheme}://{host}"), path: path.to_string() })
    }

    /// What changed between two tags.
    pub fn compare(&self, from: &str, to: &str) -> String {
        format!("{}/{}/compare/{from}...{to}", self.host, self.path)
    }

    /// A commit.
    pub fn commit(&self, id: &str) -> String {
        format!("{}/{}/commit/{id}", self.host, self.path)
    }

    /// An issue or pull request.
    pub fn issue(&self, number: &str) -> String {
        format!("{}/{}/issues/{number}", self.host, self.path)
    }

    /// A person.
    pub fn user(&self, name: &str) -> String {
        format!("{}/{name}", self.host)
    }
}

fn without_port<'a>((authority, path): (&'a str, &'a str)) -> (&'a str, &'a str) {
    let start = authority.rfind('@').map_or(0, |at| at + 1);
    let end = authority[start..].find(':').map_or(authority.len(), |colon| start + colon);
    (&authority[..end], path)
}

/// `git@host:owner/name`. A name without a dot is a directory, a drive, or somebody's alias for a host.
fn short_form(url: &str) -> Option<(&str, &str)> {
    let (authority, path) = url.split_once(':')?;
    let host = authority.rsplit('@').next().unwrap_or_default();
    (host.contains('.') && !authority.contains('/')).then_some((authority, path))
}
