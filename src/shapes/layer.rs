//! The layer index l as a type, so that δ⁽³⁾ is never taken for δ⁽²⁾.
//!
//! In a 5 → 5 → 5 network every shape agrees, and a check of shapes alone lets the wrong layer
//! pass. Every Θ⁽ˡ⁾, z⁽ˡ⁾, a⁽ˡ⁾ and δ⁽ˡ⁾ therefore carries a marker, [`L1`] to [`L33`], that costs
//! nothing at run time. An error message calls them `Layer1` to `Layer33`.

/// A layer's index, counted from 1 as in the article; layer 1 is the input.
pub trait Layer: Copy + Default + core::fmt::Debug + PartialEq + Send + Sync + 'static {
    /// l.
    const INDEX: usize;
}

/// A layer l that has a layer l + 1 behind it, and so a Θ⁽ˡ⁾.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is the last layer that constprop counts: it has no Θ",
    label = "no layer comes after `{Self}`",
    note = "networks have 2 to 33 layers"
)]
pub trait Before: Layer {
    /// Layer l + 1.
    type Next: Behind<Self>;
}

/// A layer l + 1 that comes right behind the layer l, `L`: their δ⁽ˡ⁺¹⁾ and a⁽ˡ⁾ make a ∂J/∂Θ⁽ˡ⁾.
#[diagnostic::on_unimplemented(
    message = "a δ of `{Self}` and an a of `{L}` belong to no Θ",
    label = "δ⁽ˡ⁺¹⁾ a⁽ˡ⁾ᵀ: the a is that of the layer right in front of the δ"
)]
pub trait Behind<L>: Layer {}

/// What a Θ⁽³³⁾ that is typed by hand leads to: the end of what is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beyond;

impl Layer for Beyond {
    const INDEX: usize = 34;
}

/// None.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum NoLayer {}

macro_rules! layers {
    ($($layer:ident $short:ident $index:literal),* $(,)?) => {
        $(
            #[doc = concat!("[`", stringify!($short), "`] as the compiler says it.")]
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub struct $layer;

            #[doc = concat!("Layer ", $index, ".")]
            pub type $short = $layer;

            impl Layer for $layer {
                const INDEX: usize = $index;
            }
        )*
        layers!(@next $($layer)*);
    };
    (@next $layer:ident $next:ident $($rest:ident)*) => {
        impl Before for $layer {
            type Next = $next;
        }

        #[diagnostic::do_not_recommend]
        impl Behind<$layer> for $next {}

        // A second one, so that the compiler does not take the layer in front for granted, and finds the
        // a at fault before it has seen it.
        #[diagnostic::do_not_recommend]
        impl Behind<NoLayer> for $next {}
        layers!(@next $next $($rest)*);
    };
    (@next $last:ident) => {
        impl Before for $last {
            type Next = Beyond;
        }

        #[diagnostic::do_not_recommend]
        impl Behind<$last> for Beyond {}
    };
}

// The compiler says a name without its path where nothing else is called so, and L1 is a cache in `core`.
layers!(
    Layer1 L1 1, Layer2 L2 2, Layer3 L3 3, Layer4 L4 4, Layer5 L5 5,
    Layer6 L6 6, Layer7 L7 7, Layer8 L8 8, Layer9 L9 9, Layer10 L10 10,
    Layer11 L11 11, Layer12 L12 12, Layer13 L13 13, Layer14 L14 14, Layer15 L15 15,
    Layer16 L16 16, Layer17 L17 17, Layer18 L18 18, Layer19 L19 19, Layer20 L20 20,
    Layer21 L21 21, Layer22 L22 22, Layer23 L23 23, Layer24 L24 24, Layer25 L25 25,
    Layer26 L26 26, Layer27 L27 27, Layer28 L28 28, Layer29 L29 29, Layer30 L30 30,
    Layer31 L31 31, Layer32 L32 32, Layer33 L33 33,
);

/// What every Θ⁽ˡ⁾ is called as a field: a network has 32 of them at most.
pub(crate) const THETAS: [&str; 32] = [
    "theta1", "theta2", "theta3", "theta4", "theta5", "theta6", "theta7", "theta8", "theta9",
    "theta10", "theta11", "theta12", "theta13", "theta14", "theta15", "theta16", "theta17",
    "theta18", "theta19", "theta20", "theta21", "theta22", "theta23", "theta24", "theta25",
    "theta26", "theta27", "theta28", "theta29", "theta30", "theta31", "theta32",
];
