//! g, with g′ and g″ beside it.

use crate::real::Real;
use crate::shapes::init::Init;

/// An activation g that acts on each unit by itself: a⁽ˡ⁾ = g(z⁽ˡ⁾).
///
/// Everything is a function of one number, written once over [`Real`], and used for `f32`,
/// `f64`, dual numbers and SIMD lanes alike; mark each function `#[inline(always)]` and it
/// vectorizes as ours do. Constants, such as a slope, are associated constants of the type.
///
/// An activation of your own works in [`network!`](crate::network) like ours:
///
/// ```
/// use constprop::prelude::*;
///
/// /// g(z) = z/√(1 + z²), the inverse square root unit (Carlile et al. 2017).
/// #[derive(Clone, Copy, Debug, Default)]
/// pub struct Isru;
///
/// impl Activation for Isru {
///     const NAME: &'static str = "Isru";
///
///     fn g<V: Real>(z: V) -> V {
///         z.clone() / (V::one() + z.clone() * z).sqrt()
///     }
///
///     /// g′(z) = (1 + z²)^(−3/2).
///     fn g_prime<V: Real>(z: V, _a: V) -> V {
///         let root = (V::one() + z.clone() * z).sqrt();
///         V::one() / (root.clone() * root.clone() * root)
///     }
///
///     /// g″(z) = −3 z (1 + z²)^(−5/2).
///     fn g_second<V: Real>(z: V, _a: V) -> V {
///         let square = V::one() + z.clone() * z.clone();
///         V::constant(-3.0) * z / (square.clone() * square.clone() * square.sqrt())
///     }
/// }
///
/// network! {
///     pub struct Custom(2 => 3 Isru => 1 Sigmoid) minimizing CrossEntropy;
/// }
/// let prediction = Custom::<f64>::seeded(1).predict(&[0.5, -0.5]);
/// assert!(prediction[0] > 0.0 && prediction[0] < 1.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the activation of a hidden layer",
    label = "not an `Activation`, as Tanh and Relu are; Softmax is for outputs"
)]
pub trait Activation: Send + Sync + 'static {
    /// The name, for summaries and messages.
    const NAME: &'static str;

    /// The numbers of the type, in their order: 1 and 5 of [`LeakyRelu<1, 5>`](LeakyRelu). Files of weights
    /// say them behind the name, so that weights for one slope are not taken for another.
    ///
    /// Who has `struct Swish<const BETA: u32>` writes `&[BETA as i64]`; without, any weights for a `Swish` fit.
    const NUMBERS: &'static [i64] = &[];

    /// Every z where g′ jumps; a difference quotient across such a point says nothing about g′.
    const KINKS: &'static [f64] = &[];

    /// How Θ in front of this activation is initialized unless somebody says otherwise.
    const INIT: Init = Init::XAVIER;

    /// g(z).
    fn g<V: Real>(z: V) -> V;

    /// g′(z), given z and a = g(z), whichever makes it cheap. At a kink: the slope on its left.
    fn g_prime<V: Real>(z: V, a: V) -> V;

    /// g″(z), given z and a = g(z): for second derivatives of J.
    fn g_second<V: Real>(z: V, a: V) -> V;
}

/// An activation that a hidden layer can have: every [`Activation`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the activation of a hidden layer",
    label = "not an `Activation`, as Tanh and Relu are; Softmax is for outputs"
)]
pub trait Hidden: Activation {
    /// Nothing, as of [`ColumnsOf`](crate::ColumnsOf).
    #[doc(hidden)]
    type Proof;
}

#[diagnostic::do_not_recommend]
impl<G: Activation> Hidden for G {
    type Proof = ();
}

/// g(z) = σ(z) = 1/(1 + e⁻ᶻ), in (0, 1). The article's activation.
///
/// Source: Verhulst 1845 as a function; Rumelhart, Hinton, Williams 1986 as an activation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sigmoid;

