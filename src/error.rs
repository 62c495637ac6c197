//! What can be wrong with what a caller hands in, and where.

use core::fmt;

/// Why a call was refused. Nothing was written: parameters, gradient and optimizer are as they
/// were.
///
/// Places are counted as the slices are: examples, entries, rows and columns from 0, column 0 of
/// Θ being the bias. Values are given as `f64`, whatever the scalar.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(2 => 1 Sigmoid) minimizing CrossEntropy;
/// }
/// let tiny = Tiny::<f64>::seeded(0);
/// let error = tiny.cost(&[[0.0, f64::NAN]], &[[1.0]], &Regularization::none()).unwrap_err();
/// assert_eq!(error.to_string(), "input: example 0, entry 1 is NaN; it must be finite");
/// ```
///
/// `Debug` is the same text, for it is what `main() -> Result` prints.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// m = 0: a mean over no examples means nothing.
    NoExamples,
    /// Not as many targets as inputs.
    ExampleCounts {
        /// How many inputs.
        inputs: usize,
        /// How many targets.
        targets: usize,
    },
    /// NaN or infinity in an input.
    Input {
        /// Which example.
        example: usize,
        /// Which entry of x.
        entry: usize,
        /// What stands there.
        value: f64,
    },
    /// NaN in an output, where a class was to be named.
    Output {
        /// Which example.
        example: usize,
        /// Which entry of h_Θ(x).
        entry: usize,
        /// What stands there.
        value: f64,
    },
    /// A target that the cost cannot mean, or that names no class where one is needed.
    Target {
        /// Which example.
        example: usize,
        /// What is wrong with it.
        fault: TargetFault,
    },
    /// NaN or infinity in a ∂J/∂a⁽ᴸ⁾ that came from outside.
    DjDa {
        /// Which example.
        example: usize,
        /// Which entry of a⁽ᴸ⁾.
        entry: usize,
        /// What stands there.
        value: f64,
    },
    /// A weight of an example that is not finite, or negative.
    Weight {
        /// Which example.
        example: usize,
        /// Its weight.
        value: f64,
    },
    /// A weight of an example, of any sign, that is not finite.
    SignedWeight {
        /// Which example.
        example: usize,
        /// Its weight.
        value: f64,
    },
    /// Weights of an example and of its class that overflow when they are multiplied.
    WeightProduct {
        /// Which example.
        example: usize,
        /// Its own weight.
        value: f64,
        /// Its class.
        class: usize,
        /// That of the class.
        of_class: f64,
    },
    /// Weights that are 0 in all, where J is to tell something.
    NoWeight,
    /// What is wrong with the examples that validate, apart from those trained with.
    Validation(ExampleFault),
    /// Not as many weights as there are examples, or classes.
    WeightCounts {
        /// What is weighted: `examples`, `examples that validate` or `classes`.
        of: &'static str,
        /// How many there are.
        expected: usize,
        /// How many weights.
        found: usize,
    },
    /// A weight of a class that is not finite, or negative.
    ClassWeight {
        /// Which class.
        class: usize,
        /// Its weight.
        value: f64,
    },
    /// NaN or infinity in a parameter.
    Parameter {
        /// l of Θ⁽ˡ⁾.
        theta: usize,
        /// The row.
        row: usize,
        /// The column; 0 is the bias.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// NaN or infinity in a gradient that parameters were to be updated with.
    Gradient {
        /// l of ∂J/∂Θ⁽ˡ⁾.
        theta: usize,
        /// The row.
        row: usize,
        /// The column; 0 is the bias.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// A column of the Jacobian whose length is NaN or infinite.
    Column {
        /// l of the Θ⁽ˡ⁾ whose parameter it is the column of.
        theta: usize,
        /// The row of that parameter.
        row: usize,
        /// Its column; 0 is the bias.
        column: usize,
        /// The length.
        value: f64,
    },
    /// NaN or infinity in a direction that a curvature matrix was to be multiplied with, or a slope
    /// to be taken along.
    Direction {
        /// l of the part that belongs to Θ⁽ˡ⁾.
        theta: usize,
        /// The row.
        row: usize,
        /// The column; 0 is the bias.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// J that is not finite, where parameters were to be updated.
    CostNotFinite {
        /// J.
        value: f64,
    },
    /// A training in which J, a gradient or a parameter became no finite number.
    Diverged {
        /// The epoch, from 1 on.
        epoch: usize,
        /// The batch in it, from 0 on.
        batch: usize,
        /// l of the first Θ⁽ˡ⁾ whose gradient, or which itself, is not finite; L where it is J.
        layer: usize,
    },
    /// A direction that is 0 in every entry, and so is none.
    ZeroDirection,
    /// A number that steers training is out of its range.
    Setting {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A metric that could not be found again by its name.
    MetricName {
        /// Its name.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A class label beyond the number of classes.
    Label {
        /// The label.
        label: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A class label beyond the number of classes, among the labels of many examples.
    ExampleLabel {
        /// Which example.
        example: usize,
        /// Its label.
        label: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A class with too few members for what was asked.
    Class {
        /// The class.
        class: usize,
        /// How many examples it has.
        members: usize,
        /// How many it must have at least.
        needed: usize,
    },
    /// An index beyond the number of examples.
    Index {
        /// The index.
        index: usize,
        /// How many examples there are.
        examples: usize,
    },
    /// A constant that entries cannot be scaled with.
    Scale {
        /// Its name.
        name: &'static str,
        /// Which entry of x.
        entry: usize,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// What a network gave for a distribution over actions, and is none of its parameters.
    Head {
        /// Its name.
        name: &'static str,
        /// Which entry.
        entry: usize,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A slice of the wrong length.
    Length {
        /// How many entries it must have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// Instructions that this processor has not.
    Instructions {
        /// Their name.
        name: &'static str,
    },
}

/// What is wrong with examples: an [`Error`] that is about inputs, targets or weights.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExampleFault {
    /// [`Error::NoExamples`].
    NoExamples,
    /// [`Error::ExampleCounts`].
    Counts {
        /// How many inputs.
        inputs: usize,
        /// How many targets.
        targets: usize,
    },
    /// [`Error::Input`].
    Input {
        /// Which example.
        example: usize,
        /// Which entry of x.
        entry: usize,
        /// What stands there.
        value: f64,
    },
    /// [`Error::Target`].
    Target {
        /// Which example.
        example: usize,
        /// What is wrong with it.
        fault: TargetFault,
    },
    /// [`Error::Weight`].
    Weight {
        /// Which example.
        example: usize,
        /// Its weight.
        value: f64,
    },
    /// [`Error::WeightProduct`].
    WeightProduct {
        /// Which example.
        example: usize,
        /// Its own weight.
        value: f64,
        /// Its class.
        class: usize,
        /// That of the class.
        of_class: f64,
    },
    /// [`Error::NoWeight`].
    NoWeight,
}

impl From<ExampleFault> for Error {
    /// Of examples whose name goes without saying.
    fn from(fault: ExampleFault) -> Self {
        match fault {
            ExampleFault::NoExamples => Self::NoExamples,
            ExampleFault::Counts { inputs, targets } => Self::ExampleCounts { inputs, targets },
            ExampleFault::Input { example, entry, value } => Self::Input { example, entry, value },
            ExampleFault::Target { example, fault } => Self::Target { example, fault },
            ExampleFault::Weight { example, value } => Self::Weight { example, value },
            ExampleFault::WeightProduct { example, value, class, of_class } => {
                Self::WeightProduct { example, value, class, of_class }
            }
            ExampleFault::NoWeight => Self::NoWeight,
        }
    }
}

#[cfg(feature = "alloc")]
impl Error {
    /// The same, of the examples that validate, if it is of examples.
    pub(crate) fn of_validation(self) -> Self {
        Self::Validation(match self {
            Self::NoExamples => ExampleFault::NoExamples,
            Self::ExampleCounts { inputs, targets } => ExampleFault::Counts { inputs, targets },
            Self::Input { example, entry, value } => ExampleFault::Input { example, entry, value },
            Self::Target { example, fault } => ExampleFault::Target { example, fault },
            Self::Weight { example, value } => ExampleFault::Weight { example, value },
            Self::WeightProduct { example, value, class, of_class } => {
                ExampleFault::WeightProduct { example, value, class, of_class }
            }
            Self::NoWeight => ExampleFault::NoWeight,
            Self::WeightCounts { of: "examples", expected, found } => {
                return Self::WeightCounts { of: "examples that validate", expected, found };
            }
            other => return other,
        })
    }
}

/// What is wrong with a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TargetFault {
    /// The entry, or none where it is all of them together.
    pub entry: Option<usize>,
    /// What stands there, or what they come to together.
    pub value: f64,
    /// What it must be, to stand behind "it must be".
    pub expected: &'static str,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoExamples => f.write_str("no examples: m must be at least 1"),
            Self::ExampleCounts { inputs, targets } => {
                write!(f, "{inputs} inputs but {targets} targets: each example has one of each")
            }
            Self::Input { example, entry, value } => {
                write!(f, "input: example {example}, entry {entry} is {value}; it must be finite")
            }
            Self::Output { example, entry, value } => {
                write!(f, "output: example {example}, entry {entry} is {value}; it names no class")
            }
            Self::Target {
                example,
                fault: TargetFault { entry: Some(entry), value, expected },
            } => {
                write!(
                    f,
                    "target: example {example}, entry {entry} is {value}; it must be {expected}"
                )
            }
            Self::Target { example, fault: TargetFault { entry: None, value, expected } } => {
                write!(f, "target: example {example} sums to {value}; it must {expected}")
            }
            Self::DjDa { example, entry, value } => {
                write!(f, "∂J/∂a: example {example}, entry {entry} is {value}; it must be finite")
            }
            Self::Weight { example, value } => {
                let expected = "finite and not negative";
                write!(f, "weight: that of example {example} is {value}; it must be {expected}")
            }
            Self::SignedWeight { example, value } => {
                write!(f, "weight: that of example {example} is {value}; it must be finite")
            }
            Self::WeightProduct { example, value, class, of_class } => write!(
                f,
                "weight: that of example {example} is {value}, times {of_class} of its class {class}; \
                 the product must be finite"
            ),
            Self::NoWeight => f.write_str("weights: all are 0; one must be greater"),
            Self::Validation(fault) => {
                write!(f, "examples that validate: {}", Self::from(fault))
            }
            Self::WeightCounts { of, expected, found } => {
                write!(f, "weights: {found} for {expected} {of}")
            }
            Self::ClassWeight { class, value } => {
                let expected = "finite and not negative";
                write!(f, "weight: that of class {class} is {value}; it must be {expected}")
            }
            Self::Parameter { theta, row, column, value } => write!(
                f,
                "theta{theta}, row {row}, column {column}{} is {value}; it must be finite",
                bias(column)
            ),
            Self::Gradient { theta, row, column, value } => write!(
                f,
                "gradient of theta{theta}, row {row}, column {column}{} is {value}; it must be finite",
                bias(column)
            ),
            Self::Column { theta, row, column, value } => write!(
                f,
                "the Jacobian's column of theta{theta}, row {row}, column {column}{} has the length \
                 {value}; it must be finite",
                bias(column)
            ),
            Self::Direction { theta, row, column, value } => write!(
                f,
                "direction: theta{theta}, row {row}, column {column}{} is {value}; it must be finite",
                bias(column)
            ),
            Self::CostNotFinite { value } => write!(f, "J is {value}; it must be finite"),
            Self::Diverged { epoch, batch, layer } => write!(
                f,
                "training diverged in epoch {epoch}, batch {batch}: layer {layer} is not finite"
            ),
            Self::ZeroDirection => f.write_str("the direction is 0 in every entry"),
            Self::Setting { name, value, expected } => {
                write!(f, "{name} is {value}; it must be {expected}")
            }
            Self::MetricName { name, expected } => metric_name(f, name, expected),
            Self::Label { label, classes } => {
                write!(f, "label {label}, but there are {classes} classes, counted from 0")
            }
            Self::ExampleLabel { example, label, classes } => write!(
                f,
                "example {example}: label {label}, but there are {classes} classes, counted from 0"
            ),
            Self::Class { class, members, needed } => {
                write!(f, "class {class}: {members} examples where at least {needed} are needed")
            }
            Self::Index { index, examples } => {
                write!(f, "index {index}, but there are {examples} examples, counted from 0")
            }
            Self::Scale { name, entry, value, expected } => {
                write!(f, "{name} of entry {entry} is {value}; it must be {expected}")
            }
            Self::Head { name, entry, value, expected } => {
                write!(f, "{name}: entry {entry} is {value}; it must be {expected}")
            }
            Self::Length { expected, found } => {
                write!(f, "{found} entries where {expected} are needed")
            }
            Self::Instructions { name } => {
                write!(f, "this processor has no {name}")
            }
        }
    }
}

/// A metric's name, and what it must be.
pub(crate) fn metric_name(f: &mut fmt::Formatter<'_>, name: &str, expected: &str) -> fmt::Result {
    write!(f, "metric {name:?}: its name must be {expected}")
}

fn bias(column: usize) -> &'static str {
    if column == 0 { " (bias)" } else { "" }
}

impl core::error::Error for Error {}

/// `Debug` as `Display`: what `main() -> Result` prints, and `unwrap`, is for whoever runs the program.
macro_rules! debug_is_display {
    ($error:ty) => {
        impl ::core::fmt::Debug for $error {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(self, f)
            }
        }
    };
}

debug_is_display!(Error);

pub(crate) use debug_is_display;
