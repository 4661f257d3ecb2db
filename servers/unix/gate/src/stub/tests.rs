// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stubs are run by an interpreter of the five instructions that they are made of.
use super::*;
use proptest::prelude::*;

const START: usize = 0x20_0000;
const SITE: usize = 0x40_1230;

/// What happens at an instruction of a stub.
#[derive(Debug, PartialEq)]
enum Step {
    Next,
    SupervisorCall,
    Breakpoint,
}

/// Executes the instruction at the program counter.
fn step(word: u32, registers: &mut Registers) -> Step {
    let pc = registers.pc as usize;
    if word & 0xffe0_fc00 == 0xca00_0000 {
        let register = |shift: u32| (word >> shift) as usize & 31;
        registers.x[register(0)] = registers.x[register(5)] ^ registers.x[register(16)];
    } else if word & 0xfff8_001f == 0xb7f8_0007 {
        if (registers.x[7] as i64) < 0 {
            let distance = ((word << 13) as i32 >> 18) * 4;
            registers.pc = registers.pc.wrapping_add_signed(distance.into());
            return Step::Next;
        }
    } else if let Some(target) = branch_target(pc, word) {
        registers.pc = target as u64;
        return Step::Next;
    } else if word & 0xffe0_001f == 0xd400_0001 {
        return Step::SupervisorCall;
    } else if word & 0xffe0_001f == 0xd420_0000 {
        return Step::Breakpoint;
    } else {
        panic!("{word:#x} does not belong into a stub");
    }
    registers.pc += 4;
    Step::Next
}

fn word_at(table: &StubTable, pc: usize) -> u32 {
    let mut page = [0; PAGE_SIZE];
    let number = (pc - START) / PAGE_SIZE;
    for index in (number * PER_PAGE..table.len()).take(PER_PAGE) {
        table.write(index, &mut page);
    }
    let bytes = &page[pc % PAGE_SIZE..][..4];
    u32::from_le_bytes(bytes.try_into().unwrap())
}

fn some_registers(x7: u64, x8: u64) -> Registers {
    let x = core::array::from_fn(|index| match index {
        7 => x7,
        8 => x8,
        _ => 100 + index as u64,
    });
    Registers {
        x,
        sp: 0x7000,
        pc: SITE as u64,
        pstate: 0x6000_0000,
    }
}

/// Runs a call from the site and back, normalizing at every step.
fn run(table: &StubTable, before: Registers, result: u64) {
    let index = table.sites.iter().position(|&site| site == SITE).unwrap();
    let mut registers = before;
    registers.pc = table.address(index) as u64;
    let mut after = before;
    after.x[0] = result;
    after.pc += 4;
    let mut expected = before;
    for _ in 0..2 * WORDS {
        let mut normal = registers;
        if registers.pc as usize == SITE + 4 {
            assert_eq!(registers, after);
            assert!(!table.normalize(&mut normal));
            assert_eq!(expected, after, "the call was made");
            return;
        }
        assert!(table.normalize(&mut normal), "at {:#x}", registers.pc);
        assert_eq!(normal, expected, "at {:#x}", registers.pc);
        let position = table.position(registers.pc as usize).unwrap();
        assert_eq!(position.site, SITE);
        match step(word_at(table, registers.pc as usize), &mut registers) {
            Step::Next => assert!(!position.is_call()),
            trap => {
                assert!(position.is_call());
                let negative = (before.x[8] as i64) < 0;
                assert_eq!(trap == Step::Breakpoint, negative);
                assert_eq!(registers.x[7], before.x[8], "the message has the number");
                if negative {
                    // The world answers through all registers.
                    registers = after;
                } else {
                    registers.x[0] = result;
                    registers.pc += 4;
                    assert_eq!(position.word + 1, RETURN);
                }
                expected = after;
            }
        }
    }
    panic!("the stub does not end");
}

#[test]
fn all_numbers_of_sel4_arrive_as_something_else() {
    let mut table = StubTable::new(START, 1);
    table.stub_for(SITE).unwrap();
    for number in -20i64..20 {
        for other in -20i64..20 {
            run(&table, some_registers(other as u64, number as u64), 7);
        }
    }
}

