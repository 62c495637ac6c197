//! Pieces of text, also in constants.

use crate::text::{Pen, text_on};

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
