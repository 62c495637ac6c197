//! Ranks, and what they compute together of one network.

use std::ops::Range;

use mpi::topology::Communicator;

use constprop::data::share;
use constprop::{
    CurvatureWorkspace, Gradient, InputOf, Parameters, Place, Regularization, ScalarOf, TargetOf,
    Workspace,
};

use crate::RanksNetwork;
use crate::alike::{agree, describe_network, hash};
use crate::company::{begins, count};
use crate::error::Error;
use crate::nodes::{Computed, Waiting};
use crate::shares::{Gathered, Share};
use crate::sums::{self, Sums, gather_entries};
use crate::tree::Dealt;
use crate::wire::Wire;

/// The ranks of a communicator, of which this is one.
///
/// The methods that compute are called by all of them, each with its own examples: what they give is the same on every
/// rank, and to the last bit what the network's own methods give of all examples, one rank's behind the other's. A rank
/// may have none.
pub struct Ranks {
    wire: Wire,
}

impl Ranks {
    /// Those of a communicator. All of them call this; messages go over a duplicate of it. The thread that calls is the
    /// one that sends: `Threading::Funneled` where the program has others.
    pub fn of<C: Communicator>(world: &C) -> Self {
        Self { wire: Wire::of(world) }
    }

    /// The number of this one, from 0 on.
    #[must_use]
    pub const fn rank(&self) -> usize {
        self.wire.rank
    }

