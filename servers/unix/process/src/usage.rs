// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a process has used, getrusage(2).

/// The fields of `struct rusage` that Linux fills. Times in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Usage {
    /// Time in the program.
    pub user_ns: u64,
    /// Time in system calls on its behalf.
    pub system_ns: u64,
    /// Largest resident set, in KiB.
    pub max_resident_kib: u64,
    /// Page faults that needed no input.
    pub minor_faults: u64,
    /// Page faults that did.
    pub major_faults: u64,
    /// Blocks (512 bytes) read.
    pub blocks_in: u64,
    /// Blocks written.
    pub blocks_out: u64,
    /// Times it waited.
    pub voluntary_switches: u64,
    /// Times it was preempted.
    pub involuntary_switches: u64,
}

impl Usage {
    /// Adds another's use; of the resident sets the larger one counts.
    pub fn add(&mut self, other: &Usage) {
        self.user_ns = self.user_ns.saturating_add(other.user_ns);
        self.system_ns = self.system_ns.saturating_add(other.system_ns);
        self.max_resident_kib = self.max_resident_kib.max(other.max_resident_kib);
        self.minor_faults = self.minor_faults.saturating_add(other.minor_faults);
        self.major_faults = self.major_faults.saturating_add(other.major_faults);
        self.blocks_in = self.blocks_in.saturating_add(other.blocks_in);
        self.blocks_out = self.blocks_out.saturating_add(other.blocks_out);
        self.voluntary_switches = self
            .voluntary_switches
            .saturating_add(other.voluntary_switches);
        self.involuntary_switches = self
            .involuntary_switches
            .saturating_add(other.involuntary_switches);
    }
}
