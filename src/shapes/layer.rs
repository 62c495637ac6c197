//! The layer index l as a type, so that δ⁽³⁾ is never taken for δ⁽²⁾.
//!
//! In a 5 → 5 → 5 network every shape agrees, and a check of shapes alone lets the wrong layer
//! pass. Every Θ⁽ˡ⁾, z⁽ˡ⁾, a⁽ˡ⁾ and δ⁽ˡ⁾ therefore carries a marker, [`L1`] to [`L33`], that costs
//! nothing at run time and prints as itself in an error message.

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
    message = "a δ of layer `{Self}` and an a of layer `{L}` belong to no Θ",
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
    ($($layer:ident $index:literal),* $(,)?) => {
        $(
            #[doc = concat!("Layer ", $index, ".")]
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub struct $layer;

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

layers!(
    L1 1, L2 2, L3 3, L4 4, L5 5, L6 6, L7 7, L8 8, L9 9, L10 10, L11 11, L12 12, L13 13, L14 14,
    L15 15, L16 16, L17 17, L18 18, L19 19, L20 20, L21 21, L22 22, L23 23, L24 24, L25 25, L26 26,
    L27 27, L28 28, L29 29, L30 30, L31 31, L32 32, L33 33,
);

/// What every Θ⁽ˡ⁾ is called as a field: a network has 32 of them at most.
pub(crate) const THETAS: [&str; 32] = [
    "theta1", "theta2", "theta3", "theta4", "theta5", "theta6", "theta7", "theta8", "theta9",
    "theta10", "theta11", "theta12", "theta13", "theta14", "theta15", "theta16", "theta17",
    "theta18", "theta19", "theta20", "theta21", "theta22", "theta23", "theta24", "theta25",
    "theta26", "theta27", "theta28", "theta29", "theta30", "theta31", "theta32",
];
