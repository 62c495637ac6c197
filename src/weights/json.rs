//! JSON as it is read in place: without a heap, without recursion, and no deeper than serde_json goes.

use core::cmp::Ordering;
use core::fmt;

/// Where a header is no JSON, or not that of a safetensors file, and what was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unexpected {
    pub(super) at: u32,
    pub(super) expected: &'static str,
}

/// A text with a place in it. It is no longer than a `u32` counts.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    pub(super) at: usize,
}

/// Objects and arrays lie within each other less often than this.
const DEPTH: u32 = 128;

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    /// What is behind the spaces, if it is not the end.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    pub(super) const fn fail<R>(&self, expected: &'static str) -> Result<R, Unexpected> {
        #[allow(clippy::cast_possible_truncation, reason = "says the type's contract")]
        Err(Unexpected { at: self.at as u32, expected })
    }

    /// Goes on behind `sign`, if it comes next.
    pub(super) fn takes(&mut self, sign: u8) -> bool {
        let comes = self.peek() == Some(sign);
        self.at += usize::from(comes);
        comes
    }

    pub(super) fn expect(&mut self, sign: u8, expected: &'static str) -> Result<(), Unexpected> {
        if self.takes(sign) { Ok(()) } else { self.fail(expected) }
    }

    /// Whether there is another item, behind the opening bracket or behind an item.
    pub(super) fn has_item(&mut self, is_first: bool, close: u8) -> Result<bool, Unexpected> {
        if self.takes(close) {
            return Ok(false);
        }
        if !is_first {
            self.expect(b',', if close == b'}' { "`,` or `}`" } else { "`,` or `]`" })?;
        }
        Ok(true)
    }

    /// A key and its colon.
    pub(super) fn key(&mut self) -> Result<Name<'a>, Unexpected> {
        let key = self.string()?;
        self.expect(b':', "`:`")?;
        Ok(key)
    }

    pub(super) fn string(&mut self) -> Result<Name<'a>, Unexpected> {
        self.expect(b'"', "a text in double quotes")?;
        let (start, bytes) = (self.at, self.text.as_bytes());
        let mut is_plain = true;
        loop {
            match bytes.get(self.at) {
                None => return self.fail("`\"`"),
                Some(b'"') => {
                    let raw = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(Name { raw, is_plain });
                }
                Some(0..0x20) => return self.fail("no control character in a text"),
                Some(b'\\') => match escaped(&self.text[self.at..]) {
                    Some((_, length)) => (self.at, is_plain) = (self.at + length, false),
                    None => return self.fail("an escape of JSON"),
                },
                Some(_) => self.at += 1,
            }
        }
    }

    /// A whole number from 0 on: digits alone, no sign, no exponent.
    pub(super) fn whole(&mut self) -> Result<usize, Unexpected> {
        const EXPECTED: &str = "a whole number";
        self.peek();
        let rest = &self.text[self.at..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at(digits);
        let goes_on = behind.starts_with(['.', 'e', 'E']);
        match number.parse() {
            Ok(value) if !goes_on && (digits == 1 || !number.starts_with('0')) => {
                self.at += digits;
                Ok(value)
            }
            _ => self.fail(EXPECTED),
        }
    }

    fn literal(&mut self, text: &str) -> Result<(), Unexpected> {
        if self.text[self.at..].starts_with(text) {
            self.at += text.len();
            Ok(())
        } else {
            self.fail("a value of JSON")
        }
    }

    /// `null`, if it comes next.
    pub(super) fn takes_null(&mut self) -> Result<bool, Unexpected> {
        if self.peek() == Some(b'n') { self.literal("null").map(|()| true) } else { Ok(false) }
    }

    fn number(&mut self) -> Result<(), Unexpected> {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let digits = |at: &mut usize| {
            let first = *at;
            while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
                *at += 1;
            }
            *at - first
        };
        let mut at = start + usize::from(bytes[start] == b'-');
        let starts_with_zero = bytes.get(at) == Some(&b'0');
        let whole = digits(&mut at);
        let mut is_right = whole > 0 && (whole == 1 || !starts_with_zero);
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            is_right &= digits(&mut at) > 0;
        }
        if let Some(b'e' | b'E') = bytes.get(at) {
            at += 1;
            at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
            is_right &= digits(&mut at) > 0;
        }
        let value = self.text[start..at].parse::<f64>();
        if !(is_right && value.is_ok_and(f64::is_finite)) {
            return self.fail("a number of JSON");
        }
        self.at = at;
        Ok(())
    }

    /// Goes on behind any value, which lies in so many objects and arrays.
    pub(super) fn skip(&mut self, within: u32) -> Result<(), Unexpected> {
        // Which of those that are open are objects, a bit each.
        let (mut objects, mut depth, mut is_first) = (0_u128, within, true);
        loop {
            let mut is_open = false;
            match self.peek() {
                Some(b'"') => drop(self.string()?),
                Some(b't') => self.literal("true")?,
                Some(b'f') => self.literal("false")?,
                Some(b'n') => self.literal("null")?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(open @ (b'{' | b'[')) => {
                    depth += 1;
                    if depth >= DEPTH {
                        return self.fail("no more than 127 objects and arrays in each other");
                    }
                    objects = objects << 1 | u128::from(open == b'{');
                    self.at += 1;
                    (is_open, is_first) = (true, true);
                }
                _ => return self.fail("a value of JSON"),
            }
            if !is_open {
                is_first = false;
            }
            // Out of all that ends here.
            loop {
                if depth == within {
                    return Ok(());
                }
                let is_object = objects & 1 == 1;
                if self.has_item(is_first, if is_object { b'}' } else { b']' })? {
                    if is_object {
                        self.key()?;
                    }
                    break;
                }
                (objects, depth, is_first) = (objects >> 1, depth - 1, false);
            }
        }
    }
}

