// SPDX-License-Identifier: MIT OR Apache-2.0
//! One operation, on the tree and on the model: both must come to the same, and a failure leaves no trace.

use super::checks::{justified, named};
use super::operations::Operation;
use super::{Container, Model, RECLAIMS};
use crate::tests::mock::{Mock, destroy};
use crate::tests::verify::snapshot;
use crate::{Amount, BlockHandle, ContainerError, ContainerId, Currency, Entry, Name, Tree};

fn bytes(info: &Entry) -> (u64, u64, u64) {
    (info.used.bytes, info.own.bytes, info.left.bytes)
}

/// Does it again as often as a large block has to be cleared for it first. Each failure leaves everything as it was.
fn patiently<R: Copy>(
    tree: &mut Tree<Mock>,
    mut operation: impl FnMut(&mut Tree<Mock>) -> crate::Result<R>,
) -> crate::Result<R> {
    for _ in 0..1000 {
        let before = snapshot(tree);
        let result = operation(tree);
        let Some(block) = tree.unclear.take() else {
            let in_one_go = tree.kernel.longest;
            assert!(!tree.patient || in_one_go < 1 << 17, "{in_one_go} bytes");
            return result;
        };
        assert_eq!(result.map(drop), Err(ContainerError::Busy));
        // What lay idle may be somebody else's now.
        for (now, before) in snapshot(tree).iter().zip(&before) {
            assert_eq!(bytes(&now.1), bytes(&before.1), "a failure left a trace");
        }
        let slot = tree.stale(block).expect("it need not be cleared");
        tree.kernel.clear(slot);
        tree.cleared(block);
    }
    panic!("no end of clearing");
}

