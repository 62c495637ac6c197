//! What steers Levenberg–Marquardt.

use nalgebra::RealField;

use super::Stop;
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
/// assert_eq!(settings.progress_tolerance, f64::EPSILON);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LevenbergSettings<T> {
    /// How the linear system of a step is solved.
    pub solver: Solver<T>,
    /// The first μ, from 0 on, in units of the largest G_jj/C_jj² of G = JᵀJ/m + D (what is said in
    /// [`Solver`] differs); 1e-3. With 0 the first step is that of Gauss and Newton, undamped.
    pub initial_mu: T,
    /// μ ends here, finite and greater than 0, in the same units; 1e10.
    pub largest_mu: T,
    /// Training ends where no cosine between r and a column of J is larger; from 0 on; ε^⅔. The
    /// [module](super) has all three tolerances as formulas.
    pub gradient_tolerance: T,
    /// Training ends where a step is no larger a share of Θ, and foretold to lower J by no more than
    /// twice that share; from 0 on; ε^⅔.
    pub step_tolerance: T,
    /// Training ends where a step is foretold to lower J by no larger a share of it; from 0 on; ε.
    pub progress_tolerance: T,
}

/// How (JᵀJ/m + D + μ C²) p = −∇J is solved.
#[derive(Clone, Debug, PartialEq)]
pub enum Solver<T> {
    /// JᵀJ as a matrix, and its Cholesky factors: 2 P² scalars, m s_L P² operations
    /// to form it and P³/3 for each μ that is tried. For P up to some 2000.
    Cholesky(Damping),
    /// Conjugate gradients over products with JᵀJ, which is never formed: some P scalars, two
    /// passes for each product. C is that of [`Damping::Identity`]; the unit of μ is
    /// ⟨d, G d⟩/‖C d‖² along d = C⁻² ∇J, with G = JᵀJ/m + D, as nobody knows the diagonal. Source:
    /// Hestenes, Stiefel 1952; cut short as in Steihaug 1983.
    ConjugateGradients {
        /// At most so many products for a μ, from 1 on.
        products: usize,
        /// The residual, as a share of ‖∇J‖, that is good enough; from 0 to below 1.
        tolerance: T,
    },
}

/// What μ is multiplied with: C², of a size C_jj of each θ_j.
///
/// J after equal numbers of Jacobians as a share of what MINPACK reaches (scipy 1.17's `lm`), both
/// medians over 100 starts without λ, by `--example regression -- --dampings` and
/// `scripts/levenberg-scipy.py` on an AMD EPYC (Zen 5):
///
/// | regression | Jacobians | `Identity` | `Diagonal` |
/// | --- | --- | --- | --- |
/// | 2-8-1, 120 examples with noise | 20, 100 | 0.86, 0.95 | 1.10, 0.99 |
/// | 1-10-1, two periods of a sine | 20, 100 | 0.39, 0.03 | 0.75, 0.81 |
/// | 10-4-1, diabetes | 20, 100 | 0.98, 0.96 | 1.00, 0.99 |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Damping {
    /// μ I, as Levenberg's, in the units that x and y give to Θ: C_jj is the root mean square of x_k for a
    /// weight of x_k, times, for all before the last Θ of a linear output, the root mean square length of
    /// that Θ's rows of weights; 1 for the rest. It stays as it was in the first step. Where x and the
    /// last Θ are of about 1, that is about I.
    #[default]
    Identity,
    /// μ C² with C_jj the largest √G_jj so far, G = JᵀJ/m + D: Marquardt's, with the memory that
    /// MINPACK has, so that a unit which saturates does not run away. The unit of μ is 1.
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
            progress_tolerance: T::default_epsilon(),
        }
    }
}

impl<T> Default for Solver<T> {
    fn default() -> Self {
        Self::Cholesky(Damping::Identity)
    }
}

impl<T: RealField> LevenbergSettings<T> {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Solver::ConjugateGradients { products, tolerance } = &self.solver {
            check_setting("products", &count::<T>(*products), *products > 0, "at least 1")?;
            let share = *tolerance >= T::zero() && *tolerance < T::one();
            check_setting("tolerance", tolerance, share, "from 0 to below 1")?;
        }
        from_zero_on("initial mu", &self.initial_mu)?;
        let positive = self.largest_mu > T::zero();
        check_setting("largest mu", &self.largest_mu, positive, "finite and greater than 0")?;
        from_zero_on("gradient tolerance", &self.gradient_tolerance)?;
        from_zero_on("step tolerance", &self.step_tolerance)?;
        from_zero_on("progress tolerance", &self.progress_tolerance)
    }

    /// Why a step that is foretold to lower J by the share `fall` is not worth its while, if it is not.
    pub(super) fn end(
        &self,
        fall: &T,
        is_flat: bool,
        is_short: impl FnOnce() -> bool,
    ) -> Option<Stop> {
        // J falls by twice the share that √J falls by.
        let of_step = self.step_tolerance.clone() + self.step_tolerance.clone();
        if is_flat && *fall <= self.gradient_tolerance {
            Some(Stop::Gradient)
        } else if *fall <= of_step && is_short() {
            Some(Stop::StepSize)
        } else {
            (*fall <= self.progress_tolerance).then_some(Stop::Progress)
        }
    }
}

fn from_zero_on<T: RealField>(name: &'static str, value: &T) -> Result<(), Error> {
    check_setting(name, value, *value >= T::zero(), "finite and not negative")
}
