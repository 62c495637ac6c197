//! How the tensors of a network are called, as a value.

use core::fmt;

use super::json::Name;

/// What a tensor is to a layer: Θ⁽ˡ⁾ without its bias column, that column, or a constant of a batch
/// normalization behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The weights.
    Weight,
    /// The bias.
    Bias,
    /// What a normalized z is multiplied with: γ, 1 where there is none.
    Gamma,
    /// What is added then: β, 0 where there is none.
    Beta,
    /// The running mean μ of z.
    Mean,
    /// The running variance σ² of z.
    Variance,
    /// How many batches mean and variance are of, which nothing depends on.
    Count,
}

impl Part {
    pub(super) const ALL: [Self; 7] = [
        Self::Weight,
        Self::Bias,
        Self::Gamma,
        Self::Beta,
        Self::Mean,
        Self::Variance,
        Self::Count,
    ];

    pub(super) const fn is_of_norm(self) -> bool {
        !matches!(self, Self::Weight | Self::Bias)
    }
}

/// What is common to all names of a framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Pytorch,
    Keras,
    Ours,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Pytorch, Self::Keras, Self::Ours];

    /// What stands at the end of a name; nothing where there is no such tensor.
    pub(super) const fn word(self, part: Part) -> &'static str {
        match (self, part) {
            (Self::Pytorch, Part::Weight | Part::Gamma) => "weight",
            (Self::Keras, Part::Weight) => "kernel",
            (Self::Pytorch | Self::Keras, Part::Bias) | (Self::Pytorch, Part::Beta) => "bias",
            (Self::Pytorch, Part::Mean) => "running_mean",
            (Self::Pytorch, Part::Variance) => "running_var",
            (Self::Pytorch, Part::Count) => "num_batches_tracked",
            (Self::Keras, Part::Gamma) => "gamma",
            (Self::Keras, Part::Beta) => "beta",
            (Self::Keras, Part::Mean) => "moving_mean",
            (Self::Keras, Part::Variance) => "moving_variance",
            (Self::Ours, Part::Weight) => "theta",
            (Self::Keras, Part::Count) | (Self::Ours, _) => "",
        }
    }

    const fn separator(self) -> &'static str {
        match self {
            Self::Pytorch => ".",
            Self::Keras => "/",
            Self::Ours => "",
        }
    }

    /// ε where nobody says what it is: of `BatchNorm1d`, of `BatchNormalization`.
    const fn epsilon(self) -> f64 {
        match self {
            Self::Keras => 1e-3,
            Self::Pytorch | Self::Ours => 1e-5,
        }
    }
}

/// A function from l and the part to a name, which it writes.
pub type NameFunction<'a> = &'a (dyn Fn(usize, Part, &mut dyn fmt::Write) -> fmt::Result + Sync);

/// Which layers there are, and what each is called.
#[derive(Clone, Copy)]
enum Order<'a> {
    /// Says the file.
    Found,
    Numbers(&'a [usize]),
    Layers(&'a [&'a str]),
    Normalized(&'a [(&'a str, &'a str)]),
    By(NameFunction<'a>),
}

/// How the tensors of a network are called, and how they lie.
///
/// | | Θ⁽ˡ⁾ is | of shape |
/// | --- | --- | --- |
/// | [`pytorch`](Names::pytorch) | `….weight`, `….bias` | [s_{l+1}, s_l], [s_{l+1}] |
/// | [`keras`](Names::keras) | `…/kernel`, `…/bias` | [s_l, s_{l+1}], [s_{l+1}] |
/// | [`ours`](Names::ours) | `theta1`, `theta2`, … | [s_l + 1, s_{l+1}], row 0 the bias |
///
/// What stands in front is found where a file is read: that of all layers is the same but for one number,
/// the last in it, and the numbers ascend: `net.0.weight`, `net.2.weight`; `_orig_mod.actor.mlp.0.weight`;
/// `fc1.weight`; `layers.0.linear.weight`; `dense/kernel`, `dense_1/kernel`. Where a file has several
/// networks, a [`prefix`](Names::prefix) says which. Names that do not go by numbers are given by
/// [`layers`](Names::layers), or by a [function](Names::by).
///
/// ```
/// use constprop::weights::Names;
///
/// let of_the_file = Names::found();
/// let actor = Names::pytorch().prefix("actor.");
/// let given = Names::pytorch().layers(&["pi.0", "pi.2", "action_net"]);
/// let by_hand = Names::keras().by(&|l, part, name| write!(name, "{part:?} of layer {l}"));
/// ```
#[derive(Clone, Copy)]
pub struct Names<'a> {
    pub(super) kind: Option<Kind>,
    order: Order<'a>,
    pub(super) prefix: &'a str,
    epsilon: Option<f64>,
    pub(super) bias_may_lack: bool,
    pub(super) others_may_be: bool,
}

impl<'a> Names<'a> {
    const fn new(kind: Option<Kind>) -> Self {
        Self {
            kind,
            order: Order::Found,
            prefix: "",
            epsilon: None,
            bias_may_lack: false,
            others_may_be: false,
        }
    }

