// SPDX-License-Identifier: MIT OR Apache-2.0
//! `#!` lines, with the rules of Linux (`execve(2)`, "Interpreter scripts").
//!
//! * Only the first [`HEAD`] bytes of the file count.
//! * The interpreter's path ends at the first blank; everything behind it up to the end of the
//!   line, without blanks at both ends, is one single argument.
//! * A line longer than the head is cut, which is fine for the argument; if the path itself may be
//!   cut, the file cannot be run.
//! * An interpreter may be a script itself; [`MAXIMUM_DEPTH`] of them is the limit.
use alloc::vec::Vec;
use unix_abi::Errno;

/// How much of the file Linux looks at (`BINPRM_BUF_SIZE`), in bytes.
pub const HEAD: usize = 256;

/// How many scripts may be interpreted by one another before `ELOOP`.
pub const MAXIMUM_DEPTH: usize = 5;

/// What a `#!` line says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    /// The path of the interpreter.
    pub interpreter: Vec<u8>,
    /// The argument between the interpreter and the script's path.
    pub argument: Option<Vec<u8>>,
}

const fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

const fn ends_word(byte: u8) -> bool {
    is_blank(byte) || byte == 0
}

/// Reads the `#!` line out of the first bytes of a file (more than [`HEAD`] are ignored).
///
/// # Errors
/// `Ok(None)` if it is no script; `ENOEXEC` if it begins as one but names no interpreter or one
/// that may be cut.
pub fn parse(head: &[u8]) -> Result<Option<Script>, Errno> {
    let head = &head[..head.len().min(HEAD)];
    let Some(line) = head.strip_prefix(b"#!") else {
        return Ok(None);
    };
    let line = match line.iter().position(|&byte| byte == b'\n') {
        Some(end) => &line[..end],
        // A file that is shorter than the head is as good as one with zero bytes behind it.
        None if head.len() < HEAD => line,
        None => {
            // The last byte of a full head never counts. Without a blank (or zero) behind it, the
            // path may go on where nobody looks.
            let start = line
                .iter()
                .position(|&byte| !is_blank(byte))
                .ok_or(Errno::ENOEXEC)?;
            if !line[start..].iter().any(|&byte| ends_word(byte)) {
                return Err(Errno::ENOEXEC);
            }
            &line[..line.len() - 1]
        }
    };
    let start = line
        .iter()
        .position(|&byte| !is_blank(byte))
        .ok_or(Errno::ENOEXEC)?;
    let line = &line[start..];
    let end = line
        .iter()
        .position(|&byte| ends_word(byte))
        .unwrap_or(line.len());
    let (interpreter, rest) = line.split_at(end);
    if interpreter.is_empty() {
        return Err(Errno::ENOEXEC);
    }
    Ok(Some(Script {
        interpreter: interpreter.to_vec(),
        argument: argument(rest),
    }))
}

/// The argument in what follows the interpreter's path.
fn argument(rest: &[u8]) -> Option<Vec<u8>> {
    // A zero byte instead of a blank behind the path ends the whole line.
    if !rest.first().copied().is_some_and(is_blank) {
        return None;
    }
    let start = rest.iter().position(|&byte| !is_blank(byte))?;
    let end = rest.iter().rposition(|&byte| !is_blank(byte))? + 1;
    let text = &rest[start..end];
    // Strings end at a zero byte, as they do in C.
    let text = &text[..text
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(text.len())];
    (!text.is_empty()).then(|| text.to_vec())
}

impl Script {
    /// The arguments for the interpreter: its path, the line's argument, the script's path and
    /// what the script was called with behind its own name.
    pub fn arguments(&self, script_path: &[u8], arguments: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut all = Vec::with_capacity(arguments.len() + 2);
        all.push(self.interpreter.clone());
        all.extend(self.argument.clone());
        all.push(script_path.to_vec());
        all.extend(arguments.iter().skip(1).cloned());
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(head: &[u8]) -> Result<Option<(String, Option<String>)>, Errno> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ok(parse(head)?.map(|script| (text(script.interpreter), script.argument.map(text))))
    }

    fn script(interpreter: &str, argument: Option<&str>) -> Option<(String, Option<String>)> {
        Some((interpreter.into(), argument.map(Into::into)))
    }

