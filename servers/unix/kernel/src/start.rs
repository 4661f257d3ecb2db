// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a world begins.
use crate::World;
use crate::call::Refusal;
use crate::console::{TERMINAL, Typed};
use crate::machine::{Channel, Machine};
use crate::memory::{CodeCache, Space};
use crate::proc::{PROC, PROC_MAGIC};
use crate::processor::Processor;
use crate::task::{Activity, Progress, Request, Task};
use crate::wait::WaitQueues;
use crate::world::Settings;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use slab::Slab;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_pages::PAGE_SIZE;
use unix_process::{Config, ExitStatus, Pid, ProcessTable};
use unix_tty::{Terminal, WindowSize};
use unix_vfs::{ArchiveError, Base, FileTable, Follow, Limits, Opened, Timestamp, Vfs};

/// The most processes of a world; its reserve is usually spent before.
const MOST_PROCESSES: usize = 4096;

/// The world's books of files may take this part of the reserve …
const METADATA_SHARE: usize = 16;
/// … and there may be a file for so many bytes of it.
const BYTES_OF_INODE: usize = 4096;

/// Why a world cannot begin.
#[derive(Debug)]
pub enum StartError {
    /// The archive with the first files is unusable.
    Archive(ArchiveError),
    /// The reserve does not even hold the beginning.
    OutOfMemory,
    /// The first program cannot be executed.
    Program(String, Refusal),
    /// /proc cannot be mounted.
    Proc(Errno),
    /// Its working directory cannot be entered.
    Directory(String, Errno),
    /// Its descriptors 0, 1 and 2 cannot be opened.
    Streams(Errno),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Archive(error) => write!(f, "the world's first files: {error}"),
            StartError::OutOfMemory => {
                write!(
                    f,
                    "the world's reserve is too small to begin: give it more with --reserve"
                )
            }
            StartError::Program(path, refusal) => f.write_str(&refusal.describe(path)),
            StartError::Directory(path, error) => {
                let text = error.description().unwrap_or("it cannot be entered");
                write!(f, "the working directory {path}: {text}")
            }
            StartError::Proc(error) => {
                let text = error.description().unwrap_or("it cannot be mounted");
                write!(f, "/proc: {text}")
            }
            StartError::Streams(error) => {
                let text = error.description().unwrap_or("it cannot be opened");
                write!(f, "/dev/console: {text}")
            }
        }
    }
}

impl core::error::Error for StartError {}

impl StartError {
    /// The exit status of the run: that of a shell if the program is the matter, else 125.
    pub fn status(&self) -> u8 {
        match self {
            StartError::Program(_, refusal) => refusal.status(),
            _ => 125,
        }
    }
}

/// The first program.
pub struct FirstProgram<'a> {
    /// Where it is: a path, or a name to be looked for in `PATH`.
    pub path: &'a [u8],
    /// All arguments, its name first.
    pub arguments: Vec<Vec<u8>>,
    /// NAME=VALUE.
    pub environment: Vec<Vec<u8>>,
    /// Its working directory.
    pub directory: &'a [u8],
    /// Rows and columns of the window, if that is known.
    pub window: Option<(u16, u16)>,
}

impl<M: Machine> World<M> {
    /// A world with the files of an archive and no process yet.
    pub fn new(
        mut machine: M,
        settings: Settings,
        archive: &'static [u8],
    ) -> core::result::Result<Self, StartError> {
        let mut seed = [0; 8];
        machine.random(&mut seed);
        let now = Timestamp::from_nanoseconds(machine.realtime() as i64);
        let total = machine.available().saturating_mul(PAGE_SIZE);
        let limits = Limits {
            inodes: u32::try_from(total / BYTES_OF_INODE).unwrap_or(u32::MAX),
            metadata_bytes: total / METADATA_SHARE,
            ..Limits::default()
        };
        let mut vfs = Vfs::new(limits, u64::from_le_bytes(seed), now);
        vfs.fill_from_archive(&mut machine, archive, now)
            .map_err(StartError::Archive)?;
        let code = machine.allocate().map_err(|_| StartError::OutOfMemory)?;
        let data = machine.allocate().map_err(|_| StartError::OutOfMemory)?;
        unix_gate::code::write_gate_page(machine.bytes_mut(code));
        unix_gate::code::write_data_page(machine.bytes_mut(data));
        machine.synchronize_code(code);
        let boot_id = crate::proc::random_uuid(&mut machine);
        let started = machine.now();
        let mut world = World {
            machine,
            vfs,
            processes: ProcessTable::new(Config {
                max_threads: MOST_PROCESSES,
                protect_init: false,
            }),
            spaces: Slab::new(),
            most_spaces: 0,
            badges: Slab::new(),
            code: CodeCache::default(),
            waits: WaitQueues::default(),
            terminal: Terminal::new(),
            typed: Typed::default(),
            hostname: settings.hostname.as_bytes().to_vec(),
            boot_id,
            settings,
            gate: (code, data),
            absent: Default::default(),
            processor: Processor::new(started),
            timer: None,
            finished: false,
        };
        // Badge 0 is what notifications and unbadged messages have: no process gets it.
        world.badges.insert(Pid(0));
        Ok(world)
    }

    /// Starts the first program.
    pub fn start(&mut self, program: &FirstProgram<'_>) -> core::result::Result<(), StartError> {
        // Nothing else can be the matter with a process that has not even a program.
        let pid = self.first_process().map_err(|_| StartError::OutOfMemory)?;
        if let Some((rows, columns)) = program.window {
            self.terminal.set_window_size(WindowSize {
                rows,
                columns,
                ..WindowSize::default()
            });
        }
        let result = self.first_steps(pid, program);
        self.settle();
        result.inspect_err(|error| self.end(pid, ExitStatus::Exited(error.status())))
    }