#[diagnostic::do_not_recommend]
impl Activation for Sigmoid {
    const NAME: &'static str = "Sigmoid";

    /// 1/(1 + e⁻ᶻ).
    #[inline(always)]
    fn g<V: Real>(z: V) -> V {
        z.sigmoid()
    }

    /// a (1 − a).
    #[inline(always)]
    fn g_prime<V: Real>(_z: V, a: V) -> V {
        a.clone() * (V::one() - a)
    }

    /// a (1 − a) (1 − 2a).
    #[inline(always)]
    fn g_second<V: Real>(_z: V, a: V) -> V {
        a.clone() * (V::one() - a.clone()) * (V::one() - V::constant(2.0) * a)
    }
}

/// g(z) = tanh z, in (−1, 1).
///
/// Source: LeCun et al., Efficient BackProp, 1998.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tanh;

#[diagnostic::do_not_recommend]
impl Activation for Tanh {
    const NAME: &'static str = "Tanh";

    /// tanh z.
    #[inline(always)]
    fn g<V: Real>(z: V) -> V {
        z.tanh()
    }

    /// 1 − a².
    #[inline(always)]
    fn g_prime<V: Real>(_z: V, a: V) -> V {
        V::one() - a.clone() * a
    }

    /// −2a (1 − a²).
    #[inline(always)]
    fn g_second<V: Real>(_z: V, a: V) -> V {
        V::constant(-2.0) * a.clone() * (V::one() - a.clone() * a)
    }
}

/// g(z) = max(z, 0). Kink at 0, where g′ is taken as 0.
///
/// Source: Nair, Hinton 2010.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relu;

#[diagnostic::do_not_recommend]
impl Activation for Relu {
    const NAME: &'static str = "Relu";
    const KINKS: &'static [f64] = &[0.0];
    const INIT: Init = Init::HE;

    /// max(z, 0); a NaN stays a NaN.
    #[inline(always)]
    fn g<V: Real>(z: V) -> V {
        V::zero().select_gt(z.clone(), V::zero(), z)
    }

    /// 1 where z > 0, else 0.
    #[inline(always)]
    fn g_prime<V: Real>(z: V, _a: V) -> V {
        z.select_gt(V::zero(), V::one(), V::zero())
    }

    /// 0.
    #[inline(always)]
    fn g_second<V: Real>(_z: V, _a: V) -> V {
        V::zero()
    }
}

/// g(z) = z where z > 0, else s·z, with the slope s = NUMERATOR/DENOMINATOR; 1/100 unless said
/// otherwise, as in PyTorch. `LeakyRelu<1, 5>` has the slope 0.2. Kink at 0, where g′ is s.
///
/// Source: Maas, Hannun, Ng 2013.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeakyRelu<const NUMERATOR: u32 = 1, const DENOMINATOR: u32 = 100>;

impl<const NUMERATOR: u32, const DENOMINATOR: u32> LeakyRelu<NUMERATOR, DENOMINATOR> {
    /// s.
    pub const SLOPE: f64 = ratio(NUMERATOR, DENOMINATOR);
}

#[diagnostic::do_not_recommend]
impl<const NUMERATOR: u32, const DENOMINATOR: u32> Activation
    for LeakyRelu<NUMERATOR, DENOMINATOR>
{
    const NAME: &'static str = "LeakyRelu";
    const NUMBERS: &'static [i64] = &[NUMERATOR as i64, DENOMINATOR as i64];
    const KINKS: &'static [f64] = &[0.0];
    const INIT: Init = Init::HE;

    /// z where z > 0, else s·z.
    #[inline(always)]
    fn g<V: Real>(z: V) -> V {
        z.clone().select_gt(V::zero(), z.clone(), V::constant(Self::SLOPE) * z)
    }

    /// 1 where z > 0, else s.
    #[inline(always)]
    fn g_prime<V: Real>(z: V, _a: V) -> V {
        z.select_gt(V::zero(), V::one(), V::constant(Self::SLOPE))
    }

    /// 0.
    #[inline(always)]
    fn g_second<V: Real>(_z: V, _a: V) -> V {
        V::zero()
    }
}

