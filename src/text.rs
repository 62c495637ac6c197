//! Text without a heap, also in constants.

/// What a constant must hold, or the build stops: in the line that asks for it, and not in this one.
#[track_caller]
pub(crate) const fn hold(holds: bool, otherwise: &str) {
    assert!(holds, "{}", otherwise);
}

/// A page of fixed size that text is written on. What does not fit is counted and left out.
#[derive(Debug)]
pub(crate) struct Pen<'a> {
    page: &'a mut [u8],
    // So many bytes of the text are in front of the page.
    skipped: usize,
    written: usize,
}

impl<'a> Pen<'a> {
    pub(crate) const fn new(page: &'a mut [u8], skipped: usize) -> Self {
        Self { page, skipped, written: 0 }
    }

    /// How long the text is.
    pub(crate) const fn written(&self) -> usize {
        self.written
    }

    pub(crate) const fn bytes(&mut self, text: &[u8]) {
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

    pub(crate) const fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// In base 10 or 16.
    pub(crate) const fn number(&mut self, number: u64, base: u64) {
        if number >= base {
            self.number(number / base, base);
        }
        let digit = (number % base) as usize;
        self.bytes(b"0123456789abcdef".split_at(digit).1.split_at(1).0);
    }
}

/// The text on a page, without a character that its end has cut.
pub(crate) const fn text_on(page: &[u8]) -> &str {
    let whole = match core::str::from_utf8(page) {
        Ok(text) => return text,
        Err(error) => page.split_at(error.valid_up_to()).0,
    };
    match core::str::from_utf8(whole) {
        Ok(text) => text,
        Err(_) => "",
    }
}
