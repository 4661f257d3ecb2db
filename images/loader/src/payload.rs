// SPDX-License-Identifier: MIT OR Apache-2.0
//! The header between what the packer knows and what the loader does.

/// Unit of alignment of everything in a boot image, in bytes.
pub const PAGE_SIZE: u64 = 4096;

/// First bytes of a header; the last byte is the version of its layout.
const MAGIC: [u8; 8] = *b"CRFTLDR\x01";

/// Numbers after the magic.
const FIELDS: usize = 11;

/// What the loader has to do, all addresses worked out.
///
/// It lies on the page after the loader's last byte in memory. Encoded as eight bytes of magic,
/// then the fields in the order in which they are declared, 64 bits each, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The kernel.
    pub kernel: Kernel,
    /// The root task.
    pub root_task: RootTask,
    /// Physical address, after the kernel has been copied, of the 64-bit word that takes the
    /// physical address of the end of RAM. 0: this kernel has no such word.
    pub ram_end_cell: u64,
}

/// Where the kernel comes from and goes to. It is one contiguous piece of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Where its bytes begin in the image: physical address.
    pub source: u64,
    /// How many bytes to copy.
    pub file_length: u64,
    /// Bytes that it takes in memory; those after `file_length` are zero.
    pub memory_length: u64,
    /// Where it goes: physical address.
    pub physical: u64,
    /// The virtual address of the byte at `physical`.
    pub virtual_address: u64,
    /// Virtual address at which it is entered.
    pub entry: u64,
}

/// Where the root task lies: already in its place when the loader starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootTask {
    /// Physical address of its first byte, page-aligned.
    pub physical: u64,
    /// Physical address after its last byte, page-aligned.
    pub physical_end: u64,
    /// The virtual address of the byte at `physical`.
    pub virtual_address: u64,
    /// Virtual address at which it starts.
    pub entry: u64,
}

/// Why there is no payload to boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadError {
    /// Fewer bytes than a header has.
    TooShort,
    /// Not a header, or one of another version: loader and packer are not of one build.
    WrongMagic,
}

impl Payload {
    /// Bytes of an encoded header.
    pub const ENCODED_LENGTH: usize = MAGIC.len() + FIELDS * 8;

    /// The header as bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::ENCODED_LENGTH] {
        let Self {
            kernel,
            root_task,
            ram_end_cell,
        } = self;
        let fields: [u64; FIELDS] = [
            kernel.source,
            kernel.file_length,
            kernel.memory_length,
            kernel.physical,
            kernel.virtual_address,
            kernel.entry,
            root_task.physical,
            root_task.physical_end,
            root_task.virtual_address,
            root_task.entry,
            *ram_end_cell,
        ];
        let mut bytes = [0; Self::ENCODED_LENGTH];
        let (magic, rest) = bytes.split_at_mut(MAGIC.len());
        magic.copy_from_slice(&MAGIC);
        for (place, field) in rest.chunks_exact_mut(8).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        bytes
    }

    /// Reads a header from the beginning of `bytes`.
    ///
    /// # Errors
    /// When there is none, see [`PayloadError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, PayloadError> {
        let bytes = bytes
            .first_chunk::<{ Self::ENCODED_LENGTH }>()
            .ok_or(PayloadError::TooShort)?;
        let (magic, rest) = bytes.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(PayloadError::WrongMagic);
        }
        let mut fields = [0; FIELDS];
        for (field, place) in fields.iter_mut().zip(rest.chunks_exact(8)) {
            let mut word = [0; 8];
            word.copy_from_slice(place);
            *field = u64::from_le_bytes(word);
        }
        let [
            source,
            file_length,
            memory_length,
            physical,
            virtual_address,
            entry,
            root_physical,
            physical_end,
            root_virtual_address,
            root_entry,
            ram_end_cell,
        ] = fields;
        Ok(Self {
            kernel: Kernel {
                source,
                file_length,
                memory_length,
                physical,
                virtual_address,
                entry,
            },
            root_task: RootTask {
                physical: root_physical,
                physical_end,
                virtual_address: root_virtual_address,
                entry: root_entry,
            },
            ram_end_cell,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn round_trip(words in proptest::array::uniform11(any::<u64>())) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
            let payload = Payload::decode(&bytes).expect("this is a header");
            prop_assert_eq!(payload.encode().to_vec(), bytes);
        }

        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let expected = if bytes.len() < Payload::ENCODED_LENGTH {
                PayloadError::TooShort
            } else {
                PayloadError::WrongMagic
            };
            prop_assert_eq!(Payload::decode(&bytes), Err(expected));
        }
    }

    #[test]
    fn another_version_is_refused() {
        let mut bytes = [0; Payload::ENCODED_LENGTH];
        bytes[..8].copy_from_slice(b"CRFTLDR\x02");
        assert_eq!(Payload::decode(&bytes), Err(PayloadError::WrongMagic));
    }
}
