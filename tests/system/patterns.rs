// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs that do not trust each other (`servers/patterns`): all scenes in one boot, with a user at the terminal.
use std::time::Duration;

use croft_images::{Arch, Machine, Session, Workspace};
use croft_tests::Verdict;
use croft_tests::compare::same;

use crate::Test;
use crate::servers::assemble;

/// How long the boot may take.
const LIMIT: Duration = Duration::from_secs(240);

/// What the user waits for, and types then. The first lines are typed before there is a question: they are no answers.
const USER: &[(&str, &str)] = &[
    ("the deed: ", "1\n2\n1"),
    ("which one? ", "2\n"),
    ("take it back now\n", "revoke 1\n"),
    ("which one? ", "none\n"),
    ("which one? ", "r 2\n"),
];

/// What each scene says.
const SCENES: &[&str] = &[
    // Identify.
    r#"the deed: Ok(Genuine { what: "north field" })
an endpoint with its badge: Ok(Foreign)
a container: Ok(Foreign)
the deed, taken back: Ok(Former)
issued by who may ask: Err(Protocol(UnknownInterface))
"#,
    // One-way cut and paste: a sender with a good converter, a bad text, and bad converters.
    r#"somebody copies "3m1e9h"
receiver: mmmehhhhhhhhh
sender: my page is as it was: true, and I heard nothing: true
somebody copies "nonsense"
receiver: no text: the converter ended with status 1
sender: my page is as it was: true, and I heard nothing: true
somebody copies "!write"
receiver: no text: the converter wrote at ADDRESS where nothing allows it; instruction ADDRESS
sender: my page is as it was: true, and I heard nothing: true
somebody copies "!search"
receiver: tried 1024 slots
sender: my page is as it was: true, and I heard nothing: true
somebody copies "!flood"
receiver: no text: the converter gives too much
sender: my page is as it was: true, and I heard nothing: true
somebody copies "!hang"
receiver: no text: the converter takes too long
sender: my page is as it was: true, and I heard nothing: true
somebody copies, and ends too early
receiver: no text: the converter cannot be made: the kernel refused a file page's copy: lookup of a capability or translation table failed
somebody copies, and ends while it is read
receiver: the shared memory is not there any more
"#,
    // Suspicious collaboration.
    r#"two bid
bob: the meeting is Genuine { what: "auction" }
"#,
    SIDE_BY_SIDE,
    r#"carol: the meeting is Former
carol: no seat: Refused(NoMeeting)
one would be the agent itself
bob: the meeting is Foreign
bob: no seat: Refused(NoMeeting)
mallory: somebody came: false
one is destroyed when it has bid
bob: the meeting is Genuine { what: "auction" }
bob: Err(Refused(Withdrawn)), and once more Err(Gone)
one never bids, and there is no third seat
bob: the meeting is Genuine { what: "auction" }
carol: the meeting is Genuine { what: "auction" }
carol: no seat: Refused(Full)
bob: Err(Gone), and once more Err(Gone)
"#,
    // The power box.
    r#"editor: Err(Refused(Nothing))
[power box] editor wants to read and write a file: "what shall I edit?"
  1 diary
  2 letter
[power box] which one? (a number; "r" and a number: to read only; anything else: none)
[power box] editor may read and write it; "revoke 1" takes that back
editor: Ok(Write): 19 bytes: dear user, edit me
editor: Err(Protocol(UnknownInterface))
editor: take it back now
[power box] grant 1 is taken back
editor: Err(Gone)
[power box] editor wants to read a file: "may I ?[2J see another?"
  1 diary
  2 letter
[power box] which one? (a number; "r" and a number: to read only; anything else: none)
[power box] editor gets nothing
editor: Err(Refused(Refused))
[power box] editor wants to read and write a file: "the same once more?"
  1 diary
  2 letter
[power box] which one? (a number; "r" and a number: to read only; anything else: none)
[power box] editor may read it; "revoke 2" takes that back
editor: Ok(Read): Dear user, edit me; Err(Refused(ReadOnly))
the end
"#,
];

/// Lines of two programs that run side by side, which may come in any order: here in that of the alphabet.
const SIDE_BY_SIDE: &str = "alice: Ok(Higher), and once more Err(Gone)
bob: Ok(Lower), and once more Err(Gone)
";

pub fn add(arch: Arch, tests: &mut Vec<Test>) {
    let name = format!("{arch}::patterns::all");
    tests.push(Test::new(name, move || run(arch)));
}

fn run(arch: Arch) -> Verdict {
    let text = |error: croft_images::Error| error.to_string();
    let image = assemble(&Workspace::find(), arch, "patterns")?;
    let machine = Machine {
        icount: true,
        ..Machine::default()
    };
    let mut session = Session::start(&image, &machine, LIMIT).map_err(text)?;
    for (awaited, typed) in USER {
        session.expect(awaited).map_err(text)?;
        session.send(typed.as_bytes());
    }
    let outcome = session.finish().map_err(text)?;
    let lines = in_order(outcome.text().lines().map(without_addresses).collect());
    same(&SCENES.concat(), &lines)?;
    match outcome.status {
        0 => Ok(()),
        status => Err(format!("status {status}")),
    }
}

/// A line with its hexadecimal numbers, which depend on the build, as words.
fn without_addresses(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.strip_prefix("0x") {
        Some(_) => "ADDRESS",
        None => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// All lines, those of [`SIDE_BY_SIDE`] in its order where they stand together.
fn in_order(mut lines: Vec<String>) -> String {
    let is_one = |line: &String| SIDE_BY_SIDE.lines().any(|one| one == line);
    for two in 1..lines.len() {
        if is_one(&lines[two - 1]) && is_one(&lines[two]) {
            lines[two - 1..=two].sort();
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
