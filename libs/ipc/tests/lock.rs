// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which changes of an interface are found.

use croft_ipc::{Definition, lock};

mod first {
    use croft_ipc::interface;
    #[interface(number = 210, version = 1, name = "sample", recorded = false)]
    pub trait Sample {
        fn one(&mut self, a: u64) -> u64;
        fn two(&mut self, a: u8, b: u8);
    }
}

/// A method more.
mod grown {
    use croft_ipc::interface;
    #[interface(number = 210, version = 1, name = "sample", recorded = false)]
    pub trait Sample {
        fn one(&mut self, a: u64) -> u64;
        fn two(&mut self, a: u8, b: u8);
        fn three(&mut self) -> bool;
    }
}

/// The same name, version and number, but not the same.
macro_rules! changed {
    ($($module:ident: $version:literal { $($method:tt)* })*) => {$(
        mod $module {
            use croft_ipc::interface;
            #[interface(number = 210, version = $version, name = "sample", recorded = false)]
            pub trait Sample { $($method)* }
        }
    )*};
}

changed! {
    wider: 1 { fn one(&mut self, a: u32) -> u64; fn two(&mut self, a: u8, b: u8); }
    other_reply: 1 { fn one(&mut self, a: u64) -> u32; fn two(&mut self, a: u8, b: u8); }
    refusing: 1 { fn one(&mut self, a: u64) -> Result<u64, u8>; fn two(&mut self, a: u8, b: u8); }
    swapped_arguments: 1 { fn one(&mut self, a: u64) -> u64; fn two(&mut self, b: u8, a: u8); }
    swapped_methods: 1 { fn two(&mut self, a: u8, b: u8); fn one(&mut self, a: u64) -> u64; }
    inserted: 1 { fn fresh(&mut self); fn one(&mut self, a: u64) -> u64; fn two(&mut self, a: u8, b: u8); }
    removed: 1 { fn one(&mut self, a: u64) -> u64; }
    next_version: 2 { fn one(&mut self, a: u32) -> u64; }
}

fn record<I: Definition>(text: &str) -> String {
    format!("{text}{}", lock::missing::<I>(text))
}

#[test]
fn what_was_recorded_is_checked() {
    let text = record::<first::SampleInterface>("");
    assert_eq!(text.lines().count(), 2);
    assert_eq!(lock::check::<first::SampleInterface>(&text), Ok(()));
    let unrecorded = lock::check::<grown::SampleInterface>(&text);
    assert!(unrecorded.is_err_and(|error| error.contains("three")));
    let grown = record::<grown::SampleInterface>(&text);
    assert!(grown.starts_with(&text) && grown.lines().count() == 3);
    assert_eq!(lock::check::<grown::SampleInterface>(&grown), Ok(()));
    // An older client's crate does not know the new method: that is what the file beside it says.
    assert!(lock::check::<first::SampleInterface>(&grown).is_err());
}

#[test]
fn every_change_is_found() {
    let text = record::<first::SampleInterface>("");
    let changed = [
        lock::check::<wider::SampleInterface>(&text),
        lock::check::<other_reply::SampleInterface>(&text),
        lock::check::<refusing::SampleInterface>(&text),
        lock::check::<swapped_arguments::SampleInterface>(&text),
        lock::check::<swapped_methods::SampleInterface>(&text),
        lock::check::<inserted::SampleInterface>(&text),
        lock::check::<removed::SampleInterface>(&text),
    ];
    for result in changed {
        assert!(result.is_err_and(|error| error.contains("raise the interface's version")));
    }
}

#[test]
fn another_version_may_differ_and_recording_changes_nothing() {
    let text = record::<first::SampleInterface>("");
    let both = record::<next_version::SampleInterface>(&text);
    assert_eq!(lock::check::<next_version::SampleInterface>(&both), Ok(()));
    assert_eq!(lock::check::<first::SampleInterface>(&both), Ok(()));
    // What is there already is not recorded anew.
    assert_eq!(record::<wider::SampleInterface>(&text), text);
}
