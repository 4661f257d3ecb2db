// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table.
use crate::*;
use alloc::vec::Vec;
use unix_abi::Errno;

/// What a table is made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Most threads (and so processes) at a time; one more is `EAGAIN`.
    pub max_threads: usize,
    /// Whether process 1 is protected from signals it has no handler for, as on Linux.
    pub protect_init: bool,
}

/// All processes of a world; `X` is what the caller keeps for each.
pub struct ProcessTable<X> {
    x: Vec<X>,
}

/// What clone(2) asks for, as far as it concerns the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CloneRequest {
    /// Sent to the parent at the end (the low byte of clone's flags); `None`: nothing is.
    pub exit_signal: Option<Signal>,
    /// `CLONE_VM`.
    pub shares_memory: bool,
    /// `CLONE_VFORK`: the caller waits until the child has exec'ed or ended (`Event::VforkDone`).
    pub vfork: bool,
    /// `CLONE_PARENT`: a sibling, not a child.
    pub parent: bool,
    /// `CLONE_SIGHAND`.
    pub shares_handlers: bool,
    /// `CLONE_CLEAR_SIGHAND`.
    pub clears_handlers: bool,
}

/// What execve(2) changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExecRequest<'a> {
    /// Last part of the path.
    pub name: &'a [u8],
    /// The file's owner, if it has the set-user-ID bit.
    pub set_uid: Option<u32>,
    /// The file's group, if it has the set-group-ID bit.
    pub set_gid: Option<u32>,
    /// The program may be read by the process (else it is not dumpable).
    pub readable: bool,
}

/// `how` of sigprocmask(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MaskChange {
    /// `SIG_BLOCK`.
    Block(SignalSet),
    /// `SIG_UNBLOCK`.
    Unblock(SignalSet),
    /// `SIG_SETMASK`.
    Set(SignalSet),
}

/// Whom kill(2) means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SendTarget {
    /// One process.
    Process(Pid),
    /// All of a group.
    Group(Pid),
    /// Everybody but process 1 and the sender.
    Everybody,
}

/// Whether a process may use a terminal now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TerminalAccess {
    /// Yes.
    Allowed,
    /// It is in the background: the signal has been sent to its group; the call is interrupted
    /// ([`RestartClass::Restartable`]).
    Signalled,
    /// It is in the background and stopping it would be of no use: `EIO`.
    Refused,
}

#[allow(unused_variables)]
impl<X> ProcessTable<X> {
    // ---- making and finding -------------------------------------------------------------

    /// An empty table.
    pub fn new(config: Config) -> Self {
        todo!()
    }
    /// Makes process 1: leader of session and group 1, no terminal, user root. `EEXIST`, `EAGAIN`.
    pub fn spawn_init(&mut self, name: &[u8], extension: X, now_ns: u64) -> Result<Pid, Errno> {
        todo!()
    }
    /// A process that is alive or a zombie.
    pub fn process(&self, pid: Pid) -> Option<&Process<X>> {
        todo!()
    }
    /// A process, to change those of its fields that are public and its extension.
    pub fn process_mut(&mut self, pid: Pid) -> Option<&mut Process<X>> {
        todo!()
    }
    /// A thread.
    pub fn thread(&self, tid: Tid) -> Option<&Thread> {
        todo!()
    }
    /// The process that a thread belongs to.
    pub fn process_of(&self, tid: Tid) -> Option<&Process<X>> {
        todo!()
    }
    /// The process that a thread belongs to, to change.
    pub fn process_of_mut(&mut self, tid: Tid) -> Option<&mut Process<X>> {
        todo!()
    }
    /// The first process whose number is at least `from`: walks `/proc` in order.
    pub fn next_process(&self, from: Pid) -> Option<&Process<X>> {
        todo!()
    }
    /// The processes of a group, or `None` if there is no such group.
    pub fn group_members(&self, group: Pid) -> Option<impl Iterator<Item = Pid>> {
        Some(core::iter::empty())
    }
    /// A process's children, oldest first.
    pub fn children(&self, pid: Pid) -> impl Iterator<Item = Pid> {
        core::iter::empty()
    }
    /// How many processes there are, zombies too.
    pub fn process_count(&self) -> usize {
        todo!()
    }
    /// How many threads there are.
    pub fn thread_count(&self) -> usize {
        todo!()
    }
    /// The number that was given out last (`/proc/loadavg`).
    pub fn last_pid(&self) -> Pid {
        todo!()
    }
    /// The next effect that the caller has to bring about.
    pub fn next_event(&mut self) -> Option<Event> {
        todo!()
    }

    // ---- fork, exec, exit, wait ---------------------------------------------------------

