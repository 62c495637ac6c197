//! What is wrong with a file of weights, and where.

use core::fmt;

use super::fault::{Fault, Found};
use super::json::Name;
use super::metadata::{Facts, NETWORK_WORD, VERSION, VERSION_WORD};
use super::names::{Kind, Names};
use super::plan::{Place, Plan, Scheme, shape_of, weights};
use super::safetensors::{Dtype, File, LONGEST_HEADER, MOST_TENSORS, Shape, Tensor};
use crate::error::debug_is_display;
use crate::shapes::shape::place_in;

/// What is wrong with weights that were to be read, in whose bytes it looks for what it says.
///
/// Where they come from a file, [`FileError`](super::FileError) says the same without the bytes.
#[derive(Clone, Copy)]
pub struct WeightsError<'a> {
    fault: Fault,
    tensor: Option<u32>,
    bytes: &'a [u8],
    names: Names<'a>,
    facts: &'static Facts,
}

impl<'a> WeightsError<'a> {
    /// Of a file that is none of any network.
    pub(super) const fn of_file(found: Found, bytes: &'a [u8], name: &'a str) -> Self {
        Self::new(found, bytes, Names::ours().prefix(name), &Facts { shapes: &[], cost: "" })
    }

    pub(super) const fn new(
        (fault, tensor): Found,
        bytes: &'a [u8],
        names: Names<'a>,
        facts: &'static Facts,
    ) -> Self {
        Self { fault, tensor, bytes, names, facts }
    }

    /// What is wrong.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        self.fault
    }

    /// The tensor with which it is wrong, if it is a single one.
    #[must_use]
    pub fn tensor(&self) -> Option<Name<'a>> {
        self.file()?.name_at(self.tensor?)
    }

    fn file(&self) -> Option<File<'a>> {
        File::split(self.bytes).ok()
    }

    fn entry(&self) -> Option<Tensor<'a>> {
        self.file()?.tensor_at(self.tensor?)
    }

    fn plan(&self, file: &File<'a>) -> Option<Plan<'a>> {
        let scheme = Scheme::new(file, self.names, self.facts.shapes.len()).ok()?;
        Plan::new(file, scheme).ok()
    }

    /// Every part that is missing, every tensor that is left over.
    fn lists(&self, f: &mut fmt::Formatter<'_>, missing: usize, extra: usize) -> fmt::Result {
        let file = self.file();
        let Some((file, plan)) = file.and_then(|file| Some((file, self.plan(&file)?))) else {
            return write!(f, "{missing} tensors are missing, {extra} are left over");
        };
        let mut between = "missing: ";
        for (index, part) in plan.missing() {
            f.write_str(between)?;
            plan.name(&file, index, part, f)?;
            let (sides, rank) = shape_of(plan.scheme.kind, part, &self.facts.shapes[index]);
            write!(f, " {:?}", &sides[..rank])?;
            between = ", ";
        }
        between =
            if missing > 0 { "; nothing to this network: " } else { "nothing to this network: " };
        for tensor in file.tensors().filter(|tensor| plan.scheme.place(tensor) == Place::Extra) {
            write!(f, "{between}{} {}", tensor.name, tensor.shape)?;
            between = ", ";
        }
        Ok(())
    }

    /// What several networks are called, and what a prefix may be.
    fn candidates(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("several networks, or layers whose names differ in more than a number: ")?;
        let Some(file) = self.file() else { return Ok(()) };
        let group = |tensor: &Tensor<'a>| {
            let (kind, split) = weights(&self.names, tensor)?;
            Some((kind, split.front, split.middle))
        };
        let mut last = None;
        let listed = file.in_order(group, |tensor| {
            let this = group(&tensor);
            if this.is_some() && this != last {
                write!(f, "{}{}", if last.is_some() { ", " } else { "" }, tensor.name)?;
            }
            last = this;
            Ok(())
        });
        listed.and_then(|()| f.write_str("; `prefix` tells which, `layers` names each"))
    }

    /// What stands in a file's metadata about its network.
    fn word(&self, name: &str) -> Option<Name<'a>> {
        self.file()?.word(name).ok()?
    }
}

