// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random operations against a naive model that computes every account from scratch.

mod checks;
mod operations;
mod run;
mod sequences;
mod step;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::mock::Mock;
use crate::{BlockHandle, ContainerId, Tree};
use operations::operation;
use run::{MACHINE, run};

thread_local! {
    /// How often a block was given back for somebody else.
    pub(crate) static RECLAIMS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

#[derive(Clone)]
struct Container {
    id: ContainerId,
    parent: usize,
    limit: u64,
    guaranteed: u64,
    blocks: Vec<(BlockHandle, u8)>,
    alive: bool,
}

/// The naive model: containers are never forgotten, only marked.
#[derive(Clone)]
struct Model(Vec<Container>, Dissolving);

/// Those that are being dissolved: dead for the model, which has everything pass at once.
type Dissolving = Vec<ContainerId>;

impl Model {
    fn used(&self, of: usize) -> u64 {
        let own: u64 = self.0[of].blocks.iter().map(|(_, bits)| 1 << bits).sum();
        let below: u64 = (1..self.0.len())
            .filter(|&child| self.0[child].alive && self.0[child].parent == of)
            .map(|child| self.used(child).max(self.0[child].guaranteed))
            .sum();
        own + below
    }

    /// The nearest container whose byte limit `after` breaks and `self` did not need.
    fn broken(&self, after: &Model, from: usize) -> Option<ContainerId> {
        let mut number = from;
        loop {
            let used = after.used(number);
            if used > self.used(number) && used > self.0[number].limit {
                return Some(self.0[number].id);
            }
            if number == 0 {
                return None;
            }
            number = self.0[number].parent;
        }
    }

    fn depth(&self, tree: &Tree<Mock>, of: usize) -> u8 {
        tree.info(self.0[of].id).unwrap().depth
    }

    fn deepest(&self, tree: &Tree<Mock>) -> usize {
        let alive = (0..self.0.len()).filter(|&number| self.0[number].alive);
        alive
            .max_by_key(|&number| self.depth(tree, number))
            .unwrap()
    }

    fn kill(&mut self, of: usize) {
        self.0[of].alive = false;
        for child in 1..self.0.len() {
            if self.0[child].alive && self.0[child].parent == of {
                self.kill(child);
            }
        }
    }

    /// A step of each dissolution, or all of them. So other operations come between the steps.
    fn dissolve(&mut self, tree: &mut Tree<Mock>, all: bool) {
        self.1.retain(|id| {
            while tree.dissolve(*id).is_some() {
                if !all {
                    return true;
                }
            }
            tree.end(*id);
            false
        });
    }

    fn pick(&self, number: usize) -> usize {
        let alive: Vec<usize> = (0..self.0.len()).filter(|&n| self.0[n].alive).collect();
        alive[number % alive.len()]
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn accounts_and_structure_hold(operations in prop::collection::vec(operation(4), 1..300), patient: bool) {
        run(&MACHINE, operations, 4000, 1, patient);
    }

    #[test]
    fn they_hold_when_slots_are_short(operations in prop::collection::vec(operation(4), 1..300), slots in 40u32..300, patient: bool) {
        run(&MACHINE, operations, slots, 1, patient);
    }
}

/// Many operations in deep trees; a failure is shrunk. `CROFT_OPERATIONS` tells how many; the default is quick.
#[test]
fn many_operations() {
    const LENGTH: usize = 2_000;
    let count = std::env::var("CROFT_OPERATIONS").ok();
    let count = count.and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let config = ProptestConfig {
        cases: u32::div_ceil(count, LENGTH as u32),
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let operations = prop::collection::vec(operation(1), LENGTH);
    let (deepest, patient) = (std::cell::Cell::new(0), std::cell::Cell::new(false));
    let result = runner.run(&operations, |operations| {
        patient.set(!patient.get());
        let depth = run(&MACHINE, operations, 20_000, 50, patient.get());
        deepest.set(deepest.get().max(depth));
        Ok(())
    });
    result.unwrap();
    assert!(deepest.get() >= 32, "the trees were {} deep", deepest.get());
}