    /// Makes a child process of the thread's process, with one thread that is a copy of the caller as far as signals
    /// go. `make` builds its extension out of the parent's; nothing has changed if it fails. `EAGAIN` when there are
    /// too many (of all, or of the user: `RLIMIT_NPROC`), `EINVAL` for `shares_handlers` without `shares_memory` or with
    /// `clears_handlers`, or process 1 asking for a sibling; or `make`'s error.
    pub fn fork(
        &mut self,
        tid: Tid,
        request: &CloneRequest,
        now_ns: u64,
        make: impl FnOnce(&mut X, Pid) -> Result<X, Errno>,
    ) -> Result<Pid, Errno> {
        todo!()
    }
    /// Makes another thread of the same process (`CLONE_THREAD`). `EAGAIN`.
    pub fn spawn_thread(&mut self, tid: Tid) -> Result<Tid, Errno> {
        todo!()
    }
    /// Ends one thread. `Some` when it was the process's last one: then the process has ended, with this status.
    pub fn exit_thread(&mut self, tid: Tid, status: ExitStatus) -> Option<X> {
        todo!()
    }
    /// execve(2) succeeded: handlers become default, ignored stay ignored; the mask and what is
    /// pending stay; alternate stack and POSIX timers go; other threads end (`Event::ThreadEnds`)
    /// and the caller's thread takes the number of the process; a vfork parent goes on. Gives the thread's new number.
    pub fn exec(&mut self, tid: Tid, request: &ExecRequest<'_>) -> Result<Tid, Errno> {
        todo!()
    }
    /// Ends a process (exit_group, or what [`Delivery::Terminate`] said). Its extension comes back to be taken apart. All
    /// the rest follows Linux: children get a new parent, the parent is told, orphaned groups are told, the terminal is
    /// given up. `None` if there is no such living process.
    pub fn exit(&mut self, pid: Pid, status: ExitStatus) -> Option<X> {
        todo!()
    }
    /// wait4 and waitid. `ECHILD` when no child is meant.
    pub fn wait(&mut self, tid: Tid, request: &WaitRequest) -> Result<WaitOutcome, Errno> {
        todo!()
    }

    // ---- groups, sessions, terminals ----------------------------------------------------

    /// setpgid(2); 0 means the caller, or the number of the process. `ESRCH`, `EINVAL`, `EPERM`, `EACCES`.
    pub fn set_group(&mut self, caller: Pid, pid: i32, group: i32) -> Result<(), Errno> {
        todo!()
    }
    /// setsid(2). `EPERM`.
    pub fn set_session(&mut self, caller: Pid) -> Result<Pid, Errno> {
        todo!()
    }
    /// A process opened a terminal without `O_NOCTTY` and may read: it becomes its controlling
    /// terminal if the process leads a session without one and no other session has it.
    pub fn terminal_opened(&mut self, pid: Pid, terminal: TerminalId) {
        todo!()
    }
    /// `TIOCSCTTY`; `steal` is its argument being 1, `readable` whether the file is open for reading. `EPERM`.
    pub fn take_terminal(
        &mut self,
        pid: Pid,
        terminal: TerminalId,
        steal: bool,
        readable: bool,
    ) -> Result<(), Errno> {
        todo!()
    }
    /// `TIOCNOTTY`. `ENOTTY`.
    pub fn give_up_terminal(&mut self, pid: Pid, terminal: TerminalId) -> Result<(), Errno> {
        todo!()
    }
    /// `TIOCGPGRP`: 0 if nobody is in the foreground. `ENOTTY` if it is not the caller's terminal.
    pub fn foreground(&self, pid: Pid, terminal: TerminalId) -> Result<i32, Errno> {
        todo!()
    }
    /// `TIOCSPGRP`, after [`Self::terminal_access`] with SIGTTOU (whose refusal is `ENOTTY` here). `EINVAL`, `ENOTTY`, `ESRCH`, `EPERM`.
    pub fn set_foreground(
        &mut self,
        pid: Pid,
        terminal: TerminalId,
        group: i32,
    ) -> Result<(), Errno> {
        todo!()
    }
    /// `TIOCGSID`. `ENOTTY`.
    pub fn terminal_session(&self, pid: Pid, terminal: TerminalId) -> Result<Pid, Errno> {
        todo!()
    }
    /// Job control: may the thread read (`SIGTTIN`), write under TOSTOP or change (`SIGTTOU`) the terminal?
    pub fn terminal_access(
        &mut self,
        tid: Tid,
        terminal: TerminalId,
        signal: Signal,
    ) -> TerminalAccess {
        todo!()
    }
    /// The line discipline has a signal (INT, QUIT, TSTP, WINCH) for the foreground group.
    pub fn signal_foreground(&mut self, terminal: TerminalId, signal: Signal) {
        todo!()
    }
    /// The line is gone: SIGHUP and SIGCONT to the session leader, SIGHUP to the foreground; nobody's terminal any more.
    pub fn terminal_hung_up(&mut self, terminal: TerminalId) {
        todo!()
    }
    /// Whether nobody in the session outside the group could continue it: its stop signals have no effect.
    pub fn is_orphaned_group(&self, group: Pid) -> bool {
        todo!()
    }

