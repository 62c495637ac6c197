//! The format of safetensors, read where it lies: a length, a header of JSON, and bytes.
//!
//! What [`File::new`] takes is whole: every entry of the header is read, and the tensors lie one behind the
//! other, without gaps, from the header to the end. It remembers nothing of that, and walks over the
//! header again for each question: a network of 32 layers has few tensors.

use core::fmt;

use super::fault::{Fault, Found};
use super::halves::{BF16, F16};
use super::json::{Cursor, Name, Unexpected};

/// What the entries of a tensor are.
///
/// All others that the format knows are read over, and refused where they were to be parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dtype {
    /// The upper 16 bits of an `f32`.
    Bf16,
    /// IEEE 754's of 16 bits.
    F16,
    /// `f32`.
    F32,
    /// `f64`.
    F64,
}

impl Dtype {
    /// As the format spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bf16 => "BF16",
            Self::F16 => "F16",
            Self::F32 => "F32",
            Self::F64 => "F64",
        }
    }

    /// How many bytes a number takes.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Bf16 | Self::F16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// That for whose name `is_so`.
    pub(crate) fn named(is_so: impl Fn(&str) -> bool) -> Option<Self> {
        let all = [Self::F64, Self::F32, Self::F16, Self::Bf16];
        all.into_iter().find(|dtype| is_so(dtype.name()))
    }

    /// The number at so many numbers from the beginning, exact.
    pub(crate) fn number(self, data: &[u8], index: usize) -> f64 {
        let at = index * self.size();
        match (self, &data[at..at + self.size()]) {
            (Self::Bf16, &[a, b]) => BF16.to_f64(u16::from_le_bytes([a, b])),
            (Self::F16, &[a, b]) => F16.to_f64(u16::from_le_bytes([a, b])),
            (Self::F32, &[a, b, c, d]) => f64::from(f32::from_le_bytes([a, b, c, d])),
            (Self::F64, &[a, b, c, d, e, f, g, h]) => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
            _ => f64::NAN,
        }
    }

    /// Whether a number is finite, also when it is rounded to such a one.
    pub(super) fn holds(self, value: f64) -> bool {
        self.number(&self.bytes(value).0, 0).is_finite()
    }

    /// The bytes of the number that is nearest, of two the even one, and how many of them there are.
    pub(crate) fn bytes(self, value: f64) -> ([u8; 8], usize) {
        let mut bytes = [0; 8];
        match self {
            Self::Bf16 => bytes[..2].copy_from_slice(&BF16.nearest(value).to_le_bytes()),
            Self::F16 => bytes[..2].copy_from_slice(&F16.nearest(value).to_le_bytes()),
            #[allow(clippy::cast_possible_truncation, reason = "it is rounded")]
            Self::F32 => bytes[..4].copy_from_slice(&(value as f32).to_le_bytes()),
            Self::F64 => bytes = value.to_le_bytes(),
        }
        (bytes, self.size())
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// All that the format knows by name, and how many bits an entry has.
const BITS: [(&str, usize); 22] = [
    ("BOOL", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("U8", 8),
    ("I8", 8),
    ("F8_E5M2", 8),
    ("F8_E4M3", 8),
    ("F8_E8M0", 8),
    ("F8_E4M3FNUZ", 8),
    ("F8_E5M2FNUZ", 8),
    ("I16", 16),
    ("U16", 16),
    ("F16", 16),
    ("BF16", 16),
    ("I32", 32),
    ("U32", 32),
    ("F32", 32),
    ("C64", 64),
    ("F64", 64),
    ("I64", 64),
    ("U64", 64),
];

/// No header is longer.
pub(super) const LONGEST_HEADER: usize = 1 << 20;

/// No file has more tensors: to walk over them again and again takes the square of their number.
pub(super) const MOST_TENSORS: usize = 4096;

/// How the header calls what is no tensor.
const METADATA: &str = "__metadata__";

/// A whole file.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    header: &'a str,
    data: &'a [u8],
}

/// A tensor of a file.
#[derive(Clone, Copy)]
pub(crate) struct Tensor<'a> {
    pub(crate) name: Name<'a>,
    pub(crate) dtype: Name<'a>,
    pub(crate) shape: Shape<'a>,
    pub(crate) data: &'a [u8],
    range: (usize, usize),
    /// Where in the header its name begins.
    pub(super) at: u32,
}

