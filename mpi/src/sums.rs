//! Sums over the nodes of all ranks: every rank owns some entries, gets those of every node, and joins them.

use std::ops::Range;

use mpi::datatype::Equivalence;

use constprop::Float;

use crate::RanksNetwork;
use crate::tree::{Dealt, cut};
use crate::wire::{HEADER, In, NODES, THETA, Tag, Wire};

/// Entries that a rank owns begin at a multiple of this: a cache line of `f32`.
const LINE: usize = 16;

/// Which of so many entries a rank owns.
pub fn own(entries: usize, ranks: usize, rank: usize) -> Range<usize> {
    let lines = entries.div_ceil(LINE);
    let [first, end] = [rank, rank + 1].map(|rank| entries.min(LINE * cut(lines, ranks, rank)));
    first..end
}

/// Where a node is cut into pieces, each of which is sent as soon as it is there: what every rank owns, up to a row of
/// [bias | weights]ᵀ. A rank begins with those of the next ones, and computes its own while they are on their way. So
/// all ranks send and receive alike: layer by layer those that own the last ones would get all of it before the others get
/// anything, and copy it while these wait.
pub fn cuts<N: RanksNetwork>(ranks: usize) -> Vec<usize> {
    if N::PARAMETERS / ranks < LEAST {
        return Vec::new();
    }
    (1..ranks).map(|rank| row_at::<N>(own(N::PARAMETERS, ranks, rank).start)).collect()
}

/// Entries of a piece that is worth computing by itself.
const LEAST: usize = 1024;

/// Where the row of an entry begins.
fn row_at<N: RanksNetwork>(entry: usize) -> usize {
    let mut first = 0;
    for shape in N::SHAPES {
        if entry < first + shape.parameters() {
            return entry - (entry - first) % shape.s_out;
        }
        first += shape.parameters();
    }
    first
}

/// Some entries of a node, from `first` on, in the pieces in which a rank sends them: where each begins, and its entries.
fn pieces<'a, T>(
    cuts: &[usize],
    rank: usize,
    first: usize,
    entries: &'a mut [T],
) -> Vec<(usize, &'a mut [T])> {
    let (mut pieces, mut begin, all) = (Vec::new(), first, first + entries.len());
    let mut rest = entries;
    for &end in cuts.iter().chain([&all]) {
        let end = end.clamp(begin, all);
        let (piece, behind) = rest.split_at_mut(end - begin);
        pieces.push((begin, piece));
        (rest, begin) = (behind, end);
    }
    let from = (rank + 1) % pieces.len();
    pieces.rotate_left(from);
    pieces
}

/// Room for nodes, and for what comes of those of others.
#[derive(Debug)]
pub struct Sums<T> {
    /// Where nodes are cut into pieces.
    cuts: Vec<usize>,
    /// This rank's nodes behind the first, whole.
    more: Vec<Vec<T>>,
    /// The entries that are owned here, of the nodes of others.
    received: Vec<Vec<T>>,
    headers: Vec<Vec<T>>,
}

/// What all ranks have said with their nodes.
pub struct Said<T, E> {
    /// Whether one of them has failed.
    pub failed: bool,
    /// Why this one has.
    pub failure: Option<E>,
    /// The costs of all nodes.
    pub costs: Vec<T>,
}

/// Who is told of a piece of a node as soon as it is there: where it begins, and its entries.
pub type Told<'t, 'a, T> = &'t mut dyn FnMut(usize, &'a mut [T]);

impl<T: Float + Equivalence> Sums<T> {
    /// Of nodes that are cut into pieces there.
    pub const fn new(cuts: Vec<usize>) -> Self {
        Self { cuts, more: Vec::new(), received: Vec::new(), headers: Vec::new() }
    }

    /// Where this rank's node of a number goes, from 0 on; the first one into `home`.
    pub fn node<'a>(&'a mut self, node: usize, home: &'a mut [T]) -> &'a mut [T] {
        let Some(behind) = node.checked_sub(1) else { return home };
        if self.more.len() <= behind {
            self.more.resize_with(behind + 1, Vec::new);
        }
        let room = &mut self.more[behind];
        room.resize(home.len(), T::default());
        room
    }

