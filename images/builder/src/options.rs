// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line of `images/run`, and what it comes to.
use std::env;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use croft_manifest::Stream;

use crate::description::LogChoice;
use crate::inspect::Inspect;
use crate::trace::{Recording, TraceFile};
use crate::tree::{Addition, Content, Entry};
use crate::{
    Arch, Attach, Components, Description, Error, Image, Machine, Result, Run, Share, Size, Tree,
    Workspace, attach, new_server, program, terminal,
};

/// Boots Croft in QEMU and runs a Linux program in it, or a shell.
///
/// The program's output is standard output, its exit status (128 + n for signal n) that of this command.
/// What Croft itself says goes to standard error. On a terminal, Ctrl-A x leaves, Ctrl-A i shows the
/// container tree of the whole machine, and Ctrl-A Ctrl-A is one Ctrl-A.
#[derive(Clone, Debug, Parser)]
#[command(name = "images/run", bin_name = "images/run", disable_version_flag = true, after_help = AFTER)]
pub struct Options {
    /// The machine.
    #[arg(long, value_enum, default_value = "x86_64")]
    pub arch: Arch,

    /// The machine's memory.
    #[arg(long, value_name = "SIZE", default_value = "256M")]
    pub memory: Size,

    /// How much memory the Unix world may take: a size, a share (50%) or "rest".
    #[arg(long, value_name = "SIZE")]
    pub reserve: Option<Share>,

    /// A static Linux program of the host to run; COMMAND are its arguments then.
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,

    /// A file or folder of the host to put into the guest's tree.
    #[arg(long, value_name = "HOST=GUEST")]
    pub add: Vec<Addition>,

    /// A variable for the program's environment.
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,

    /// Which image: a description in images/, by name or as a file.
    #[arg(long, value_name = "NAME", default_value = "unix")]
    pub image: String,

    /// Whether the program's standard streams are a terminal; else each is one if the host's is.
    #[arg(long, value_enum, value_name = "WHETHER")]
    pub terminal: Option<Choice>,

    /// Show the container tree at the end of the run and at each signal USR1, or draw it into that file: a picture if its name
    /// ends in .svg, for Graphviz in .dot, else text.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub inspect: Option<Option<PathBuf>>,

    /// Count time in instructions, so that equal runs are equal.
    #[arg(long)]
    pub icount: bool,

    /// End the run after so long, with status 124.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,

    /// Wait for a debugger on this port (1234 if none is given).
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "1234")]
    pub gdb: Option<u16>,

    /// Show what Croft does, and which system calls it does not have.
    #[arg(long)]
    pub verbose: bool,

    /// Which of its log lines a server sends, all of which are shown: off, error, warn, info, debug or trace. What is
    /// said of one server counts before --verbose, and before the image.
    #[arg(long, value_name = "SERVER=LEVEL")]
    pub log: Vec<LogChoice>,

    /// Write what messages the servers sent and got to a file when the run ends: .json for a Chrome trace (Perfetto),
    /// .txt or .mmd (Mermaid) for a sequence diagram.
    #[arg(long, value_name = "FILE")]
    pub trace: Option<TraceFile>,

    /// Use a kernel that prints and checks its assertions. It does not confine programs.
    #[arg(long)]
    pub debug_kernel: bool,

    /// Make a new server of that name that builds and answers, with an image to boot it in.
    #[arg(long, value_name = "NAME")]
    pub new_server: Option<String>,

    /// Build only, do not run.
    #[arg(long)]
    pub build_only: bool,

    /// Keep the files that QEMU boots in this folder.
    #[arg(long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,

    /// The emulator, if it is not QEMU as the search path has it.
    #[arg(long, value_name = "FILE", overrides_with = "qemu")]
    pub qemu: Option<PathBuf>,

    /// What to run, with its arguments; a shell if there is nothing.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

const AFTER: &str = "Exit status: the program's; 124 after --timeout, 125 when Croft failed, 126 and 127 when --program
cannot be run or is not there, 2 for a wrong command line.

Examples:
  images/run
  images/run --arch aarch64 -- sh -c 'uname -m; ls /'
  images/run --program ./hello -- one two
  images/run --inspect=tree.svg";

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// Yes.
    Yes,
    /// No.
    No,
}

fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "it must be a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        _ => Err("it must be more than 0 seconds".to_owned()),
    }
}

