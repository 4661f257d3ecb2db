// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs operations on a machine and on the model; in the end everything comes back.

use super::checks::compare;
use super::operations::Operation;
use super::step::step;
use super::{Container, Model};
use crate::tests::mock::{Mock, destroy, untypeds};
use crate::tests::verify::verify;
use crate::{Amount, CONTAINER_SLOTS, ContainerId, Tree};

/// A machine; the last untyped is too small to be of use.
pub(super) const MACHINE: [u8; 9] = [14, 16, 17, 20, 22, 22, 24, 25, 9];

/// Runs operations on a machine; how deep the tree became.
pub(super) fn run(
    machine: &[u8],
    operations: impl IntoIterator<Item = Operation>,
    slots: u32,
    every: usize,
    patient: bool,
) -> u8 {
    let boot = untypeds(machine);
    let useful = boot.len() - usize::from(machine == MACHINE);
    let kernel = Mock::boot(&boot[..useful]);
    let mut deepest = 0;
    let mut tree = Tree::new(kernel, &boot, 100..100 + slots, 4096).unwrap();
    tree.patient = patient;
    let total = tree.info(ContainerId::ROOT).unwrap().limit.bytes;
    let root = Container {
        id: ContainerId::ROOT,
        parent: 0,
        limit: total,
        guaranteed: 0,
        blocks: vec![],
        alive: true,
    };
    let mut model = Model(vec![root], vec![]);
    for (number, operation) in operations.into_iter().enumerate() {
        step(&mut tree, &mut model, operation, slots);
        let depth = model.depth(&tree, model.deepest(&tree));
        deepest = deepest.max(depth);
        if number % every == 0 {
            compare(&tree, &model);
        }
        if model.0.len() > 500 {
            compact(&mut model);
        }
    }
    compare(&tree, &model);
    model.dissolve(&mut tree, true);
    compare(&tree, &model);
    // Everything comes back.
    tree.kernel.fail_after = None;
    for number in 1..model.0.len() {
        if model.0[number].alive && model.0[number].parent == 0 {
            let id = model.0[number].id;
            destroy(&mut tree, id, |_, _| {}).unwrap();
        }
    }
    for (block, _) in std::mem::take(&mut model.0[0].blocks) {
        tree.deallocate(ContainerId::ROOT, block).unwrap();
    }
    verify(&tree);
    let info = tree.info(ContainerId::ROOT).unwrap();
    assert_eq!(info.used, Amount::slots(CONTAINER_SLOTS));
    assert_eq!(info.left.bytes, total);
    deepest
}

/// Forgets the dead.
fn compact(model: &mut Model) {
    let mut new = vec![usize::MAX; model.0.len()];
    let mut kept: Vec<Container> = Vec::new();
    for (number, container) in model.0.iter().enumerate() {
        if container.alive {
            new[number] = kept.len();
            let mut container = container.clone();
            container.parent = new[container.parent];
            kept.push(container);
        }
    }
    model.0 = kept;
}
