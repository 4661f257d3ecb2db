// SPDX-License-Identifier: MIT OR Apache-2.0
//! Contents of files over an archive against a vector of bytes.
use crate::content::Content;
use proptest::prelude::*;
use unix_pages::{PAGE_SIZE, PageStore, VecPages};

#[derive(Clone, Debug)]
enum Step {
    /// Page and byte.
    Write(u64, u8),
    Size(u64),
    Punch(u64, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..10u64, 1..255u8).prop_map(|(page, byte)| Step::Write(page, byte)),
        2 => (0..45_000u64).prop_map(Step::Size),
        1 => prop::sample::select(vec![0u64, 4096, 8192, 12_288]).prop_map(Step::Size),
        2 => (0..10u64, 0..6u64).prop_map(|(first, pages)| Step::Punch(first, first + pages)),
    ];
    prop::collection::vec(step, 1..30)
}

static ARCHIVE: [u8; 20_000] = {
    let mut bytes = [0; 20_000];
    let mut index = 0;
    while index < bytes.len() {
        bytes[index] = (index % 251) as u8 + 1;
        index += 1;
    }
    bytes
};

proptest! {
    #[test]
    fn contents_are_like_a_vector(length in 0..20_000usize, steps in steps()) {
        let mut store = VecPages::new(100);
        let mut content = Content::from_archive(&ARCHIVE[..length], 0);
        let mut model = ARCHIVE[..length].to_vec();
        let page_size = PAGE_SIZE as u64;
        for step in steps {
            match step {
                Step::Write(index, byte) => {
                    let page = match content.at(index) {
                        crate::FilePage::Page(page) => page,
                        other => {
                            let page = store.allocate().expect("room");
                            if let crate::FilePage::Archive { bytes, .. } = other {
                                store.bytes_mut(page)[..bytes.len()].copy_from_slice(bytes);
                            }
                            content.insert(index, page);
                            page
                        }
                    };
                    let end = (index + 1) * page_size;
                    content.grow_to(end);
                    model.resize(model.len().max(end as usize), 0);
                    store.bytes_mut(page)[17] = byte;
                    model[index as usize * PAGE_SIZE + 17] = byte;
                }
                Step::Size(size) => {
                    content.set_size(&mut store, size);
                    model.resize(size as usize, 0);
                }
                Step::Punch(first, end) => {
                    content.punch(&mut store, first, end);
                    let range = (first as usize * PAGE_SIZE).min(model.len())
                        ..(end as usize * PAGE_SIZE).min(model.len());
                    model[range].fill(0);
                }
            }
            prop_assert_eq!(content.size(), model.len() as u64);
            let mut bytes = Vec::new();
            while bytes.len() < model.len() {
                let chunk = content.chunk(bytes.len() as u64, usize::MAX);
                let start = bytes.len();
                bytes.resize(start + chunk.length(), 0);
                chunk.copy_to(&store, &mut bytes[start..]);
            }
            prop_assert_eq!(&bytes, &model);
            // Holes are zero; whatever is not zero is data; both alternate to the end.
            let mut position = 0;
            while let Some(data) = content.next_data(position) {
                prop_assert!(model[position as usize..data as usize].iter().all(|&byte| byte == 0));
                let hole = content.next_hole(data);
                prop_assert!(hole > data);
                position = hole;
                if position >= content.size() {
                    break;
                }
            }
            prop_assert!(model[position as usize..].iter().all(|&byte| byte == 0));
            let pages = model.len().div_ceil(PAGE_SIZE) as u64;
            let data = (0..pages)
                .filter(|&index| content.at(index) != crate::FilePage::Hole)
                .count() as u64;
            prop_assert_eq!(content.blocks(), data * 8);
        }
        content.clear(&mut store);
        prop_assert_eq!(store.used(), 0);
    }
}
