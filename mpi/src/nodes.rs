//! What a rank computes: the nodes of its examples.

use std::ops::Range;

use constprop::{Batch, Error, Float, Place, ScalarOf, Workspace};

use crate::RanksNetwork;
use crate::shares::Gathered;
use crate::sums::{Said, Sums};
use crate::tree::Dealt;
use crate::wire::Wire;

/// Examples of a batch that are computed here, and how many leaves make a call.
pub struct Computed<'a, N: RanksNetwork> {
    pub wire: &'a Wire,
    pub dealt: &'a Dealt,
    pub gathered: &'a Gathered<N>,
    /// How many examples the batch has.
    pub of: usize,
    /// Whether a node is summed in one call, as it is where leaves are the crate's own.
    pub whole: bool,
}

impl<N: RanksNetwork> Computed<'_, N> {
    /// Computes every node of this rank, and sends and joins all: costs, and sums into the entries of `home` that are owned
    /// here. `batch` makes a batch of examples.
    pub fn sums<'b>(
        &'b self,
        net: &N,
        batch: impl Fn(&'b Gathered<N>, Range<usize>) -> Batch<'b, N>,
        home: &mut [ScalarOf<N>],
        sums: &mut Sums<ScalarOf<N>>,
        spare: &mut Spare<ScalarOf<N>>,
        workspace: &mut Workspace<N>,
    ) -> Said<ScalarOf<N>, Error> {
        let nodes: Vec<_> = self.dealt.nodes_of(self.wire.rank).map(|(_, node)| node).collect();
        sums.join(self.wire, self.dealt, home, |number, pieces, told| {
            if self.whole {
                let (part, place) = self.part_of(nodes[number]);
                let batch = batch(self.gathered, part).at(place);
                let sum = batch.sums_in_pieces(net, pieces, workspace, told);
                return sum.map_err(|error| of_batch(error, place.first));
            }
            // Then there is one piece.
            let into = pieces.first_mut().map_or(&mut [][..], |(_, into)| into);
            self.in_leaves(nodes[number], into, spare, |part, place, into| {
                batch(self.gathered, part).at(place).sums(net, into, workspace)
            })
        })
    }

    /// The costs of every node of this rank.
    pub fn costs<'b>(
        &'b self,
        net: &N,
        batch: impl Fn(&'b Gathered<N>, Range<usize>) -> Batch<'b, N>,
        workspace: &mut Workspace<N>,
    ) -> Result<Vec<ScalarOf<N>>, Error> {
        let nodes = self.dealt.nodes_of(self.wire.rank);
        let cost = |(_, node)| {
            self.in_leaves(node, &mut [], &mut Vec::new(), |part, place, _| {
                batch(self.gathered, part).at(place).sum_of_costs(net, workspace)
            })
        };
        nodes.map(cost).collect()
    }

    /// What `sum` gives of a node, in one call, or along the tree over its leaves. What it is told is which of the
    /// examples here, and where they stand in the batch.
    fn in_leaves(
        &self,
        node: &Range<usize>,
        into: &mut [ScalarOf<N>],
        spare: &mut Spare<ScalarOf<N>>,
        mut sum: impl FnMut(Range<usize>, Place, &mut [ScalarOf<N>]) -> Result<ScalarOf<N>, Error>,
    ) -> Result<ScalarOf<N>, Error> {
        let mut of = |leaves: Range<usize>, into: &mut [ScalarOf<N>]| {
            let (part, place) = self.part_of(&leaves);
            sum(part, place, into).map_err(|error| of_batch(error, place.first))
        };
        if self.whole {
            return of(node.clone(), into);
        }
        along_tree(node.clone(), into, spare, &mut of)
    }

    /// The examples of some leaves, by their numbers among those here, and where they stand in the batch.
    fn part_of(&self, leaves: &Range<usize>) -> (Range<usize>, Place) {
        let here = self.dealt.examples(self.wire.rank).start;
        let examples = self.dealt.examples_of(leaves);
        let place = Place { first: examples.start, of: self.of };
        (examples.start - here..examples.end - here, place)
    }
}

/// Room for sums of leaves on their way, kept from call to call.
pub type Spare<T> = Vec<Vec<T>>;

type Sum<'a, T> = dyn FnMut(Range<usize>, &mut [T]) -> Result<T, Error> + 'a;

/// The sum of leaves, each of which `of` gives.
fn along_tree<T: Float>(
    leaves: Range<usize>,
    into: &mut [T],
    spare: &mut Spare<T>,
    of: &mut Sum<'_, T>,
) -> Result<T, Error> {
    if leaves.len() == 1 {
        return of(leaves, into);
    }
    let middle = leaves.start + leaves.len().next_power_of_two() / 2;
    let cost = along_tree(leaves.start..middle, into, spare, of)?;
    let mut right = spare.pop().unwrap_or_default();
    right.resize(into.len(), T::default());
    let of_right = along_tree(middle..leaves.end, &mut right, spare, of)?;
    constprop::join(into, &right);
    spare.push(right);
    Ok(cost + of_right)
}

/// An error whose example is counted in the batch.
fn of_batch(error: Error, first: usize) -> Error {
    match error {
        Error::Input { example, entry, value } => {
            Error::Input { example: first + example, entry, value }
        }
        Error::Target { example, fault } => Error::Target { example: first + example, fault },
        other => other,
    }
}
