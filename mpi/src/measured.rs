//! Parts of a step by themselves, for measurements.

use crate::Ranks;
use crate::sums::{Sums, gather_entries};
use crate::tree::Dealt;

/// The messages of a step: sums of every node to the owners of their entries, and what these make of it back.
#[derive(Debug)]
pub struct Exchange {
    dealt: Dealt,
    sums: Sums<f32>,
    costs: Vec<f32>,
}

impl Exchange {
    /// That of a batch of so many examples, in blocks of so many.
    #[must_use]
    pub fn new(ranks: &Ranks, batch: usize, block: usize) -> Self {
        let dealt = Dealt::new(batch, block, ranks.size());
        let costs = vec![0.0; dealt.nodes_of(ranks.rank()).count()];
        Self { dealt, sums: Sums::new(), costs }
    }

    /// How many nodes there are, of all ranks.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.dealt.nodes().len()
    }

    /// Writes this rank's nodes.
    pub fn fill(&mut self, home: &mut [f32], value: f32) {
        for node in 0..self.costs.len() {
            self.sums.node(node, home).fill(value);
        }
    }

    /// The messages, and the additions.
    pub fn run(&mut self, ranks: &Ranks, home: &mut [f32], theta: &mut [f32]) {
        self.sums.join(ranks.wire(), &self.dealt, home, &self.costs, false);
        gather_entries(ranks.wire(), theta, 0.0);
    }
}