    /// `compute`s the nodes of this rank, each by its number from 0 on, in pieces, and sends to every rank the entries that
    /// it owns of them: of a piece at once when it is told, of the others behind their node. At the end costs follow, and
    /// whether this rank has failed: what is left of its nodes is then sent as it is, for it is awaited. What has come is
    /// joined in `home`, in the entries that are owned here: nowhere else.
    pub fn join<E>(
        &mut self,
        wire: &Wire,
        dealt: &Dealt,
        home: &mut [T],
        compute: impl for<'a> FnMut(usize, &mut [(usize, &'a mut [T])], Told<'_, 'a, T>) -> Result<T, E>,
    ) -> Said<T, E> {
        let here = own(home.len(), wire.size, wire.rank);
        self.make_room(wire, dealt, home, here.len());
        let failure = self.exchange(wire, dealt, home, compute);
        let zero = T::zero();
        let failed = self.headers.iter().any(|header| header[0] != zero);
        let costs = self.headers.iter().flat_map(|header| &header[1..]).copied().collect();
        if !failed {
            self.add_up(wire.rank, dealt, &mut home[here.clone()], here);
        }
        Said { failed, failure, costs }
    }

    /// All messages of it. Gives why this rank has failed.
    fn exchange<'a, E>(
        &'a mut self,
        wire: &Wire,
        dealt: &Dealt,
        home: &'a mut [T],
        mut compute: impl FnMut(usize, &mut [(usize, &'a mut [T])], Told<'_, 'a, T>) -> Result<T, E>,
    ) -> Option<E> {
        let (entries, mut failure) = (home.len(), None);
        let here = own(entries, wire.size, wire.rank);
        let Self { cuts, more, received, headers } = self;
        let mine = headers[wire.rank].len() - 1;
        wire.flow(|flow| {
            // Without nodes here, home is where the first of all comes.
            let (home, mut first) =
                if mine > 0 { (Some(home), None) } else { (None, Some(&mut home[here.clone()])) };
            for ((rank, tag), room) in theirs(dealt, wire.rank).zip(received) {
                let into = first.take().unwrap_or(room);
                for (_, piece) in pieces(cuts, rank, here.start, into) {
                    flow.receive((rank, tag, piece));
                }
            }
            let mut said: &mut [T] = &mut [];
            for (rank, header) in headers.iter_mut().enumerate() {
                if rank == wire.rank {
                    said = header;
                } else {
                    flow.receive((rank, HEADER, header));
                }
            }
            let nodes = home.into_iter().chain(more.iter_mut().map(|node| &mut node[..]));
            for (number, (node, tag)) in nodes.zip(NODES..).take(mine).enumerate() {
                let mut told = |first, piece: &'a mut [T]| {
                    let piece: &'a [T] = piece;
                    for rank in wire.others() {
                        let theirs = own(entries, wire.size, rank);
                        let [from, to] = [theirs.start, theirs.end]
                            .map(|entry| entry.clamp(first, first + piece.len()) - first);
                        flow.send((rank, tag, &piece[from..to]));
                    }
                    flow.go_on();
                };
                let mut pieces = pieces(cuts, wire.rank, 0, node);
                if failure.is_none() {
                    match compute(number, &mut pieces, &mut told) {
                        Ok(cost) => said[1 + number] = cost,
                        Err(error) => failure = Some(error),
                    }
                }
                pieces.into_iter().for_each(|(first, piece)| told(first, piece));
            }
            said[0] = if failure.is_some() { T::one() } else { T::zero() };
            for rank in wire.others() {
                flow.send((rank, HEADER, said));
            }
        });
        failure
    }

    fn make_room(&mut self, wire: &Wire, dealt: &Dealt, home: &mut [T], owned: usize) {
        self.headers.resize_with(wire.size, Vec::new);
        for (rank, header) in self.headers.iter_mut().enumerate() {
            header.clear();
            header.resize(1 + dealt.nodes_of(rank).count(), T::zero());
        }
        for node in 0..dealt.nodes_of(wire.rank).count() {
            self.node(node, home);
        }
        let others = theirs(dealt, wire.rank).count();
        self.received.resize_with(others.max(self.received.len()), Vec::new);
        self.received[..others].iter_mut().for_each(|room| room.resize(owned, T::zero()));
    }

    /// The tree over all nodes, in the entries that are owned here.
    fn add_up(&mut self, rank: usize, dealt: &Dealt, home: &mut [T], here: Range<usize>) {
        let Self { more, received, .. } = self;
        let mut received = received.iter_mut().map(|room| &mut room[..]);
        let mut more = more.iter_mut().map(|room| &mut room[here.clone()]);
        let (mut home, mut at_home, mut mine) = (Some(home), None, 0);
        let first_of_others = dealt.nodes_of(rank).next().is_none();
        let mut slices = Vec::new();
        for (number, (of, _)) in dealt.nodes().iter().enumerate() {
            let slice = if *of == rank {
                mine += 1;
                if mine == 1 { home.take() } else { more.next() }
            } else {
                let room = received.next();
                // Its room is not used.
                if first_of_others && number == 0 { home.take() } else { room }
            };
            if at_home.is_none() && home.is_none() {
                at_home = Some(number);
            }
            slices.push(slice);
        }
        dealt.join(|left, right| {
            // A sum is the same from both sides: it stays where all are to be in the end.
            let (into, from) = if Some(right) == at_home { (right, left) } else { (left, right) };
            if let (Some(term), Some(sum)) = (slices[from].take(), slices[into].as_mut()) {
                constprop::join(sum, term);
            }
            into
        });
    }
}

