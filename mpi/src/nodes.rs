//! What a rank computes: the nodes of its examples.

use std::ops::Range;

use constprop::{Batch, CurvatureWorkspace, Error, Float, Gradient, Place, ScalarOf, Workspace};

use crate::RanksNetwork;
use crate::shares::Gathered;
use crate::sums::{Said, Sums, Told};
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
    /// here. `batch` makes a batch of examples. Of a node's last leaf Δ comes in pieces, each of which is added to what
    /// waits in front of it, and sent.
    pub fn sums<'b>(
        &'b self,
        net: &N,
        batch: impl Fn(&'b Gathered<N>, Range<usize>) -> Batch<'b, N>,
        home: &mut [ScalarOf<N>],
        sums: &mut Sums<ScalarOf<N>>,
        waiting: &mut Waiting<ScalarOf<N>>,
        workspace: &mut Workspace<N>,
    ) -> Said<ScalarOf<N>, Error> {
        let nodes: Vec<_> = self.dealt.nodes_of(self.wire.rank).map(|(_, node)| node).collect();
        let of = |leaves: Range<usize>| {
            let (part, place) = self.part_of(&leaves);
            (batch(self.gathered, part).at(place), move |error| of_batch(error, place.first))
        };
        sums.join(self.wire, self.dealt, home, |number, pieces, told| {
            let Range { start, end } = *nodes[number];
            let last = if self.whole { start } else { end - 1 };
            waiting.begin();
            for leaf in start..last {
                let (batch, in_batch) = of(leaf..leaf + 1);
                let sum = |into: &mut [_]| batch.sums(net, into, workspace).map_err(in_batch);
                waiting.push(leaf - start, N::PARAMETERS, sum)?;
            }
            let (batch, in_batch) = of(last..end);
            let mut told = waiting.add_and_tell(told);
            let cost = batch.sums_in_pieces(net, pieces, workspace, &mut told);
            Ok(waiting.cost(cost.map_err(in_batch)?))
        })
    }

    /// The same of a product with ∇²J, or with the Gauss–Newton matrix.
    pub fn products(
        &self,
        net: &N,
        gauss_newton: bool,
        direction: &Gradient<N>,
        home: &mut [ScalarOf<N>],
        sums: &mut Sums<ScalarOf<N>>,
        workspace: &mut CurvatureWorkspace<N>,
    ) -> Said<ScalarOf<N>, Error> {
        let nodes: Vec<_> = self.dealt.nodes_of(self.wire.rank).map(|(_, node)| node).collect();
        let product = constprop::curvature::product_of_part;
        sums.join(self.wire, self.dealt, home, |number, pieces, told| {
            let (part, place) = self.part_of(nodes[number]);
            let examples = (&self.gathered.xs[part.clone()], &self.gathered.ys[part]);
            product(net, gauss_newton, examples, place, direction, pieces, workspace, told)?;
            Ok(ScalarOf::<N>::default())
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
            let (part, place) = self.part_of(node);
            let cost = batch(self.gathered, part).at(place).sum_of_costs(net, workspace);
            cost.map_err(|error| of_batch(error, place.first))
        };
        nodes.map(cost).collect()
    }

    /// The examples of some leaves, by their numbers among those here, and where they stand in the batch.
    fn part_of(&self, leaves: &Range<usize>) -> (Range<usize>, Place) {
        let here = self.dealt.examples(self.wire.rank).start;
        let examples = self.dealt.examples_of(leaves);
        let place = Place { first: examples.start, of: self.of };
        (examples.start - here..examples.end - here, place)
    }
}

/// Sums of leaves that wait for their partner in the tree of a node, each with its cost, the larger ones in front; and
/// room for more, kept from node to node.
#[derive(Debug, Default)]
pub struct Waiting<T> {
    sums: Vec<(T, Vec<T>)>,
    spare: Vec<Vec<T>>,
}

impl<T: Float> Waiting<T> {
    /// Nothing waits.
    fn begin(&mut self) {
        self.spare.extend(self.sums.drain(..).map(|(_, sum)| sum));
    }

    /// Takes what `sum` gives of the leaf of this number, which is not the last, in so many entries.
    fn push<E>(
        &mut self,
        leaf: usize,
        entries: usize,
        sum: impl FnOnce(&mut [T]) -> Result<T, E>,
    ) -> Result<(), E> {
        let mut into = self.spare.pop().unwrap_or_default();
        into.resize(entries, T::default());
        let mut cost = sum(&mut into)?;
        for _ in 0..leaf.trailing_ones() {
            if let Some((before, partner)) = self.sums.pop() {
                constprop::join(&mut into, &partner);
                cost = before + cost;
                self.spare.push(partner);
            }
        }
        self.sums.push((cost, into));
        Ok(())
    }

    /// Adds all that waits to entries of the last leaf, before they are `told`.
    fn add_and_tell<'a>(&self, told: Told<'_, 'a, T>) -> impl FnMut(usize, &'a mut [T]) {
        |first, entries: &'a mut [T]| {
            for (_, sum) in self.sums.iter().rev() {
                constprop::join(entries, &sum[first..first + entries.len()]);
            }
            told(first, entries);
        }
    }

    /// The cost of all, of that of the last leaf.
    fn cost(&self, last: T) -> T {
        self.sums.iter().rev().fold(last, |cost, (before, _)| *before + cost)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A sum along the tree, by its definition.
    fn tree(leaves: &[f32]) -> f32 {
        if let &[one] = leaves {
            return one;
        }
        let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
        tree(left) + tree(right)
    }

    #[test]
    fn leaves_of_a_node_go_along_the_tree() {
        let mut waiting = Waiting::default();
        for count in 1..70 {
            let leaf = |leaf: usize| 1.0 / (leaf + count) as f32;
            let leaves: Vec<_> = (0..count).map(leaf).collect();
            let of = |into: &mut [f32], leaf: f32| {
                into.copy_from_slice(&[leaf, -leaf, 2.0 * leaf]);
                Ok::<_, ()>(4.0 * leaf)
            };
            // What a node before has left has no part in it.
            waiting.begin();
            for (number, &leaf) in leaves[..count - 1].iter().enumerate() {
                waiting.push(number, 3, |into| of(into, leaf)).unwrap();
            }
            let (mut sum, mut told) = ([0.0; 3], Vec::new());
            let cost = of(&mut sum, leaves[count - 1]).unwrap();
            let (first, rest) = sum.split_at_mut(1);
            let mut tell = |first, piece: &mut [f32]| told.push((first, piece.to_vec()));
            let mut tell = waiting.add_and_tell(&mut tell);
            tell(1, rest);
            tell(0, first);
            drop(tell);
            let expected = tree(&leaves);
            assert_eq!(told, [(1, vec![-expected, 2.0 * expected]), (0, vec![expected])]);
            assert_eq!(waiting.cost(cost), 4.0 * expected, "{count} leaves");
        }
        assert!(waiting.sums.len() + waiting.spare.len() <= 8, "no more than are needed");
    }
}
