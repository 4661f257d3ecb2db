// SPDX-License-Identifier: MIT OR Apache-2.0
//! Is this `0f 05` an instruction?
//!
//! x86 code has no marks where instructions begin, but a decoder that starts at a wrong place mostly
//! falls into step with the right ones after a few instructions. So decoding is started at every
//! byte before the place, and those starts that are far enough away have a vote: does an instruction
//! begin here, or does one run over it? Code that compilers make is unanimous nearly always; in data
//! between code the votes are mixed or the instructions are ones that no program has.
use yaxpeax_arch::LengthedInstruction;
use yaxpeax_x86::amd64::{InstDecoder, Instruction, Opcode};

/// How many bytes before the place are decoded.
pub(super) const AROUND_BEFORE: usize = 64;
/// How many bytes behind it are looked at.
pub(super) const AROUND_AFTER: usize = 15;
/// Starts nearer than this have not fallen into step yet.
const NEAR: usize = 16;
/// The longest instruction, in bytes.
const LONGEST: usize = 15;

/// What a place with the bytes of `syscall` is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// The instruction.
    Instruction,
    /// A part of another one.
    Operand,
    /// It cannot be told.
    Unclear,
}

/// Where decoding from one start leads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leads {
    /// To an instruction that is the one in question.
    Here,
    /// Over it.
    Past,
    /// To something that is no instruction, or none of a program.
    Nowhere,
}

/// Judges the place `at` in `bytes`, where there are the bytes `0f 05`.
pub(super) fn judge(bytes: &[u8], at: usize) -> Verdict {
    if is_obvious(bytes, at) {
        return Verdict::Instruction;
    }
    let known = at.min(AROUND_BEFORE);
    let (here, past, nowhere) = votes(bytes, at);
    if known == 0 {
        // The first bytes of all: somebody put them there to be jumped to.
        Verdict::Instruction
    } else if here > 2 * past && 2 * here >= nowhere {
        Verdict::Instruction
    } else if past > here && past >= nowhere {
        Verdict::Operand
    } else {
        Verdict::Unclear
    }
}

/// How many starts lead here, past and nowhere.
fn votes(bytes: &[u8], at: usize) -> (usize, usize, usize) {
    let decoder = InstDecoder::default();
    let mut leads = [Leads::Nowhere; AROUND_BEFORE];
    let first = at.saturating_sub(AROUND_BEFORE);
    for start in (first..at).rev() {
        let end = bytes.len().min(start + LONGEST);
        let Ok(instruction) = decoder.decode_slice(&bytes[start..end]) else {
            continue;
        };
        let next = start + instruction.len().to_const() as usize;
        leads[start - first] = match next {
            _ if !is_for_programs(&instruction) => Leads::Nowhere,
            next if next < at => leads[next - first],
            next if next == at => Leads::Here,
            // With a prefix before it.
            next if next == at + 2 && instruction.opcode() == Opcode::SYSCALL => Leads::Here,
            _ => Leads::Past,
        };
    }
    let known = at - first;
    // Without enough known bytes before the place the near ones have to do.
    let far = if known > NEAR * 2 {
        known - NEAR
    } else {
        known
    };
    let count = |wanted| {
        leads[..far]
            .iter()
            .filter(|&&found| found == wanted)
            .count()
    };
    (
        count(Leads::Here),
        count(Leads::Past),
        count(Leads::Nowhere),
    )
}

/// The patterns in which most C libraries make their calls: more bytes than chance brings.
fn is_obvious(bytes: &[u8], at: usize) -> bool {
    // mov eax, number below 512
    let number = at.checked_sub(5).map(|start| &bytes[start..at]);
    let has_number = matches!(number, Some([0xb8, _, 0 | 1, 0, 0]));
    // cmp rax, -4096 or -4095
    let has_check = matches!(
        bytes.get(at + 2..at + 8),
        Some([0x48, 0x3d, 0 | 1, 0xf0, 0xff, 0xff])
    );
    has_number || has_check
}

/// Whether a program that runs to its end can contain this instruction.
fn is_for_programs(instruction: &Instruction) -> bool {
    !matches!(
        instruction.opcode(),
        Opcode::IN
            | Opcode::OUT
            | Opcode::INS
            | Opcode::OUTS
            | Opcode::CLI
            | Opcode::STI
            | Opcode::IRET
            | Opcode::IRETD
            | Opcode::IRETQ
            | Opcode::SYSRET
            | Opcode::SYSEXIT
            | Opcode::CLTS
            | Opcode::WBINVD
            | Opcode::INVD
            | Opcode::INVLPG
            | Opcode::WRMSR
            | Opcode::RDMSR
            | Opcode::LGDT
            | Opcode::LIDT
            | Opcode::LLDT
            | Opcode::LTR
            | Opcode::LMSW
            | Opcode::CALLF
            | Opcode::JMPF
            | Opcode::RETF
            | Opcode::ENTER
    )
}
