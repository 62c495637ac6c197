//! What goes wrong on one rank ends all, with the same error.

use constprop::prelude::*;
use constprop::train::{End, Fit};
use constprop_mpi::{Error, OverRanks, Ranks, RanksNetwork};

use super::nets::{self, Classes, Deep, Wide, bits, classes, inputs};

type ClassesFit = Fit<'static, Classes<f32>>;

fn run(ranks: &Ranks, fit: ClassesFit, net: &mut Classes<f32>, rate: f32) -> Result<(), Error> {
    let x = inputs::<5>(100);
    let y = classes::<5, 3>(&x);
    let part = ranks.part(100);
    let mut adam = Adam::new(AdamSettings { rate, ..AdamSettings::default() })?;
    let history = fit.over(ranks).run(net, &mut adam, &x[part.clone()], &y[part]);
    history.map(drop).map_err(|failure| failure.error)
}

/// Settings, and Θ, that one rank has otherwise.
pub fn what_differs(ranks: &Ranks) {
    let (last, other) = (ranks.size() - 1, ranks.rank() == ranks.size() - 1);
    let fit = || Fit::<Classes<f32>>::new().epochs(1).batch(32);
    let mut net = Classes::seeded(1);
    let before = bits(net.parameters());
    let differs = |found: Result<(), Error>, what: &str| match found {
        Ok(()) => assert_eq!(last, 0),
        Err(Error::Differs { rank, what: found, .. }) => {
            assert!(last > 0 && rank == last && found == what, "{found} of rank {rank}");
        }
        Err(error) => panic!("{error}"),
    };
    differs(run(ranks, fit().seed(u64::from(other)), &mut Classes::seeded(1), 0.01), "seed");
    differs(
        run(ranks, fit().batch(32 + usize::from(other)), &mut Classes::seeded(1), 0.01),
        "batch",
    );
    let rate = if other { 0.02 } else { 0.01 };
    differs(run(ranks, fit(), &mut Classes::seeded(1), rate), "optimizer");
    let epochs = 1 + usize::from(other);
    differs(run(ranks, fit().epochs(epochs), &mut Classes::seeded(1), 0.01), "end");
    let looks = fit().metric("accuracy", constprop::train::accuracy).validation_split(0.2);
    let looks = if other { looks.watch_training() } else { looks };
    let what = "metrics, and whether those of training";
    differs(run(ranks, looks, &mut Classes::seeded(1), 0.01), what);
    if other {
        net.theta1.bias[0] += 1.0;
    }
    differs(run(ranks, fit(), &mut net, 0.01), "Θ, as a hash");
    if last > 0 && !other {
        assert_eq!(bits(net.parameters()), before);
    }
    another_network(ranks, &differs);
    // Another instruction set.
    if other {
        constprop::InstructionSet::Portable.pin().unwrap();
    }
    differs(run(ranks, fit(), &mut Classes::seeded(1), 0.01), "instruction set");
}

/// One rank runs a program for another network: of other layers, or of another scalar.
fn another_network(ranks: &Ranks, differs: &dyn Fn(Result<(), Error>, &str)) {
    let other = ranks.size() > 1 && ranks.rank() == ranks.size() - 1;
    let ours = || run(ranks, Fit::new().epochs(1).batch(32), &mut Classes::seeded(1), 0.01);
    let deep = || {
        let (x, y) = nets::deep(100);
        let mut adam = Adam::new(AdamSettings { rate: 0.01, ..AdamSettings::default() })?;
        let over = Fit::<Deep<f64>>::new().epochs(1).batch(32).over(ranks);
        let history = over.run(&mut Deep::seeded(1), &mut adam, &x, &y);
        history.map(drop).map_err(|failure| failure.error)
    };
    differs(if other { deep() } else { ours() }, "network");
    fn j<N: RanksNetwork>(ranks: &Ranks, x: &[N::Input], y: &[N::Target]) -> Result<(), Error> {
        let (net, mut workspace) = (N::boxed_seeded(1), Workspace::boxed());
        ranks.cost(&*net, x, y, &Regularization::none(), &mut workspace).map(drop)
    }
    let x = inputs::<5>(100);
    let y = classes::<5, 3>(&x);
    let found = if other {
        let x: Vec<_> = x.iter().map(|x| x.map(f64::from)).collect();
        let y: Vec<_> = y.iter().map(|y| y.map(f64::from)).collect();
        j::<Classes<f64>>(ranks, &x, &y)
    } else {
        j::<Classes<f32>>(ranks, &x, &y)
    };
    differs(found, "network");
}

