// SPDX-License-Identifier: MIT OR Apache-2.0
//! `images/run` as somebody uses it.
mod debugger;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use croft_images::{Arch, Workspace};
use croft_tests::Verdict;
use croft_tests::compare::same;
use croft_tests::programs;
use croft_tests::system::System;

use crate::Test;

/// A run of the command and what it has to give.
#[derive(Clone, Copy)]
struct Call {
    name: &'static str,
    /// Options and command, separated by spaces; `'…'` keeps spaces, and in front of it `{programs}` is the
    /// folder of the test programs, `{scratch}` and `{large}` are what [`fill`] makes.
    line: &'static str,
    /// Standard input; none is the null device.
    input: Option<&'static str>,
    output: &'static str,
    /// What has to be in the standard error, each.
    errors: &'static [&'static str],
    status: i32,
}

const DEFAULT: Call = Call {
    name: "",
    line: "",
    input: None,
    output: "",
    errors: &[],
    status: 0,
};

const CALLS: &[Call] = &[
    Call {
        name: "arguments-and-status",
        line: "-- sh -c 'echo \"$#:$1:$2\"; exit 3' sh 'a b' ''",
        output: "2:a b:\n",
        status: 3,
        ..DEFAULT
    },
    Call {
        name: "input-from-pipe",
        line: "-- sh -c 'wc -l; echo end'",
        input: Some("one\ntwo\n\x10three\n"),
        output: "3\nend\n",
        ..DEFAULT
    },
    Call {
        name: "no-input",
        line: "-- sh -c 'cat; echo end'",
        output: "end\n",
        ..DEFAULT
    },
    Call {
        name: "standard-error-apart",
        line: "-- sh -c 'echo out; echo err >&2; printf \"\\020X\\n\"'",
        output: "out\n\x10X\n",
        errors: &["err\n"],
        ..DEFAULT
    },
    Call {
        name: "signal-status",
        line: "-- sh -c 'kill -9 $$'",
        status: 137,
        ..DEFAULT
    },
    Call {
        name: "command-not-found",
        line: "-- no-such-command",
        errors: &["no-such-command"],
        status: 127,
        ..DEFAULT
    },
    Call {
        name: "program",
        line: "--program {programs}/arguments -- one 'two words' ''",
        output: "<one>\n<two words>\n<>\n",
        status: 9,
        ..DEFAULT
    },
    Call {
        name: "crashing-program",
        line: "--program {programs}/crash -- store",
        status: 139,
        ..DEFAULT
    },
    Call {
        name: "illegal-instruction",
        line: "--program {programs}/crash -- instruction",
        status: 132,
        ..DEFAULT
    },
    Call {
        name: "division-by-zero",
        line: "--program {programs}/crash -- divide",
        status: 136,
        ..DEFAULT
    },
    Call {
        name: "added-files-and-environment",
        line: "--add {scratch}/text=/mnt/ --add {scratch}=/mnt/all --env GREETING=hello -- sh -c 'cat /mnt/text; ls /mnt/all; echo $GREETING'",
        output: "a text\nimage.toml\ntext\nhello\n",
        ..DEFAULT
    },
    Call {
        name: "small-machine",
        line: "--memory 64M -- sh -c 'seq 1 1000 | sort -n | tail -1; ls / | wc -l | grep -c .'",
        output: "1000\n1\n",
        ..DEFAULT
    },
    Call {
        name: "timeout",
        line: "--timeout 15 -- sleep 1000",
        errors: &["no end after 15 s", "\n  unix: the first program starts"],
        status: 124,
        ..DEFAULT
    },
    Call {
        name: "missing-program",
        line: "--program {scratch}/missing",
        errors: &["missing: No such file"],
        status: 127,
        ..DEFAULT
    },
    Call {
        name: "unknown-image",
        line: "--image nothing",
        errors: &["there is no such image; there are: "],
        status: 125,
        ..DEFAULT
    },
    Call {
        name: "unknown-key-in-an-image",
        line: "--image {scratch}/image.toml",
        errors: &["image.toml", "unknown field `colour`", "colour = 3"],
        status: 125,
        ..DEFAULT
    },
    Call {
        name: "file-larger-than-the-machine",
        line: "--memory 64M --add {large}=/mnt/ -- true",
        errors: &[
            "the image needs about",
            "the machine has 64",
            "leave files out",
        ],
        status: 125,
        ..DEFAULT
    },
    Call {
        name: "reserve-too-small-for-the-server",
        line: "--reserve 64K -- true",
        errors: &["server unix cannot be created: its reserve is too small: container unix has"],
        status: 125,
        ..DEFAULT
    },
    Call {
        name: "reserve-too-small-for-the-world",
        line: "--reserve 512K -- true",
        errors: &["reserve is too small"],
        status: 125,
        ..DEFAULT
    },
    Call {
        name: "machine-too-small",
        line: "--memory 4M -- true",
        errors: &["give it more with --memory"],
        status: 125,
        ..DEFAULT
    },
    Call {
        name: "unknown-option",
        line: "--no-such-option",
        errors: &["--no-such-option"],
        status: 2,
        ..DEFAULT
    },
];

