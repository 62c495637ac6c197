//! What a file says of its network beside the tensors.

use core::fmt::{self, Write};

use super::fault::{Fault, Found};
use super::safetensors::File;
use crate::shapes::shape::{Numbers, ThetaShape};

/// What the version of our own conventions is called in the metadata.
pub(crate) const VERSION_WORD: &str = "constprop";

/// The version, which is the only one.
pub(crate) const VERSION: &str = "1";

/// What sizes, activations and cost are called.
pub(crate) const NETWORK_WORD: &str = "network";

/// What PyTorch's tools ask for.
pub(super) const FORMAT_WORD: &str = "format";

/// What a network's type says of its weights: for a tool that knows it as words alone.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Sizes and activations.
    pub shapes: &'static [ThetaShape],
    /// The name of what is minimized.
    pub cost: &'static str,
}

/// Sizes, activations and cost: `3 => 5 Tanh => 2 Identity minimizing HalfSquaredError`.
impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} minimizing {}", Layers(self.shapes), self.cost)
    }
}

/// Sizes and activations.
struct Layers(&'static [ThetaShape]);

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.0.first() else { return Ok(()) };
        write!(f, "{}", first.s_in)?;
        for shape in self.0 {
            write!(f, " => {shape}")?;
        }
        Ok(())
    }
}

/// That the metadata is of this network, where it says anything.
pub(super) fn check_words(file: &File<'_>, facts: &'static Facts) -> Result<(), Found> {
    let word = |name| file.word(name).map_err(|fault| (fault, None));
    if word(VERSION_WORD)?.is_some_and(|version| version != VERSION) {
        return Err((Fault::Version, None));
    }
    match word(NETWORK_WORD)? {
        Some(network) if !is_of(network.chars(), facts) => Err((Fault::Network, None)),
        _ => Ok(()),
    }
}

/// Whether these words are of this network. What they need not say:
///
/// - the scalar, for each tensor says its own;
/// - the numbers of an activation, which files of before do not have: then they may be any;
/// - the cost: it changes no prediction, and who trained elsewhere may not know ours.
pub(crate) fn is_of(words: impl Iterator<Item = char> + Clone, facts: &Facts) -> bool {
    let mut rest = Rest(words);
    _ = rest.takes("f32: ") || rest.takes("f64: ");
    let mut is_ours = facts.shapes.first().is_none_or(|first| rest.takes(first.s_in));
    for shape in facts.shapes {
        is_ours &= rest.takes(format_args!(" => {} {}", shape.s_out, shape.activation));
        _ = rest.takes(Numbers(shape.numbers));
    }
    _ = rest.takes(format_args!(" minimizing {}", facts.cost));
    is_ours && rest.0.next().is_none()
}

/// What of a text has not been taken yet.
#[derive(Clone)]
struct Rest<I>(I);

impl<I: Iterator<Item = char> + Clone> Rest<I> {
    /// Goes on behind `text`, if that comes next.
    fn takes(&mut self, text: impl fmt::Display) -> bool {
        let mut ahead = self.clone();
        let comes = write!(ahead, "{text}").is_ok();
        if comes {
            *self = ahead;
        }
        comes
    }
}

impl<I: Iterator<Item = char>> Write for Rest<I> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for expected in text.chars() {
            if self.0.next() != Some(expected) {
                return Err(fmt::Error);
            }
        }
        Ok(())
    }
}