impl<'a> Tensor<'a> {
    /// What its entries are, if they are numbers.
    pub(super) fn numbers(&self) -> Option<Dtype> {
        Dtype::named(|name| self.dtype == *name)
    }

    /// The number at so many from the beginning, of such.
    pub(super) fn number(&self, dtype: Dtype, index: usize) -> f64 {
        dtype.number(self.data, index)
    }

    /// The entry in the header at `at`, which is checked.
    fn parse(file: &File<'a>, at: &mut Cursor<'a>) -> Result<Self, Fault> {
        at.peek();
        #[allow(clippy::cast_possible_truncation, reason = "a header has 2²⁰ bytes at most")]
        let start = at.at as u32;
        let name = at.key()?;
        let (mut dtype, mut shape, mut range) = (None, None, None);
        at.expect(b'{', "`{`: dtype, shape and data_offsets of a tensor")?;
        let mut is_first = true;
        while at.has_item(is_first, b'}')? {
            is_first = false;
            let before = *at;
            let key = at.key()?;
            let is_new = if key == "dtype" {
                dtype.replace(at.string()?).is_none()
            } else if key == "shape" {
                shape.replace(Shape::parse(at)?).is_none()
            } else if key == "data_offsets" {
                at.expect(b'[', "`[`")?;
                let start = at.whole()?;
                at.expect(b',', "`,` and where the tensor ends")?;
                let end = at.whole()?;
                at.expect(b']', "`]`")?;
                range.replace((start, end)).is_none()
            } else {
                at.skip(2)?;
                true
            };
            if !is_new {
                return Ok(before.fail("each of dtype, shape and data_offsets once")?);
            }
        }
        let Some(dtype) = dtype else { return Ok(at.fail("a dtype in front of this")?) };
        let Some(shape) = shape else { return Ok(at.fail("a shape in front of this")?) };
        let Some(range) = range else { return Ok(at.fail("data_offsets in front of this")?) };
        // What they leave out of the data is found when they are put side by side.
        let data = file.data.get(range.0..range.1).unwrap_or_default();
        Ok(Self { name, dtype, shape, data, range, at: start })
    }

    /// Whether its size is that of its shape.
    fn check(&self) -> Result<(), Fault> {
        let Some((_, bits)) = BITS.iter().find(|(name, _)| self.dtype == **name) else {
            return Err(Fault::UnknownDtype);
        };
        let (start, end) = self.range;
        let bits = self.shape.entries().and_then(|entries| entries.checked_mul(*bits));
        let fits = |bits: usize| bits.is_multiple_of(8) && end.checked_sub(start) == Some(bits / 8);
        if bits.is_some_and(fits) { Ok(()) } else { Err(Fault::Size) }
    }
}

/// A tensor's shape, as it stands in the header.
#[derive(Clone, Copy)]
pub(crate) struct Shape<'a>(Cursor<'a>);

impl<'a> Shape<'a> {
    fn parse(at: &mut Cursor<'a>) -> Result<Self, Unexpected> {
        at.peek();
        let shape = Self(*at);
        at.expect(b'[', "`[`")?;
        let mut is_first = true;
        while at.has_item(is_first, b']')? {
            is_first = false;
            at.whole()?;
        }
        Ok(shape)
    }

    pub(crate) fn sides(self) -> impl Iterator<Item = usize> + 'a {
        let (mut at, mut is_first) = (self.0, true);
        at.takes(b'[');
        core::iter::from_fn(move || {
            let goes_on = at.has_item(is_first, b']').unwrap_or(false);
            is_first = false;
            if goes_on { at.whole().ok() } else { None }
        })
    }

    /// The product of the sides, unless it overflows on the way.
    fn entries(self) -> Option<usize> {
        self.sides().try_fold(1_usize, usize::checked_mul)
    }

    pub(super) fn is(self, expected: &[usize]) -> bool {
        self.sides().eq(expected.iter().copied())
    }

    pub(super) fn rank(self) -> usize {
        self.sides().count()
    }
}

impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, side) in self.sides().enumerate() {
            write!(f, "{}{side}", if index == 0 { "" } else { ", " })?;
        }
        f.write_str("]")
    }
}

impl<'a> File<'a> {
    /// A file that is whole.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Found> {
        let file = Self::split(bytes).map_err(|fault| (fault, None))?;
        file.check_header()?;
        file.check_places()?;
        file.check_names()?;
        Ok(file)
    }

    /// Header and data, unchecked.
    pub(super) fn split(bytes: &'a [u8]) -> Result<Self, Fault> {
        let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
            return Err(Fault::TooShort { length: bytes.len() });
        };
        let length = u64::from_le_bytes(*length);
        let header = usize::try_from(length).ok().filter(|&length| length <= rest.len());
        let Some(header) = header else {
            return Err(Fault::HeaderCut { header: length, found: rest.len() });
        };
        if header > LONGEST_HEADER {
            return Err(Fault::HeaderTooLong { header: length });
        }
        let (header, data) = rest.split_at(header);
        match core::str::from_utf8(header) {
            Ok(header) => Ok(Self { header, data }),
            Err(error) => Err(Fault::NoText { at: error.valid_up_to() }),
        }
    }

    /// Every entry by itself.
    fn check_header(&self) -> Result<(), Found> {
        let mut count = 0;
        let mut has_metadata = false;
        self.walk(|entry, at| {
            match entry {
                Entry::Metadata if has_metadata => {
                    return Ok(at.fail("no second `__metadata__`")?);
                }
                Entry::Metadata => has_metadata = true,
                Entry::Tensor(tensor) => {
                    tensor.check()?;
                    count += 1;
                    if count > MOST_TENSORS {
                        return Err(Fault::TooMany);
                    }
                }
            }
            Ok(())
        })
    }

    /// That the tensors lie one behind the other and fill the data.
    fn check_places(&self) -> Result<(), Found> {
        let mut end = 0;
        self.in_order(
            |tensor| tensor.range,
            |tensor| {
                if tensor.range.0 != end {
                    let fault = Fault::Offsets { expected: end };
                    return Err((fault, Some(tensor.at)));
                }
                end = tensor.range.1;
                Ok(())
            },
        )?;
        if end == self.data.len() {
            return Ok(());
        }
        Err((Fault::DataLength { expected: end, found: self.data.len() }, None))
    }

    /// That no name is there twice.
    fn check_names(&self) -> Result<(), Found> {
        let mut last = None;
        self.in_order(
            |tensor| tensor.name,
            |tensor| {
                if last.replace(tensor.name) == Some(tensor.name) {
                    return Err((Fault::Twice, Some(tensor.at)));
                }
                Ok(())
            },
        )
    }

    /// Every entry of the header in turn, until something is wrong.
    fn walk(
        &self,
        mut see: impl FnMut(Entry<'a>, &Cursor<'a>) -> Result<(), Fault>,
    ) -> Result<(), Found> {
        let mut at = Cursor::new(self.header, 0);
        let no_tensor = |fault: Unexpected| (Fault::from(fault), None);
        at.expect(b'{', "`{`: the header is an object of JSON").map_err(no_tensor)?;
        let mut is_first = true;
        while at.has_item(is_first, b'}').map_err(no_tensor)? {
            is_first = false;
            let here = {
                at.peek();
                at
            };
            #[allow(clippy::cast_possible_truncation, reason = "a header has 2²⁰ bytes at most")]
            let place = here.at as u32;
            if at.key().map_err(no_tensor)? == METADATA {
                skip_words(&mut at).map_err(no_tensor)?;
                see(Entry::Metadata, &here).map_err(|fault| (fault, None))?;
                continue;
            }
            at = here;
            Tensor::parse(self, &mut at)
                .and_then(|tensor| see(Entry::Tensor(tensor), &here))
                .map_err(|fault| (fault, Some(place)))?;
        }
        if at.peek().is_some() {
            return at.fail("nothing behind the header's `}`").map_err(no_tensor);
        }
        Ok(())
    }

    /// All tensors, as they stand in the header.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = Tensor<'a>> + use<'a> {
        let (file, mut at, mut is_first) = (*self, Cursor::new(self.header, 0), true);
        at.takes(b'{');
        core::iter::from_fn(move || {
            loop {
                if !at.has_item(is_first, b'}').ok()? {
                    return None;
                }
                is_first = false;
                let here = at;
                if at.key().ok()? != METADATA {
                    at = here;
                    return Tensor::parse(&file, &mut at).ok();
                }
                skip_words(&mut at).ok()?;
            }
        })
    }

    /// The tensor whose name begins there in the header.
    pub(super) fn tensor_at(&self, at: u32) -> Option<Tensor<'a>> {
        Tensor::parse(self, &mut Cursor::new(self.header, at as usize)).ok()
    }

    /// The name alone, of what need not be right behind it.
    pub(super) fn name_at(&self, at: u32) -> Option<Name<'a>> {
        Cursor::new(self.header, at as usize).string().ok()
    }

    /// What `name` is set to among the words that are no tensors.
    pub(super) fn word(&self, name: &str) -> Result<Option<Name<'a>>, Fault> {
        let mut found = None;
        self.words(|key, word| {
            if key == *name && found.replace(word).is_some() {
                return Err(Fault::WordTwice);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// All words that are no tensors, in turn.
    pub(crate) fn words<E>(
        &self,
        mut see: impl FnMut(Name<'a>, Name<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut at = Cursor::new(self.header, 0);
        at.takes(b'{');
        let mut is_first = true;
        while let Ok(true) = at.has_item(is_first, b'}') {
            is_first = false;
            let Ok(key) = at.key() else { break };
            if key != METADATA {
                if at.skip(1).is_err() {
                    break;
                }
                continue;
            }
            // They may be `null`.
            if !at.takes(b'{') {
                break;
            }
            let mut is_first = true;
            while let Ok(true) = at.has_item(is_first, b'}') {
                is_first = false;
                let (Ok(key), Ok(word)) = (at.key(), at.string()) else { break };
                see(key, word)?;
            }
        }
        Ok(())
    }

    /// All tensors, that with the least key first. It keeps a few at a time, and walks over the header
    /// again for the next few.
    pub(super) fn in_order<K: Ord + Copy, E>(
        &self,
        key: impl Fn(&Tensor<'a>) -> K,
        mut see: impl FnMut(Tensor<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        const FEW: usize = 64;
        let mut last: Option<(K, u32)> = None;
        loop {
            let (mut next, mut count) = ([None; FEW], 0);
            for tensor in self.tensors() {
                let this = Some((key(&tensor), tensor.at));
                // Most of many are behind those that are kept, or were seen before.
                if count == FEW && this >= next[FEW - 1] || this <= last {
                    continue;
                }
                let place = next[..count].partition_point(|other| *other < this);
                count = FEW.min(count + 1);
                next[place..count].rotate_right(1);
                next[place] = this;
            }
            let places = next[..count].iter().flatten().map(|&(_, at)| at);
            for tensor in places.filter_map(|at| self.tensor_at(at)) {
                see(tensor)?;
            }
            if count < FEW {
                return Ok(());
            }
            last = next[count - 1];
        }
    }
}

enum Entry<'a> {
    Metadata,
    Tensor(Tensor<'a>),
}

/// Words are texts by name, or nothing.
fn skip_words(at: &mut Cursor<'_>) -> Result<(), Unexpected> {
    if at.takes_null()? {
        return Ok(());
    }
    at.expect(b'{', "`{`: texts by name")?;
    let mut is_first = true;
    while at.has_item(is_first, b'}')? {
        is_first = false;
        at.key()?;
        at.string()?;
    }
    Ok(())
}