/// g(z) = z where z > 0, else α (eᶻ − 1), with α = NUMERATOR/DENOMINATOR; 1 unless said
/// otherwise. g′ is continuous for α = 1, and jumps at 0 for every other α.
///
/// Source: Clevert, Unterthiner, Hochreiter 2016.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Elu<const NUMERATOR: u32 = 1, const DENOMINATOR: u32 = 1>;

impl<const NUMERATOR: u32, const DENOMINATOR: u32> Elu<NUMERATOR, DENOMINATOR> {
    /// α.
    pub const ALPHA: f64 = ratio(NUMERATOR, DENOMINATOR);
}

#[diagnostic::do_not_recommend]
impl<const NUMERATOR: u32, const DENOMINATOR: u32> Activation for Elu<NUMERATOR, DENOMINATOR> {
    const NAME: &'static str = "Elu";
    const NUMBERS: &'static [i64] = &[NUMERATOR as i64, DENOMINATOR as i64];
    const KINKS: &'static [f64] = if NUMERATOR == DENOMINATOR { &[] } else { &[0.0] };
    const INIT: Init = Init::HE;

    /// z where z > 0, else α (eᶻ − 1).
    #[inline(always)]
    fn g<V: Real>(z: V) -> V {
        // The side that is not chosen must not overflow either: dual numbers carry its slope.
        let negative = z.clone().select_gt(V::zero(), V::zero(), z.clone());
        z.clone().select_gt(V::zero(), z, V::constant(Self::ALPHA) * negative.exp_m1())
    }

    /// 1 where z > 0, else α eᶻ = a + α.
    #[inline(always)]
    fn g_prime<V: Real>(z: V, a: V) -> V {
        z.select_gt(V::zero(), V::one(), a + V::constant(Self::ALPHA))
    }

    /// 0 where z > 0, else α eᶻ = a + α.
    #[inline(always)]
    fn g_second<V: Real>(z: V, a: V) -> V {
        z.select_gt(V::zero(), V::zero(), a + V::constant(Self::ALPHA))
    }
}

/// g(z) = ½ z (1 + tanh u), u = √(2/π) (z + 0.044715 z³): the tanh form of the Gaussian error
/// linear unit, PyTorch's `GELU(approximate="tanh")`. It differs from the form with erf by up to
/// 5e-4.
///
/// Source: Hendrycks, Gimpel 2016.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gelu;

impl Gelu {
    const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;
    const CUBIC: f64 = 0.044_715;
    // tanh u is ±1 to the last bit of an f64 from |z| = 8 on; held there, z³ cannot overflow.
    const FLAT: f64 = 10.0;

    /// u.
    #[inline(always)]
    fn u<V: Real>(z: V) -> V {
        let cube = z.clone() * z.clone() * z.clone();
        V::constant(Self::SQRT_2_OVER_PI) * (z + V::constant(Self::CUBIC) * cube)
    }

    /// u′ = √(2/π) (1 + 3 · 0.044715 z²).
    #[inline(always)]
    fn u_prime<V: Real>(z: V) -> V {
        let square = z.clone() * z;
        V::constant(Self::SQRT_2_OVER_PI) * (V::one() + V::constant(3.0 * Self::CUBIC) * square)
    }

    /// u″ = √(2/π) 6 · 0.044715 z.
    #[inline(always)]
    fn u_second<V: Real>(z: V) -> V {
        V::constant(Self::SQRT_2_OVER_PI * 6.0 * Self::CUBIC) * z
    }
}

#[diagnostic::do_not_recommend]
impl Activation for Gelu {
    const NAME: &'static str = "Gelu";
    const INIT: Init = Init::HE;

