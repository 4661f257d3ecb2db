// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whose controlling terminal one is, and who is in its foreground.
use super::{Owner, ProcessTable, TerminalAccess};
use crate::table::ids::Kind;
use crate::{Disposition, Event, Pid, SigInfo, Signal, TerminalId, Tid};
use unix_abi::Errno;

impl<X> ProcessTable<X> {
    /// A process opened a terminal for reading, without `O_NOCTTY`: it becomes its controlling
    /// terminal if the process leads a session without one and no other session has it.
    pub fn terminal_opened(&mut self, pid: Pid, terminal: TerminalId) {
        let Some(slot) = self.living(pid) else { return };
        let process = &self.processes[slot];
        let free = !self.terminals.contains_key(&terminal);
        if process.leads_session && process.terminal.is_none() && free {
            self.own_terminal(slot, terminal);
        }
    }

    /// `TIOCSCTTY`; `steal`: its argument is 1; `readable`: the file is open for reading. `EPERM`.
    pub fn take_terminal(
        &mut self,
        pid: Pid,
        terminal: TerminalId,
        steal: bool,
        readable: bool,
    ) -> Result<(), Errno> {
        let slot = self.living(pid).ok_or(Errno::ESRCH)?;
        let process = &self.processes[slot];
        let owner = self.terminals.get(&terminal).map(|owner| owner.session);
        if process.leads_session && owner == Some(process.session.id) {
            return Ok(());
        }
        let privileged = process.credentials.is_privileged();
        if !process.leads_session || process.terminal.is_some() || (!readable && !privileged) {
            return Err(Errno::EPERM);
        }
        if owner.is_some() {
            if !(steal && privileged) {
                return Err(Errno::EPERM);
            }
            self.release_terminal(terminal);
        }
        self.own_terminal(slot, terminal);
        Ok(())
    }

    /// `TIOCNOTTY`: the leader gives it up for its whole session (SIGHUP and SIGCONT to the
    /// foreground), anybody else for itself. `ENOTTY`, `ESRCH`.
    pub fn give_up_terminal(&mut self, pid: Pid, terminal: TerminalId) -> Result<(), Errno> {
        let slot = self.living(pid).ok_or(Errno::ESRCH)?;
        let process = &mut self.processes[slot];
        if process.terminal != Some(terminal) {
            return Err(Errno::ENOTTY);
        }
        process.terminal = None;
        if process.leads_session {
            let foreground = self.release_terminal(terminal);
            if let Some(group) = foreground {
                self.signal_group(group, SigInfo::from_kernel(Signal::HUP));
                self.signal_group(group, SigInfo::from_kernel(Signal::CONT));
            }
        }
        Ok(())
    }

    /// `TIOCGPGRP`: 0 if nobody is in the foreground. `ENOTTY` if it is not the caller's terminal.
    pub fn foreground(&self, pid: Pid, terminal: TerminalId) -> Result<i32, Errno> {
        self.owner_for(pid, terminal)
            .map(|owner| owner.foreground.map_or(0, |group| group.0))
    }

    /// `TIOCGSID`. `ENOTTY` if it is not the caller's terminal.
    pub fn terminal_session(&self, pid: Pid, terminal: TerminalId) -> Result<Pid, Errno> {
        self.owner_for(pid, terminal).map(|owner| owner.session)
    }

    /// `TIOCSPGRP`, after [`Self::terminal_access`] with SIGTTOU (whose refusal is `ENOTTY` here).
    /// `EINVAL`, `ENOTTY`, `ESRCH`, `EPERM`.
    pub fn set_foreground(
        &mut self,
        pid: Pid,
        terminal: TerminalId,
        group: i32,
    ) -> Result<(), Errno> {
        if group < 0 {
            return Err(Errno::EINVAL);
        }
        let session = self.process(pid).ok_or(Errno::ESRCH)?.session.id;
        if self.owner_for(pid, terminal)?.session != session {
            return Err(Errno::ENOTTY);
        }
        let theirs = match self.ids.get(group, Kind::Group) {
            Some(slot) => self.groups[slot].session,
            None => self.process(Pid(group)).ok_or(Errno::ESRCH)?.session.id,
        };
        if theirs != session {
            return Err(Errno::EPERM);
        }
        self.put_in_foreground(terminal, Some(Pid(group)));
        Ok(())
    }

