//! Which tensor of a file is which part of a network.

use core::fmt;

use super::fault::{Fault, Found};
use super::json::Name;
use super::names::{Given, Kind, Names, Part, Split};
use super::safetensors::{File, Tensor};
use crate::shapes::shape::ThetaShape;

/// A network has so many Θ⁽ˡ⁾ at most.
pub(super) const MOST: usize = 32;

/// How a file calls the parts of a network.
#[derive(Clone, Copy)]
pub(super) struct Scheme<'a> {
    names: Names<'a>,
    pub(super) kind: Kind,
    /// Unless the names are given: a name like all, and the number of each layer.
    found: Option<(Split<'a>, Numbers)>,
    layers: usize,
}

/// Those that were found, the least first: one for each layer, and the one behind, since a layer that is
/// too many is no normalization of the last.
#[derive(Clone, Copy)]
struct Numbers {
    all: [u32; MOST + 1],
    count: usize,
}

/// What a tensor is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Part(usize, Part),
    /// A batch normalization with something between it and the layer in front.
    Apart,
    /// Nothing to this network, and no matter.
    Foreign,
    /// Nothing to this network, which had to be.
    Extra,
}

/// Whether a tensor is the weights of a layer by its name and its dimensions; and how it is called.
pub(super) fn weights<'a>(names: &Names<'_>, tensor: &Tensor<'a>) -> Option<(Kind, Split<'a>)> {
    let split = Split::new(tensor.name.behind(names.prefix)?)?;
    let fits = |kind: &Kind| {
        names.kind.is_none_or(|only| only == *kind) && split.is_word(*kind, Part::Weight)
    };
    let kind = Kind::ALL.into_iter().find(fits)?;
    (tensor.shape.rank() == 2).then_some((kind, split))
}

impl<'a> Scheme<'a> {
    pub(super) fn new(file: &File<'a>, names: Names<'a>, layers: usize) -> Result<Self, Found> {
        if let Some(named) = names.count().filter(|&named| named != layers) {
            return Err((Fault::Layers { named, layers }, None));
        }
        if names.are_given() {
            let kind = names.kind.unwrap_or(Kind::Pytorch);
            return Ok(Self { names, kind, found: None, layers });
        }
        let mut found: Option<(Kind, Split<'a>)> = None;
        let mut numbers = Numbers { all: [0; MOST + 1], count: 0 };
        for tensor in file.tensors() {
            let Some((kind, split)) = weights(&names, &tensor) else { continue };
            let (first, like) = *found.get_or_insert((kind, split));
            if kind != first || !split.is_beside(&like) {
                return Err((Fault::SeveralNetworks, None));
            }
            if !numbers.add(split.number, layers + 1) {
                return Err((Fault::NumberTwice, Some(tensor.at)));
            }
        }
        let Some((kind, split)) = found else { return Err((Fault::NoLayers, None)) };
        if kind == Kind::Ours {
            numbers = Numbers::all(layers);
        }
        Ok(Self { names, kind, found: Some((split, numbers)), layers })
    }

    /// ε of its batch normalizations.
    pub(super) const fn epsilon(&self) -> f64 {
        self.names.epsilon_of(self.kind)
    }

    /// What a tensor is.
    pub(super) fn place(&self, tensor: &Tensor<'a>) -> Place {
        let place = self.place_of_name(tensor.name);
        match place {
            Place::Extra if self.names.others_may_be => Place::Foreign,
            Place::Extra if self.kind == Kind::Ours && is_of_training(tensor.name) => {
                Place::Foreign
            }
            place => place,
        }
    }

    fn place_of_name(&self, name: Name<'a>) -> Place {
        let Some(behind) = name.behind(self.names.prefix) else { return Place::Foreign };
        let Some((like, numbers)) = &self.found else { return self.given_place(name) };
        let Some(split) = Split::new(behind).filter(|split| split.is_beside(like)) else {
            return Place::Extra;
        };
        let part = |norm: bool| {
            let of = Part::ALL.into_iter().filter(move |part| part.is_of_norm() == norm);
            of.into_iter().find(|part| split.is_word(self.kind, *part))
        };
        let of_layer = |index: usize, part: Option<Part>| match part {
            Some(part) if index < self.layers => Place::Part(index, part),
            _ => Place::Extra,
        };
        if let Some(index) = numbers.place(split.number) {
            return of_layer(index, part(false));
        }
        let in_front = split.number.checked_sub(1).and_then(|number| numbers.place(number));
        match (in_front, part(true)) {
            (Some(index), part) => of_layer(index, part),
            (None, Some(Part::Mean | Part::Variance)) => Place::Apart,
            (None, _) => Place::Extra,
        }
    }

    fn given_place(&self, name: Name<'a>) -> Place {
        // What is behind a layer by its number may be the next one: layers come first.
        for norm in [false, true] {
            for index in 0..self.layers {
                for part in Part::ALL.into_iter().filter(|part| part.is_of_norm() == norm) {
                    let given = Given { names: &self.names, kind: self.kind, index, part };
                    if !name.is_empty() && name.is_text(given) {
                        return Place::Part(index, part);
                    }
                }
            }
        }
        Place::Extra
    }
}

impl Numbers {
    const fn all(layers: usize) -> Self {
        let (mut all, mut count) = ([0; MOST + 1], 0);
        while count < layers {
            #[allow(clippy::cast_possible_truncation, reason = "there are 32 at most")]
            let number = count as u32 + 1;
            all[count] = number;
            count += 1;
        }
        Self { all, count }
    }