/// Does what the options say; the exit status.
///
/// # Errors
/// Whatever goes wrong, see [`Error`].
pub fn execute(options: &Options) -> Result<u8> {
    let workspace = Workspace::find();
    if let Some(name) = &options.new_server {
        for path in new_server(&workspace, name)? {
            println!("{}", path.display());
        }
        eprintln!(
            "croft: record its interface and test it:  CROFT_RECORD_INTERFACES=1 cargo test -p {name}"
        );
        eprintln!("croft: boot it with its client:           images/run --image {name}");
        return Ok(0);
    }
    let path = workspace.description(&options.image);
    if !path.is_file() {
        return Err(no_description(&workspace, path));
    }
    let mut description = Description::read(&path)?;
    for choice in &options.log {
        description.choose_log(choice)?;
    }
    if options.trace.is_some() {
        description.trace_all();
    }
    // What is wrong with the files of the command line is said before anything is built.
    let mut tree = Tree::base(&workspace, options.arch)?;
    let run = prepare(options, &mut tree)?;
    let components =
        Components::build(&workspace, options.arch, options.debug_kernel, &description)?;
    let scratch = workspace.output(options.arch);
    let image = match &options.output {
        Some(folder) => {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
            let folder = folder.canonicalize().map_err(Error::file(folder))?;
            Image::assemble_in(&folder, &components, &description, &tree, &run)?
        }
        None => Image::assemble(&scratch, &components, &description, &tree, &run)?,
    };
    let machine = Machine {
        memory: options.memory.0,
        icount: options.icount,
        gdb_port: options.gdb,
        qemu: options.qemu.clone(),
    };
    if options.output.is_some() {
        let command = machine.command(&image)?;
        eprintln!("croft: in {}: {command:?}", image.folder().display());
    }
    if options.build_only {
        return Ok(0);
    }
    if let Some(port) = options.gdb {
        explain_debugger(port, &image);
    }
    let attached = Attach {
        streams: run.streams,
        verbose: options.verbose,
        shown: description.shown(),
        limit: options.timeout,
        inspect: match &options.inspect {
            None => Inspect::WhenAsked,
            Some(None) => Inspect::Show,
            Some(Some(path)) => Inspect::File(path.clone()),
        },
    };
    let mut recording = Recording::default();
    let ended = attach(&image, &machine, &attached, &mut recording);
    if let Some(file) = &options.trace {
        // Also of a run that failed.
        eprintln!("croft: {}", file.write(&workspace, &recording)?);
    }
    match ended? {
        Some(status) => Ok(status),
        None => {
            eprintln!("croft: left");
            Ok(0)
        }
    }
}

/// What the run is to do; puts the command line's files into the tree.
fn prepare(options: &Options, tree: &mut Tree) -> Result<Run> {
    for addition in &options.add {
        tree.add_to(addition)?;
    }
    let mut command = options.command.clone();
    if let Some(path) = &options.program {
        program::check(path, options.arch, tree)?;
        command.insert(0, add_program(path, tree)?);
    }
    let streams = match options.terminal {
        Some(Choice::Yes) => [Stream::Terminal; 3],
        Some(Choice::No) => [Stream::Pipe; 3],
        None => terminal::streams(),
    };
    let mut environment = Vec::new();
    if let (true, Ok(terminal)) = (streams.contains(&Stream::Terminal), env::var("TERM")) {
        environment.push(format!("TERM={terminal}"));
    }
    environment.extend(options.env.iter().cloned());
    Ok(Run {
        command,
        environment,
        streams,
        window: terminal::size(),
        reserve: options.reserve.map(|share| share.0),
        verbose: options.verbose,
        seed: if options.icount { [0; 32] } else { random()? },
    })
}

/// Puts a program where the search path finds it; its path in the guest.
fn add_program(path: &Path, tree: &mut Tree) -> Result<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| Error::BadProgram {
        path: path.to_owned(),
        why: "its name is not UTF-8".to_owned(),
    })?;
    let guest = format!("/usr/local/bin/{name}");
    tree.add(path, &guest)?;
    // It is to be run, whatever its mode on the host.
    if let Some(Entry {
        content: content @ Content::Host(_),
        mode,
        time,
    }) = tree.get(&guest)
    {
        let entry = Entry {
            content: content.clone(),
            mode: mode | 0o555,
            time: *time,
        };
        tree.put(&guest, entry)?;
    }
    Ok(guest)
}

/// Random bytes of the host.
fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    let path = Path::new("/dev/urandom");
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(Error::file(path))?;
    Ok(bytes)
}

/// The error for an image that nobody described, with those that there are.
fn no_description(workspace: &Workspace, path: PathBuf) -> Error {
    let known = fs::read_dir(workspace.root().join("images"));
    let mut names: Vec<_> = known
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let is_description = path.extension()? == "toml";
            is_description.then(|| {
                path.file_stem()
                    .map(|name| name.to_string_lossy().into_owned())
            })?
        })
        .collect();
    names.sort();
    let source = io::Error::new(
        io::ErrorKind::NotFound,
        format!("there is no such image; there are: {}", names.join(", ")),
    );
    Error::File { path, source }
}

fn explain_debugger(port: u16, image: &Image) {
    eprintln!("croft: the machine waits for a debugger:");
    for line in image.symbols.debugger(port) {
        eprintln!("{line}");
    }
}
