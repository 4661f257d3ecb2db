// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the kernel's first jump to `main`.

use core::fmt;
use core::ops::Range;

use sel4::{BootInfoPtr, IpcBuffer};

use crate::{backtrace, stack};

/// What cannot be: the result of what never ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Never {}

/// What `main` can return.
pub trait Termination {
    /// Stops the root task.
    fn report(self) -> !;
}

impl Termination for Never {
    fn report(self) -> ! {
        match self {}
    }
}

impl<E: fmt::Debug> Termination for Result<Never, E> {
    fn report(self) -> ! {
        match self {
            Ok(never) => match never {},
            Err(error) => panic!("the root task failed: {error:?}"),
        }
    }
}

/// Sets the runtime up and calls `main`.
///
/// # Safety
/// Called once, by `_start`, with the address of the boot information that the kernel gave; `guard` is
/// the address of the stack's guard page, `memory` the stack, on which it runs.
pub unsafe fn start<T: Termination>(
    bootinfo: *const sel4::sys::seL4_BootInfo,
    guard: usize,
    memory: Range<usize>,
    main: impl FnOnce(&BootInfoPtr) -> T,
) -> ! {
    // SAFETY: the kernel put it there and never touches it again.
    let bootinfo = unsafe { BootInfoPtr::new(bootinfo) };
    // SAFETY: the kernel mapped the first thread's buffer there, and nobody else refers to it yet.
    sel4::set_ipc_buffer(unsafe { IpcBuffer::from_ptr(bootinfo.ipc_buffer().cast()) });
    backtrace::initialise(&memory);
    if let Err(error) = stack::protect(&bootinfo, guard) {
        panic!("the stack's guard page stays mapped: {error}");
    }
    main(&bootinfo).report()
}

/// Declares a root task: `declare_root_task! { main = FUNCTION, stack_size = BYTES, heap_size = BYTES }`.
/// The last two can be left out; without `heap_size` there is no heap. Usually [`crate::root_task`] is
/// more convenient.
#[macro_export]
macro_rules! declare_root_task {
    (main = $main:expr $(, heap_size = $heap_size:expr)? $(,)?) => {
        $crate::declare_root_task! {
            main = $main,
            stack_size = $crate::DEFAULT_STACK_SIZE,
            $(heap_size = $heap_size,)?
        }
    };
    (main = $main:expr, stack_size = $stack_size:expr $(, heap_size = $heap_size:expr)? $(,)?) => {
        static SEL4_ROOT_TASK_STACK: $crate::private::Stack<{ $stack_size }> = $crate::private::Stack::new();

        $(
            static SEL4_ROOT_TASK_HEAP_MEMORY: $crate::private::HeapMemory<{ $heap_size }> =
                $crate::private::HeapMemory::new();
            // SAFETY: nothing else names this memory.
            #[global_allocator]
            static SEL4_ROOT_TASK_HEAP: $crate::private::StaticHeap =
                unsafe { $crate::private::StaticHeap::new(&SEL4_ROOT_TASK_HEAP_MEMORY) };
        )?

        $crate::declare_start!(SEL4_ROOT_TASK_STACK, $stack_size);

        #[unsafe(no_mangle)]
        unsafe extern "C" fn sel4_root_task_start(
            bootinfo: *const $crate::private::sel4::sys::seL4_BootInfo,
        ) -> ! {
            // SAFETY: `_start` passes the kernel's argument on.
            unsafe {
                $crate::private::start(
                    bootinfo,
                    SEL4_ROOT_TASK_STACK.guard(),
                    SEL4_ROOT_TASK_STACK.memory(),
                    $main,
                )
            }
        }

        #[panic_handler]
        fn sel4_root_task_panic(information: &::core::panic::PanicInfo<'_>) -> ! {
            $crate::panicking::handle(information)
        }
    };
}

/// Declares `_start`: loads the stack pointer and calls the rest.
#[cfg(target_arch = "x86_64")]
#[doc(hidden)]
#[macro_export]
macro_rules! declare_start {
    ($stack:ident, $size:expr) => {
        ::core::arch::global_asm!(
            ".globl _start",
            ".type _start, @function",
            "_start:",
            "xor ebp, ebp",
            "lea rsp, [rip + {stack} + {top}]",
            "call {start}",
            "ud2",
            stack = sym $stack,
            top = const $crate::private::Stack::<{ $size }>::TOP,
            start = sym sel4_root_task_start,
        );
    };
}

/// Declares `_start`: loads the stack pointer and calls the rest.
#[cfg(target_arch = "aarch64")]
#[doc(hidden)]
#[macro_export]
macro_rules! declare_start {
    ($stack:ident, $size:expr) => {
        ::core::arch::global_asm!(
            ".globl _start",
            ".type _start, %function",
            "_start:",
            "mov x29, xzr",
            "mov x30, xzr",
            "adrp x9, {stack} + {top}",
            "add x9, x9, :lo12:{stack} + {top}",
            "mov sp, x9",
            "b {start}",
            stack = sym $stack,
            top = const $crate::private::Stack::<{ $size }>::TOP,
            start = sym sel4_root_task_start,
        );
    };
}
