// SPDX-License-Identifier: MIT OR Apache-2.0
//! The machine that an image runs on: QEMU's command line.
use std::env;
use std::path::{self, Path, PathBuf};
use std::process::Command;

use crate::{Arch, Error, Image, Result};

/// What the machine has, beside the image.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Memory in bytes.
    pub memory: u64,
    /// Whether time is counted in instructions, so that equal runs take equal time.
    pub icount: bool,
    /// Where a debugger may connect; the machine waits for it.
    pub gdb_port: Option<u16>,
    /// The emulator, if it is not QEMU as the search path has it.
    pub qemu: Option<PathBuf>,
}

impl Default for Machine {
    fn default() -> Self {
        Machine {
            memory: 256 << 20,
            icount: false,
            gdb_port: None,
            qemu: None,
        }
    }
}

impl Machine {
    /// The command that runs `image`, with the serial line on its standard input and output.
    ///
    /// # Errors
    /// [`Error::Missing`] if QEMU is not there, [`Error::TooLarge`] if the image does not fit the memory.
    pub fn command(&self, image: &Image) -> Result<Command> {
        image.check_memory(self.memory)?;
        let program = self.qemu.as_deref().unwrap_or(Path::new(image.arch.qemu()));
        let found = find(program).ok_or_else(|| Error::Missing {
            tool: program.display().to_string(),
        })?;
        let mut command = qemu(&found);
        // QEMU takes a comma in the name of a boot module for the end of it: names alone have none.
        command.current_dir(image.folder());
        let name = |path: &Path| path.file_name().map(ToOwned::to_owned).unwrap_or_default();
        match image.arch {
            Arch::X86_64 => command.args(["-cpu", "max"]),
            Arch::Aarch64 => command.args(["-M", "virt", "-cpu", "cortex-a53"]),
        };
        command.args(["-accel", "tcg,thread=single"]);
        command
            .arg("-m")
            .arg(format!("{}k", self.memory.div_ceil(1024)));
        // Not -nographic: with it the firmware of a PC would write to the serial line as well.
        command.args(["-nodefaults", "-display", "none", "-no-reboot"]);
        command.args(["-monitor", "none", "-serial", "stdio"]);
        if self.icount {
            command.args(["-icount", "shift=0,sleep=off", "-seed", "1"]);
            command.args(["-rtc", "base=2026-01-01T00:00:00,clock=vm"]);
        }
        if let Some(port) = self.gdb_port {
            command.args(["-gdb", &format!("tcp:127.0.0.1:{port}"), "-S"]);
        }
        command.arg("-kernel").arg(name(&image.kernel));
        if let Some(root_task) = &image.root_task {
            command.arg("-initrd").arg(name(root_task));
        }
        Ok(command)
    }
}

/// QEMU. With util-linux' `setpriv` it ends when the runner is killed.
fn qemu(program: &Path) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    if setpriv.exists() {
        let mut command = Command::new(setpriv);
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

/// Where a command is, as a shell would find it.
fn find(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        // QEMU is started in another folder.
        return path::absolute(program).ok().filter(|path| path.is_file());
    }
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}
