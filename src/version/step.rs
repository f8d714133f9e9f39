//! From one version to the next.

use super::{Bump, Pre, Version};

impl Version {
    /// The next version by a step that a user asks for. A pre-release becomes the final version that it stands before,
    /// where the step is no larger than the one it already took (as npm does it).
    ///
    /// ```
    /// use castoff::version::{Bump, Version};
    ///
    /// assert_eq!(Version::new(0, 1, 9).bumped(Bump::Patch).semver(), "0.1.10");
    /// assert_eq!(Version::new(0, 1, 9).bumped(Bump::Major).semver(), "1.0.0");
    /// ```
    pub fn bumped(&self, bump: Bump) -> Version {
        let [major, minor, patch] = [0, 1, 2].map(|place| self.part(place));
        match bump {
            bump if self.is_pre() && self.took(bump) => self.finalised(),
            Bump::Patch => Version::new(major, minor, patch + 1),
            Bump::Minor => Version::new(major, minor + 1, 0),
            Bump::Major => Version::new(major + 1, 0, 0),
        }
    }

    /// The next version by a step that changes ask for. A row of pre-releases goes on until somebody promotes it: a
    /// final version cannot be taken back, one more candidate does no harm.
    pub fn advanced(&self, bump: Bump) -> Version {
        match &self.pre {
            None => self.bumped(bump),
            Some(_) if self.took(bump) => self.next_pre(),
            Some(pre) => self.bumped(bump).candidate(pre),
        }
    }

    /// The next of a row of pre-releases; the first of the next patch where it is none.
    pub fn next_pre(&self) -> Version {
        match &self.pre {
            None => self.bumped(Bump::Patch).candidate(&Pre::Rc(1)),
            Some(Pre::Alpha(number)) => self.recounted(Pre::Alpha(number + 1)),
            Some(Pre::Beta(number)) => self.recounted(Pre::Beta(number + 1)),
            Some(Pre::Rc(number)) => self.recounted(Pre::Rc(number + 1)),
            // A mark of development is no row.
            Some(Pre::Other(text)) if ["dev", "SNAPSHOT"].contains(&text.as_str()) => {
                self.recounted(Pre::Rc(1))
            }
            Some(Pre::Other(text)) => self.recounted(Pre::Other(counted_up(text))),
        }
    }

    /// The first pre-release before it, of the kind that `like` is.
    pub fn candidate(&self, like: &Pre) -> Version {
        let first = match like {
            Pre::Alpha(_) => Pre::Alpha(1),
            Pre::Beta(_) => Pre::Beta(1),
            Pre::Rc(_) => Pre::Rc(1),
            Pre::Other(text) => {
                let word = text.split('.').next().unwrap_or(text);
                Pre::Other(format!("{}.1", word.trim_end_matches(|c: char| c.is_ascii_digit())))
            }
        };
        Version::of(self.release.clone(), Some(first))
    }

    /// The final version of its numbers.
    pub fn finalised(&self) -> Version {
        Version::of(self.release.clone(), None)
    }

    /// The upper bound behind it at the place where an old one was drawn: `<0.3` becomes `<0.4` for 0.3.1.
    pub fn next_bound(&self, bound: &str) -> String {
        let numbers: Vec<&str> = bound.split('.').collect();
        let significant = numbers.iter().rposition(|number| *number != "0").map_or(1, |place| place + 1);
        let mut next: Vec<u64> = (0..significant).map(|place| self.part(place)).collect();
        if let Some(last) = next.last_mut() {
            *last += 1;
        }
        next.resize(numbers.len().max(significant), 0);
        super::spell::dotted(&next)
    }

    /// Whether the step from the version before to the final one of these numbers was at least this large.
    fn took(&self, bump: Bump) -> bool {
        let zero_from = |place: usize| self.release.iter().skip(place).all(|number| *number == 0);
        match bump {
            Bump::Patch => true,
            Bump::Minor => zero_from(2),
            Bump::Major => zero_from(1),
        }
    }
}

/// The last number one greater; `nightly` becomes `nightly.1`.
fn counted_up(text: &str) -> String {
    let digits = text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (before, number) = text.split_at(text.len() - digits);
    match number.parse::<u64>() {
        Ok(number) => format!("{before}{}", number + 1),
        Err(_) => format!("{text}.1"),
    }
}
