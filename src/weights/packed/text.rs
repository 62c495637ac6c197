//! Text without a heap, also in constants.

/// A page of fixed size that text is written on. What does not fit is counted and left out.
#[derive(Debug)]
pub(super) struct Pen<'a> {
    page: &'a mut [u8],
    // So many bytes of the text are in front of the page.
    skipped: usize,
    written: usize,
}

impl<'a> Pen<'a> {
    pub(super) const fn new(page: &'a mut [u8], skipped: usize) -> Self {
        Self { page, skipped, written: 0 }
    }

    /// How long the text is.
    pub(super) const fn written(&self) -> usize {
        self.written
    }

    pub(super) const fn bytes(&mut self, text: &[u8]) {
        if self.written + text.len() <= self.skipped {
            self.written += text.len();
            return;
        }
        let mut index = 0;
        while index < text.len() {
            if self.written >= self.skipped && self.written - self.skipped < self.page.len() {
                self.page[self.written - self.skipped] = text[index];
            }
            self.written += 1;
            index += 1;
        }
    }

    pub(super) const fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// In base 10 or 16.
    pub(super) const fn number(&mut self, number: u64, base: u64) {
        if number >= base {
            self.number(number / base, base);
        }
        let digit = (number % base) as usize;
        self.bytes(b"0123456789abcdef".split_at(digit).1.split_at(1).0);
    }
}

/// The text on a page, without a character that its end has cut.
pub(super) const fn text_on(page: &[u8]) -> &str {
    let whole = match core::str::from_utf8(page) {
        Ok(text) => return text,
        Err(error) => page.split_at(error.valid_up_to()).0,
    };
    match core::str::from_utf8(whole) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// A piece of text: its beginning, where it is long.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Excerpt {
    page: [u8; Self::MOST],
    length: u8,
}

impl Excerpt {
    const MOST: usize = 47;

    /// Nothing is on it.
    pub(super) const PAGE: [u8; Self::MOST] = [0; Self::MOST];

    /// What `text` says from some byte on.
    pub(super) const fn of(text: &[u8], from: usize) -> Self {
        let mut page = Self::PAGE;
        let mut pen = Pen::new(&mut page, from);
        pen.bytes(text);
        let written = pen.written();
        Self::on(page, written - from)
    }

    /// A page with the beginning of a text that is so long.
    pub(super) const fn on(page: [u8; Self::MOST], length: usize) -> Self {
        const ELLIPSIS: &str = "…";
        if length <= Self::MOST {
            return Self { page, length: length as u8 };
        }
        let kept = text_on(page.split_at(Self::MOST - ELLIPSIS.len()).0).len();
        let mut cut = Self { page, length: 0 };
        let (_, end) = cut.page.split_at_mut(kept);
        let mut pen = Pen::new(end, 0);
        pen.text(ELLIPSIS);
        cut.length = (kept + pen.written()) as u8;
        cut
    }

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        text_on(self.page.split_at(self.length as usize).0)
    }
}

impl core::fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_str().fmt(f)
    }
}

impl core::fmt::Display for Excerpt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_str().fmt(f)
    }
}
