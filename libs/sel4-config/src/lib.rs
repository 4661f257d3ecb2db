// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration of the kernel that `SEL4_PREFIX` names, at compile time.
//!
//! Everything that depends on how the kernel was configured asks here. The macros have the names and
//! the conditions of the project rust-sel4; keys are those of the kernel's `gen_config.json`, and one
//! that does not exist there is a compile error.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub use sel4_config_macros::{
    sel4_cfg, sel4_cfg_attr, sel4_cfg_bool, sel4_cfg_enum, sel4_cfg_if, sel4_cfg_match,
    sel4_cfg_str, sel4_cfg_usize, sel4_cfg_word, sel4_cfg_wrap_match,
};

/// All keys with their values.
#[allow(non_upper_case_globals)]
pub mod consts {
    include!(concat!(env!("OUT_DIR"), "/consts.rs"));
}

#[cfg(test)]
mod tests {
    use super::{consts, sel4_cfg, sel4_cfg_bool, sel4_cfg_if, sel4_cfg_str, sel4_cfg_usize};

    #[sel4_cfg(WORD_SIZE = 64)]
    const WORD_BYTES: usize = 8;
    #[sel4_cfg(not(WORD_SIZE = 64))]
    const WORD_BYTES: usize = 4;

    #[test]
    fn macros_and_constants_agree() {
        assert_eq!(sel4_cfg_usize!(WORD_SIZE), consts::WORD_SIZE);
        assert_eq!(sel4_cfg_bool!(DEBUG_BUILD), consts::DEBUG_BUILD);
        assert_eq!(
            sel4_cfg_str!(NUM_PRIORITIES),
            consts::NUM_PRIORITIES.to_string()
        );
        assert_eq!(WORD_BYTES * 8, consts::WORD_SIZE);
        let debug = {
            sel4_cfg_if! {
                if #[sel4_cfg(DEBUG_BUILD)] { true } else { false }
            }
        };
        assert_eq!(debug, consts::DEBUG_BUILD);
    }
}