    // ---- who they are -------------------------------------------------------------------

    /// Changes credentials by one of the methods of [`Credentials`]; keeps the books by user and what
    /// follows from a change (not dumpable, no parent-death signal).
    pub fn change_credentials<R>(
        &mut self,
        pid: Pid,
        change: impl FnOnce(&mut Credentials) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        todo!()
    }
    /// prlimit64(2) on `target` by `caller`: gives the old limit. `ESRCH`, `EPERM`, `EINVAL`.
    pub fn set_limit(
        &mut self,
        caller: Pid,
        target: Pid,
        resource: u32,
        new: Option<Limit>,
    ) -> Result<Limit, Errno> {
        todo!()
    }
    /// `PR_SET_NAME`, or a write to `/proc/PID/comm`.
    pub fn set_name(&mut self, tid: Tid, name: &[u8]) {
        todo!()
    }
    /// `PR_SET_PDEATHSIG`: sent to the process when its parent ends; `None`: nothing is.
    pub fn set_parent_death_signal(&mut self, pid: Pid, signal: Option<Signal>) {
        todo!()
    }
    /// `PR_SET_CHILD_SUBREAPER`: orphaned descendants become its children.
    pub fn set_subreaper(&mut self, pid: Pid, on: bool) {
        todo!()
    }

    // ---- signals: the thread's own ------------------------------------------------------

    /// rt_sigaction(2). `EINVAL` for changing SIGKILL or SIGSTOP.
    pub fn sigaction(
        &mut self,
        tid: Tid,
        signal: Signal,
        new: Option<&SigAction>,
    ) -> Result<SigAction, Errno> {
        todo!()
    }
    /// What a process does about a signal.
    pub fn action(&self, pid: Pid, signal: Signal) -> Option<&SigAction> {
        todo!()
    }
    /// Signals that a process ignores and signals that it catches (`/proc/PID/status`).
    pub fn dispositions(&self, pid: Pid) -> (SignalSet, SignalSet) {
        todo!()
    }
    /// rt_sigprocmask(2): the old mask.
    pub fn sigprocmask(&mut self, tid: Tid, change: Option<MaskChange>) -> SignalSet {
        todo!()
    }
    /// rt_sigpending(2).
    pub fn sigpending(&self, tid: Tid) -> SignalSet {
        todo!()
    }
    /// sigsuspend, ppoll, pselect, epoll_pwait: this mask until the call ends. May be called again when the call is run
    /// again. The old mask goes into the frame of the handler that ends the call, or comes back with [`Self::restore_mask`].
    pub fn set_temporary_mask(&mut self, tid: Tid, mask: SignalSet) {
        todo!()
    }
    /// The call with a temporary mask ended without a handler.
    pub fn restore_mask(&mut self, tid: Tid) {
        todo!()
    }
    /// rt_sigtimedwait(2): takes one of these signals, or notes what the thread waits for (then block until
    /// [`Event::Wake`] and call again; [`RestartClass::Never`]).
    pub fn sigtimedwait(&mut self, tid: Tid, set: SignalSet) -> Option<SigInfo> {
        todo!()
    }
    /// sigtimedwait timed out or was interrupted.
    pub fn end_sigtimedwait(&mut self, tid: Tid) {
        todo!()
    }
    /// sigaltstack(2): the old one as it is reported. `EPERM`, `EINVAL`, `ENOMEM`.
    pub fn sigaltstack(
        &mut self,
        tid: Tid,
        new: Option<AltStack>,
        stack_pointer: u64,
    ) -> Result<AltStack, Errno> {
        todo!()
    }
    /// rt_sigreturn(2): mask and alternate stack out of the frame; `stack_pointer` is the restored one.
    pub fn sigreturn(
        &mut self,
        tid: Tid,
        mask: SignalSet,
        alternate: AltStack,
        stack_pointer: u64,
    ) {
        todo!()
    }

    // ---- signals: sending ---------------------------------------------------------------

