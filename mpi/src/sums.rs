//! Sums over the nodes of all ranks: every rank owns some entries, gets those of every node, and joins them.

use std::ops::Range;

use mpi::datatype::Equivalence;

use constprop::Float;

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

/// Room for nodes, and for what comes of those of others.
#[derive(Debug)]
pub struct Sums<T> {
    /// This rank's nodes behind the first, whole.
    more: Vec<Vec<T>>,
    /// The entries that are owned here, of the nodes of others.
    received: Vec<Vec<T>>,
    headers: Vec<Vec<T>>,
}

/// What all ranks have said with their nodes.
pub struct Said<T> {
    /// Whether one of them has failed.
    pub failed: bool,
    /// The costs of all nodes.
    pub costs: Vec<T>,
}

impl<T: Float + Equivalence> Sums<T> {
    pub const fn new() -> Self {
        Self { more: Vec::new(), received: Vec::new(), headers: Vec::new() }
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

    /// Sends to every rank the entries that it owns of the nodes here, with their costs, and whether this rank has
    /// failed. What has come is then joined in `home`, in the entries that are owned here: nowhere else.
    pub fn join(
        &mut self,
        wire: &Wire,
        dealt: &Dealt,
        home: &mut [T],
        costs: &[T],
        failed: bool,
    ) -> Said<T> {
        let entries = home.len();
        let here = own(entries, wire.size, wire.rank);
        let mine = dealt.nodes_of(wire.rank).count();
        self.make_room(wire, dealt, here.len());
        let mut header = vec![if failed { T::one() } else { T::zero() }];
        header.extend_from_slice(costs);
        header.resize(1 + mine, T::zero());
        let Self { more, received, headers } = self;
        headers[wire.rank].copy_from_slice(&header);

        // Without nodes here, home is where the first of all comes.
        if mine == 0 {
            let first = Some(&mut home[here.clone()]);
            let receives = incoming(wire, dealt, headers, received, first);
            let sends: Vec<_> = wire.others().map(|rank| (rank, HEADER, &header[..])).collect();
            wire.exchange(&sends, receives);
        } else {
            let receives = incoming(wire, dealt, headers, received, None);
            let mut sends = Vec::new();
            for rank in wire.others() {
                sends.push((rank, HEADER, &header[..]));
                let theirs = own(entries, wire.size, rank);
                let nodes = std::iter::once(&*home).chain(more[..mine - 1].iter().map(|n| &n[..]));
                for (tag, node) in (NODES..).zip(nodes) {
                    sends.push((rank, tag, &node[theirs.clone()]));
                }
            }
            wire.exchange(&sends, receives);
        }
        let zero = T::zero();
        let failed = headers.iter().any(|header| header[0] != zero);
        let costs = headers.iter().flat_map(|header| &header[1..]).copied().collect();
        if !failed {
            self.add_up(wire.rank, dealt, &mut home[here.clone()], here);
        }
        Said { failed, costs }
    }

    fn make_room(&mut self, wire: &Wire, dealt: &Dealt, owned: usize) {
        self.headers.resize_with(wire.size, Vec::new);
        for (rank, header) in self.headers.iter_mut().enumerate() {
            header.resize(1 + dealt.nodes_of(rank).count(), T::zero());
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

/// What comes from others: headers, and nodes, of which the first goes elsewhere if it is said where.
fn incoming<'a, T>(
    wire: &Wire,
    dealt: &Dealt,
    headers: &'a mut [Vec<T>],
    received: &'a mut [Vec<T>],
    mut first: Option<&'a mut [T]>,
) -> Vec<In<'a, T>> {
    let mut receives: Vec<In<'a, T>> = Vec::new();
    for (rank, into) in headers.iter_mut().enumerate().filter(|(rank, _)| *rank != wire.rank) {
        receives.push((rank, HEADER, into));
    }
    for ((rank, tag), into) in theirs(dealt, wire.rank).zip(received) {
        receives.push((rank, tag, first.take().unwrap_or(into)));
    }
    receives
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