    /// How many there are.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.wire.size
    }

    /// Which of so many examples, or whatever is dealt out evenly, are this rank's.
    #[must_use]
    pub fn part(&self, all: usize) -> Range<usize> {
        // There is a rank of this number.
        share(all, self.wire.rank, self.wire.size).unwrap_or_default()
    }

    /// J(Θ) over the examples of all ranks.
    ///
    /// # Errors
    ///
    /// The same on every rank: [`Error`].
    pub fn cost<N: RanksNetwork>(
        &self,
        net: &N,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<ScalarOf<N>>,
        workspace: &mut Workspace<N>,
    ) -> Result<ScalarOf<N>, Error> {
        let _ends = self.ends_with_a_panic();
        let share = self.share(net, (inputs, targets), regularization, None)?;
        let dealt = self.deal::<N>(&share, constprop::Batch::<N>::new(&[], &[]).leaf())?;
        let gathered = self.gather(&share, &dealt);
        let costs = self.computed(&dealt, &gathered, share.all()).costs(
            net,
            |all, part| all.batch(part, false),
            workspace,
        );
        let costs = agree(&self.wire, "", costs)?;
        let counts: Vec<_> = (0..self.size()).map(|rank| dealt.nodes_of(rank).count()).collect();
        let costs = self.wire.all_of(&costs, &counts).concat();
        Ok(mean(net, &dealt, &costs, share.all(), regularization))
    }

    /// J(Θ), and ∇J into `gradient`, over the examples of all ranks.
    ///
    /// # Errors
    ///
    /// The same on every rank: [`Error`]. `gradient` is then lost.
    pub fn cost_and_gradient<N: RanksNetwork>(
        &self,
        net: &N,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<ScalarOf<N>>,
        gradient: &mut Gradient<N>,
        workspace: &mut Workspace<N>,
    ) -> Result<ScalarOf<N>, Error> {
        let _ends = self.ends_with_a_panic();
        let share = self.share(net, (inputs, targets), regularization, None)?;
        let all = constprop::Batch::<N>::new(&[], &[]).at(Place { first: 0, of: share.all() });
        let dealt = self.deal::<N>(&share, all.leaf())?;
        let gathered = self.gather(&share, &dealt);
        let cuts = sums::cuts::<N>(self.size());
        let (mut sums, home) = (Sums::new(cuts), gradient.parameters_mut());
        let said = self.computed(&dealt, &gathered, share.all()).sums(
            net,
            |all, part| all.batch(part, false),
            home,
            &mut sums,
            &mut Waiting::default(),
            workspace,
        );
        self.agree_on(said.failed, said.failure)?;
        let own = sums::own(home.len(), self.size(), self.rank());
        all.finish(net, regularization, own.clone(), &mut home[own]);
        gather_entries(&self.wire, home, ScalarOf::<N>::default());
        Ok(mean(net, &dealt, &said.costs, share.all(), regularization))
    }

    /// h_Θ(x) of this rank's inputs, with the bits that they have among those of all.
    ///
    /// # Errors
    ///
    /// The same on every rank: [`Error`]; `outputs` are then as they were.
    pub fn predict_into<N: RanksNetwork>(
        &self,
        net: &N,
        inputs: &[InputOf<N>],
        outputs: &mut [TargetOf<N>],
        workspace: &mut Workspace<N>,
    ) -> Result<(), Error> {
        let _ends = self.ends_with_a_panic();
        let of = begins(&self.wire, inputs.len())[self.size()];
        let mut predicted = outputs.to_vec();
        let found = net.predict_some(inputs, &mut predicted, of, workspace);
        agree(&self.wire, &describe_network(net), found)?;
        outputs.clone_from_slice(&predicted);
        Ok(())
    }

    /// ∇²J v into `product`, over the examples of all ranks.
    ///
    /// # Errors
    ///
    /// The same on every rank: [`Error`]. `product` is then lost.
    #[allow(clippy::too_many_arguments, reason = "as in constprop")]
    pub fn hessian_vector_product<N: RanksNetwork>(
        &self,
        net: &N,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<ScalarOf<N>>,
        direction: &Gradient<N>,
        product: &mut Gradient<N>,
        workspace: &mut CurvatureWorkspace<N>,
    ) -> Result<(), Error> {
        let examples = (inputs, targets);
        self.product(net, false, examples, regularization, direction, product, workspace)
    }

    /// G v with the Gauss–Newton matrix G into `product`, over the examples of all ranks.
    ///
    /// # Errors
    ///
    /// The same on every rank: [`Error`]. `product` is then lost.
    #[allow(clippy::too_many_arguments, reason = "as in constprop")]
    pub fn gauss_newton_product<N: RanksNetwork>(
        &self,
        net: &N,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<ScalarOf<N>>,
        direction: &Gradient<N>,
        product: &mut Gradient<N>,
        workspace: &mut CurvatureWorkspace<N>,
    ) -> Result<(), Error> {
        let examples = (inputs, targets);
        self.product(net, true, examples, regularization, direction, product, workspace)
    }

    #[allow(clippy::too_many_arguments, reason = "as the two that call it, and which")]
    fn product<N: RanksNetwork>(
        &self,
        net: &N,
        gauss_newton: bool,
        examples: (&[InputOf<N>], &[TargetOf<N>]),
        regularization: &Regularization<ScalarOf<N>>,
        direction: &Gradient<N>,
        product: &mut Gradient<N>,
        workspace: &mut CurvatureWorkspace<N>,
    ) -> Result<(), Error> {
        let _ends = self.ends_with_a_panic();
        let share = self.share(net, examples, regularization, Some(direction))?;
        let dealt = self.deal::<N>(&share, constprop::gradient::BLOCK)?;
        let gathered = self.gather(&share, &dealt);
        let cuts = sums::cuts::<N>(self.size());
        let (mut sums, home) = (Sums::new(cuts), product.parameters_mut());
        let computed = self.computed(&dealt, &gathered, share.all());
        let said = computed.products(net, gauss_newton, direction, home, &mut sums, workspace);
        self.agree_on(said.failed, said.failure)?;
        gather_entries(&self.wire, home, ScalarOf::<N>::default());
        let (v, m) = (direction.parameters(), share.all());
        constprop::finish_product::<N>(v, regularization, m, home);
        Ok(())
    }

    /// What is to be computed of, if all ranks are of one network, and have examples that mean something.
    fn share<'a, N: RanksNetwork>(
        &self,
        net: &N,
        (inputs, targets): (&'a [InputOf<N>], &'a [TargetOf<N>]),
        regularization: &Regularization<ScalarOf<N>>,
        direction: Option<&Gradient<N>>,
    ) -> Result<Share<'a, N>, Error> {
        let none = inputs.is_empty() && targets.is_empty();
        let checked =
            if none { Ok(()) } else { net.check_examples(inputs, targets, regularization) };
        let direction = direction.map(|direction| hash(direction.parameters()));
        let network = describe_network(net);
        let text = format!("{network}lambda: {regularization:?}\ndirection: {direction:?}\n");
        agree(&self.wire, &text, checked)?;
        let begins = begins(&self.wire, inputs.len());
        Ok(Share { inputs, targets, weights: None, begins })
    }

    fn deal<N: RanksNetwork>(&self, share: &Share<'_, N>, leaf: usize) -> Result<Dealt, Error> {
        match share.all() {
            0 => Err(constprop::Error::NoExamples.into()),
            all => Ok(Dealt::new(all, leaf, self.size())),
        }
    }

    /// The same error on every rank, if one has failed.
    fn agree_on(&self, failed: bool, failure: Option<constprop::Error>) -> Result<(), Error> {
        if failed { agree(&self.wire, "", failure.map_or(Ok(()), Err)) } else { Ok(()) }
    }

    fn gather<N: RanksNetwork>(&self, share: &Share<'_, N>, dealt: &Dealt) -> Gathered<N> {
        let (all, mut gathered) = ((0..share.all()).collect::<Vec<_>>(), Gathered::default());
        share.gather(&self.wire, &all, dealt, &mut gathered);
        gathered
    }

    const fn computed<'a, N: RanksNetwork>(
        &'a self,
        dealt: &'a Dealt,
        gathered: &'a Gathered<N>,
        of: usize,
    ) -> Computed<'a, N> {
        Computed { wire: &self.wire, dealt, gathered, of, whole: true }
    }

    pub(crate) const fn wire(&self) -> &Wire {
        &self.wire
    }

    /// What ends the job if there is a panic meanwhile: others would wait for this rank.
    pub(crate) const fn ends_with_a_panic(&self) -> EndsWithAPanic<'_> {
        EndsWithAPanic(&self.wire)
    }
}

pub struct EndsWithAPanic<'a>(&'a Wire);

impl Drop for EndsWithAPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() && self.0.size > 1 {
            self.0.abort();
        }
    }
}

/// J of the costs of all nodes.
fn mean<N: RanksNetwork>(
    net: &N,
    dealt: &Dealt,
    costs: &[ScalarOf<N>],
    m: usize,
    regularization: &Regularization<ScalarOf<N>>,
) -> ScalarOf<N> {
    let cost = dealt.total(costs).unwrap_or_default();
    cost / count(m) + regularization.penalty(net, m)
}