/// Examples of one rank that mean nothing.
pub fn errors(ranks: &Ranks) {
    let (mut x, y) = nets::deep(60);
    let part = ranks.part(60);
    let last = ranks.size() - 1;
    let first = constprop::data::share(60, last, ranks.size()).unwrap().start;
    x[first + 2][1] = f64::NAN;
    let mut net = Deep::seeded(1);
    let mut adam = Adam::new(AdamSettings::default()).unwrap();
    let (px, py) = (&x[part.clone()], &y[part]);
    let failure = Fit::new().over(ranks).run(&mut net, &mut adam, px, py).unwrap_err();
    let said = format!("rank {last}: input: example 2, entry 1 is NaN; it must be finite");
    assert_eq!(failure.error.to_string(), said);
    let (none, mut workspace) = (Regularization::none(), Workspace::boxed());
    let failure = ranks.cost(&net, px, py, &none, &mut workspace).unwrap_err();
    assert_eq!(failure.to_string(), said);
    let mut outputs = py.to_vec();
    ranks.predict_into(&net, px, &mut outputs, &mut workspace).unwrap_err();
    assert_eq!(outputs, py, "predictions where one rank has failed");
    // Augmentation that spoils an example: counted among all.
    let (x, y) = nets::deep(300);
    let part = ranks.part(300);
    let fit = Fit::<Deep<f64>>::new().in_order().batch(300);
    let mut seen = 0;
    let fit = fit.augment(move |x, _| {
        seen += 1;
        x[3] = if seen == 271 { f64::INFINITY } else { x[3] };
    });
    let (px, py) = (&x[part.clone()], &y[part]);
    let failure = fit.over(ranks).run(&mut net, &mut adam, px, py).unwrap_err();
    let spoiled = constprop::Error::Input { example: 270, entry: 3, value: f64::INFINITY };
    assert!(matches!(failure.error, Error::Training(error) if error == spoiled), "{failure}");
    fails_in_the_middle(ranks);
    // A block that is none.
    let over = Fit::new().over(ranks).block(129);
    let failure = over.run(&mut net, &mut adam, px, py).unwrap_err();
    assert_eq!(failure.error.to_string(), "rank 0: block is 129; it must be from 1 to 128");
}

/// One rank fails where others have begun to send what they have: all end alike, and the next training finds no message
/// of this one.
fn fails_in_the_middle(ranks: &Ranks) {
    let x = inputs::<20>(900);
    let y = classes::<20, 10>(&x);
    let part = ranks.part(900);
    let (px, py) = (&x[part.clone()], &y[part]);
    for at in [10, 600, 899] {
        let mut seen = 0;
        let fit = Fit::<Wide<f32>>::new().in_order().batch(900).augment(move |x, _| {
            x[3] = if seen == at { f32::NAN } else { x[3] };
            seen += 1;
        });
        let (mut net, mut adam) =
            (Wide::<f32>::boxed_seeded(1), Adam::new(AdamSettings::default()).unwrap());
        let failure = fit.over(ranks).run(&mut net, &mut adam, px, py).unwrap_err();
        let Error::Training(constprop::Error::Input { example, entry, value }) = failure.error
        else {
            panic!("{failure}")
        };
        assert!((example, entry) == (at, 3) && value.is_nan());
        let fit = || Fit::<Wide<f32>>::new().in_order().batch(900);
        fit().over(ranks).run(&mut net, &mut adam, px, py).unwrap();
        let (mut alone, mut adam) =
            (Wide::<f32>::boxed_seeded(1), Adam::new(AdamSettings::default()).unwrap());
        fit().run(&mut alone, &mut adam, &x, &y).unwrap();
        assert_eq!(bits(net.parameters()), bits(alone.parameters()));
    }
}

/// The same end as in one process, and the same parameters: of J, and of a gradient whose entries one rank owns.
pub fn divergence(ranks: &Ranks) {
    let (mut x, mut y) = nets::deep(500);
    let part = ranks.part(500);
    let mut of_thetas = 0;
    // Of the last one J stays finite, and a Θ does not.
    for (rate, far, large) in [
        (1e3, 1.0, 0.1),
        (1e-3, 1e200, 0.1),
        (1e180, 1e-10, 0.1),
        (1e-200, 1e160, 0.1),
        (1e-3, 1e150, 1e200),
    ] {
        (x[3][0], y[3][1]) = (large, far);
        let fit = || Fit::<Deep<f64>>::new().epochs(30).batch(250);
        let mut alone = (Deep::seeded(1), Momentum::new(rate, 0.9).unwrap());
        let mut ours = (Deep::seeded(1), Momentum::new(rate, 0.9).unwrap());
        if large > 1.0 {
            for net in [&mut alone.0, &mut ours.0] {
                net.theta1.bias.fill(1.0);
                net.theta1.weights.fill(0.0);
            }
        }
        let expected = fit().run(&mut alone.0, &mut alone.1, &x, &y);
        let (px, py) = (&x[part.clone()], &y[part.clone()]);
        let found = fit().over(ranks).run(&mut ours.0, &mut ours.1, px, py);
        assert_eq!(bits(ours.0.parameters()), bits(alone.0.parameters()), "rate {rate:e}");
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(found), Err(expected)) => {
                let Error::Training(error) = found.error else { panic!("{found}") };
                assert_eq!(error.to_string(), expected.error.to_string());
                assert_eq!(found.history, expected.history);
                assert_eq!(found.history.end(), End::Failure);
                let constprop::Error::Diverged { layer, .. } = error else { panic!("{error}") };
                of_thetas += usize::from(layer <= Deep::<f64>::SHAPES.len());
            }
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }
    assert!(of_thetas > 0, "J was what diverged, each time");
}

pub const PANIC: &str = "this rank gives up";

/// A callback that panics: the others wait for its answer, and are ended.
pub fn panic_on_one(ranks: &Ranks) {
    let fit =
        Fit::<Classes<f32>>::new().epochs(3).batch(32).on_epoch(|_| std::panic::panic_any(PANIC));
    let _ = run(ranks, fit, &mut Classes::seeded(1), 0.01);
}
