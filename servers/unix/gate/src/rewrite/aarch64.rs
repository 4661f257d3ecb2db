// SPDX-License-Identifier: MIT OR Apache-2.0
//! aarch64: `svc` becomes a branch to a stub.
use crate::layout::PAGE_SIZE;
use crate::stub::{StubError, StubTable, branch};

/// What was done to a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Instructions that were replaced.
    pub replaced: usize,
    /// Whether the table got new stubs, so that its last pages have to be written anew.
    pub new_stubs: bool,
}

/// Whether a word is an `svc` with any number.
pub const fn is_supervisor_call(word: u32) -> bool {
    word & 0xffe0_001f == 0xd400_0001
}

/// Replaces every `svc` in the page that will be at `address`. Data between instructions that looks
/// like one is replaced too: there is no way to tell, and with 21 fixed bits it is rare.
///
/// # Errors
/// If a stub cannot be had. What was replaced before stays replaced; the rest is as it was, still
/// confined but at the program's own risk (see [`crate::stub`]).
pub fn rewrite(
    page: &mut [u8; PAGE_SIZE],
    address: usize,
    stubs: &mut StubTable,
) -> Result<Report, StubError> {
    let before = stubs.len();
    let mut report = Report::default();
    for (index, bytes) in page.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        if !is_supervisor_call(u32::from_le_bytes(*bytes)) {
            continue;
        }
        let site = address.wrapping_add(index * 4);
        let stub = stubs.stub_for(site)?;
        let stub = stubs.address(stub);
        *bytes = branch(site, stub)
            .ok_or(StubError::OutOfReach { site, stub })?
            .to_le_bytes();
        report.replaced += 1;
        report.new_stubs = stubs.len() > before;
    }
    Ok(report)
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
        // hvc, smc, brk, hlt, udf, and words with one bit more or less.
        let others = [
            0xd400_0002,
            0xd400_0003,
            0xd420_0000,
            0xd440_0000,
            1,
            0x5400_0001,
            0xd400_0041,
        ];
        let mut page = page_of(&others);
        let before = page;
        let mut stubs = StubTable::new(ADDRESS + PAGE_SIZE, 1);
        // The last one is `svc #2`.
        let report = rewrite(&mut page, ADDRESS, &mut stubs).unwrap();
        assert_eq!(
            report,
            Report {
                replaced: 1,
                new_stubs: true
            }
        );
        assert!(
            words(&page)
                .zip(words(&before))
                .enumerate()
                .all(|(i, (a, b))| (a == b) == (i != 6))
        );
        // A second time there is nothing to do.
        let again = page;
        assert_eq!(
            rewrite(&mut page, ADDRESS, &mut stubs),
            Ok(Report::default())
        );
        assert_eq!(page, again);
        // A fresh copy of the same page gets the same stubs.
        let mut copy = before;
        let report = rewrite(&mut copy, ADDRESS, &mut stubs).unwrap();
        assert_eq!(
            report,
            Report {
                replaced: 1,
                new_stubs: false
            }
        );
        assert_eq!(copy, again);
    }

    #[test]
    fn without_room_the_rest_stays() {
        let mut page = page_of(&[0xd400_0001; 200]);
        let mut stubs = StubTable::new(ADDRESS + PAGE_SIZE, 1);
        assert_eq!(
            rewrite(&mut page, ADDRESS, &mut stubs),
            Err(StubError::Full)
        );
        assert_eq!(
            words(&page)
                .filter(|&word| is_supervisor_call(word))
                .count(),
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
                prop_oneof![any::<u32>(), (0u32..1 << 16).prop_map(|n| 0xd400_0001 | n << 5)],
                0..102,
            ),
            distance in 1usize..30_000,
        ) {
            let before = page_of(&content);
            let mut page = before;
            let mut stubs = StubTable::new(ADDRESS + distance * PAGE_SIZE, 1);
            let report = rewrite(&mut page, ADDRESS, &mut stubs).unwrap();
            prop_assert_eq!(report.replaced, stubs.len());
            for (index, (old, new)) in words(&before).zip(words(&page)).enumerate() {
                if is_supervisor_call(old) {
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
