// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random operations against a naive model that computes every account from scratch.
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::mock::{Mock, REFUSED, destroy};
use super::verify::{snapshot, verify};
use crate::free::CLASSES;
use crate::{
    Amount, BlockHandle, BootUntyped, CONTAINER_SLOTS, ContainerError, ContainerId, Currency,
    Entry, Name, Tree,
};

thread_local! {
    /// How often a block was given back for somebody else.
    pub(crate) static RECLAIMS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

#[derive(Clone, Debug)]
enum Operation {
    Allocate {
        container: usize,
        bits: u8,
    },
    Deallocate {
        container: usize,
        block: usize,
    },
    /// `deep`: from the deepest container instead of a random one.
    Derive {
        parent: usize,
        deep: bool,
        limit: u64,
        guaranteed: u64,
    },
    Destroy {
        container: usize,
    },
    /// It takes as many of the following operations as it has steps.
    Dissolve {
        container: usize,
    },
    SetLimit {
        container: usize,
        limit: u64,
    },
    /// Some kernel operation during the next call fails.
    Fail {
        after: u32,
    },
}

/// An operation; destructions are as often as `destroy` says, of 96: the rarer, the deeper the tree.
fn operation(destroy: u32) -> impl Strategy<Value = Operation> {
    let container = any::<usize>();
    let bytes = prop_oneof![Just(0), 1u64..1 << 14, 1u64..1 << 19, 1u64..1 << 24];
    let limit = prop_oneof![1u64 << 12..1 << 18, 1u64 << 16..1 << 25, Just(1 << 40)];
    prop_oneof![
        32 => (container, 8u8..20).prop_map(|(container, bits)| Operation::Allocate { container, bits }),
        8 => (container, 10u8..13).prop_map(|(container, bits)| Operation::Allocate { container, bits }),
        24 => (container, any::<usize>()).prop_map(|(container, block)| Operation::Deallocate { container, block }),
        16 => (container, any::<bool>(), limit.clone(), bytes)
            .prop_map(|(parent, deep, limit, guaranteed)| Operation::Derive { parent, deep, limit, guaranteed }),
        destroy => container.prop_map(|container| Operation::Destroy { container }),
        destroy => container.prop_map(|container| Operation::Dissolve { container }),
        4 => (container, limit).prop_map(|(container, limit)| Operation::SetLimit { container, limit }),
        4 => (0u32..4).prop_map(|after| Operation::Fail { after }),
    ]
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

/// The accounts agree, and the structure is sound.
fn compare(tree: &Tree<Mock>, model: &Model) {
    for (number, container) in model.0.iter().enumerate() {
        if container.alive {
            let info = tree.info(container.id).unwrap();
            assert_eq!(
                info.used.bytes,
                model.used(number),
                "use of {:?}",
                container.id
            );
        }
    }
    verify(tree);
}

/// The container of that name: its number, or the root container's.
fn named(name: Name) -> ContainerId {
    ContainerId::from_number(name.as_str().parse().unwrap_or_default())
}

/// Whether an error other than a byte limit is justified.
fn justified(
    tree: &Tree<Mock>,
    from: ContainerId,
    error: ContainerError,
    failing: bool,
    guaranteed: u64,
) -> bool {
    match error {
        REFUSED => failing,
        ContainerError::Limit {
            container,
            currency: Currency::Slots,
            asked,
            left,
        } => {
            let info = tree.info(named(container)).unwrap();
            // Some splits of the same operation may have been paid already when it failed.
            asked > left && u64::from(info.left.slots) >= left
        }
        ContainerError::NoMemory { .. } if guaranteed != 0 => {
            // What is free on the way up does not suffice in sum.
            let mut free = 0;
            let mut number = from.number();
            loop {
                let container = tree.container(number);
                for class in 0..CLASSES as u8 {
                    let count = super::verify::free_list(tree, number, class).len();
                    free += (count as u64) << (class + crate::MIN_BITS);
                }
                if number == 0 {
                    return free < guaranteed.next_multiple_of(1 << crate::MIN_BITS);
                }
                number = container.parent;
            }
        }
        ContainerError::NoMemory { bits } => {
            // No container on the way up has a free block of that size.
            let mut number = from.number();
            loop {
                let container = tree.container(number);
                if container.free.smallest(bits).is_some() {
                    return false;
                }
                if number == 0 {
                    return tree.untouched.smallest(bits).is_none();
                }
                number = container.parent;
            }
        }
        _ => false,
    }
}

/// A machine; the last untyped is too small to be of use.
const MACHINE: [u8; 9] = [14, 16, 17, 20, 22, 22, 24, 25, 9];

/// Runs operations on a machine; how deep the tree became.
fn run(
    machine: &[u8],
    operations: impl IntoIterator<Item = Operation>,
    slots: u32,
    every: usize,
    patient: bool,
) -> u8 {
    let boot: Vec<BootUntyped> = machine
        .iter()
        .enumerate()
        .map(|(place, &size_bits)| BootUntyped {
            slot: 10 + place as u32,
            size_bits,
        })
        .collect();
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

fn step(tree: &mut Tree<Mock>, model: &mut Model, operation: Operation, slots: u32) {
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

/// Every sequence of a few operations on a machine of three blocks: what can happen at all happens here.
/// `CROFT_SEQUENCE` tells how long they are; the default is quick.
#[test]
fn all_short_sequences() {
    let length = std::env::var("CROFT_SEQUENCE").ok();
    let length = length.and_then(|text| text.parse().ok()).unwrap_or(4);
    let derive = |deep, limit, guaranteed| Operation::Derive {
        parent: 0,
        deep,
        limit,
        guaranteed,
    };
    let alphabet = [
        // 0 is the root container, 1 the next one that is alive, if there is one.
        Operation::Allocate {
            container: 0,
            bits: 10,
        },
        Operation::Allocate {
            container: 1,
            bits: 10,
        },
        Operation::Allocate {
            container: 1,
            bits: 11,
        },
        Operation::Deallocate {
            container: 0,
            block: 0,
        },
        Operation::Deallocate {
            container: 1,
            block: 1,
        },
        derive(false, 2048, 0),
        derive(true, 4096, 1024),
        Operation::Destroy { container: 1 },
        Operation::Dissolve { container: 1 },
        Operation::SetLimit {
            container: 1,
            limit: 1024,
        },
        Operation::Fail { after: 0 },
    ];
    let mut places = vec![0; length];
    loop {
        let operations = places.iter().map(|&place| alphabet[place].clone());
        run(&[11, 12], operations, 60, 1, false);
        let Some(place) = places.iter().rposition(|&place| place + 1 < alphabet.len()) else {
            return;
        };
        places[place] += 1;
        places[place + 1..].fill(0);
    }
}