/// A tensor's dtype and shape, or that there is none.
struct Described<'a>(Option<Tensor<'a>>);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(tensor) => write!(f, "{} of {}", tensor.shape, tensor.dtype),
            None => f.write_str("no tensor"),
        }
    }
}

/// Where an entry is that is so far from the first.
struct At<'a>(Option<Shape<'a>>, usize);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sides = self.0.into_iter().flat_map(Shape::sides);
        match (sides.next(), sides.next()) {
            (Some(_), Some(columns)) if columns > 0 => {
                write!(f, "entry [{}, {}]", self.1 / columns, self.1 % columns)
            }
            _ => write!(f, "entry {}", self.1),
        }
    }
}

impl fmt::Display for WeightsError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes: {}", Told(self))
    }
}

/// Everything but where the bytes are from.
pub(crate) struct Told<'e, 'a>(pub(crate) &'e WeightsError<'a>);

impl<'a> core::ops::Deref for Told<'_, 'a> {
    type Target = WeightsError<'a>;

    fn deref(&self) -> &WeightsError<'a> {
        self.0
    }
}

impl fmt::Display for Told<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tensor) = self.tensor() {
            write!(f, "{tensor}: ")?;
        }
        match self.fault {
            Fault::TooShort { length } => {
                write!(f, "{length} bytes: a file of safetensors has at least 8")
            }
            Fault::HeaderCut { header, found } => {
                write!(f, "the header has {header} bytes, of which {found} are there")
            }
            Fault::HeaderTooLong { header } => {
                write!(f, "the header has {header} bytes; {LONGEST_HEADER} are the most")
            }
            Fault::NoText { at } => write!(f, "the header is no UTF-8 at byte {at}"),
            Fault::Json { at, expected } => {
                write!(f, "byte {at} of the header: here must be {expected}")
            }
            Fault::TooMany => write!(f, "more than {MOST_TENSORS} tensors"),
            Fault::UnknownDtype => {
                write!(f, "{}: the dtype is none of safetensors", Described(self.entry()))
            }
            Fault::Size => {
                write!(
                    f,
                    "{} has another number of bytes than its data_offsets",
                    Described(self.entry())
                )
            }
            Fault::Offsets { expected } => {
                write!(
                    f,
                    "it must begin at byte {expected} of the data, where the one in front ends"
                )
            }
            Fault::DataLength { expected, found } => {
                write!(f, "the tensors have {expected} bytes of data, the file {found}")
            }
            Fault::Twice => f.write_str("there is a second one of this name"),
            Fault::WordTwice => f.write_str("the metadata says one thing twice"),
            Fault::Version => write!(
                f,
                "of version {} of the format; this program reads {}",
                Said(self.word(VERSION_WORD)),
                VERSION
            ),
            Fault::Network => write!(
                f,
                "of another network: {}; it must be {}",
                Said(self.word(NETWORK_WORD)),
                self.facts
            ),
            Fault::Layers { named, layers } => write_layers(f, named, layers),
            Fault::Shapes => f.write_str(
                "the shapes are of no network: that has 2 to 33 layers, each as large as the next Θ \
                 takes, none of size 0, and parameters that a usize counts",
            ),
            Fault::NoLayers => {
                let kind = match self.names.kind {
                    None => "`weight`, `kernel`, or is `theta1`",
                    Some(Kind::Pytorch) => "`weight`",
                    Some(Kind::Keras) => "`kernel`",
                    Some(Kind::Ours) => "`theta1`",
                };
                let prefix = self.names.prefix;
                write!(f, "no matrix whose name begins with `{prefix}` and ends in {kind}")
            }
            Fault::SeveralNetworks => self.candidates(f),
            Fault::NumberTwice => f.write_str("a second tensor for one part of one layer"),
            Fault::NormalizationApart => f.write_str(
                "a batch normalization that is not right behind a layer cannot be folded into one",
            ),
            Fault::NoTensor => write!(f, "there is no tensor {}", self.names.prefix),
            Fault::Tensors { missing, extra } => self.lists(f, missing, extra),
            Fault::Shape { expected: [side, 0] } => {
                write!(
                    f,
                    "{}; it must be [{side}] of F64, F32, F16 or BF16",
                    Described(self.entry())
                )
            }
            Fault::Shape { expected } => {
                let found = Described(self.entry());
                write!(f, "{found}; it must be {expected:?} of F64, F32, F16 or BF16")?;
                let is_turned = |tensor: &Tensor<'_>| tensor.shape.is(&[expected[1], expected[0]]);
                if expected[0] != expected[1] && found.0.as_ref().is_some_and(is_turned) {
                    f.write_str("; PyTorch has a row for each unit, Keras for each input")?;
                }
                Ok(())
            }
            Fault::NotFinite { entry, value } => {
                let shape = self.entry().map(|tensor| tensor.shape);
                write!(f, "{} is {value}; it must be finite", At(shape, entry))
            }
            Fault::Variance { entry, value } => {
                write!(f, "entry {entry} is {value}")?;
                if let Some(plan) = self.file().and_then(|file| self.plan(&file)) {
                    write!(f, ", and ε {}", plan.scheme.epsilon())?;
                }
                f.write_str("; neither may be negative, nor their sum 0 or infinite")
            }
            Fault::Range { index, value } if self.facts.shapes.is_empty() => {
                write!(f, "entry {index} is {value}, beyond the scalar")
            }
            Fault::Range { index, value } => {
                let (theta, row, column) = place_in(self.facts.shapes, index);
                write!(
                    f,
                    "theta{theta}, row {row}, column {column} is {value}, beyond the network's scalar"
                )
            }
        }
    }
}

