//! Forward: z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾], a⁽ˡ⁺¹⁾ = g(z⁽ˡ⁺¹⁾).

use core::ops::Mul;

use nalgebra::RealField;

use crate::activation::Hidden;
use crate::output::Output;
use crate::shapes::layer::Before;
use crate::shapes::roles::{A, By, OutputBy, Z};
use crate::shapes::theta::Theta;

/// z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾] = bias + weights · a⁽ˡ⁾.
///
/// Shapes: (s_{l+1} × (s_l + 1)) · (s_l + 1) = s_{l+1}. Source: the article's forward
/// propagation.
///
/// ```
/// use constprop::layer::{L1, L2};
/// use constprop::{A, Theta, Z};
///
/// let theta1 = Theta::<L1, f64, 2, 3>::new([0.5, -0.5], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// let a1 = A::from([1.0, 0.0, -1.0]);
/// let z2: Z<L2, f64, 2> = &theta1 * &a1;
/// assert_eq!(z2.array(), &[-1.5, -2.5]);
/// ```
impl<L: Before, T: RealField, const S_OUT: usize, const S_IN: usize, G> Mul<&A<L, T, S_IN, G>>
    for &Theta<L, T, S_OUT, S_IN>
{
    type Output = Z<L::Next, T, S_OUT>;

    fn mul(self, a: &A<L, T, S_IN, G>) -> Z<L::Next, T, S_OUT> {
        let mut z = self.bias.clone();
        z.gemv(T::one(), &self.weights, a.vector(), T::one());
        z.into()
    }
}

impl<L, T: RealField, const S: usize> Z<L, T, S> {
    /// a⁽ˡ⁾ = g(z⁽ˡ⁾) of a hidden layer.
    ///
    /// ```
    /// use constprop::prelude::*;
    /// use constprop::{layer::L2, Z};
    ///
    /// let z2 = Z::<L2, f64, 2>::from([-1.0, 1.0]);
    /// assert_eq!(z2.activate::<Relu>().array(), &[0.0, 1.0]);
    /// ```
    #[must_use]
    pub fn activate<G: Hidden<Proof: Sized>>(&self) -> A<L, T, S, By<G>> {
        A::made(core::array::from_fn(|i| G::g(self.array()[i].clone())))
    }

    /// a⁽ᴸ⁾ = h(z⁽ᴸ⁾) of the output layer: the hypothesis h_Θ(x).
    ///
    /// ```
    /// use constprop::prelude::*;
    /// use constprop::{layer::L3, Z};
    ///
    /// let z3 = Z::<L3, f64, 2>::from([0.0, 0.0]);
    /// assert_eq!(z3.output::<Softmax>().array(), &[0.5, 0.5]);
    /// ```
    #[must_use]
    pub fn output<H: Output>(&self) -> A<L, T, S, OutputBy<H>> {
        A::made(H::h(self.array()))
    }
}

// Private, as those of an a in `backward.rs`: what is called so is the arithmetic of single numbers.
#[allow(dead_code, clippy::unused_self, reason = "what is called is an error")]
impl<L, T, const S: usize> Z<L, T, S> {
    fn sigmoid(&self) {} // by its type: `z2.activate::<Sigmoid>()`, or `z4.output::<Sigmoid>()` of the last layer
    fn tanh(&self) {} // by its type: `z2.activate::<Tanh>()`, or `z4.output::<Tanh>()` of the last layer
    fn relu(&self) {} // by its type: `z2.activate::<Relu>()`
    fn softplus(&self) {} // by its type: `z2.activate::<Softplus>()`
    fn softmax(&self) {} // by its type: `z4.output::<Softmax>()` of the last layer
}

/// The loops that products of nalgebra end in know no shape. Compiled here, in which other crates find them.
#[cfg(all(shared, not(test)))]
mod shared {
    use nalgebra::{SMatrix, SVector};

    type Gemv<T> = fn(&mut SVector<T, 2>, &SMatrix<T, 2, 2>, &SVector<T, 2>);

    #[used]
    static SINGLE: Gemv<f32> = |z, theta, a| z.gemv(1.0, theta, a, 1.0);

    #[used]
    static DOUBLE: Gemv<f64> = |z, theta, a| z.gemv(1.0, theta, a, 1.0);
}
