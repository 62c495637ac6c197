//! Messages between ranks: what is sent is bits, and nothing is added on the way.

use mpi::datatype::Equivalence;
use mpi::request::{self, LocalScope, Request};
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;

/// What a message is about.
pub type Tag = i32;

pub const HEADER: Tag = 0;
pub const THETA: Tag = 1;
pub const EXAMPLES: Tag = 2;
/// That of a rank's first node; the others follow.
pub const NODES: Tag = 16;

/// Entries of one message: MPI counts in 32 bits.
const MOST: usize = 1 << 28;

/// A communicator of our own, on which nobody else sends.
pub struct Wire {
    world: SimpleCommunicator,
    pub rank: usize,
    pub size: usize,
}

/// A message to a rank.
pub type Out<'a, T> = (usize, Tag, &'a [T]);

/// A message from a rank, whose length is known.
pub type In<'a, T> = (usize, Tag, &'a mut [T]);

/// Messages under way. A panic meanwhile ends the process: MPI still reads and writes what they are of.
pub struct Flow<'s, 'a, T> {
    wire: &'s Wire,
    scope: &'s LocalScope<'a>,
    incoming: Vec<Request<'a, [T], &'s LocalScope<'a>>>,
    outgoing: Vec<Request<'a, [T], &'s LocalScope<'a>>>,
}

impl<'a, T: Equivalence> Flow<'_, 'a, T> {
    pub fn receive(&mut self, (rank, tag, into): In<'a, T>) {
        for piece in into.chunks_mut(MOST) {
            let from = self.wire.world.process_at_rank(number(rank));
            self.incoming.push(from.immediate_receive_into_with_tag(self.scope, piece, tag));
        }
    }

    pub fn send(&mut self, (rank, tag, message): Out<'a, T>) {
        for piece in message.chunks(MOST) {
            let to = self.wire.world.process_at_rank(number(rank));
            self.outgoing.push(to.immediate_send_with_tag(self.scope, piece, tag));
        }
    }

    /// Gives MPI a moment: messages go on when it is called.
    pub fn go_on(&self) {
        let _ = self.wire.world.any_process().immediate_probe();
    }
}

impl Wire {
    pub fn of<C: Communicator>(world: &C) -> Self {
        let world = world.duplicate();
        let [rank, size] = [world.rank(), world.size()].map(|n| usize::try_from(n).unwrap_or(0));
        Self { world, rank, size }
    }

    /// The other ranks, from the next one on, so that not all begin with the same.
    pub fn others(&self) -> impl Iterator<Item = usize> + use<> {
        let (rank, size) = (self.rank, self.size);
        (1..size).map(move |step| (rank + step) % size)
    }

    /// Sends and receives all of these; empty messages are not sent.
    pub fn exchange<T: Equivalence>(&self, sends: &[Out<'_, T>], receives: Vec<In<'_, T>>) {
        self.flow(|flow| {
            receives.into_iter().for_each(|message| flow.receive(message));
            sends.iter().for_each(|message| flow.send(*message));
        });
    }

    /// Messages that begin when they are told, and have all ended when this does.
    pub fn flow<'a, T: Equivalence + 'a>(&self, tell: impl FnOnce(&mut Flow<'_, 'a, T>)) {
        request::scope(|scope| {
            let mut flow = Flow { wire: self, scope, incoming: Vec::new(), outgoing: Vec::new() };
            tell(&mut flow);
            let Flow { incoming, outgoing, .. } = flow;
            incoming.into_iter().chain(outgoing).for_each(|request| request.wait_without_status());
        })
    }

    /// The numbers of every rank, as many of each, in the order of ranks.
    pub fn all<T: Equivalence + Copy + Default>(&self, numbers: &[T]) -> Vec<T> {
        let mut all = vec![T::default(); numbers.len() * self.size];
        self.world.all_gather_into(numbers, &mut all[..]);
        all
    }

    /// So many numbers of every rank, for all, in the order of ranks.
    pub fn all_of<T: Equivalence + Copy + Default>(
        &self,
        numbers: &[T],
        counts: &[usize],
    ) -> Vec<Vec<T>> {
        let mut all: Vec<_> = counts.iter().map(|&count| vec![T::default(); count]).collect();
        all[self.rank].copy_from_slice(numbers);
        let sends: Vec<_> = self.others().map(|rank| (rank, HEADER, numbers)).collect();
        let receives = all.iter_mut().enumerate().filter(|(rank, _)| *rank != self.rank);
        self.exchange(&sends, receives.map(|(rank, into)| (rank, HEADER, &mut into[..])).collect());
        all
    }

    /// The bytes of every rank.
    pub fn all_bytes(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let counts = self.all(&[bytes.len() as u64]);
        let counts = counts.into_iter().map(|count| usize::try_from(count).unwrap_or(0));
        self.all_of(bytes, &counts.collect::<Vec<_>>())
    }

    /// What rank 0 has, for all; they have room for as many.
    pub fn spread<T: Equivalence>(&self, numbers: &mut [T]) {
        for piece in numbers.chunks_mut(MOST) {
            self.world.process_at_rank(0).broadcast_into(piece);
        }
    }

    /// The bytes that rank 0 has, for all.
    pub fn spread_bytes(&self, bytes: Option<Vec<u8>>) -> Vec<u8> {
        let mut bytes = bytes.unwrap_or_default();
        let mut length = [bytes.len() as u64];
        self.spread(&mut length);
        bytes.resize(usize::try_from(length[0]).unwrap_or(0), 0);
        self.spread(&mut bytes);
        bytes
    }

    /// Gathers at rank 0 so many numbers of every rank, in the order of ranks; elsewhere there is nothing.
    pub fn at_first<T: Equivalence + Copy + Default>(
        &self,
        numbers: &[T],
        counts: &[usize],
    ) -> Vec<T> {
        if self.rank > 0 {
            self.exchange(&[(0, HEADER, numbers)], Vec::new());
            return Vec::new();
        }
        let mut all = vec![T::default(); counts.iter().sum()];
        let (own, mut rest) = all.split_at_mut(counts[0]);
        own.copy_from_slice(numbers);
        let mut receives = Vec::new();
        for (rank, &count) in counts.iter().enumerate().skip(1) {
            let (into, behind) = rest.split_at_mut(count);
            receives.push((rank, HEADER, into));
            rest = behind;
        }
        self.exchange(&[], receives);
        all
    }

    /// Ends every rank, at once.
    pub fn abort(&self) {
        self.world.abort(1);
    }
}

fn number(rank: usize) -> i32 {
    i32::try_from(rank).unwrap_or(i32::MAX)
}
