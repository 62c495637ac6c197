//! What `network!` writes as docs of a network.

/// The docs of a layer and of its fields.
#[doc(hidden)]
#[macro_export]
macro_rules! __doc {
    // In one piece, for each call takes time.
    (@network $cost:ty; $a1:ident $s1:tt $($ah_in:ident $wh_in:tt)*;
        $(($m:tt $M:ident $s:tt [$g:ty] $By:ident $theta:ident $z:ident $a:ident $delta:ident))+
    ) => {
        $crate::__core::concat!(
            "\nMade by [`seeded`](#method.seeded), or on the heap by [`boxed_seeded`](#method.boxed_seeded).\n",
            "It gives [`predict`](#method.predict), [`cost`](#method.cost) and\n",
            "[`cost_and_gradient`](#method.cost_and_gradient), and of one example, by name,\n",
            "[`forward`](#method.forward) and [`backward`](#method.backward).\n\n",
            "| layer | units | activation | from Θ | trace | deltas |\n",
            "| --- | --- | --- | --- | --- | --- |\n",
            "| 1 | ", $crate::__doc!(@size $s1), " | | | `", $crate::__core::stringify!($a1), "` | |\n",
            $(
                "| ", $m, " | ", $crate::__doc!(@size $s), " | `", $crate::__core::stringify!($g),
                "` | `", $crate::__core::stringify!($theta), "` | `", $crate::__core::stringify!($z),
                "`, `", $crate::__core::stringify!($a), "` | `", $crate::__core::stringify!($delta),
                "` |\n",
            )+
            "\nIt minimizes `", $crate::__core::stringify!($cost), "`.\n\n",
            "# Types of its trace and its deltas\n\n| field | type |\n| --- | --- |\n",
            "| `trace.", $crate::__core::stringify!($a1), "` | `A<L1, T, ",
            $crate::__core::stringify!($s1), ">` |\n",
            $(
                "| `trace.", $crate::__core::stringify!($z), "` | `Z<", $crate::__core::stringify!($M),
                ", T, ", $crate::__core::stringify!($s), ">` |\n| `trace.",
                $crate::__core::stringify!($a), "` | `A<", $crate::__core::stringify!($M), ", T, ",
                $crate::__core::stringify!($s), ", ", $crate::__core::stringify!($By), "<",
                $crate::__core::stringify!($g), ">>` |\n",
            )+
            $(
                "| `deltas.", $crate::__core::stringify!($delta), "` | `Delta<",
                $crate::__core::stringify!($M), ", T, ", $crate::__core::stringify!($s), ">` |\n",
            )+
            "\nFields of a gradient, and of Δ, are called as those of Θ."
        )
    };
    (@of $role:literal $l:tt $s:tt) => {
        $crate::__core::concat!($role, " of layer ", $l, ", ", $crate::__doc!(@size $s), " units.")
    };
    (@shape $what:literal $l:tt $m:tt $s_out:tt $s_in:tt) => {
        $crate::__core::concat!(
            $what, " from layer ", $l, " to layer ", $m, ": ", $crate::__core::stringify!($s_out), " × (",
            $crate::__core::stringify!($s_in), " + 1), bias column first."
        )
    };
    // As it was written, without the braces.
    (@size {$($s:tt)*}) => { $crate::__core::stringify!($($s)*) };
    (@size $s:tt) => { $crate::__core::stringify!($s) };
}