    /// Whichever of the three the file has. What is written goes by [`ours`](Names::ours), and where names
    /// are given, nothing is found: they are PyTorch's.
    #[must_use]
    pub const fn found() -> Self {
        Self::new(None)
    }

    /// PyTorch's: `0.weight`, `0.bias`, `2.weight`, … are written, as of an `nn.Sequential` of layers
    /// and activations.
    #[must_use]
    pub const fn pytorch() -> Self {
        Self::new(Some(Kind::Pytorch))
    }

    /// Keras's: `dense/kernel`, `dense/bias`, `dense_1/kernel`, … are written. A name may end in `:0`, and
    /// the `/` may be a `.`.
    #[must_use]
    pub const fn keras() -> Self {
        Self::new(Some(Kind::Keras))
    }

    /// Ours: `theta1`, `theta2`, …
    #[must_use]
    pub const fn ours() -> Self {
        Self::new(Some(Kind::Ours))
    }

    /// Only names that begin like this are of the network, and of those every one; others are somebody
    /// else's. It is written in front of every name.
    #[must_use]
    pub const fn prefix(self, prefix: &'a str) -> Self {
        Self { prefix, ..self }
    }

    /// The number of each layer, l = 1, 2, …: `.prefix("net.").numbers(&[0, 3, 6])` is `net.0.weight`,
    /// `net.3.weight`, `net.6.weight`.
    #[must_use]
    pub const fn numbers(self, numbers: &'a [usize]) -> Self {
        Self { order: Order::Numbers(numbers), ..self }
    }

    /// What stands in front of `.weight` or `/kernel`, of each layer; of [`ours`](Names::ours) the whole
    /// name.
    #[must_use]
    pub const fn layers(self, layers: &'a [&'a str]) -> Self {
        Self { order: Order::Layers(layers), ..self }
    }

    /// The same with the batch normalization behind each layer, or `""` where there is none:
    /// `.normalized(&[("fc1", "bn1"), ("out", "")])`.
    #[must_use]
    pub const fn normalized(self, layers: &'a [(&'a str, &'a str)]) -> Self {
        Self { order: Order::Normalized(layers), ..self }
    }

    /// Whole names from a function of l = 1, 2, … and the part; of [`ours`](Names::ours) there is
    /// [`Part::Weight`] alone, which is all of Θ⁽ˡ⁾.
    #[must_use]
    pub const fn by(self, function: NameFunction<'a>) -> Self {
        Self { order: Order::By(function), ..self }
    }

    /// ε of the batch normalizations, which no file has: s = γ/√(σ² + ε). It is 1e-5 unless it is said,
    /// as in PyTorch, and 1e-3 in Keras's naming.
    #[must_use]
    pub const fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon: Some(epsilon), ..self }
    }

    /// A layer without a bias has one of 0; otherwise only one that a batch normalization follows.
    #[must_use]
    pub const fn zero_where_no_bias(self) -> Self {
        Self { bias_may_lack: true, ..self }
    }

    /// Tensors that are nothing to the network are passed over; otherwise they are an error.
    #[must_use]
    pub const fn among_others(self) -> Self {
        Self { others_may_be: true, ..self }
    }

    /// What [`epsilon`](Names::epsilon) has said, or what the framework takes.
    pub(super) const fn epsilon_of(&self, kind: Kind) -> f64 {
        match self.epsilon {
            Some(epsilon) => epsilon,
            None => kind.epsilon(),
        }
    }

    /// How many layers are named, unless it is left to the file.
    pub(super) const fn count(&self) -> Option<usize> {
        match self.order {
            Order::Numbers(numbers) => Some(numbers.len()),
            Order::Layers(layers) => Some(layers.len()),
            Order::Normalized(layers) => Some(layers.len()),
            Order::Found | Order::By(_) => None,
        }
    }

    /// Whether names are given, and not found.
    pub(super) const fn are_given(&self) -> bool {
        !matches!(self.order, Order::Found)
    }

    /// Writes the name of a part of the layer at `index`; nothing where it has no such part.
    pub(super) fn write(
        &self,
        kind: Kind,
        index: usize,
        part: Part,
        f: &mut dyn fmt::Write,
    ) -> fmt::Result {
        let (word, separator) = (kind.word(part), kind.separator());
        if word.is_empty() {
            return Ok(());
        }
        let norm = usize::from(part.is_of_norm());
        let prefix = self.prefix;
        let end = |f: &mut dyn fmt::Write| match kind {
            Kind::Ours => Ok(()),
            _ => write!(f, "{separator}{word}"),
        };
        match (self.order, kind) {
            (Order::By(function), _) => {
                f.write_str(prefix)?;
                function(index + 1, part, f)
            }
            (Order::Layers(layers), _) => match layers.get(index) {
                Some(layer) if norm == 0 => {
                    write!(f, "{prefix}{layer}")?;
                    end(f)
                }
                _ => Ok(()),
            },
            (Order::Normalized(layers), _) => match layers.get(index) {
                Some((_, "")) if norm == 1 => Ok(()),
                Some((layer, norms)) => {
                    write!(f, "{prefix}{}", if norm == 1 { norms } else { layer })?;
                    end(f)
                }
                None => Ok(()),
            },
            (Order::Numbers(numbers), Kind::Ours) => {
                let number = numbers.get(index).copied().unwrap_or_default();
                write!(f, "{prefix}{word}{number}")
            }
            (Order::Numbers(numbers), _) => {
                let number = numbers.get(index).copied().unwrap_or_default();
                write!(f, "{prefix}{}{separator}{word}", number.saturating_add(norm))
            }
            (Order::Found, Kind::Ours) => write!(f, "{prefix}{word}{}", index + 1),
            (Order::Found, Kind::Pytorch) => {
                write!(f, "{prefix}{}{separator}{word}", 2 * index + norm)
            }
            (Order::Found, Kind::Keras) if index == 0 => {
                write!(f, "{prefix}dense{separator}{word}")
            }
            (Order::Found, Kind::Keras) => write!(f, "{prefix}dense_{index}{separator}{word}"),
        }
    }
}

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order: &dyn fmt::Debug = match &self.order {
            Order::Found => &"found",
            Order::Numbers(numbers) => numbers,
            Order::Layers(layers) => layers,
            Order::Normalized(layers) => layers,
            Order::By(_) => &"by a function",
        };
        f.debug_struct("Names")
            .field("kind", &self.kind)
            .field("order", order)
            .field("prefix", &self.prefix)
            .field("epsilon", &self.epsilon)
            .field("bias_may_lack", &self.bias_may_lack)
            .field("others_may_be", &self.others_may_be)
            .finish()
    }
}