pub(super) fn step(tree: &mut Tree<Mock>, model: &mut Model, operation: Operation, slots: u32) {
    model.dissolve(tree, false);
    let before = snapshot(tree);
    let reclaims = RECLAIMS.get();
    let failing = tree.kernel.fail_after.is_some();
    let mut after = model.clone();
    let (asked, result) = match operation {
        Operation::Fail { after } => {
            tree.kernel.fail_after = Some(after);
            return;
        }
        Operation::Allocate { container, bits } => {
            let number = model.pick(container);
            let id = model.0[number].id;
            if bits < crate::MIN_BITS {
                assert_eq!(tree.allocate(id, bits), Err(ContainerError::BadObject));
                return;
            }
            let result = patiently(tree, |tree| tree.allocate(id, bits));
            let handle = result.unwrap_or(BlockHandle(0));
            after.0[number].blocks.push((handle, bits));
            if result.is_ok() {
                tree.kernel
                    .retype_objects(tree.block_slot(id, handle).unwrap());
            }
            (number, result.map(drop))
        }
        Operation::Deallocate { container, block } => {
            let number = model.pick(container);
            let blocks = &mut after.0[number].blocks;
            if blocks.is_empty() {
                return;
            }
            let (handle, _) = blocks.swap_remove(block % blocks.len());
            if tree.owner(handle) != Some(model.0[number].id) {
                // It has not passed yet.
                model.dissolve(tree, true);
                after.1.clear();
                assert_eq!(tree.owner(handle), Some(model.0[number].id));
                return step(
                    tree,
                    model,
                    Operation::Deallocate { container, block },
                    slots,
                );
            }
            let result = tree.deallocate(model.0[number].id, handle);
            if result.is_ok() {
                let again = tree.deallocate(model.0[number].id, handle);
                assert_eq!(again, Err(ContainerError::NoSuchBlock));
            }
            (number, result)
        }
        Operation::Derive {
            parent,
            deep,
            limit,
            guaranteed,
        } => {
            let number = if deep {
                model.deepest(tree)
            } else {
                model.pick(parent)
            };
            let limit_amount = Amount {
                bytes: limit,
                slots,
            };
            let (id, name) = (model.0[number].id, Name::new("child"));
            let guarantee = Amount::bytes(guaranteed);
            let derive = |tree: &mut Tree<_>| tree.derive(id, name, limit_amount, guarantee);
            let result = patiently(tree, derive);
            if guaranteed > limit {
                assert_eq!(result, Err(ContainerError::BadLimit));
                return;
            }
            if result == Err(ContainerError::TooDeep) {
                assert_eq!(tree.info(id).unwrap().depth, crate::MAX_DEPTH);
                return;
            }
            let id = result.unwrap_or(ContainerId::ROOT);
            if result.is_ok() {
                let name = Name::new(&id.number().to_string());
                tree.set_name(id, name).unwrap();
            }
            let blocks = vec![];
            after.0.push(Container {
                id,
                parent: number,
                limit,
                guaranteed,
                blocks,
                alive: true,
            });
            (number, result.map(drop))
        }
        Operation::Destroy { container } => {
            let number = model.pick(container);
            if number == 0 {
                let id = ContainerId::ROOT;
                assert_eq!(destroy(tree, id, |_, _| {}), Err(ContainerError::Root));
                return;
            }
            after.kill(number);
            let mut ended = 0;
            let id = model.0[number].id;
            after.1.retain(|each| !tree.is_within(*each, id));
            let dissolving = model.1.len() - after.1.len();
            destroy(tree, id, |_, _| ended += 1).unwrap();
            let alive = |model: &Model| model.0.iter().filter(|each| each.alive).count();
            assert_eq!(ended, alive(model) - alive(&after) + dissolving);
            (0, Ok(()))
        }
        Operation::Dissolve { container } => {
            let number = model.pick(container);
            let id = model.0[number].id;
            let begun = tree.begin_dissolve(id);
            if number == 0 {
                assert_eq!(begun, Err(ContainerError::Root));
                return;
            }
            for _ in 0..2 {
                assert_eq!(tree.begin_dissolve(id), Err(ContainerError::Gone));
            }
            after.1.push(id);
            let parent = model.0[number].parent;
            let blocks = std::mem::take(&mut after.0[number].blocks);
            after.0[parent].blocks.extend(blocks);
            after.0[number].alive = false;
            for child in after.0.iter_mut().filter(|child| child.parent == number) {
                child.parent = parent;
            }
            (0, begun)
        }
        Operation::SetLimit { container, limit } => {
            let number = model.pick(container);
            let id = model.0[number].id;
            let result = tree.set_limit(
                id,
                Amount {
                    bytes: limit,
                    slots,
                },
            );
            match result {
                Err(ContainerError::Root) => assert_eq!(number, 0),
                Err(ContainerError::BadLimit) => {
                    assert!(model.0[number].guaranteed > limit);
                }
                other => {
                    assert_eq!(other, Ok(()));
                    model.0[number].limit = limit;
                }
            }
            return;
        }
    };
    let broken = model.broken(&after, asked);
    let guarantee = match after.0.get(model.0.len()) {
        Some(derived) => derived.guaranteed,
        None => 0,
    };
    match result {
        Ok(()) => {
            assert_eq!(broken, None, "a limit was not enforced");
            *model = after;
        }
        Err(error) => {
            match (error, broken) {
                (
                    ContainerError::Limit {
                        container,
                        currency: Currency::Bytes,
                        ..
                    },
                    Some(expected),
                ) => {
                    assert_eq!(named(container), expected);
                }
                (error, None) => {
                    let id = model.0[asked].id;
                    assert!(
                        justified(tree, id, error, failing, guarantee),
                        "{error:?} without reason"
                    );
                }
                (error, Some(expected)) => panic!("{error:?} instead of the limit of {expected:?}"),
            }
            for (now, before) in snapshot(tree).iter().zip(&before) {
                if RECLAIMS.get() == reclaims {
                    assert_eq!(now, before, "a failure left a trace");
                } else {
                    // What lay idle is somebody else's now, with the slots that its splits cost; nothing else changed.
                    assert_eq!(bytes(&now.1), bytes(&before.1), "a failure left a trace");
                }
            }
        }
    }
}