/// What metadata say.
struct Said<'a>(Option<Name<'a>>);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(word) => word.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

fn write_layers(f: &mut fmt::Formatter<'_>, named: usize, layers: usize) -> fmt::Result {
    write!(f, "{named} layers are named; the network has {layers}")
}

debug_is_display!(WeightsError<'_>);

impl core::error::Error for WeightsError<'_> {}

/// Why weights are not written.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum WriteError<E> {
    /// A parameter that is not finite, or beyond the range of the dtype.
    Range {
        /// l of Θ⁽ˡ⁾.
        theta: usize,
        /// Which row of it.
        row: usize,
        /// Which column, 0 the bias.
        column: usize,
        /// What it is.
        value: f64,
        /// What it was to be written as.
        dtype: Dtype,
    },
    /// So many layers are named, and the network has others.
    Layers {
        /// How many are named.
        named: usize,
        /// How many Θ⁽ˡ⁾ the network has.
        layers: usize,
    },
    /// A tensor whose name cannot be one.
    Name {
        /// l of Θ⁽ˡ⁾.
        theta: usize,
        /// What it must be.
        expected: &'static str,
    },
    /// What takes the bytes did not.
    Output(E),
}

impl<E> WriteError<E> {
    fn write(
        &self,
        f: &mut fmt::Formatter<'_>,
        output: impl FnOnce(&E, &mut fmt::Formatter<'_>) -> fmt::Result,
    ) -> fmt::Result {
        match self {
            Self::Range { theta, row, column, value, dtype } => write!(
                f,
                "theta{theta}, row {row}, column {column} is {value}; it must be finite, also as {dtype}"
            ),
            Self::Layers { named, layers } => write_layers(f, *named, *layers),
            Self::Name { theta, expected } => {
                write!(f, "the name of a tensor of theta{theta} must be {expected}")
            }
            Self::Output(error) => output(error, f),
        }
    }
}

impl<E: fmt::Display> fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, E::fmt)
    }
}

/// Its text, which `main() -> Result` prints; of what takes the bytes, its own `Debug`.
impl<E: fmt::Debug> fmt::Debug for WriteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, E::fmt)
    }
}

impl<E: core::error::Error + 'static> core::error::Error for WriteError<E> {
    // The message has the whole of the error: behind it comes what that one stems from.
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Output(error) => error.source(),
            _ => None,
        }
    }
}

/// A buffer that is too small for what was to be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TooSmall {
    /// How many bytes are needed.
    pub needed: usize,
    /// How many there are.
    pub found: usize,
}

impl fmt::Display for TooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of room, where {} are needed", self.found, self.needed)
    }
}

debug_is_display!(TooSmall);

impl core::error::Error for TooSmall {}
