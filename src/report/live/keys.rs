//! Keys as a terminal sends them.

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Start nothing new.
    Pause,
    /// Go on.
    Resume,
    /// Stop.
    Quit,
    /// All rows.
    All,
    /// A window of rows.
    Window,
    /// The next filter.
    Filter,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// The log of the selected row.
    Log,
    /// Back from there.
    Back,
}

/// Bytes that may be the begin of a longer key.
#[derive(Debug, Default)]
pub struct Keys(Vec<u8>);

impl Keys {
    /// The keys in what was read. Escape alone, and the begin of what an arrow sends, wait for more.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.0.extend(bytes);
        let mut keys = Vec::new();
        while let Some((key, used)) = first(&self.0) {
            keys.extend(key);
            self.0.drain(..used);
        }
        keys
    }

    /// Whether something waits for more.
    pub fn waits(&self) -> bool {
        !self.0.is_empty()
    }

    /// Nothing more came: then it was the escape key.
    pub fn rest(&mut self) -> Option<Key> {
        let alone = self.0 == [ESCAPE];
        self.0.clear();
        alone.then_some(Key::Back)
    }
}

const ESCAPE: u8 = 0x1b;

/// The first key and how many bytes it has; none where more have to come.
fn first(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    match *bytes {
        [] | [ESCAPE] | [ESCAPE, b'[' | b'O'] => None,
        [ESCAPE, b'[' | b'O', ref rest @ ..] => {
            // Numbers, then a letter that says what it is (ECMA-48, 5.4).
            let length = rest.iter().position(|byte| (0x40..=0x7e).contains(byte))?;
            let key = match rest[length] {
                b'A' => Some(Key::Up),
                b'B' => Some(Key::Down),
                _ => None,
            };
            Some((key, length + 3))
        }
        [ESCAPE, ..] => Some((Some(Key::Back), 1)),
        [byte, ..] => Some((letter(byte), 1)),
    }
}

fn letter(byte: u8) -> Option<Key> {
    Some(match byte.to_ascii_lowercase() {
        b'p' => Key::Pause,
        b'r' => Key::Resume,
        b'q' => Key::Quit,
        b'a' => Key::All,
        b'w' => Key::Window,
        b'f' => Key::Filter,
        b'k' => Key::Up,
        b'j' => Key::Down,
        b'l' | b'\r' | b'\n' => Key::Log,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Key, Keys};

    #[test]
    fn keys_are_read_in_every_form() {
        for (text, expected) in [
            ("pP", vec![Key::Pause, Key::Pause]),
            ("jk\x1b[A\x1bOB", vec![Key::Down, Key::Up, Key::Up, Key::Down]),
            // Pages, a mouse and letters of other scripts mean nothing.
            ("\x1b[5~\x1b[1;5Cx界q", vec![Key::Quit]),
            ("\x1bq", vec![Key::Back, Key::Quit]),
            ("\r", vec![Key::Log]),
        ] {
            let mut keys = Keys::default();
            assert_eq!(keys.read(text.as_bytes()), expected, "{text:?}");
            assert!(!keys.waits(), "{text:?}");
        }
    }

    #[test]
    fn an_arrow_may_come_in_pieces_and_escape_alone() {
        let mut keys = Keys::default();
        assert_eq!(keys.read(b"\x1b"), []);
        assert_eq!(keys.read(b"["), []);
        assert_eq!((keys.read(b"A"), keys.waits()), (vec![Key::Up], false));
        assert_eq!((keys.read(b"\x1b"), keys.waits()), (vec![], true));
        assert_eq!((keys.rest(), keys.waits()), (Some(Key::Back), false));
        assert_eq!((keys.read(b"\x1b["), keys.rest(), keys.rest()), (vec![], None, None));
    }
}
