//! What can be wrong with weights, as data.

use super::json::Unexpected;

/// What is wrong with weights: the kind of it, as data. The tensor, and what stands there, is told by
/// [`WeightsError`](super::WeightsError).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Fewer bytes than the length of a header.
    TooShort {
        /// How many.
        length: usize,
    },
    /// The header is longer than what is behind its length.
    HeaderCut {
        /// How long it says that it is.
        header: u64,
        /// How many bytes there are.
        found: usize,
    },
    /// The header is longer than 1 MiB.
    HeaderTooLong {
        /// How long it is.
        header: u64,
    },
    /// The header is no UTF-8.
    NoText {
        /// At which of its bytes.
        at: usize,
    },
    /// The header is no JSON, or not that of safetensors.
    Json {
        /// At which of its bytes.
        at: u32,
        /// What is missing there.
        expected: &'static str,
    },
    /// More than 4096 tensors.
    TooMany,
    /// A tensor of a dtype that the format does not know.
    UnknownDtype,
    /// A tensor whose offsets are not so far apart as its shape and dtype say.
    Size,
    /// A tensor that does not begin where the one in front of it ends: they overlap, or have a gap.
    Offsets {
        /// Where it had to begin.
        expected: usize,
    },
    /// The tensors end in front of the end of the data, or behind it.
    DataLength {
        /// Where they end.
        expected: usize,
        /// How much data there is.
        found: usize,
    },
    /// Two tensors of one name.
    Twice,
    /// Two words of one name in the metadata.
    WordTwice,
    /// Written by a later version of the format that `docs/formats.md` describes.
    Version,
    /// The metadata says that it is of another network.
    Network,
    /// So many layers are named, and the network has others.
    Layers {
        /// How many are named.
        named: usize,
        /// How many Θ⁽ˡ⁾ the network has.
        layers: usize,
    },
    /// The shapes that a tool has handed in are of no network.
    Shapes,
    /// No tensor is called as a layer's weights are.
    NoLayers,
    /// Several networks, or layers whose names differ in more than a number.
    SeveralNetworks,
    /// A second tensor for one part of one layer.
    NumberTwice,
    /// A batch normalization that does not stand right behind a layer.
    NormalizationApart,
    /// There is no tensor of the name that was asked for.
    NoTensor,
    /// Tensors are missing, or nothing to the network.
    Tensors {
        /// How many are missing.
        missing: usize,
        /// How many are left over.
        extra: usize,
    },
    /// A tensor of another shape, or whose entries are no floating point numbers.
    Shape {
        /// The shape that it must have; the second is 0 where there is one alone.
        expected: [usize; 2],
    },
    /// An entry that is not finite.
    NotFinite {
        /// Which, counted as they lie.
        entry: usize,
        /// What it is.
        value: f64,
    },
    /// A variance that cannot be one, or not with the ε that it goes with.
    Variance {
        /// Which entry.
        entry: usize,
        /// What it is.
        value: f64,
    },
    /// A parameter that is finite in the file, and beyond the range of the network's scalar.
    Range {
        /// Which parameter, in the order of [`Parameters`](crate::Parameters); or entry of a tensor.
        index: usize,
        /// What it is.
        value: f64,
    },
}

impl From<Unexpected> for Fault {
    fn from(Unexpected { at, expected }: Unexpected) -> Self {
        Self::Json { at, expected }
    }
}

/// A fault, and the place in the header of the tensor that has it.
pub(super) type Found = (Fault, Option<u32>);
