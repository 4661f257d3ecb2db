// SPDX-License-Identifier: MIT OR Apache-2.0
//! The power box on the host, with a user who types what the test says.

use super::line::{Line, plain};
use super::*;
use crate::name;
use croft_ipc::mock::{Machine, MockCapabilities, MockEndpoint, slot};
use croft_ipc::{CallError, ProtocolError, Server};
use proptest::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

/// A terminal: what is on the screen, and what was typed.
#[derive(Clone, Default)]
struct Screen(Rc<RefCell<(String, Typed)>>);

impl Screen {
    fn types(&self, text: &str) {
        self.0.borrow_mut().1.bytes.extend(text.bytes());
    }

    fn ends(&self) {
        self.0.borrow_mut().1.end = true;
    }

    /// What came on the screen since it was asked last.
    fn take(&self) -> String {
        core::mem::take(&mut self.0.borrow_mut().0)
    }
}

impl Terminal for Screen {
    fn show(&mut self, text: &str) {
        self.0.borrow_mut().0 += text;
    }

    fn typed(&mut self) -> Typed {
        core::mem::take(&mut self.0.borrow_mut().1)
    }
}

type Made = PowerBox<MockCapabilities, Screen>;
type Program = AskClient<MockEndpoint<Made>>;

struct Scene {
    machine: Machine<Made>,
    screen: Screen,
    capabilities: MockCapabilities,
}

fn scene() -> Scene {
    let (capabilities, screen) = (MockCapabilities::default(), Screen::default());
    let mut service = PowerBox::new(capabilities.clone(), screen.clone());
    service.add("diary", b"dear diary");
    service.add("letter", b"dear user");
    Scene {
        machine: Machine::new(service, capabilities.clone()),
        screen,
        capabilities,
    }
}

impl Scene {
    /// A program, introduced under that name.
    fn program(&self, program: &str) -> Program {
        let slot = slot(program.len() as u64);
        IntroductionsClient::new(self.machine.client(1))
            .introduce(name(program), slot)
            .unwrap();
        AskClient::new(self.machine.received(slot))
    }

    /// The user types that while the next one that asks waits.
    fn then_types(&self, text: &'static str) {
        let (screen, machine) = (self.screen.clone(), self.machine.clone());
        self.machine.meanwhile(move || {
            screen.types(text);
            machine.event(1);
        });
    }

    /// What the user chooses by typing `text`.
    fn asks(
        &self,
        program: &Program,
        access: Access,
        text: &'static str,
    ) -> Result<DocumentClient<MockEndpoint<Made>>, CallError<AskError>> {
        self.then_types(text);
        program.ask(access, "a reason")?;
        program.take(slot(40))?;
        Ok(DocumentClient::new(self.machine.received(slot(40))))
    }
}

