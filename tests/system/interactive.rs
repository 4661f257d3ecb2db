// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sessions over a terminal: what a person at the keyboard does. What is awaited is never what is typed, so
//! that the echo is not taken for the answer.
use std::time::Duration;

use croft_images::{Arch, Run, Stream};
use croft_tests::Verdict;
use croft_tests::system::{Booted, System};

use crate::Test;

/// How long a session may take.
const LIMIT: Duration = Duration::from_secs(120);

/// What somebody does.
enum Act {
    /// Types.
    Type(&'static str),
    /// Waits until this is on the screen, behind what was awaited before.
    See(&'static str),
    /// As [`Act::See`], and what came before it must not contain the second text.
    SeeWithout(&'static str, &'static str),
    /// Makes the window so many rows and columns large.
    Resize(u16, u16),
}
use Act::{Resize, See, SeeWithout, Type};

/// The end of the shell's prompt.
const PROMPT: Act = See("# ");

/// Name, what happens, the status at the end.
type Scene = (&'static str, &'static [Act], u8);

const SCENES: &[Scene] = &[
    (
        "prompt-and-exit",
        &[
            PROMPT,
            Type("echo $((40+2))\r"),
            See("42\r\n"),
            PROMPT,
            Type("exit 7\r"),
        ],
        7,
    ),
    ("end-of-input", &[PROMPT, Type("\x04")], 0),
    (
        "line-editing-of-the-shell",
        &[
            PROMPT,
            // Erase; to the beginning of the line; the line before.
            Type("echo $((41+2))9\x7f\r"),
            See("43\r\n"),
            PROMPT,
            Type("cho $((20+3))\x01e\r"),
            See("23\r\n"),
            PROMPT,
            Type("\x1b[A\r"),
            See("23\r\n"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "line-editing-of-the-terminal",
        &[
            PROMPT,
            // What is typed before the program runs belongs to the shell's own editor.
            Type("echo ready$((1)); rev > file\r"),
            See("ready1\r\n"),
            // Erase, kill the line, erase a word, the end of the input.
            Type("helxx\x7f\x7flo\r"),
            Type("garbage\x15good\r"),
            Type("one two\x17three\r\x04"),
            PROMPT,
            Type("cat file\r"),
            See("olleh\r\ndoog\r\neerht eno\r\n"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "interrupt",
        &[
            PROMPT,
            Type("sh -c 'echo started$((1)); exec sleep 100'\r"),
            See("started1"),
            Type("\x03"),
            PROMPT,
            Type("echo status $?\r"),
            See("status 130\r\n"),
            PROMPT,
            // No shell in front of it, because busybox's ignores this signal, as bash does.
            Type("echo ready$((2)); cat -n\r"),
            See("ready2\r\n"),
            Type("ping\r"),
            See("1\tping\r\n"),
            Type("\x1c"),
            PROMPT,
            Type("echo status $?\r"),
            See("status 131\r\n"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "stop-and-foreground",
        &[
            PROMPT,
            // It says when it goes on: the shell tells what it brings to the foreground before it does so.
            Type(
                "sh -c 'trap \"echo again\\$((1))\" CONT; echo started$((1)); while :; do sleep 1; done'\r",
            ),
            See("started1"),
            Type("\x1a"),
            See("Stopped"),
            PROMPT,
            Type("jobs | tr a-z A-Z\r"),
            See("STOPPED"),
            PROMPT,
            Type("bg\r"),
            See("again1"),
            Type("jobs | tr a-z A-Z\r"),
            See("RUNNING"),
            PROMPT,
            Type("fg\r"),
            See("again1"),
            Type("\x03"),
            PROMPT,
            Type("echo status $?\r"),
            See("status 130\r\n"),
            PROMPT,
            Type("jobs; echo none$((1))\r"),
            SeeWithout("none1\r\n", "Stopped"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "background-reads-terminal",
        &[
            PROMPT,
            Type("cat &\r"),
            PROMPT,
            Type("sleep 1; jobs | tr a-z A-Z\r"),
            See("STOPPED"),
            PROMPT,
            Type("kill %1; kill -CONT %1; wait; echo gone$((1))\r"),
            See("gone1"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "vi",
        &[
            PROMPT,
            Type("vi file\r"),
            See("file"),
            // Text is drawn in pieces, the line below it as a whole.
            Type("ihello\rworld"),
            See("2/2"),
            Type("\x1b"),
            See("- file"),
            Type(":wq\r"),
            PROMPT,
            Type("tr a-z A-Z < file\r"),
            See("HELLO\r\nWORLD\r\n"),
            PROMPT,
            Type("vi /etc/passwd\r"),
            See("root:"),
            Type(":q\r"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "less",
        &[
            PROMPT,
            Type("seq 101 200 > n; less n\r"),
            See("123"),
            Type(" "),
            See("146"),
            Type("G"),
            See("200"),
            Type("q"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "window-size",
        &[
            PROMPT,
            Type("stty size\r"),
            See("24 80\r\n"),
            PROMPT,
            Type(
                "sh -c 'trap \"echo changed$((1))\" WINCH; echo $(stty size) then; while :; do sleep 0.1; test $(stty size | cut -c 1) = 4 && break; done; echo seen$((2))'\r",
            ),
            See("24 80 then"),
            Resize(40, 100),
            See("changed1"),
            See("seen2"),
            PROMPT,
            Type("stty size\r"),
            See("40 100\r\n"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "no-echo",
        &[
            PROMPT,
            Type("stty -echo; echo ready$((1)); read x; stty echo; echo \"<$x>\"\r"),
            See("ready1\r\n"),
            Type("secret\r"),
            SeeWithout("<secret>", "secret\r"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "raw-mode",
        &[
            PROMPT,
            Type(
                "stty raw -echo; echo ready$((1)); dd bs=1 count=3 2>/dev/null | od -An -tx1 > f; stty sane; cat f\r",
            ),
            See("ready1"),
            Type("\x03\x04q"),
            See(" 03 04 71"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "terminal-devices",
        &[
            PROMPT,
            Type(
                "test -t 0 -a -t 1 -a -t 2 && echo all$((3)); echo via$((4)) > /dev/tty; ls -l $(tty) | cut -c 1-2\r",
            ),
            See("all3\r\n"),
            See("via4\r\n"),
            See("cr"),
            PROMPT,
            Type("setsid sh -c 'echo x > /dev/tty || echo none$((5))' 2>/dev/null\r"),
            // It runs behind the prompt.
            See("none5"),
            Type("exit\r"),
        ],
        0,
    ),
    (
        "here-document",
        &[
            PROMPT,
            Type("cat > file <<END\r"),
            See("> "),
            Type("home is $HOME\r"),
            See("> "),
            Type("END\r"),
            PROMPT,
            Type("tr a-z A-Z < file\r"),
            See("HOME IS /ROOT\r\n"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "archives",
        &[
            PROMPT,
            Type(
                "mkdir a b; seq 1000 > a/n; tar cz a | tar xz -C b && cmp a/n b/a/n && echo same$((1))\r",
            ),
            See("same1\r\n"),
            PROMPT,
            Type("gzip a/n; zcat a/n.gz | tail -n 1 | tr 0 x\r"),
            See("1xxx\r\n"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "kill-a-job",
        &[
            PROMPT,
            Type("sleep 100 &\r"),
            PROMPT,
            Type("kill -9 %1; wait; echo status $?\r"),
            See("status 0\r\n"),
            PROMPT,
            Type("ps | grep -c '[s]leep'\r"),
            See("0\r\n"),
            PROMPT,
            Type("exit\r"),
        ],
        // What grep says when it finds nothing.
        1,
    ),
    (
        "top",
        &[
            PROMPT,
            Type("top\r"),
            See("Load average:"),
            See("PID  PPID USER     STAT"),
            See("top\r\n"),
            Type("q"),
            PROMPT,
            Type("stty -a | grep -o ' icanon'\r"),
            See(" icanon\r\n"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "vi-after-the-window-has-changed",
        &[
            PROMPT,
            Type("seq 101 200 > n; echo ready$((1))\r"),
            See("ready1\r\n"),
            PROMPT,
            Resize(10, 60),
            Type("vi n\r"),
            See("109"),
            See("- n 1/100 1%"),
            Type("G"),
            See("200"),
            Type(":q\r"),
            PROMPT,
            Type("exit\r"),
        ],
        0,
    ),
    (
        "bash",
        &[
            PROMPT,
            Type("PS1='in$((1)) ' bash --norc\r"),
            See("in1 "),
            Type("echo $((40+2))\r"),
            See("42\r\n"),
            Type("sleep 100 &\r"),
            See("[1]"),
            Type("jobs | tr a-z A-Z\r"),
            See("RUNNING"),
            Type("kill %1; wait; exit 4\r"),
            PROMPT,
            Type("exit\r"),
        ],
        4,
    ),
];

/// Adds the tests of an architecture.
pub fn add(arch: Arch, tests: &mut Vec<Test>) {
    for (name, acts, status) in SCENES {
        let title = format!("{arch}::interactive::{name}");
        tests.push(Test::new(title, move || play(arch, acts, *status)));
    }
}

fn play(arch: Arch, acts: &[Act], status: u8) -> Verdict {
    let run = Run {
        streams: [Stream::Terminal; 3],
        ..Run::default()
    };
    let system = System::of(arch)?;
    let mut booted = system
        .boot(&system.tree, &run, LIMIT)
        .map_err(|error| error.to_string())?;
    for act in acts {
        perform(act, &mut booted).map_err(|error| {
            let screen = String::from_utf8_lossy(booted.session.output()).into_owned();
            format!("{error}\nall output: {screen:?}")
        })?;
    }
    let screen = String::from_utf8_lossy(booted.session.output()).into_owned();
    let outcome = booted
        .session
        .finish()
        .map_err(|error| format!("{error}\nall output: {screen:?}"))?;
    if outcome.status == status {
        return Ok(());
    }
    let (is, output) = (outcome.status, outcome.text());
    Err(format!("status {is} instead of {status}\n{output:?}"))
}

fn perform(act: &Act, booted: &mut Booted) -> Verdict {
    let session = &mut booted.session;
    let see = |awaited: &str, seen: croft_images::Result<String>| {
        seen.map_err(|error| format!("waiting for {awaited:?}: {error}"))
    };
    match act {
        Type(text) => session.send(text.as_bytes()),
        Resize(rows, columns) => session.resize(*rows, *columns),
        See(text) => see(text, session.expect(text)).map(drop)?,
        SeeWithout(text, unwanted) => {
            let seen = see(text, session.expect(text))?;
            if seen.contains(unwanted) {
                return Err(format!("{unwanted:?} is in {seen:?}"));
            }
        }
    }
    Ok(())
}
