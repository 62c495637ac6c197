//! What a file says of its network beside the tensors.

use core::fmt;

use super::fault::{Fault, Found};
use super::json::Name;
use super::safetensors::File;
use crate::shapes::shape::ThetaShape;

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
            write!(f, " => {} {}", shape.s_out, shape.activation)?;
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
    // The scalar may stand in front: each tensor says its own. The cost may be left out: it changes no
    // prediction, and who trained elsewhere may not know ours.
    let is_ours = |network: Name<'_>| {
        let behind = ["f32: ", "f64: "].iter().find_map(|scalar| network.behind(scalar));
        let network = behind.unwrap_or(network);
        network.is_text(facts) || network.is_text(Layers(facts.shapes))
    };
    match word(NETWORK_WORD)? {
        Some(network) if !is_ours(network) => Err((Fault::Network, None)),
        _ => Ok(()),
    }
}