    #[test]
    fn lines_as_people_write_them() {
        assert_eq!(
            words(b"#!/bin/sh\necho hi\n").unwrap(),
            script("/bin/sh", None)
        );
        assert_eq!(
            words(b"#! /bin/sh -e \t\n").unwrap(),
            script("/bin/sh", Some("-e"))
        );
        assert_eq!(
            words(b"#!\t/usr/bin/env  -S a  b\n").unwrap(),
            script("/usr/bin/env", Some("-S a  b"))
        );
        assert_eq!(
            words(b"#!/bin/sh").unwrap(),
            script("/bin/sh", None),
            "no newline at the end"
        );
        assert_eq!(
            words(b"#!/bin/sh\r\n").unwrap(),
            script("/bin/sh\r", None),
            "as on Linux"
        );
        assert_eq!(words(b"\x7fELF").unwrap(), None);
        assert_eq!(words(b"").unwrap(), None);
        assert_eq!(words(b"#").unwrap(), None);
    }

    #[test]
    fn without_an_interpreter() {
        for head in [&b"#!\n"[..], b"#!", b"#! \t \n/bin/sh\n", b"#!\0/bin/sh\n"] {
            assert_eq!(words(head), Err(Errno::ENOEXEC), "{head:?}");
        }
        assert_eq!(
            words(&[b"#!".as_slice(), &[b' '; 300]].concat()),
            Err(Errno::ENOEXEC)
        );
    }

    #[test]
    fn zero_bytes_end_strings() {
        assert_eq!(words(b"#!/bin/sh\0 -e\n").unwrap(), script("/bin/sh", None));
        assert_eq!(
            words(b"#!/bin/sh -e\0x\n").unwrap(),
            script("/bin/sh", Some("-e"))
        );
        assert_eq!(words(b"#!/bin/sh \0x\n").unwrap(), script("/bin/sh", None));
    }

    #[test]
    fn long_lines() {
        let path = |length: usize| format!("#!/{}", "p".repeat(length - 3)).into_bytes();
        // A path that reaches the end of the head may be cut.
        for length in [HEAD, HEAD + 1, 1000] {
            assert_eq!(words(&path(length)), Err(Errno::ENOEXEC), "{length}");
        }
        // One that is followed by a blank or the line's end is not.
        let whole = "/".to_string() + &"p".repeat(HEAD - 4);
        let mut head = path(HEAD - 1);
        head.push(b'\n');
        assert_eq!(words(&head).unwrap(), script(&whole, None));
        *head.last_mut().unwrap() = b' ';
        head.extend(b"argument\n");
        assert_eq!(words(&head).unwrap(), script(&whole, None));
        // The argument is cut: 255 bytes of the head count.
        let mut head = b"#!/bin/sh ".to_vec();
        head.extend([b'a'; 400]);
        assert_eq!(
            words(&head).unwrap(),
            script("/bin/sh", Some(&"a".repeat(HEAD - 1 - 10)))
        );
    }

    #[test]
    fn arguments_of_the_interpreter() {
        let script = Script {
            interpreter: b"/bin/sh".to_vec(),
            argument: Some(b"-e".to_vec()),
        };
        let given = [b"name".to_vec(), b"one".to_vec()];
        let expected: [&[u8]; 4] = [b"/bin/sh", b"-e", b"./x", b"one"];
        assert_eq!(script.arguments(b"./x", &given), expected);
        assert_eq!(script.arguments(b"./x", &[]), expected[..3]);
    }

    proptest! {
        #[test]
        fn any_bytes(tail in prop::collection::vec(any::<u8>(), 0..400)) {
            let head = [b"#!".as_slice(), &tail].concat();
            if let Ok(script) = parse(&head) {
                let script = script.unwrap();
                prop_assert!(!script.interpreter.is_empty());
                prop_assert!(!script.interpreter.iter().any(|&byte| ends_word(byte) || byte == b'\n'));
                let argument = script.argument.unwrap_or(b"x".to_vec());
                prop_assert!(!argument.is_empty() && !argument.contains(&0) && !argument.contains(&b'\n'));
                prop_assert!(!is_blank(argument[0]));
            }
        }
    }
}
