//! What `network!` writes as docs of a network.

/// The docs of a layer and of its fields.
#[doc(hidden)]
#[macro_export]
macro_rules! __doc {
    (@row_of_x [$a1:ident $s1:tt $($others:tt)*]) => {
        $crate::__core::concat!(
            "| 1 | ", $crate::__doc!(@size $s1), " | | | `", $crate::__core::stringify!($a1), "` | |"
        )
    };
    (@row $m:tt $s:tt [$g:ty] $theta:ident $z:ident $a:ident $delta:ident) => {
        $crate::__core::concat!(
            "| ", $m, " | ", $crate::__doc!(@size $s), " | `", $crate::__core::stringify!($g), "` | `",
            $crate::__core::stringify!($theta), "` | `", $crate::__core::stringify!($z), "`, `",
            $crate::__core::stringify!($a), "` | `", $crate::__core::stringify!($delta), "` |"
        )
    };
    (@type_of_a1 [$a1:ident $s1:tt $($others:tt)*]) => {
        $crate::__doc!(@type_of trace $a1 A L1 $s1)
    };
    (@type_of $of:ident $field:ident $role:ident $L:ident $s:tt $(, $By:ident<$g:ty>)?) => {
        $crate::__core::concat!(
            "| `", $crate::__core::stringify!($of), ".", $crate::__core::stringify!($field), "` | `",
            $crate::__core::stringify!($role), "<", $crate::__core::stringify!($L), ", T, ",
            $crate::__core::stringify!($s),
            $(", ", $crate::__core::stringify!($By), "<", $crate::__core::stringify!($g), ">",)? ">` |"
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
