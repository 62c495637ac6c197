//! Parts of a step by themselves, for measurements.

use std::convert::Infallible;

use constprop::{Gradient, InputOf, Parameters, ScalarOf, TargetOf, Workspace};

use crate::nodes::Computed;
use crate::shares::Gathered;
use crate::sums::{Said, Sums, cuts, gather_entries};
use crate::tree::Dealt;
use crate::{Ranks, RanksNetwork};

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
        Self { dealt, sums: Sums::new(Vec::new()), costs }
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
        self.join(ranks, home);
        gather_entries(ranks.wire(), theta, 0.0);
    }

    /// Those of sums alone.
    pub fn join(&mut self, ranks: &Ranks, home: &mut [f32]) {
        let Self { dealt, sums, costs } = self;
        let _: Said<_, Infallible> =
            sums.join(ranks.wire(), dealt, home, |node, _, _| Ok(costs[node]));
    }
}

/// Δ of a batch over ranks, with its messages: what a step does, but for the optimizer and Θ.
pub struct Delta<N: RanksNetwork> {
    dealt: Dealt,
    gathered: Gathered<N>,
    of: usize,
    /// With messages at the end, and as soon as there is something to send.
    sums: [Sums<ScalarOf<N>>; 2],
    gradient: Box<Gradient<N>>,
    workspace: Box<Workspace<N>>,
}

impl<N: RanksNetwork> Delta<N> {
    /// That of a batch whose examples are all `x` and `y`.
    #[must_use]
    pub fn new(ranks: &Ranks, batch: usize, x: InputOf<N>, y: TargetOf<N>) -> Self {
        let dealt = Dealt::new(batch, constprop::gradient::BLOCK, ranks.size());
        let (mut gathered, here) = (Gathered::default(), dealt.examples(ranks.rank()).len());
        gathered.xs = vec![x; here];
        gathered.ys = vec![y; here];
        let sums = [Vec::new(), cuts::<N>(ranks.size(), true)].map(Sums::new);
        let (gradient, workspace) = (Gradient::boxed(), Workspace::boxed());
        Self { dealt, gathered, of: batch, sums, gradient, workspace }
    }

    /// It is computed, and sent.
    pub fn run(&mut self, ranks: &Ranks, net: &N, early: bool) {
        let Self { dealt, gathered, of, sums, gradient, workspace } = self;
        let (wire, of) = (ranks.wire(), *of);
        let said = Computed { wire, dealt, gathered, of, whole: true }.sums(
            net,
            |all, part| all.batch(part, false),
            gradient.parameters_mut(),
            &mut sums[usize::from(early)],
            &mut Vec::new(),
            workspace,
        );
        assert!(!said.failed, "it is finite");
    }
}