fn text(document: &DocumentClient<MockEndpoint<Made>>) -> String {
    document
        .read(0, 100, |bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap()
}

#[test]
fn the_chosen_file_and_no_other() {
    let scene = scene();
    let editor = scene.program("editor");
    let letter = scene.asks(&editor, Access::Write, "2\n").unwrap();
    let shown = scene.screen.take();
    assert!(
        shown.contains(
            "editor wants to read and write a file: \"a reason\"\n  1 diary\n  2 letter\n"
        ),
        "{shown}"
    );
    assert!(
        shown.ends_with("editor may read and write it; \"revoke 1\" takes that back\n"),
        "{shown}"
    );
    assert_eq!(text(&letter), "dear user");
    letter.write(5, b"friend, hello").unwrap();
    assert_eq!(
        (text(&letter), letter.length()),
        ("dear friend, hello".to_owned(), Ok(18))
    );
    // It is taken once, and is no way to another.
    assert_eq!(
        editor.take(slot(41)),
        Err(CallError::Refused(AskError::Nothing))
    );
    let through = AskClient::new(scene.machine.received(slot(40)));
    assert_eq!(
        through.take(slot(41)),
        Err(CallError::Protocol(ProtocolError::UnknownInterface))
    );
    // The other one was not touched.
    let diary = scene.asks(&editor, Access::Read, "1\n").unwrap();
    assert_eq!(text(&diary), "dear diary");
}

#[test]
fn what_is_granted_to_be_read_is_not_written() {
    let scene = scene();
    let editor = scene.program("editor");
    for (asked, typed) in [(Access::Read, "2\n"), (Access::Write, "r 2\n")] {
        let letter = scene.asks(&editor, asked, typed).unwrap();
        assert_eq!(
            letter.write(0, b"x"),
            Err(CallError::Refused(DocumentError::ReadOnly))
        );
        assert_eq!(text(&letter), "dear user");
        let behind = letter.read(10, 9, |bytes| bytes.len());
        assert_eq!(behind, Ok(0));
    }
    let letter = scene.asks(&editor, Access::Write, "2\n").unwrap();
    for (at, bytes) in [(10, &b"x"[..]), (u32::MAX, b"x")] {
        let written = letter.write(at, bytes);
        assert_eq!(written, Err(CallError::Refused(DocumentError::OutOfRange)));
    }
}

#[test]
fn anything_else_grants_nothing() {
    let scene = scene();
    let editor = scene.program("editor");
    for typed in [
        "n\n",
        "\n",
        "0\n",
        "3\n",
        "-1\n",
        "1 2\n",
        "99999999999999999999\n",
        "r\n",
        "revoke\n",
    ] {
        let refused = scene.asks(&editor, Access::Read, typed).err();
        assert_eq!(
            refused,
            Some(CallError::Refused(AskError::Refused)),
            "{typed:?}"
        );
    }
    assert!(
        scene
            .screen
            .take()
            .ends_with("[power box] editor gets nothing\n")
    );
}

#[test]
fn what_is_taken_back_is_gone() {
    let scene = scene();
    let editor = scene.program("editor");
    let letter = scene.asks(&editor, Access::Write, "2\n").unwrap();
    scene.screen.types("revoke 7\nrevoke 1\n");
    scene.machine.event(1);
    assert!(
        scene
            .screen
            .take()
            .ends_with("[power box] there is no grant 7\n[power box] grant 1 is taken back\n")
    );
    assert_eq!(letter.length(), Err(CallError::Gone));
    assert_eq!(letter.write(0, b"x"), Err(CallError::Gone));
    // What was not taken yet can be taken back as well; and a revocation is no answer to a question.
    let (screen, machine) = (scene.screen.clone(), scene.machine.clone());
    scene.machine.meanwhile(move || {
        screen.types("revoke 1\n");
        machine.event(1);
        screen.types("2\n");
        machine.event(1);
        screen.types("revoke 2\n");
        machine.event(1);
    });
    assert_eq!(editor.ask(Access::Read, "again"), Ok(Access::Read));
    editor.take(slot(40)).unwrap();
    let letter = DocumentClient::new(scene.machine.received(slot(40)));
    assert_eq!(letter.length(), Err(CallError::Gone));
}

#[test]
fn what_was_typed_before_the_question_is_no_answer() {
    let scene = scene();
    let editor = scene.program("editor");
    // Lines, and a part of a line.
    scene.screen.types("2\n1\n2");
    let refused = scene.asks(&editor, Access::Read, "\n").err();
    assert_eq!(refused, Some(CallError::Refused(AskError::Refused)));
    // The same between two questions.
    let game = scene.program("a game");
    let (screen, machine) = (scene.screen.clone(), scene.machine.clone());
    scene.machine.meanwhile(move || {
        let asked = game.clone();
        let (answers, served) = (screen.clone(), machine.clone());
        machine.meanwhile(move || {
            answers.types("2\n1\n1\n");
            served.event(1);
        });
        let refuses = (screen.clone(), machine.clone());
        machine.meanwhile(move || {
            refuses.0.types("no\n");
            refuses.1.event(1);
        });
        assert_eq!(
            asked.ask(Access::Write, "me too"),
            Err(CallError::Refused(AskError::Refused))
        );
    });
    assert_eq!(editor.ask(Access::Read, "first"), Ok(Access::Read));
}

#[test]
fn one_question_of_a_program_at_a_time_and_none_without_a_user() {
    let scene = scene();
    let (editor, again) = (scene.program("editor"), scene.program("editor"));
    let (same, screen, machine) = (editor.clone(), scene.screen.clone(), scene.machine.clone());
    scene.machine.meanwhile(move || {
        assert_eq!(
            same.ask(Access::Read, ""),
            Err(CallError::Refused(AskError::Waiting))
        );
        screen.ends();
        machine.event(1);
    });
    let refused = Err(CallError::Refused(AskError::Refused));
    assert_eq!(editor.ask(Access::Read, "anybody there?"), refused);
    assert_eq!(again.ask(Access::Read, "anybody there?"), refused);
    assert_eq!(scene.capabilities.waiting(), 0);
}

#[test]
fn a_program_does_not_write_on_the_screen() {
    let scene = scene();
    let liar = scene.program("li\x1b[2Jar");
    scene.then_types("no\n");
    let purpose = "\"\n[power box] all is well\x07\u{202e}";
    let _ = liar.ask(Access::Read, purpose);
    let shown = scene.screen.take();
    assert!(
        shown.starts_with(
            "[power box] li?[2Jar wants to read a file: \"'?[power box] all is well??\"\n"
        ),
        "{shown}"
    );
}

#[test]
fn everything_is_bounded() {
    let scene = scene();
    let parent = IntroductionsClient::new(scene.machine.client(1));
    let editor = scene.program("editor");
    for _ in 0..60 {
        parent.introduce(name("more"), slot(50)).unwrap();
    }
    let mut held = 0;
    while let Ok(_document) = scene.asks(&editor, Access::Read, "1\n") {
        held += 1;
    }
    assert_eq!(held, 3);
    let full = CallError::Refused(AskError::TooMany);
    assert_eq!(parent.introduce(name("one more"), slot(50)), Err(full));
    scene.capabilities.limit_slots(0);
    assert_eq!(editor.ask(Access::Read, ""), Err(full));
}

proptest! {
    #[test]
    fn whatever_is_typed_grants_only_what_it_names(text in "[0-9r revok\n\r-]{0,40}") {
        let scene = scene();
        let _editor = scene.program("editor");
        scene.screen.types(&text);
        scene.machine.event(1);
        // Nobody asked.
        prop_assert!(!scene.screen.take().contains("may"));
        match Line::parse(&text) {
            Line::Choose(file) => prop_assert_eq!(text.trim().parse().ok(), Some(file)),
            Line::ChooseToRead(_) => prop_assert!(text.trim().starts_with('r')),
            Line::Revoke(_) => prop_assert!(text.trim().starts_with("revoke")),
            Line::Other => {}
        }
    }

    #[test]
    fn any_text_becomes_plain(text: String) {
        let plain = plain(&text);
        prop_assert!(plain.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'"'));
    }

    #[test]
    fn any_bytes_are_typed_without_harm(bytes: Vec<u8>) {
        let scene = scene();
        scene.screen.0.borrow_mut().1.bytes = bytes;
        scene.machine.server().event(1);
    }
}
