// SPDX-License-Identifier: MIT OR Apache-2.0
//! The structures of signal frames against Linux's own headers.
//!
//! A C compiler of each architecture checks sizes and offsets; it needs the kernel's headers for
//! programs (Debian: libc6-dev, libc6-dev-arm64-cross).
use std::io::Write;
use std::mem::{offset_of, size_of};
use std::process::{Command, Stdio};
use unix_gate::signal::{AlternateStack, INFORMATION_SIZE};

/// Whether a compiler is there and makes code for this architecture.
fn makes(compiler: &str, architecture: &str) -> bool {
    let output = Command::new(compiler).arg("-dumpmachine").output();
    output.is_ok_and(|output| output.stdout.starts_with(architecture.as_bytes()))
}

/// Lets a compiler for the architecture check all `assertions` behind the includes.
fn check(architecture: &str, prelude: &str, assertions: &[(String, usize)]) {
    let candidates = ["cc".to_string(), format!("{architecture}-linux-gnu-gcc")];
    let Some(compiler) = candidates.iter().find(|name| makes(name, architecture)) else {
        panic!("no C compiler for {architecture} is installed (looked for {candidates:?})");
    };
    let mut source = String::from(
        "#include <stddef.h>\n#include <asm/signal.h>\n#include <asm/sigcontext.h>\n\
         #include <asm/siginfo.h>\n#include <asm/ucontext.h>\n",
    );
    source += prelude;
    for (what, value) in assertions {
        source += &format!("_Static_assert({what} == {value}, \"{what} is not {value}\");\n");
    }
    let mut child = Command::new(compiler)
        .args(["-std=c11", "-fsyntax-only", "-x", "c", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it answered just now");
    let mut input = child.stdin.take().expect("it is a pipe");
    input
        .write_all(source.as_bytes())
        .expect("the compiler reads");
    drop(input);
    let output = child.wait_with_output().expect("the compiler ends");
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{compiler}:\n{messages}");
}

/// `offsetof(c, field)` for each field of the Rust structure.
macro_rules! fields {
    ($list:ident, $c:literal, $rust:ty, $($field:ident)*) => {
        $($list.push((
            format!("offsetof({}, {})", $c, stringify!($field)),
            offset_of!($rust, $field),
        ));)*
    };
}

fn common(list: &mut Vec<(String, usize)>) {
    list.push(("sizeof(stack_t)".into(), size_of::<AlternateStack>()));
    list.push(("sizeof(siginfo_t)".into(), INFORMATION_SIZE));
    list.push((
        "offsetof(stack_t, ss_flags)".into(),
        offset_of!(AlternateStack, flags),
    ));
    list.push((
        "offsetof(stack_t, ss_size)".into(),
        offset_of!(AlternateStack, size),
    ));
    list.push(("SA_RESTORER".into(), 0x0400_0000));
}

#[test]
fn x86_64() {
    use unix_gate::context::x86_64::FXSAVE_SIZE;
    use unix_gate::signal::x86_64::{FLOATING_POINT, SignalContext, SignalFrame, UserContext};
    let mut list = vec![];
    common(&mut list);
    list.push((
        "sizeof(struct sigcontext_64)".into(),
        size_of::<SignalContext>(),
    ));
    list.push(("sizeof(struct ucontext)".into(), size_of::<UserContext>()));
    list.push((
        "sizeof(struct rt_sigframe)".into(),
        size_of::<SignalFrame>(),
    ));
    list.push(("sizeof(struct _fpstate_64)".into(), FXSAVE_SIZE));
    list.push((
        "offsetof(struct rt_sigframe, uc.uc_mcontext.fpstate)".into(),
        FLOATING_POINT,
    ));
    fields!(list, "struct sigcontext_64", SignalContext,
        r8 r9 r10 r11 r12 r13 r14 r15 di si bp bx dx ax cx sp ip flags
        cs gs fs ss err trapno oldmask cr2 fpstate reserved1);
    fields!(list, "struct ucontext", UserContext,
        uc_flags uc_link uc_stack uc_mcontext uc_sigmask);
    fields!(list, "struct rt_sigframe", SignalFrame, pretcode uc info);
    // Not in the headers for programs, but part of the kernel's ABI (arch/x86/include/asm).
    let frame = "struct rt_sigframe { char *pretcode; struct ucontext uc; siginfo_t info; };\n";
    list.push(("UC_SIGCONTEXT_SS + UC_STRICT_RESTORE_SS".into(), 6));
    check("x86_64", frame, &list);
}

#[test]
fn aarch64() {
    use unix_gate::signal::aarch64::{
        FLOATING_POINT, FloatingPointRecord, SignalContext, SignalFrame, UserContext,
    };
    let mut list = vec![];
    common(&mut list);
    list.push((
        "sizeof(struct rt_sigframe)".into(),
        size_of::<SignalFrame>() + 4096,
    ));
    list.push((
        "offsetof(struct rt_sigframe, uc.uc_mcontext.__reserved)".into(),
        FLOATING_POINT,
    ));
    list.push((
        "sizeof(struct fpsimd_context)".into(),
        size_of::<FloatingPointRecord>(),
    ));
    list.push(("sizeof(struct esr_context)".into(), 16));
    list.push(("FPSIMD_MAGIC".into(), 0x4650_8001));
    list.push(("ESR_MAGIC".into(), 0x4553_5201));
    list.push(("EXTRA_MAGIC".into(), 0x4558_5401));
    fields!(list, "struct sigcontext", SignalContext, fault_address regs sp pc pstate);
    fields!(list, "struct ucontext", UserContext,
        uc_flags uc_link uc_stack uc_sigmask uc_mcontext);
    fields!(list, "struct rt_sigframe", SignalFrame, info uc);
    fields!(list, "struct fpsimd_context", FloatingPointRecord, fpsr fpcr vregs);
    // Not in the headers for programs, but part of the kernel's ABI (arch/arm64/kernel/signal.c).
    let frame = "struct rt_sigframe { siginfo_t info; struct ucontext uc; };\n";
    check("aarch64", frame, &list);
}