/// Adds the tests of an architecture.
pub fn add(arch: Arch, tests: &mut Vec<Test>) {
    for call in CALLS {
        let title = format!("{arch}::command_line::{}", call.name);
        tests.push(Test::new(title, move || check(arch, call)));
    }
    let title = format!("{arch}::command_line::debugger");
    tests.push(Test::new(title, move || debugger::check(arch)));
}

fn check(arch: Arch, wanted: &Call) -> Verdict {
    // Builds it, and what is compiled by somebody else in the meantime is waited for here.
    System::of(arch)?;
    let workspace = Workspace::find();
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let files = scratch.path().join("files");
    let large = scratch.path().join("large");
    fill(&workspace, &files, &large).map_err(|error| format!("scratch files: {error}"))?;
    let places = [
        ("{programs}", programs::compiled(&workspace, arch)),
        ("{scratch}", files),
        ("{large}", large),
    ];
    let ended = call(arch, &split(wanted.line, &places), wanted.input)?;
    let context = |wrong: String| format!("{wrong}\nstandard error:\n{}", ended.errors);
    same(wanted.output, &ended.output).map_err(context)?;
    if ended.status != Some(wanted.status) {
        let wrong = format!("{:?} instead of {}", ended.status, wanted.status);
        return Err(context(wrong));
    }
    if let Some(missing) = wanted
        .errors
        .iter()
        .find(|text| !ended.errors.contains(*text))
    {
        return Err(context(format!("{missing:?} is not in")));
    }
    Ok(())
}

/// How a run of the command ended.
pub struct Ended {
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
    /// None if a signal ended it.
    pub status: Option<i32>,
}

impl Ended {
    /// The lines of the standard error, but those that tell how the building goes on: Croft's own end in …,
    /// cargo's are indented.
    pub fn lines(&self) -> Vec<&str> {
        let lines = self.errors.lines();
        lines
            .filter(|line| !line.ends_with('…') && !line.starts_with(' '))
            .collect()
    }
}

/// The command for an architecture, with time to end.
pub fn command(arch: Arch, arguments: &[String]) -> Command {
    let mut command = Command::new(Workspace::find().root().join("images/run"));
    command.args(["--arch", arch.name()]);
    if !arguments.iter().any(|argument| argument == "--timeout") {
        command.args(["--timeout", "120"]);
    }
    command.args(arguments);
    command.env_remove("CARGO_MANIFEST_DIR");
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped());
    command.stderr(Stdio::piped());
    command
}

/// Runs the command.
pub fn call(arch: Arch, arguments: &[String], input: Option<&str>) -> Result<Ended, String> {
    let mut command = command(arch, arguments);
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command
        .spawn()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
        pipe.write_all(input.as_bytes())
            .map_err(|error| error.to_string())?;
    }
    end(child)
}

/// Waits for the end of the command.
pub fn end(child: Child) -> Result<Ended, String> {
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    Ok(Ended {
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code(),
    })
}

/// Files to be used: some small ones, and a large one outside of their folder.
fn fill(workspace: &Workspace, files: &Path, large: &Path) -> io::Result<()> {
    fs::create_dir(files)?;
    fs::write(files.join("text"), "a text\n")?;
    let image = fs::read_to_string(workspace.description("unix"))?;
    let damaged = image.replacen("[server.world]", "[server.world]\ncolour = 3", 1);
    fs::write(files.join("image.toml"), damaged)?;
    fs::File::create(large)?.set_len(100 << 20)
}

/// Takes a line apart as a shell does, without expansions but those of `places`.
fn split(line: &str, places: &[(&str, PathBuf)]) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    for word in &mut words {
        for (name, place) in places {
            *word = word.replace(name, &place.display().to_string());
        }
    }
    words
}