/// A name that is given, to be shown or compared.
pub(super) struct Given<'a> {
    pub(super) names: &'a Names<'a>,
    pub(super) kind: Kind,
    pub(super) index: usize,
    pub(super) part: Part,
}

impl fmt::Display for Given<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names.write(self.kind, self.index, self.part, f)
    }
}

/// A name taken apart, `net.0.weight` into `net.`, 0, nothing and `weight`.
#[derive(Clone, Copy)]
pub(super) struct Split<'a> {
    /// In front of the last number, without an underscore at its end.
    pub(super) front: Name<'a>,
    /// 0 where there is none: `dense` comes in front of `dense_1`.
    pub(super) number: u32,
    /// Behind the number.
    pub(super) middle: Name<'a>,
    /// Behind the last separator.
    pub(super) word: Name<'a>,
}

impl<'a> Split<'a> {
    /// Nothing where the number is too large for one.
    pub(super) fn new(name: Name<'a>) -> Option<Self> {
        let (mut stem_end, mut word_start) = (0, 0);
        for (at, character) in name.places() {
            if word_start == usize::MAX {
                word_start = at;
            }
            if matches!(character, '.' | '/') {
                (stem_end, word_start) = (at, usize::MAX);
            }
        }
        if word_start == usize::MAX {
            return None;
        }
        let word = name.split_at(word_start).1;
        if let Some(digits) = word.behind("theta")
            && let Some(number) = whole(digits)
        {
            let front = name.split_at(word_start).0;
            let (rest, middle) = name.split_at(name.length());
            let word = rest.split_at(name.length() - digits.length()).0.split_at(word_start).1;
            return Some(Self { front, number, middle, word });
        }
        let stem = name.split_at(stem_end).0;
        // The last run of digits.
        let (mut start, mut end, mut is_digit, mut underscore) = (None, 0, false, None);
        let mut last = None;
        for (at, character) in stem.places() {
            if is_digit && !character.is_ascii_digit() {
                end = at;
            }
            if character.is_ascii_digit() && !is_digit {
                start = Some(at);
                underscore = last.filter(|&(_, before)| before == '_').map(|(at, _)| at);
            }
            is_digit = character.is_ascii_digit();
            last = Some((at, character));
        }
        if is_digit {
            end = stem.length();
        }
        let Some(start) = start else {
            let (front, middle) = stem.split_at(stem.length());
            return Some(Self { front, number: 0, middle, word });
        };
        let (front, middle) = (stem.split_at(underscore.unwrap_or(start)).0, stem.split_at(end).1);
        let digits = stem.split_at(end).0.split_at(start).1;
        Some(Self { front, number: whole(digits)?, middle, word })
    }

    /// What all layers of a network have in common.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        (self.front, self.middle) == (other.front, other.middle)
    }

    /// Whether the last word is that of a part.
    pub(super) fn is_word(&self, kind: Kind, part: Part) -> bool {
        let word = kind.word(part);
        match self.word.behind(word) {
            Some(rest) if !word.is_empty() => {
                rest.is_empty() || kind == Kind::Keras && rest == ":0"
            }
            _ => false,
        }
    }
}

/// Digits as the number that they write.
fn whole(digits: Name<'_>) -> Option<u32> {
    let mut digits = digits.chars().map(|digit| digit.to_digit(10));
    let first = digits.next()??;
    digits.try_fold(first, |number, digit| number.checked_mul(10)?.checked_add(digit?))
}
