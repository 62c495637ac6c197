//! `forward` of one example, 13-64-64-4 Relu.

#![cfg_attr(target_os = "none", no_std, no_main)]

constprop_embedded::one_example!(forward, Relu);