    /// ½ z (1 + t), t = tanh u.
    #[inline(always)]
    fn g<V: Real>(z: V) -> V {
        let t = Self::u(z.clone().within(Self::FLAT)).tanh();
        V::constant(0.5) * z * (V::one() + t)
    }

    /// ½ (1 + t) + ½ z (1 − t²) u′.
    #[inline(always)]
    fn g_prime<V: Real>(z: V, _a: V) -> V {
        let z = z.within(Self::FLAT);
        let t = Self::u(z.clone()).tanh();
        let sech2 = V::one() - t.clone() * t.clone();
        V::constant(0.5) * (V::one() + t + z.clone() * sech2 * Self::u_prime(z))
    }

    /// (1 − t²) (u′ + ½ z u″ − z t u′²).
    #[inline(always)]
    fn g_second<V: Real>(z: V, _a: V) -> V {
        let z = z.within(Self::FLAT);
        let t = Self::u(z.clone()).tanh();
        let sech2 = V::one() - t.clone() * t.clone();
        let (u1, u2) = (Self::u_prime(z.clone()), Self::u_second(z.clone()));
        let straight = u1.clone() + V::constant(0.5) * z.clone() * u2;
        sech2 * (straight - z * t * u1.clone() * u1)
    }
}

/// g(z) = z σ(z), also called swish.
///
/// Source: Elfwing, Uchibe, Doya 2018.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silu;

#[diagnostic::do_not_recommend]
impl Activation for Silu {
    const NAME: &'static str = "Silu";
    const INIT: Init = Init::HE;

    /// z σ(z).
    #[inline(always)]
    fn g<V: Real>(z: V) -> V {
        z.clone() * z.sigmoid()
    }

    /// σ (1 + z (1 − σ)).
    #[inline(always)]
    fn g_prime<V: Real>(z: V, _a: V) -> V {
        let s = z.clone().sigmoid();
        s.clone() * (V::one() + z * (V::one() - s))
    }

    /// σ (1 − σ) (2 + z (1 − 2σ)).
    #[inline(always)]
    fn g_second<V: Real>(z: V, _a: V) -> V {
        let s = z.clone().sigmoid();
        let slope = s.clone() * (V::one() - s.clone());
        slope * (V::constant(2.0) + z * (V::one() - V::constant(2.0) * s))
    }
}

/// g(z) = ln(1 + eᶻ), positive and smooth.
///
/// Source: Dugas et al. 2001.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softplus;

#[diagnostic::do_not_recommend]
impl Activation for Softplus {
    const NAME: &'static str = "Softplus";
    const INIT: Init = Init::HE;

    /// ln(1 + eᶻ).
    #[inline(always)]
    fn g<V: Real>(z: V) -> V {
        z.softplus()
    }

    /// σ(z).
    #[inline(always)]
    fn g_prime<V: Real>(z: V, _a: V) -> V {
        z.sigmoid()
    }

    /// σ(z) (1 − σ(z)).
    #[inline(always)]
    fn g_second<V: Real>(z: V, _a: V) -> V {
        let s = z.sigmoid();
        s.clone() * (V::one() - s)
    }
}

/// g(z) = z: a linear layer, as outputs of regression have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity;

#[diagnostic::do_not_recommend]
impl Activation for Identity {
    const NAME: &'static str = "Identity";
    const INIT: Init = Init::LECUN;

    /// z.
    #[inline(always)]
    fn g<V: Real>(z: V) -> V {
        z
    }

    /// 1.
    #[inline(always)]
    fn g_prime<V: Real>(_z: V, _a: V) -> V {
        V::one()
    }

    /// 0.
    #[inline(always)]
    fn g_second<V: Real>(_z: V, _a: V) -> V {
        V::zero()
    }
}

/// NUMERATOR/DENOMINATOR: constants of types are whole numbers, slopes are not.
pub(crate) const fn ratio(numerator: u32, denominator: u32) -> f64 {
    assert!(denominator > 0, "the denominator of an activation's or a cost's constant is 0");
    numerator as f64 / denominator as f64
}
