// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every system call of Linux and its state here: the dispatcher, the documentation page
//! (`/proc/croft/calls`) and the test that counts them all read this one table.
use super::{Arguments, Call};
use crate::World;
use crate::machine::Machine;
use unix_abi::Errno;
use unix_abi::syscalls::Sysno;
use unix_process::Pid;

/// How much of a system call there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallState {
    /// All that Linux's man page says and this system can mean.
    Full,
    /// Something is missing, which the text names.
    Partial(&'static str),
    /// Always this answer, which programs know how to deal with.
    Stub(Errno),
}

/// One line of the table. Calls that are not in it are absent: ENOSYS, counted and reported.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The call.
    pub call: Sysno,
    /// Its state.
    pub state: CallState,
}

macro_rules! calls {
    ($($(#[$condition:meta])* $call:ident => $state:expr, $handler:ident;)*) => {
        /// Every system call that is not absent.
        pub const CALLS: &[Entry] = &[
            $($(#[$condition])* Entry { call: Sysno::$call, state: $state },)*
        ];

        impl<M: Machine> World<M> {
            /// Runs the handler of a system call; ENOSYS when there is none.
            pub(crate) fn dispatch(&mut self, pid: Pid, call: Sysno, arguments: Arguments) -> Call {
                match call {
                    $($(#[$condition])* Sysno::$call => self.$handler(pid, arguments),)*
                    _ => self.absent(pid, call),
                }
            }
        }
    };
}

use CallState::{Full, Partial, Stub};

const NO_ATTRIBUTES: CallState = Stub(Errno::EOPNOTSUPP);
const NO_THREADS: CallState =
    Partial("threads (CLONE_THREAD), and files or signal handlers shared without memory");

calls! {
    // Descriptors and transfers.
    read => Full, read;
    write => Full, write;
    pread64 => Full, pread;
    pwrite64 => Full, pwrite;
    readv => Full, readv;
    writev => Full, writev;
    preadv => Full, preadv;
    pwritev => Full, pwritev;
    lseek => Full, lseek;
    sendfile => Full, sendfile;
    copy_file_range => Full, copy_file_range;
    fadvise64 => Full, advise_file;
    readahead => Full, advise_file;
    fsync => Full, fsync;
    fdatasync => Full, fsync;
    syncfs => Full, fsync;
    sync => Full, sync;
    close => Full, close;
    close_range => Partial("CLOSE_RANGE_UNSHARE"), close_range;
    dup => Full, dup;
    #[cfg(target_arch = "x86_64")] dup2 => Full, dup2;
    dup3 => Full, dup3;
    fcntl => Partial("leases, F_SETOWN and F_SETSIG, open file description locks"), fcntl;
    flock => Full, flock;
    ioctl => Partial("terminals, FIONREAD, FIONBIO, FIOCLEX and FIONCLEX"), ioctl;
    #[cfg(target_arch = "x86_64")] pipe => Full, pipe;
    pipe2 => Partial("O_DIRECT"), pipe2;
    #[cfg(target_arch = "x86_64")] poll => Full, poll;
    ppoll => Full, ppoll;
    #[cfg(target_arch = "x86_64")] select => Full, select;
    pselect6 => Full, pselect6;

    // Files by name.
    #[cfg(target_arch = "x86_64")] open => Full, open;
    #[cfg(target_arch = "x86_64")] creat => Full, creat;
    openat => Full, openat;
    truncate => Full, truncate;
    ftruncate => Full, ftruncate;
    fallocate => Partial("only the plain mode, KEEP_SIZE and PUNCH_HOLE"), fallocate;
    getcwd => Full, getcwd;
    chdir => Full, chdir;
    fchdir => Full, fchdir;
    chroot => Full, chroot;
    #[cfg(target_arch = "x86_64")] mkdir => Full, mkdir;
    mkdirat => Full, mkdirat;
    #[cfg(target_arch = "x86_64")] mknod => Full, mknod;
    mknodat => Full, mknodat;
    #[cfg(target_arch = "x86_64")] link => Full, link;
    linkat => Full, linkat;
    #[cfg(target_arch = "x86_64")] symlink => Full, symlink;
    symlinkat => Full, symlinkat;
    #[cfg(target_arch = "x86_64")] unlink => Full, unlink;
    unlinkat => Full, unlinkat;
    #[cfg(target_arch = "x86_64")] rmdir => Full, rmdir;
    #[cfg(target_arch = "x86_64")] rename => Full, rename;
    renameat => Full, renameat;
    renameat2 => Partial("RENAME_WHITEOUT"), renameat2;
    #[cfg(target_arch = "x86_64")] getdents => Full, getdents;
    getdents64 => Full, getdents64;
    #[cfg(target_arch = "x86_64")] stat => Full, stat;
    #[cfg(target_arch = "x86_64")] lstat => Full, lstat;
    fstat => Full, fstat;
    #[cfg(target_arch = "x86_64")] newfstatat => Full, fstatat;
    #[cfg(target_arch = "aarch64")] fstatat => Full, fstatat;
    statx => Full, statx;
    #[cfg(target_arch = "x86_64")] access => Full, access;
    faccessat => Full, faccessat;
    faccessat2 => Full, faccessat2;
    #[cfg(target_arch = "x86_64")] readlink => Full, readlink;
    readlinkat => Full, readlinkat;
    #[cfg(target_arch = "x86_64")] chmod => Full, chmod;
    fchmod => Full, fchmod;
    fchmodat => Full, fchmodat;
    #[cfg(target_arch = "x86_64")] chown => Full, chown;
    #[cfg(target_arch = "x86_64")] lchown => Full, lchown;
    fchown => Full, fchown;
    fchownat => Full, fchownat;
    #[cfg(target_arch = "x86_64")] utime => Full, utime;
    #[cfg(target_arch = "x86_64")] utimes => Full, utimes;
    #[cfg(target_arch = "x86_64")] futimesat => Full, futimesat;
    utimensat => Full, utimensat;
    statfs => Full, statfs;
    fstatfs => Full, fstatfs;
    getxattr => NO_ATTRIBUTES, no_attributes;
    lgetxattr => NO_ATTRIBUTES, no_attributes;
    fgetxattr => NO_ATTRIBUTES, no_attributes;
    setxattr => NO_ATTRIBUTES, no_attributes;
    lsetxattr => NO_ATTRIBUTES, no_attributes;
    fsetxattr => NO_ATTRIBUTES, no_attributes;
    listxattr => NO_ATTRIBUTES, no_attributes;
    llistxattr => NO_ATTRIBUTES, no_attributes;
    flistxattr => NO_ATTRIBUTES, no_attributes;

    // Memory.
    brk => Full, brk;
    mmap => Partial("huge pages, and stores to a shared file mapping from boot files"), mmap;
    munmap => Full, munmap;
    mprotect => Full, mprotect;
    mremap => Partial("MREMAP_DONTUNMAP, and ranges over several mappings"), mremap;
    madvise => Full, madvise;
    msync => Full, msync;
    mincore => Full, mincore;
    mlock => Full, mlock;
    munlock => Full, mlock;
    mlockall => Full, mlockall;
    munlockall => Full, mlockall;

    // Processes.
    #[cfg(target_arch = "x86_64")] fork => Full, fork;
    #[cfg(target_arch = "x86_64")] vfork => Full, vfork;
    clone => NO_THREADS, clone;
    clone3 => NO_THREADS, clone3;
    execve => Full, execve;
    execveat => Full, execveat;
    exit => Full, exit;
    exit_group => Full, exit;
    wait4 => Full, wait4;
    waitid => Partial("P_PIDFD"), waitid;
    getpid => Full, getpid;
    gettid => Full, gettid;
    getppid => Full, getppid;
    set_tid_address => Full, set_tid_address;
    set_robust_list => Full, set_robust_list;
    futex => Partial("FUTEX_WAIT, FUTEX_WAKE and their bit set forms"), futex;
    getuid => Full, getuid;
    geteuid => Full, geteuid;
    getgid => Full, getgid;
    getegid => Full, getegid;
    setuid => Full, setuid;
    setgid => Full, setgid;
    setreuid => Full, setreuid;
    setregid => Full, setregid;
    setresuid => Full, setresuid;
    getresuid => Full, getresuid;
    setresgid => Full, setresgid;
    getresgid => Full, getresgid;
    setfsuid => Full, setfsuid;
    setfsgid => Full, setfsgid;
    getgroups => Full, getgroups;
    setgroups => Full, setgroups;
    umask => Full, umask;
    setpgid => Full, setpgid;
    getpgid => Full, getpgid;
    #[cfg(target_arch = "x86_64")] getpgrp => Full, getpgrp;
    setsid => Full, setsid;
    getsid => Full, getsid;
    prctl => Partial("PR_SET_NAME, PR_GET_NAME, PR_SET_PDEATHSIG, dumpable, subreaper, no_new_privs"), prctl;
    #[cfg(target_arch = "x86_64")] arch_prctl => Partial("ARCH_SET_FS and ARCH_GET_FS"), arch_prctl;

    // Signals and timers.
    rt_sigaction => Full, rt_sigaction;
    rt_sigprocmask => Full, rt_sigprocmask;
    rt_sigpending => Full, rt_sigpending;
    rt_sigsuspend => Full, rt_sigsuspend;
    rt_sigtimedwait => Full, rt_sigtimedwait;
    rt_sigqueueinfo => Full, rt_sigqueueinfo;
    rt_sigreturn => Full, rt_sigreturn;
    sigaltstack => Full, sigaltstack;
    kill => Full, kill;
    tkill => Full, tkill;
    tgkill => Full, tgkill;
    #[cfg(target_arch = "x86_64")] pause => Full, pause;
    #[cfg(target_arch = "x86_64")] alarm => Full, alarm;
    setitimer => Partial("ITIMER_VIRTUAL and ITIMER_PROF do not run"), setitimer;
    getitimer => Partial("ITIMER_VIRTUAL and ITIMER_PROF do not run"), getitimer;
    timer_create => Partial("no processor time clocks, no SIGEV_THREAD_ID of another thread"), timer_create;
    timer_settime => Full, timer_settime;
    timer_gettime => Full, timer_gettime;
    timer_getoverrun => Full, timer_getoverrun;
    timer_delete => Full, timer_delete;
    nanosleep => Full, nanosleep;
    clock_nanosleep => Partial("no processor time clocks"), clock_nanosleep;
    sched_yield => Full, sched_yield;

    // Time and the system.
    clock_gettime => Full, clock_gettime;
    clock_getres => Full, clock_getres;
    gettimeofday => Full, gettimeofday;
    clock_settime => Stub(Errno::EPERM), not_permitted;
    settimeofday => Stub(Errno::EPERM), not_permitted;
    #[cfg(target_arch = "x86_64")] time => Full, time;
    times => Full, times;
    getrlimit => Full, getrlimit;
    setrlimit => Full, setrlimit;
    prlimit64 => Full, prlimit64;
    getrusage => Full, getrusage;
    getpriority => Full, getpriority;
    setpriority => Partial("remembered, no effect on scheduling"), setpriority;
    sched_getaffinity => Full, sched_getaffinity;
    sched_setaffinity => Full, sched_setaffinity;
    sched_getscheduler => Full, sched_getscheduler;
    sched_getparam => Full, sched_getparam;
    sched_get_priority_max => Full, sched_priority_range;
    sched_get_priority_min => Full, sched_priority_range;
    getcpu => Full, getcpu;
    uname => Full, uname;
    sysinfo => Full, sysinfo;
    getrandom => Full, getrandom;
    sethostname => Full, sethostname;
    setdomainname => Stub(Errno::EPERM), not_permitted;
    reboot => Partial("power off and restart, both end the run"), reboot;
    mount => Stub(Errno::EPERM), not_permitted;
    umount2 => Stub(Errno::EPERM), not_permitted;
    rseq => Stub(Errno::ENOSYS), no_call;
    membarrier => Stub(Errno::ENOSYS), no_call;
}
