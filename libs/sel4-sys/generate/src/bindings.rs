// SPDX-License-Identifier: MIT OR Apache-2.0
//! Types and constants out of libsel4's C headers.
//!
//! libsel4's own headers include some that its build generates. Not every installation has them, and
//! only the types that they declare are wanted here (bitfields.rs has the rest), so stand-ins that
//! declare these types are written beside the output and found first.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use sel4_config_data::{Architecture, Installation};

use crate::bitfields::Bitfields;
use crate::syscalls::Syscall;
use crate::{Error, write};

/// Headers with types and constants; those that an installation does not have are left out.
const HEADERS: [&str; 9] = [
    "sel4/macros.h",
    "sel4/types.h",
    "sel4/constants.h",
    "sel4/errors.h",
    "sel4/objecttype.h",
    "sel4/arch/constants.h",
    "sel4/arch/mapping.h",
    "sel4/bootinfo_types.h",
    "sel4/arch/bootinfo_types.h",
];

/// Writes `bindings.rs` into `out_dir`.
pub fn write_bindings(
    installation: &Installation,
    bitfields: &Bitfields,
    syscalls: &[Syscall],
    out_dir: &Path,
) -> Result<(), Error> {
    let stand_ins = out_dir.join("include");
    write_stand_ins(bitfields, syscalls, &stand_ins)?;

    let mut wrapper = String::new();
    // Declared first: inline functions of the headers read the message through it.
    wrapper.push_str("#include <autoconf.h>\n#include <sel4/simple_types.h>\n");
    wrapper.push_str("#include <sel4/sel4_arch/types.h>\nseL4_Word seL4_GetMR(int i);\n");
    for header in HEADERS {
        if installation.find(header).is_ok() {
            let _ = writeln!(wrapper, "#include <{header}>");
        }
    }

    let target = match installation.architecture() {
        Architecture::X86_64 => "--target=x86_64-unknown-linux-gnu",
        Architecture::AArch64 => "--target=aarch64-unknown-linux-gnu",
    };
    // The oldest compiler that knows the edition.
    let rust_target = bindgen::RustTarget::stable(85, 0)
        .map_err(|error| Error::interface(&stand_ins, error.to_string()))?;
    let bindings = bindgen::Builder::default()
        .header_contents("sel4-sys-wrapper.h", &wrapper)
        .clang_args([
            target,
            "-ffreestanding",
            "-nostdinc",
            "-DHAVE_AUTOCONF",
            "-w",
        ])
        .clang_arg(format!("-I{}", stand_ins.display()))
        .clang_args(
            installation
                .include_dirs()
                .iter()
                .map(|dir| format!("-I{}", dir.display())),
        )
        .use_core()
        .ctypes_prefix("::core::ffi")
        .rust_target(rust_target)
        .rust_edition(bindgen::RustEdition::Edition2024)
        .default_enum_style(bindgen::EnumVariation::Consts)
        .prepend_enum_name(false)
        .derive_default(true)
        .derive_eq(true)
        .layout_tests(false)
        .generate_comments(false)
        .ignore_functions()
        .allowlist_item("seL4_.*|SEL4_.*")
        .blocklist_item("_enum_pad_.*|seL4_.*_Msg|seL4_AsyncEndpointObject|seL4_Sys.*")
        .formatter(bindgen::Formatter::None)
        .generate()?;
    let path = out_dir.join("bindings.rs");
    bindings
        .write_to_file(&path)
        .map_err(|source| Error::Io { path, source })
}

fn write_stand_ins(bitfields: &Bitfields, syscalls: &[Syscall], dir: &Path) -> Result<(), Error> {
    let sel4 = dir.join("sel4");
    let sel4_arch = sel4.join("sel4_arch");
    fs::create_dir_all(&sel4_arch).map_err(|source| Error::Io {
        path: sel4_arch.clone(),
        source,
    })?;
    let mut types = String::from("#pragma once\n#include <sel4/simple_types.h>\n");
    let blocks = bitfields
        .blocks
        .iter()
        .map(|block| (&block.name, block.bits));
    let unions = bitfields.unions.iter().map(|union| {
        let bits = union
            .tags
            .iter()
            .filter_map(|(tag, _)| bitfields.block(tag))
            .map(|block| block.bits)
            .max();
        (&union.name, bits.unwrap_or(64))
    });
    for (name, bits) in blocks.chain(unions) {
        let _ = writeln!(
            types,
            "struct {name} {{ seL4_Uint64 words[{}]; }};\ntypedef struct {name} {name}_t;",
            bits / 64
        );
    }
    // C expects these in three files; one defines all, the others include it.
    write(&sel4, "shared_types_gen.h", &types)?;
    let include = "#pragma once\n#include <sel4/shared_types_gen.h>\n";
    write(&sel4, "types_gen.h", include)?;
    write(&sel4_arch, "types_gen.h", include)?;

    let mut calls = String::from("#pragma once\n#include <autoconf.h>\ntypedef enum {\n");
    for syscall in syscalls.iter().filter(|syscall| syscall.exists) {
        let _ = writeln!(calls, "seL4_Sys{} = {},", syscall.name, syscall.number);
    }
    calls.push_str("SEL4_FORCE_LONG_ENUM(seL4_Syscall_ID)\n} seL4_Syscall_ID;\n");
    write(&sel4, "syscall.h", &calls)
}
