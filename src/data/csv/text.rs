//! A text as it comes from its reader: what of it is in memory, and in which line that stands.

use std::io::{self, Read};

/// A record of our own behind the text. A quote that is not closed swallows it, and is noticed.
pub(super) const END: &[u8] = b"\nend\n";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A text, and [`END`] behind it.
pub(super) struct Text<'a> {
    reader: &'a mut dyn Read,
    /// How many bytes have come of it.
    pub(super) read: u64,
    has_ended: bool,
    /// What of [`END`] has not been handed on.
    end: &'static [u8],
    pub(super) window: Window,
}

impl<'a> Text<'a> {
    pub(super) fn new(reader: &'a mut dyn Read) -> Self {
        let window = Window { held: Vec::new(), begins: 0, lines: Lines::of(b""), marked: 0 };
        Self { reader, read: 0, has_ended: false, end: END, window }
    }

    /// Whether a byte is behind the text, and behind the line end of ours that may close its last record.
    pub(super) fn is_behind(&self, byte: u64) -> bool {
        self.has_ended && byte > self.read + 1
    }

    /// As many of the next bytes as there is room for, or all that are left.
    fn fill(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < room.len() && !self.has_ended {
            match self.reader.read(&mut room[filled..]) {
                Ok(0) => self.has_ended = true,
                Ok(some) => {
                    filled += some;
                    self.read += some as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// In pieces that are full but for the last: a byte order mark is whole in the first.
impl Read for Text<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self.fill(room)? {
            0 => self.end.read(room),
            some => {
                self.window.push(&room[..some]);
                Ok(some)
            }
        }
    }
}

/// What of a text is in memory: from a record on, so that its line can be told.
pub(super) struct Window {
    held: Vec<u8>,
    /// Where what is held begins in the text, and how many lines end in front of it.
    begins: u64,
    lines: Lines,
    /// Where the record begins in what is held.
    marked: usize,
}

impl Window {
    /// That a record begins at this byte, so that nothing in front is needed any more.
    pub(super) fn mark(&mut self, byte: u64) {
        let marked = usize::try_from(byte - self.begins).unwrap_or(usize::MAX);
        self.marked = marked.min(self.held.len());
    }

    /// The line, from 1, that the record begins in, behind the ends of lines in front of it.
    pub(super) fn line(&self) -> u64 {
        let (before, from) = self.held.split_at(self.marked);
        let is_first = self.begins == 0 && before.is_empty();
        let from = from.strip_prefix(BYTE_ORDER_MARK).filter(|_| is_first).unwrap_or(from);
        let ends = from.iter().take_while(|byte| b"\r\n".contains(byte)).count();
        let mut lines = self.lines;
        lines.pass(before);
        lines.pass(&from[..ends]);
        1 + lines.ends
    }

    /// The next bytes of the text, for which what is in front of the record makes room.
    fn push(&mut self, bytes: &[u8]) {
        self.lines.pass(&self.held[..self.marked]);
        self.held.drain(..self.marked);
        self.begins += self.marked as u64;
        self.marked = 0;
        self.held.extend_from_slice(bytes);
    }
}

/// How many lines have ended.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    pub(super) ends: u64,
    /// Whether \r was the last byte: \n behind it is no other end.
    is_in_an_end: bool,
}

impl Lines {
    /// Of a text by itself.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut lines = Self { ends: 0, is_in_an_end: false };
        lines.pass(text);
        lines
    }

    /// By \n, \r\n or, of old, \r.
    fn pass(&mut self, text: &[u8]) {
        let Some(&last) = text.last() else { return };
        let count = |byte| text.iter().filter(|&&other| other == byte).count();
        let pairs = text.windows(2).filter(|&pair| pair == b"\r\n").count();
        let again = usize::from(self.is_in_an_end && text[0] == b'\n');
        self.ends += (count(b'\n') + count(b'\r') - pairs - again) as u64;
        self.is_in_an_end = last == b'\r';
    }
}
