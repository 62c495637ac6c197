//! Examples that are dealt out: whose each is, and how those of a batch come to where they are computed.

use std::ops::Range;

use constprop::{InputOf, Sample, ScalarOf, TargetOf};

use crate::RanksNetwork;
use crate::tree::Dealt;
use crate::wire::{EXAMPLES, Wire};

/// This rank's examples among those of all, which follow each other in the order of ranks.
pub struct Share<'a, N: RanksNetwork> {
    pub inputs: &'a [InputOf<N>],
    pub targets: &'a [TargetOf<N>],
    pub weights: Option<Vec<ScalarOf<N>>>,
    /// Where that of each rank begins, and the last one ends.
    pub begins: Vec<usize>,
}

/// Examples that are computed here.
pub struct Gathered<N: RanksNetwork> {
    pub xs: Vec<InputOf<N>>,
    pub ys: Vec<TargetOf<N>>,
    pub ws: Vec<ScalarOf<N>>,
    /// Messages, which are kept for their room.
    out: Vec<Vec<ScalarOf<N>>>,
    into: Vec<Vec<ScalarOf<N>>>,
}

impl<N: RanksNetwork> Gathered<N> {
    /// Keeps only these of the examples.
    pub fn keep(&mut self, part: Range<usize>) {
        fn keep<X>(all: &mut Vec<X>, part: &Range<usize>) {
            all.truncate(part.end);
            all.drain(..part.start.min(all.len()));
        }
        keep(&mut self.xs, &part);
        keep(&mut self.ys, &part);
        keep(&mut self.ws, &part);
    }
}

impl<N: RanksNetwork> Default for Gathered<N> {
    fn default() -> Self {
        Self { xs: Vec::new(), ys: Vec::new(), ws: Vec::new(), out: Vec::new(), into: Vec::new() }
    }
}

impl<N: RanksNetwork> Share<'_, N> {
    /// How many examples there are in all.
    pub fn all(&self) -> usize {
        self.begins.last().copied().unwrap_or(0)
    }

    /// Those of a rank.
    pub fn of(&self, rank: usize) -> Range<usize> {
        self.begins[rank]..self.begins[rank + 1]
    }

    /// Whose an example is.
    fn owner(&self, example: usize) -> usize {
        self.begins.partition_point(|&first| first <= example) - 1
    }

    /// Numbers of an example in a message: x, y, and its weight where they have some.
    fn numbers(&self) -> usize {
        N::Input::SIZE + N::Target::SIZE + usize::from(self.weights.is_some())
    }

    /// Gathers the examples that each rank computes of a batch, which is told by their numbers.
    pub fn gather(&self, wire: &Wire, batch: &[usize], dealt: &Dealt, gathered: &mut Gathered<N>) {
        let parts: Vec<_> = (0..wire.size).map(|rank| &batch[dealt.examples(rank)]).collect();
        self.exchange(wire, &parts, gathered);
    }

    /// Gathers all examples of a batch on every rank.
    pub fn gather_all(&self, wire: &Wire, batch: &[usize], gathered: &mut Gathered<N>) {
        self.exchange(wire, &vec![batch; wire.size], gathered);
    }

    /// Gathers for every rank these.
    fn exchange(&self, wire: &Wire, parts: &[&[usize]], gathered: &mut Gathered<N>) {
        let (own, numbers) = (self.of(wire.rank), self.numbers());
        gathered.out.resize_with(wire.size, Vec::new);
        gathered.into.resize_with(wire.size, Vec::new);
        for rank in wire.others() {
            let message = &mut gathered.out[rank];
            message.clear();
            for &example in parts[rank].iter().filter(|example| own.contains(example)) {
                self.put(example - own.start, message);
            }
            let theirs = self.of(rank);
            let count = parts[wire.rank].iter().filter(|example| theirs.contains(example)).count();
            gathered.into[rank].resize(count * numbers, ScalarOf::<N>::default());
        }
        let Gathered { xs, ys, ws, out, into } = gathered;
        let sends: Vec<_> = wire.others().map(|rank| (rank, EXAMPLES, &out[rank][..])).collect();
        let receives = into.iter_mut().enumerate().filter(|(rank, _)| *rank != wire.rank);
        wire.exchange(
            &sends,
            receives.map(|(rank, into)| (rank, EXAMPLES, &mut into[..])).collect(),
        );
        xs.clear();
        ys.clear();
        ws.clear();
        let mut from: Vec<_> = into.iter().map(|message| message.chunks_exact(numbers)).collect();
        for &example in parts[wire.rank] {
            if own.contains(&example) {
                let here = example - own.start;
                xs.extend_from_slice(&self.inputs[here..=here]);
                ys.extend_from_slice(&self.targets[here..=here]);
                ws.extend(self.weights.iter().map(|weights| weights[here]));
            } else if let Some(numbers) = from[self.owner(example)].next() {
                let (x, numbers) = numbers.split_at(N::Input::SIZE);
                let (y, weight) = numbers.split_at(N::Target::SIZE);
                xs.extend_from_slice(Sample::of_flat(x));
                ys.extend_from_slice(Sample::of_flat(y));
                ws.extend_from_slice(weight);
            }
        }
    }

    /// Puts one of the examples here into a message.
    fn put(&self, here: usize, message: &mut Vec<ScalarOf<N>>) {
        message.extend_from_slice(self.inputs[here].as_ref());
        message.extend_from_slice(self.targets[here].as_ref());
        message.extend(self.weights.iter().map(|weights| weights[here]));
    }
}