#[test]
fn a_site_has_one_stub_and_keeps_it() {
    let mut table = StubTable::new(START, 2);
    assert_eq!((table.len(), table.is_empty()), (0, true));
    for index in 0..2 * PER_PAGE {
        assert_eq!(table.stub_for(SITE + 4 * index), Ok(index));
    }
    assert_eq!(table.stub_for(SITE + 40), Ok(10));
    assert_eq!(table.stub_for(SITE - 4), Err(StubError::Full));
    assert_eq!(table.len(), 2 * PER_PAGE);
    assert_eq!(table.address(PER_PAGE), START + PAGE_SIZE);
    let last = table.address(2 * PER_PAGE - 1);
    assert_eq!(
        table.position(last).unwrap().site,
        SITE + 4 * (2 * PER_PAGE - 1)
    );
    // The rest of the page, odd places and other pages are no stubs.
    for outside in [
        last + SIZE,
        last + 2,
        START - 4,
        START + 2 * PAGE_SIZE,
        0,
        usize::MAX,
    ] {
        assert_eq!(table.position(outside), None, "{outside:#x}");
    }
}

/// Others may be running through those beside it.
#[test]
fn who_writes_a_stub_touches_nothing_else() {
    let mut table = StubTable::new(START, 2);
    for index in 0..PER_PAGE + 3 {
        table.stub_for(SITE + 4 * index).unwrap();
        let mut page = [0xaa; PAGE_SIZE];
        table.write(index, &mut page);
        let place = index % PER_PAGE * SIZE;
        let (before, rest) = page.split_at(place);
        let (stub, behind) = rest.split_at(SIZE);
        assert!(before.iter().chain(behind).all(|byte| *byte == 0xaa));
        let words = stub.as_chunks::<4>().0.iter();
        let words: Vec<u32> = words.map(|word| u32::from_le_bytes(*word)).collect();
        assert_eq!(words, table.words(index).unwrap());
    }
}

#[test]
fn only_what_is_in_reach_gets_a_stub() {
    let mut table = StubTable::new(1 << 30, 1);
    let stub = table.address(0);
    for site in [
        stub - REACH,
        stub - REACH + 24,
        stub + REACH + 4,
        0,
        usize::MAX - 3,
    ] {
        assert_eq!(
            table.stub_for(site),
            Err(StubError::OutOfReach { site, stub })
        );
    }
    assert!(table.is_empty());
    // Both branches have to reach; the one back starts 32 bytes later and ends 4 bytes later.
    assert_eq!(table.stub_for(stub + REACH), Ok(0));
    assert_eq!(table.stub_for(table.address(1) - REACH + 28), Ok(1));
    assert!(table.words(1).is_some() && table.words(2).is_none());
}

#[test]
fn the_message_tells_what_to_do() {
    let stub = StubError::OutOfReach {
        site: 0x1000,
        stub: 0x2000,
    };
    assert_eq!(
        stub.to_string(),
        "the stub at 0x2000 is too far from the instruction at 0x1000"
    );
}

proptest! {
    #[test]
    fn calls(x7: u64, x8: u64, result: u64, before in 0usize..300) {
        let mut table = StubTable::new(START, 4);
        for index in 0..before {
            table.stub_for(SITE + 4 + 4 * index).unwrap();
        }
        table.stub_for(SITE).unwrap();
        run(&table, some_registers(x7, x8), result);
    }

    #[test]
    fn branches(from: u32, distance in -0x200_0000i64..0x200_0000) {
        let from = (1 << 40) + from as usize * 4;
        let target = from.wrapping_add_signed(distance as isize * 4);
        let word = branch(from, target).unwrap();
        prop_assert_eq!(branch_target(from, word), Some(target));
    }

    #[test]
    fn any_program_counter(pc: usize, sites in 0usize..50) {
        let mut table = StubTable::new(pc & !0xfff, 1);
        for index in 0..sites {
            let _ = table.stub_for((pc & !0xf_ffff) + 4 * index);
        }
        let mut registers = Registers { pc: pc as u64, ..Registers::default() };
        let inside = table.position(pc).is_some();
        prop_assert_eq!(table.normalize(&mut registers), inside);
    }
}