/// The character that an escape at the beginning of a text stands for, and how long the escape is.
fn escaped(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| -> Option<u32> {
        let digits = text.get(at..at + 4)?;
        let is_right = text[..at].ends_with("\\u") && digits.bytes().all(|d| d.is_ascii_hexdigit());
        if is_right { u32::from_str_radix(digits, 16).ok() } else { None }
    };
    let character = match text.as_bytes().get(1)? {
        b'u' => {
            let first = unit(2)?;
            return match first {
                0xD800..0xDC00 => {
                    let second = unit(8).filter(|second| (0xDC00..0xE000).contains(second))?;
                    let both = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                    Some((char::from_u32(both)?, 12))
                }
                _ => Some((char::from_u32(first)?, 6)),
            };
        }
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        other @ (b'"' | b'\\' | b'/') => char::from(*other),
        _ => return None,
    };
    Some((character, 2))
}

/// A name in a file's header, as it stands there, escapes and all. It is compared, and shown, as what it
/// means: `"a\u0062"` is `ab`.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    raw: &'a str,
    /// Whether there are no escapes in it.
    is_plain: bool,
}

impl<'a> Name<'a> {
    /// Its characters, and where each begins in what stands there.
    pub(super) fn places(self) -> impl Iterator<Item = (usize, char)> + Clone + 'a {
        let mut rest = self.raw;
        core::iter::from_fn(move || {
            let at = self.raw.len() - rest.len();
            let first = rest.chars().next()?;
            let (character, length) = match first {
                '\\' => escaped(rest)?,
                _ => (first, first.len_utf8()),
            };
            rest = &rest[length..];
            Some((at, character))
        })
    }

    /// Its characters.
    pub fn chars(self) -> impl Iterator<Item = char> + Clone + 'a {
        self.places().map(|(_, character)| character)
    }

    /// What is in front of a place, and from there on.
    pub(super) fn split_at(self, at: usize) -> (Self, Self) {
        let (front, back) = self.raw.split_at(at);
        (Self { raw: front, ..self }, Self { raw: back, ..self })
    }

    /// How many bytes stand there.
    pub(super) const fn length(self) -> usize {
        self.raw.len()
    }

    pub(super) const fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// Whether it is what `write` writes.
    pub(super) fn is_text(self, text: impl fmt::Display) -> bool {
        self.behind(text).is_some_and(|rest| rest.is_empty())
    }

    /// What is behind `front`, if it begins with that.
    pub(super) fn behind(self, front: impl fmt::Display) -> Option<Self> {
        use fmt::Write;

        struct Compared<'a>(Name<'a>);
        impl Write for Compared<'_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                for expected in text.chars() {
                    let mut places = self.0.places();
                    match places.next() {
                        Some((_, found)) if found == expected => {
                            let at = places.next().map_or(self.0.raw.len(), |(at, _)| at);
                            self.0 = self.0.split_at(at).1;
                        }
                        _ => return Err(fmt::Error),
                    }
                }
                Ok(())
            }
        }
        let mut compared = Compared(self);
        write!(compared, "{front}").ok().map(|()| compared.0)
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Name<'_> {}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        // UTF-8 is in the order of its characters.
        if self.is_plain && other.is_plain || self.raw == other.raw {
            return self.raw.cmp(other.raw);
        }
        self.chars().cmp(other.chars())
    }
}

impl PartialEq<str> for Name<'_> {
    fn eq(&self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }
}

impl PartialEq<&str> for Name<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Display for Name<'_> {
    /// What a terminal would take for a command stands there as an escape.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;

        self.chars().try_for_each(|character| {
            if character.is_control() {
                write!(f, "{}", character.escape_default())
            } else {
                f.write_char(character)
            }
        })
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// A text between double quotes, as JSON has it.
pub(super) struct Quoted<T>(pub(super) T);

impl<T: fmt::Display> fmt::Display for Quoted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;

        struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);
        impl Write for Escaping<'_, '_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                text.chars().try_for_each(|character| match character {
                    '"' | '\\' => write!(self.0, "\\{character}"),
                    '\0'..' ' => write!(self.0, "\\u{:04x}", u32::from(character)),
                    _ => self.0.write_char(character),
                })
            }
        }
        f.write_char('"')?;
        write!(Escaping(f), "{}", self.0)?;
        f.write_char('"')
    }
}