/// The nodes of others: whose each is, and its tag.
fn theirs(dealt: &Dealt, here: usize) -> impl Iterator<Item = (usize, Tag)> {
    let (mut rank, mut tag) = (usize::MAX, NODES);
    let tagged = dealt.nodes().iter().map(move |(of, _)| {
        tag = if *of == rank { tag + 1 } else { NODES };
        rank = *of;
        (rank, tag)
    });
    tagged.filter(move |(rank, _)| *rank != here)
}

/// Every rank's own entries, for all, with a word from each. Gives the words.
pub fn gather_entries<T: Float + Equivalence>(wire: &Wire, entries: &mut [T], word: T) -> Vec<T> {
    let all = entries.len();
    let mut words = vec![T::zero(); wire.size];
    words[wire.rank] = word;
    let mut own_entries: &[T] = &[];
    let mut receives: Vec<In<'_, T>> = Vec::new();
    let mut rest = entries;
    for rank in 0..wire.size {
        let (piece, behind) = rest.split_at_mut(own(all, wire.size, rank).len());
        if rank == wire.rank {
            own_entries = piece;
        } else {
            receives.push((rank, THETA, piece));
        }
        rest = behind;
    }
    for (rank, word) in words.iter_mut().enumerate().filter(|(rank, _)| *rank != wire.rank) {
        receives.push((rank, HEADER, std::slice::from_mut(word)));
    }
    let said = [word];
    let mut sends = Vec::new();
    for rank in wire.others() {
        sends.push((rank, THETA, own_entries));
        sends.push((rank, HEADER, &said[..]));
    }
    wire.exchange(&sends, receives);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use constprop::prelude::*;

    network! {
        struct Net(20 => 300 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
    }

    /// What a rank sends is what another awaits, in the same order; and no row is cut.
    #[test]
    fn pieces_are_those_that_are_awaited() {
        let all = Net::<f32>::PARAMETERS;
        for ranks in 1..10 {
            let cuts = cuts::<Net<f32>>(ranks);
            assert_eq!(cuts.len(), ranks - 1);
            let rows = |&cut: &usize| if cut < 6300 { cut % 300 == 0 } else { cut % 10 == 0 };
            assert!(cuts.iter().all(rows), "{cuts:?}");
            let mut node: Vec<usize> = (0..all).collect();
            for from in 0..ranks {
                let mut covered = 0;
                let sent: Vec<_> = pieces(&cuts, from, 0, &mut node)
                    .into_iter()
                    .map(|(begin, piece)| (begin, piece.to_vec()))
                    .collect();
                for to in 0..ranks {
                    let theirs = own(all, ranks, to);
                    let mut room: Vec<usize> = theirs.clone().collect();
                    let sent = sent.iter().map(|(begin, piece)| {
                        let [from, to] = [theirs.start, theirs.end]
                            .map(|entry| entry.clamp(*begin, begin + piece.len()) - begin);
                        &piece[from..to]
                    });
                    let awaited = pieces(&cuts, from, theirs.start, &mut room);
                    let awaited: Vec<_> = awaited.iter().map(|(_, piece)| &piece[..]).collect();
                    assert_eq!(sent.collect::<Vec<_>>(), awaited, "{from} to {to} of {ranks}");
                    covered += awaited.iter().map(|piece| piece.len()).sum::<usize>();
                }
                assert_eq!(covered, all);
                // Its own comes last.
                let own = own(all, ranks, from);
                assert!(sent[ranks - 1].1.iter().filter(|entry| own.contains(entry)).count() > 600);
            }
        }
        assert!(cuts::<Net<f32>>(10).is_empty(), "they would be too small");
    }
}
