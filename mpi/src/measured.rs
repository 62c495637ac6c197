//! Parts of a step by themselves, for measurements.

use std::convert::Infallible;

use constprop::{CurvatureWorkspace, Gradient, InputOf, Parameters, ScalarOf, TargetOf, Workspace};

use crate::company::count;
use crate::nodes::{Computed, Waiting};
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

/// A batch whose sums come with their messages: what a step or a product does, but for Θ.
struct OfBatch<N: RanksNetwork> {
    dealt: Dealt,
    gathered: Gathered<N>,
    of: usize,
    /// Whether leaves are the crate's own.
    whole: bool,
    /// With messages at the end, and as soon as there is something to send.
    sums: [Sums<ScalarOf<N>>; 2],
    home: Box<Gradient<N>>,
}

impl<N: RanksNetwork> OfBatch<N> {
    fn new(ranks: &Ranks, batch: usize, block: usize, (x, y): (InputOf<N>, TargetOf<N>)) -> Self {
        let dealt = Dealt::new(batch, block, ranks.size());
        let (mut gathered, here) = (Gathered::default(), dealt.examples(ranks.rank()).len());
        gathered.xs = vec![x; here];
        gathered.ys = vec![y; here];
        let sums = [Vec::new(), cuts::<N>(ranks.size())].map(Sums::new);
        let whole = block == constprop::gradient::BLOCK;
        Self { dealt, gathered, of: batch, whole, sums, home: Gradient::boxed() }
    }

    /// What is to be computed, where it goes, and how it is sent.
    fn parts<'a>(
        &'a mut self,
        ranks: &'a Ranks,
        early: bool,
    ) -> (Computed<'a, N>, &'a mut [ScalarOf<N>], &'a mut Sums<ScalarOf<N>>) {
        let &mut Self { ref dealt, ref gathered, of, whole, ref mut sums, ref mut home } = self;
        let computed = Computed { wire: ranks.wire(), dealt, gathered, of, whole };
        (computed, home.parameters_mut(), &mut sums[usize::from(early)])
    }
}

/// Δ of a batch.
pub struct Delta<N: RanksNetwork> {
    batch: OfBatch<N>,
    waiting: Waiting<ScalarOf<N>>,
    workspace: Box<Workspace<N>>,
}

impl<N: RanksNetwork> Delta<N> {
    /// That of so many examples in blocks of so many, which are all the same.
    #[must_use]
    pub fn new(
        ranks: &Ranks,
        batch: usize,
        block: usize,
        example: (InputOf<N>, TargetOf<N>),
    ) -> Self {
        let batch = OfBatch::new(ranks, batch, block, example);
        Self { batch, waiting: Waiting::default(), workspace: Workspace::boxed() }
    }

    /// It is computed, and sent.
    pub fn run(&mut self, ranks: &Ranks, net: &N, early: bool) {
        let Self { batch, waiting, workspace } = self;
        let (computed, home, sums) = batch.parts(ranks, early);
        let said =
            computed.sums(net, |all, part| all.batch(part, false), home, sums, waiting, workspace);
        assert!(!said.failed, "it is finite");
    }
}

/// A product with a curvature matrix.
pub struct Product<N: RanksNetwork> {
    batch: OfBatch<N>,
    gauss_newton: bool,
    direction: Box<Gradient<N>>,
    workspace: Box<CurvatureWorkspace<N>>,
}

impl<N: RanksNetwork> Product<N> {
    /// That of so many examples, which are all the same, with a direction of ones.
    #[must_use]
    pub fn new(
        ranks: &Ranks,
        batch: usize,
        gauss_newton: bool,
        example: (InputOf<N>, TargetOf<N>),
    ) -> Self {
        let batch = OfBatch::new(ranks, batch, constprop::gradient::BLOCK, example);
        let mut direction = Gradient::<N>::boxed();
        direction.parameters_mut().fill(count(1));
        Self { batch, gauss_newton, direction, workspace: CurvatureWorkspace::boxed() }
    }

    /// It is computed, and sent.
    pub fn run(&mut self, ranks: &Ranks, net: &N, early: bool) {
        let Self { batch, gauss_newton, direction, workspace } = self;
        let (computed, home, sums) = batch.parts(ranks, early);
        let said = computed.products(net, *gauss_newton, direction, home, sums, workspace);
        assert!(!said.failed, "it is finite");
    }
}