    /// Everything between an empty process and the first program.
    fn first_steps(
        &mut self,
        pid: Pid,
        program: &FirstProgram<'_>,
    ) -> core::result::Result<(), StartError> {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        // What would be a full table elsewhere is a reserve that holds nothing here.
        let unless_spent = |errno, other| match errno {
            Errno::ENOMEM | Errno::ENOSPC | Errno::ENFILE => StartError::OutOfMemory,
            _ => other,
        };
        self.mount_proc(pid)
            .map_err(|error| unless_spent(error, StartError::Proc(error)))?;
        self.open_first_descriptors(pid)
            .map_err(|error| unless_spent(error, StartError::Streams(error)))?;
        self.enter_directory(pid, program.directory)
            .map_err(|error| {
                let directory = text(program.directory);
                unless_spent(error, StartError::Directory(directory, error))
            })?;
        self.find_and_exec(pid, program).map_err(|refusal| {
            let errno = match refusal.reason {
                // A file that says so much has been read.
                Some(_) => Errno::ENOEXEC,
                None => refusal.errno,
            };
            unless_spent(errno, StartError::Program(text(program.path), refusal))
        })
    }

    fn first_process(&mut self) -> Result<Pid> {
        let badge = self.badges.insert(Pid::INIT) as u32;
        let handle = self
            .machine
            .create_process(badge)
            .map_err(|_| Errno::ENOMEM)?;
        let space = self.spaces.insert(Space::new(handle));
        let root = self.vfs.root();
        let directories = self.vfs.new_directories(root, root, 0o22);
        let now = self.machine.now();
        let task = Task {
            handle,
            space,
            files: FileTable::new(),
            directories,
            executable: None,
            badge,
            request: Request::default(),
            progress: Progress::default(),
            activity: Activity::Trap,
            clear_child_tid: 0,
            no_new_privileges: false,
            call_registers: None,
            realtime_timers: Default::default(),
            user_time: 0,
            system_time: 0,
            faults: 0,
        };
        self.processes.spawn_init(b"init", task, now)
    }

    /// /proc, if the archive has a directory for it.
    fn mount_proc(&mut self, pid: Pid) -> Result<()> {
        let mounted = crate::world::as_caller!(self, pid, |vfs, _machine, caller| {
            let place = vfs.resolve(caller, Base::Working, b"/proc", Follow::Last);
            place.and_then(|place| vfs.mount_synthetic(caller, place, PROC, "proc", PROC_MAGIC))
        });
        match mounted {
            Ok(_) | Err(Errno::ENOENT) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Descriptors 0, 1 and 2: the terminal, or pipes to the host.
    fn open_first_descriptors(&mut self, pid: Pid) -> Result<()> {
        let channels = [None, Some(Channel::Output), Some(Channel::ErrorOutput)];
        if self.settings.terminals.contains(&true) {
            self.processes.set_session(pid).ok();
        }
        for (index, channel) in channels.into_iter().enumerate() {
            let description = if self.settings.terminals[index] {
                self.open_terminal(pid)?
            } else {
                self.host_pipe(channel)?
            };
            self.insert_descriptor(pid, description, false)?;
        }
        if self.settings.terminals.contains(&true) {
            self.processes.take_terminal(pid, TERMINAL, false, true)?;
            self.processes.set_foreground(pid, TERMINAL, pid.0)?;
        }
        Ok(())
    }

    fn open_terminal(&mut self, pid: Pid) -> Result<unix_vfs::DescriptionId> {
        let opened = crate::world::as_caller!(self, pid, |vfs, machine, caller| vfs.open(
            machine,
            caller,
            Base::Working,
            b"/dev/console",
            linux::O_RDWR,
            0
        ))?;
        match opened {
            Opened::Done(description) => Ok(description),
            Opened::Wait(description, _) => {
                self.vfs.release(&mut self.machine, description);
                Err(Errno::ENXIO)
            }
        }
    }

    fn enter_directory(&mut self, pid: Pid, path: &[u8]) -> Result<()> {
        let place = crate::world::as_caller!(self, pid, |vfs, _machine, caller| {
            let place = vfs.resolve(caller, Base::Working, path, Follow::Last)?;
            vfs.check_directory(caller, place).map(|()| place)
        })?;
        let World {
            vfs,
            machine,
            processes,
            ..
        } = self;
        let directories = &mut crate::world::extension_mut(processes, pid).directories;
        vfs.set_working(machine, directories, place);
        Ok(())
    }

    /// Executes the first program, looking in PATH as execvp(3) does.
    fn find_and_exec(
        &mut self,
        pid: Pid,
        program: &FirstProgram<'_>,
    ) -> core::result::Result<(), Refusal> {
        let arguments = || program.arguments.clone();
        if program.path.contains(&b'/') {
            return self.exec_first(pid, program.path, arguments(), &program.environment);
        }
        let path = program
            .environment
            .iter()
            .find_map(|line| line.strip_prefix(b"PATH="));
        let mut result = Errno::ENOENT.into();
        for directory in path.unwrap_or(b"/bin:/usr/bin").split(|byte| *byte == b':') {
            let full = [directory, b"/", program.path].concat();
            match self.exec_first(pid, &full, arguments(), &program.environment) {
                // One that is there, but whose interpreter is not, is found.
                Err(refusal) if refusal.reason.is_some() => return Err(refusal),
                Err(refusal) => match refusal.errno {
                    Errno::ENOENT | Errno::ENOTDIR => {}
                    Errno::EACCES => result = refusal,
                    _ => return Err(refusal),
                },
                Ok(()) => return Ok(()),
            }
        }
        Err(result)
    }
}
