//! What steers Levenberg–Marquardt.

use nalgebra::RealField;

use crate::error::Error;
use crate::real::count;
use crate::update::check_setting;

/// What steers [`LevenbergMarquardt`](super::LevenbergMarquardt).
///
/// The defaults, with ε the distance from 1 to the next scalar:
///
/// ```
/// use constprop::levenberg::{Damping, LevenbergSettings, Solver};
///
/// let settings = LevenbergSettings::<f64>::default();
/// assert_eq!(settings.solver, Solver::Cholesky(Damping::Identity));
/// assert_eq!(settings.initial_mu, 1e-3);
/// assert_eq!(settings.largest_mu, 1e10);
/// // ε^⅔: 4e-11 here, 2e-5 for f32.
/// assert!(settings.gradient_tolerance < 4e-11 && settings.step_tolerance < 4e-11);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LevenbergSettings<T> {
    /// How the linear system of a step is solved.
    pub solver: Solver<T>,
    /// The first μ, from 0 on, in units of the largest diagonal entry of JᵀJ/m + D (what is said
    /// in [`Solver`] differs); 1e-3. With 0 the first step is that of Gauss and Newton, undamped.
    pub initial_mu: T,
    /// μ ends here, finite and greater than 0, in the same units; 1e10.
    pub largest_mu: T,
    /// Training ends where no entry of ∇J is larger; from 0 on; ε^⅔.
    pub gradient_tolerance: T,
    /// τ, from 0 on: training ends where ‖p‖ ≤ τ (‖Θ‖ + τ); ε^⅔.
    pub step_tolerance: T,
}

/// How (JᵀJ/m + D + μ …) p = −∇J is solved.
#[derive(Clone, Debug, PartialEq)]
pub enum Solver<T> {
    /// JᵀJ as a matrix, and its Cholesky factors: 2 P² scalars, m s_L P² operations
    /// to form it and P³/3 for each μ that is tried. For P up to some 2000.
    Cholesky(Damping),
    /// Conjugate gradients over products with JᵀJ, which is never formed: some P scalars, two
    /// passes for each product. The damping is μ I; the unit of μ is ⟨∇J, G ∇J⟩/⟨∇J, ∇J⟩ with
    /// G = JᵀJ/m + D, as nobody knows the diagonal. Source: Hestenes, Stiefel 1952; cut short as
    /// in Steihaug 1983.
    ConjugateGradients {
        /// At most so many products for a μ, from 1 on.
        products: usize,
        /// The residual, as a share of ‖∇J‖, that is good enough; from 0 to below 1.
        tolerance: T,
    },
}

/// What μ is multiplied with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Damping {
    /// μ I, as Levenberg's, and what trainlm of MATLAB does.
    #[default]
    Identity,
    /// μ diag(JᵀJ/m + D), as Marquardt's: each step is the same whatever the scale of a parameter.
    /// The unit of μ is then 1. An entry below ε times the largest counts as that.
    Diagonal,
}

impl<T: RealField> Default for LevenbergSettings<T> {
    fn default() -> Self {
        let cube_root = T::default_epsilon().cbrt();
        let tolerance = cube_root.clone() * cube_root;
        Self {
            solver: Solver::default(),
            initial_mu: nalgebra::convert(1e-3),
            largest_mu: nalgebra::convert(1e10),
            gradient_tolerance: tolerance.clone(),
            step_tolerance: tolerance,
        }
    }
}

impl<T> Default for Solver<T> {
    fn default() -> Self {
        Self::Cholesky(Damping::Identity)
    }
}

impl<T: RealField> LevenbergSettings<T> {
    pub(super) fn check(&self) -> Result<(), Error> {
        if let Solver::ConjugateGradients { products, tolerance } = &self.solver {
            check_setting("products", &count::<T>(*products), *products > 0, "at least 1")?;
            let share = *tolerance >= T::zero() && *tolerance < T::one();
            check_setting("tolerance", tolerance, share, "from 0 to below 1")?;
        }
        from_zero_on("initial mu", &self.initial_mu)?;
        let positive = self.largest_mu > T::zero();
        check_setting("largest mu", &self.largest_mu, positive, "finite and greater than 0")?;
        from_zero_on("gradient tolerance", &self.gradient_tolerance)?;
        from_zero_on("step tolerance", &self.step_tolerance)
    }
}

fn from_zero_on<T: RealField>(name: &'static str, value: &T) -> Result<(), Error> {
    check_setting(name, value, *value >= T::zero(), "finite and not negative")
}
