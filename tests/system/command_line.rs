// SPDX-License-Identifier: MIT OR Apache-2.0
//! `images/run` as somebody uses it.
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
    /// folder of the test programs, `{other}` that of the other architecture, `{scratch}` a folder with
    /// the files of [`scratch`].
    line: &'static str,
    /// Standard input; none is the null device.
    input: Option<&'static str>,
    output: &'static str,
    /// What has to be in the standard error.
    errors: &'static str,
    status: i32,
}

const DEFAULT: Call = Call {
    name: "",
    line: "",
    input: None,
    output: "",
    errors: "",
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
        errors: "err\n",
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
        errors: "no-such-command",
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
        name: "added-files-and-environment",
        line: "--add {scratch}/text=/mnt/ --add {scratch}=/mnt/all --env GREETING=hello -- sh -c 'cat /mnt/text; ls /mnt/all; echo $GREETING'",
        output: "a text\ncut\nempty\ntext\nhello\n",
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
        errors: "no end after 15",
        status: 124,
        ..DEFAULT
    },
    Call {
        name: "missing-program",
        line: "--program {scratch}/missing",
        errors: "missing: No such file",
        status: 127,
        ..DEFAULT
    },
    Call {
        name: "program-that-is-none",
        line: "--program {scratch}/text",
        errors: "text: it is not an ELF file",
        status: 126,
        ..DEFAULT
    },
    Call {
        name: "empty-program",
        line: "--program {scratch}/empty",
        errors: "empty: it is empty",
        status: 126,
        ..DEFAULT
    },
    Call {
        name: "program-cut-short",
        line: "--program {scratch}/cut",
        errors: "cut: it is an ELF file that is cut short",
        status: 126,
        ..DEFAULT
    },
    Call {
        name: "program-of-the-other-architecture",
        line: "--program {other}/arguments",
        errors: "see --arch",
        status: 126,
        ..DEFAULT
    },
    Call {
        name: "unknown-image",
        line: "--image nothing",
        errors: "there is no such image; there are: ",
        status: 125,
        ..DEFAULT
    },
    Call {
        name: "machine-too-small",
        line: "--memory 4M -- true",
        errors: "give it more with --memory",
        status: 125,
        ..DEFAULT
    },
    Call {
        name: "unknown-option",
        line: "--no-such-option",
        errors: "--no-such-option",
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
}

fn check(arch: Arch, call: &Call) -> Verdict {
    // Builds it, and what is compiled by somebody else in the meantime is waited for here.
    System::of(arch)?;
    let workspace = Workspace::find();
    let other = match arch {
        Arch::X86_64 => Arch::Aarch64,
        Arch::Aarch64 => Arch::X86_64,
    };
    programs::compile(&workspace, other)?;
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let own = programs::compiled(&workspace, arch);
    fill(scratch.path(), &own).map_err(|error| format!("scratch files: {error}"))?;
    let places = [
        ("{programs}", own),
        ("{other}", programs::compiled(&workspace, other)),
        ("{scratch}", scratch.path().to_owned()),
    ];

    let mut command = Command::new(workspace.root().join("images/run"));
    command.args(["--arch", arch.name()]);
    if !call.line.contains("--timeout") {
        command.args(["--timeout", "120"]);
    }
    command.args(split(call.line, &places));
    command.env_remove("CARGO_MANIFEST_DIR");
    let stdin = call.input.map_or_else(Stdio::null, |_| Stdio::piped());
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if let (Some(mut pipe), Some(input)) = (child.stdin.take(), call.input) {
        pipe.write_all(input.as_bytes())
            .map_err(|error| error.to_string())?;
    }
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let context = |wrong: String| format!("{wrong}\nstandard error:\n{errors}");
    same(call.output, &String::from_utf8_lossy(&output.stdout)).map_err(context)?;
    if output.status.code() != Some(call.status) {
        let wrong = format!("{} instead of {}", output.status, call.status);
        return Err(context(wrong));
    }
    if !errors.contains(call.errors) {
        return Err(context(format!("{:?} is not in", call.errors)));
    }
    Ok(())
}

/// Files that no program is.
fn fill(folder: &Path, programs: &Path) -> std::io::Result<()> {
    fs::write(folder.join("text"), "a text\n")?;
    fs::write(folder.join("empty"), "")?;
    let whole = fs::read(programs.join("arguments"))?;
    fs::write(folder.join("cut"), &whole[..whole.len() / 3])
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