    /// Job control: may the thread read (SIGTTIN), or write under TOSTOP, or change (SIGTTOU) the
    /// terminal?
    pub fn terminal_access(
        &mut self,
        tid: Tid,
        terminal: TerminalId,
        signal: Signal,
    ) -> TerminalAccess {
        let Some(thread) = self.thread(tid) else {
            return TerminalAccess::Refused;
        };
        let process = &self.processes[thread.process];
        let group = process.group.id;
        if process.terminal != Some(terminal) {
            return TerminalAccess::Allowed;
        }
        match self
            .terminals
            .get(&terminal)
            .and_then(|owner| owner.foreground)
        {
            Some(foreground) if foreground != group => {}
            _ => return TerminalAccess::Allowed,
        }
        let action = self.handlers_of(thread.process).get(signal);
        let ignored = action.disposition() == Disposition::Ignore;
        if ignored || thread.blocked.contains(signal) {
            return match signal {
                Signal::TTIN => TerminalAccess::Refused,
                _ => TerminalAccess::Allowed,
            };
        }
        if self.is_orphaned_group(group) {
            return TerminalAccess::Refused;
        }
        self.signal_group(group, SigInfo::from_kernel(signal));
        TerminalAccess::Signalled
    }

    /// The line discipline, or a change of the window, has a signal (INT, QUIT, TSTP, WINCH) for
    /// the foreground group.
    pub fn signal_foreground(&mut self, terminal: TerminalId, signal: Signal) {
        let foreground = self
            .terminals
            .get(&terminal)
            .and_then(|owner| owner.foreground);
        if let Some(group) = foreground {
            self.signal_group(group, SigInfo::from_kernel(signal));
        }
    }

    /// The line is gone: SIGHUP and SIGCONT to the leader of the session (the foreground group
    /// gets them when the leader ends); it is nobody's controlling terminal any more.
    pub fn terminal_hung_up(&mut self, terminal: TerminalId) {
        let Some(owner) = self.terminals.get(&terminal) else {
            return;
        };
        let (session, foreground) = (owner.session, owner.foreground);
        let leader = self
            .living(session)
            .filter(|&slot| self.processes[slot].leads_session);
        if let Some(slot) = leader {
            if let Some(group) = foreground {
                self.ids.hold(group.0);
                if let Some(old) = self.processes[slot].old_foreground.replace(group) {
                    self.ids.unhold(old.0);
                }
            }
            let _ = self.generate(slot, None, SigInfo::from_kernel(Signal::HUP));
            let _ = self.generate(slot, None, SigInfo::from_kernel(Signal::CONT));
        }
        self.release_terminal(terminal);
    }

    /// The leader of a session ends: the foreground group hangs up, the terminal is free.
    pub(super) fn leader_ends(&mut self, slot: usize) {
        let process = &mut self.processes[slot];
        match (process.terminal, process.old_foreground.take()) {
            (Some(terminal), old) => {
                if let Some(old) = old {
                    self.ids.unhold(old.0);
                }
                if let Some(group) = self.release_terminal(terminal) {
                    self.signal_group(group, SigInfo::from_kernel(Signal::HUP));
                }
            }
            (None, Some(group)) => {
                self.ids.unhold(group.0);
                self.signal_group(group, SigInfo::from_kernel(Signal::HUP));
                self.signal_group(group, SigInfo::from_kernel(Signal::CONT));
            }
            (None, None) => {}
        }
    }

    fn own_terminal(&mut self, slot: usize, terminal: TerminalId) {
        let process = &mut self.processes[slot];
        process.terminal = Some(terminal);
        let (session, group) = (process.session.id, process.group.id);
        if let Some(old) = process.old_foreground.take() {
            self.ids.unhold(old.0);
        }
        self.terminals.insert(
            terminal,
            Owner {
                session,
                foreground: None,
            },
        );
        self.put_in_foreground(terminal, Some(group));
    }

    /// Nobody's controlling terminal from now on; gives the group that was in the foreground.
    fn release_terminal(&mut self, terminal: TerminalId) -> Option<Pid> {
        let foreground = self.put_in_foreground(terminal, None);
        let owner = self.terminals.remove(&terminal)?;
        if let Some(session) = self.ids.get(owner.session.0, Kind::Session) {
            for &member in &self.sessions[session].members {
                let process = &mut self.processes[member];
                if process.terminal == Some(terminal) {
                    process.terminal = None;
                }
            }
        }
        self.say(Event::TerminalReleased(terminal));
        foreground
    }

    /// Changes the foreground group; gives the old one.
    fn put_in_foreground(&mut self, terminal: TerminalId, group: Option<Pid>) -> Option<Pid> {
        let owner = self.terminals.get_mut(&terminal)?;
        let old = core::mem::replace(&mut owner.foreground, group);
        if let Some(group) = group {
            self.ids.hold(group.0);
        }
        if let Some(old) = old {
            self.ids.unhold(old.0);
        }
        old
    }

    fn owner_for(&self, pid: Pid, terminal: TerminalId) -> Result<&Owner, Errno> {
        let process = self.process(pid).ok_or(Errno::ESRCH)?;
        if process.terminal != Some(terminal) {
            return Err(Errno::ENOTTY);
        }
        self.terminals.get(&terminal).ok_or(Errno::ENOTTY)
    }
}