    /// kill(2), the number as the program gave it; `signal` 0 only checks. `EINVAL`, `ESRCH`, `EPERM`.
    pub fn kill(&mut self, sender: Pid, pid: i32, signal: i32) -> Result<(), Errno> {
        todo!()
    }
    /// tgkill(2), or tkill(2) without a process. `EINVAL`, `ESRCH`, `EPERM`, `EAGAIN`.
    pub fn tgkill(
        &mut self,
        sender: Pid,
        pid: Option<i32>,
        tid: i32,
        signal: i32,
    ) -> Result<(), Errno> {
        todo!()
    }
    /// rt_sigqueueinfo(2), or rt_tgsigqueueinfo(2) with a thread. `EPERM` for a code that only the system may use, `EAGAIN` when too many are queued.
    pub fn sigqueue(
        &mut self,
        sender: Pid,
        pid: i32,
        tid: Option<i32>,
        signal: i32,
        info: &[u8; SigInfo::SIZE],
    ) -> Result<(), Errno> {
        todo!()
    }
    /// A signal from the system to a process (SIGPIPE goes to the thread: [`Self::send_to_thread`]).
    pub fn send_to_process(&mut self, pid: Pid, info: SigInfo) -> Result<(), Errno> {
        todo!()
    }
    /// A signal from the system to one thread.
    pub fn send_to_thread(&mut self, tid: Tid, info: SigInfo) -> Result<(), Errno> {
        todo!()
    }
    /// A fault of the thread's own (SIGSEGV, SIGILL, …): it cannot be put off, so if the signal is blocked or ignored the default action kills.
    pub fn force_fault(&mut self, tid: Tid, info: SigInfo) {
        todo!()
    }
    /// The frame of this signal could not be written: SIGSEGV instead, fatal if it was SIGSEGV itself.
    pub fn frame_failed(&mut self, tid: Tid, signal: Signal) {
        todo!()
    }

    // ---- signals: delivery --------------------------------------------------------------

    /// Whether [`Self::next_signal`] has something to look at. A few instructions: for the way out of every system call.
    pub fn has_deliverable(&self, tid: Tid) -> bool {
        todo!()
    }
    /// Whether the process is going to end by a signal: what a wait that only ends for that asks (vfork).
    pub fn has_fatal(&self, tid: Tid) -> bool {
        todo!()
    }
    /// What the thread has to do next before it goes back to its program; `None`: it may go.
    pub fn next_signal(&mut self, tid: Tid) -> Option<Delivery> {
        todo!()
    }

    // ---- time ---------------------------------------------------------------------------

    /// Adds processor time to a process; ITIMER_VIRTUAL, ITIMER_PROF and RLIMIT_CPU follow.
    pub fn charge_time(&mut self, pid: Pid, user_ns: u64, system_ns: u64) {
        todo!()
    }
    /// setitimer(2), alarm(2): the old setting, with what was left.
    pub fn set_interval_timer(
        &mut self,
        pid: Pid,
        which: IntervalTimer,
        new: TimerSetting,
        now_ns: u64,
    ) -> TimerSetting {
        todo!()
    }
    /// getitimer(2).
    pub fn interval_timer(&self, pid: Pid, which: IntervalTimer, now_ns: u64) -> TimerSetting {
        todo!()
    }
    /// timer_create(2): its number. `EAGAIN`, `EINVAL`.
    pub fn timer_create(&mut self, pid: Pid, notify: TimerNotify) -> Result<i32, Errno> {
        todo!()
    }
    /// timer_settime(2) with a time from now (an absolute one the caller converts; one in the past is 1 ns): the old setting. `EINVAL`.
    pub fn timer_settime(
        &mut self,
        pid: Pid,
        timer: i32,
        new: TimerSetting,
        now_ns: u64,
    ) -> Result<TimerSetting, Errno> {
        todo!()
    }
    /// timer_gettime(2). `EINVAL`.
    pub fn timer_gettime(&self, pid: Pid, timer: i32, now_ns: u64) -> Result<TimerSetting, Errno> {
        todo!()
    }
    /// timer_getoverrun(2). `EINVAL`.
    pub fn timer_getoverrun(&self, pid: Pid, timer: i32) -> Result<i32, Errno> {
        todo!()
    }
    /// timer_delete(2). `EINVAL`.
    pub fn timer_delete(&mut self, pid: Pid, timer: i32) -> Result<(), Errno> {
        todo!()
    }
    /// When [`Self::expire`] has to be called next, nanoseconds.
    pub fn next_deadline(&self) -> Option<u64> {
        todo!()
    }
    /// Lets go off what is due.
    pub fn expire(&mut self, now_ns: u64) {
        todo!()
    }
}
