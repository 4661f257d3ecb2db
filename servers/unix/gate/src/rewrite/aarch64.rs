// SPDX-License-Identifier: MIT OR Apache-2.0
//! aarch64: `svc` becomes a branch to a stub.
use crate::layout::PAGE_SIZE;
use crate::stub::{StubError, StubTable, branch};

/// `svc #0`, the instruction of Linux system calls. (Linux would take any other number too, but no
/// program uses one, and data looks like one of those 65536 more easily than like this one.)
pub const SUPERVISOR_CALL: u32 = 0xd400_0001;

/// Replaces every [`SUPERVISOR_CALL`] in the page that will be at `address`. A constant between the
/// instructions that looks like one is replaced too: there is no way to tell. So only pages from which
/// instructions are really fetched should be rewritten: executable segments often begin or end with
/// constants, and the unwinder's have this very word among them.
///
/// Gives how many were replaced.
///
/// # Errors
/// If a stub cannot be had. What was replaced before stays replaced; the rest is as it was, still
/// confined but at the program's own risk (see [`crate::stub`]).
pub fn rewrite(
    page: &mut [u8; PAGE_SIZE],
    address: usize,
    stubs: &mut StubTable,
) -> Result<usize, StubError> {
    let mut replaced = 0;
    for (index, bytes) in page.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        if u32::from_le_bytes(*bytes) != SUPERVISOR_CALL {
            continue;
        }
        let site = address.wrapping_add(index * 4);
        let stub = stubs.stub_for(site)?;
        let stub = stubs.address(stub);
        *bytes = branch(site, stub)
            .ok_or(StubError::OutOfReach { site, stub })?
            .to_le_bytes();
        replaced += 1;
    }
    Ok(replaced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub::{PER_PAGE, branch_target};
    use proptest::prelude::*;

    const ADDRESS: usize = 0x40_0000;

    fn words(page: &[u8; PAGE_SIZE]) -> impl Iterator<Item = u32> {
        page.as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn page_of(words: &[u32]) -> [u8; PAGE_SIZE] {
        let mut page = [0; PAGE_SIZE];
        for (place, word) in page.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        page
    }

    #[test]
    fn neighbours_of_the_instruction_stay() {
        // hvc, smc, brk, hlt, udf, svc #2, and words with one bit more or less.
        let others = [
            0xd400_0002,
            0xd400_0003,
            0xd420_0000,
            0xd440_0000,
            1,
            0xd400_0041,
            0x5400_0001,
            SUPERVISOR_CALL,
        ];
        let mut page = page_of(&others);
        let before = page;
        let mut stubs = StubTable::new(ADDRESS + PAGE_SIZE, 1);
        assert_eq!(rewrite(&mut page, ADDRESS, &mut stubs), Ok(1));
        assert_eq!(stubs.len(), 1);
        assert!(
            words(&page)
                .zip(words(&before))
                .enumerate()
                .all(|(i, (a, b))| (a == b) == (i != 7))
        );
        // A second time there is nothing to do.
        let again = page;
        assert_eq!(rewrite(&mut page, ADDRESS, &mut stubs), Ok(0));
        assert_eq!(page, again);
        // A fresh copy of the same page gets the same stubs.
        let mut copy = before;
        assert_eq!(rewrite(&mut copy, ADDRESS, &mut stubs), Ok(1));
        assert_eq!(stubs.len(), 1);
        assert_eq!(copy, again);
    }

    #[test]
    fn without_room_the_rest_stays() {
        let mut page = page_of(&[SUPERVISOR_CALL; 200]);
        let mut stubs = StubTable::new(ADDRESS + PAGE_SIZE, 1);
        assert_eq!(
            rewrite(&mut page, ADDRESS, &mut stubs),
            Err(StubError::Full)
        );
        assert_eq!(
            words(&page).filter(|&word| word == SUPERVISOR_CALL).count(),
            200 - PER_PAGE
        );
        let mut far = StubTable::new(1 << 40, 1);
        assert!(matches!(
            rewrite(&mut page, ADDRESS, &mut far),
            Err(StubError::OutOfReach { .. })
        ));
    }

    proptest! {
        #[test]
        fn each_call_leads_to_its_stub(
            content in prop::collection::vec(
                prop_oneof![any::<u32>(), (0u32..3).prop_map(|n| SUPERVISOR_CALL | n << 5)],
                0..102,
            ),
            distance in 1usize..30_000,
        ) {
            let before = page_of(&content);
            let mut page = before;
            let mut stubs = StubTable::new(ADDRESS + distance * PAGE_SIZE, 1);
            let replaced = rewrite(&mut page, ADDRESS, &mut stubs).unwrap();
            prop_assert_eq!(replaced, stubs.len());
            for (index, (old, new)) in words(&before).zip(words(&page)).enumerate() {
                if old == SUPERVISOR_CALL {
                    let site = ADDRESS + index * 4;
                    let position = branch_target(site, new).and_then(|to| stubs.position(to));
                    prop_assert_eq!(position, Some(crate::stub::Position { site, word: 0 }));
                } else {
                    prop_assert_eq!(old, new);
                }
            }
        }
    }
}