    /// Whether a number is new. Only so many are kept, the least.
    fn add(&mut self, number: u32, most: usize) -> bool {
        let place = self.all[..self.count].partition_point(|&other| other < number);
        if self.all[..self.count].get(place) == Some(&number) {
            return false;
        }
        if place < most {
            self.count = most.min(self.count + 1);
            self.all[place..self.count].rotate_right(1);
            self.all[place] = number;
        }
        true
    }

    fn place(&self, number: u32) -> Option<usize> {
        self.all[..self.count].iter().position(|&other| other == number)
    }
}

/// What a training that can be resumed has in its file beside the network.
fn is_of_training(name: Name<'_>) -> bool {
    ["optimizer.", "course.", "history."].iter().any(|front| name.behind(front).is_some())
}

/// Where in the header the parts of each layer are.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    pub(super) scheme: Scheme<'a>,
    entries: [[u32; Part::ALL.len()]; MOST],
}

/// No place in a header: it is not that long.
const NONE: u32 = u32::MAX;

impl<'a> Plan<'a> {
    /// Every part in its place. What is missing, and what is left over, is not looked at.
    pub(super) fn new(file: &File<'a>, scheme: Scheme<'a>) -> Result<Self, Found> {
        let mut plan = Self { scheme, entries: [[NONE; Part::ALL.len()]; MOST] };
        for tensor in file.tensors() {
            match scheme.place(&tensor) {
                Place::Part(index, part) => {
                    let entry = &mut plan.entries[index][part as usize];
                    if *entry != NONE {
                        return Err((Fault::NumberTwice, Some(tensor.at)));
                    }
                    *entry = tensor.at;
                }
                Place::Apart => return Err((Fault::NormalizationApart, Some(tensor.at))),
                Place::Foreign | Place::Extra => {}
            }
        }
        Ok(plan)
    }

    /// That nothing is missing, and nothing left over.
    pub(super) fn is_whole(&self, file: &File<'a>) -> Result<(), Found> {
        let is_extra = |tensor: &Tensor<'a>| self.scheme.place(tensor) == Place::Extra;
        let extra = file.tensors().filter(is_extra).count();
        let missing = self.missing().count();
        if missing + extra > 0 { Err((Fault::Tensors { missing, extra }, None)) } else { Ok(()) }
    }

    pub(super) fn tensor(&self, file: &File<'a>, index: usize, part: Part) -> Option<Tensor<'a>> {
        let at = self.entries[index][part as usize];
        if at == NONE { None } else { file.tensor_at(at) }
    }

    fn has(&self, index: usize, part: Part) -> bool {
        self.entries[index][part as usize] != NONE
    }

    /// Whether a batch normalization follows.
    pub(super) fn has_norm(&self, index: usize) -> bool {
        Part::ALL.into_iter().any(|part| part.is_of_norm() && self.has(index, part))
    }

    /// The parts that have to be there, and are not.
    pub(super) fn missing(&self) -> impl Iterator<Item = (usize, Part)> + '_ {
        let Scheme { names, kind, layers, .. } = self.scheme;
        (0..layers).flat_map(move |index| {
            let norm = self.has_norm(index);
            Part::ALL.into_iter().filter_map(move |part| {
                let is_needed = match part {
                    Part::Weight => true,
                    Part::Bias => kind != Kind::Ours && !norm && !names.bias_may_lack,
                    Part::Mean | Part::Variance => norm,
                    Part::Gamma | Part::Beta | Part::Count => false,
                };
                (is_needed && !self.has(index, part)).then_some((index, part))
            })
        })
    }

    /// What a part that is missing would be called.
    pub(super) fn name(
        &self,
        file: &File<'a>,
        index: usize,
        part: Part,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let Scheme { names, kind, found, .. } = &self.scheme;
        if found.is_none() {
            // A function may write nothing.
            let given = write!(f, "{}", Given { names, kind: *kind, index, part });
            return given.or_else(|_| write!(f, "a part of theta{}", index + 1));
        }
        // As one is called that is there, of the layer or of its normalization.
        let mut others =
            Part::ALL.into_iter().filter(|other| other.is_of_norm() == part.is_of_norm());
        let other = others.find_map(|other| self.tensor(file, index, other));
        let split = |name: Name<'a>| Some((name, Split::new(name.behind(names.prefix)?)?));
        match (other.and_then(|other| split(other.name)), found) {
            (Some((name, split)), _) => {
                let front = name.split_at(name.length() - split.word.length()).0;
                write!(f, "{front}{}", kind.word(part))
            }
            (None, Some((like, _))) if *kind == Kind::Ours => {
                write!(f, "{}{}theta{}", names.prefix, like.front, index + 1)
            }
            _ => write!(f, "{} of theta{}", kind.word(part), index + 1),
        }
    }
}

/// The shape that a part has to have, as its sides.
pub(super) fn shape_of(kind: Kind, part: Part, shape: &ThetaShape) -> ([usize; 2], usize) {
    let ThetaShape { s_out, s_in, .. } = *shape;
    match (kind, part) {
        (Kind::Pytorch, Part::Weight) => ([s_out, s_in], 2),
        (Kind::Keras, Part::Weight) => ([s_in, s_out], 2),
        (Kind::Ours, Part::Weight) => ([s_in + 1, s_out], 2),
        _ => ([s_out, 0], 1),
    }
}
