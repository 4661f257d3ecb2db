// SPDX-License-Identifier: MIT OR Apache-2.0
//! The clipboard on the host.

use super::*;
use croft_ipc::mock::{Machine, MockCapabilities, MockEndpoint, MockPage, slot};
use croft_ipc::{CallError, ProtocolError, SharedError, SharedMemory};

type Endpoint = MockEndpoint<Clipboards<MockCapabilities>>;

struct Scene {
    machine: Machine<Clipboards<MockCapabilities>>,
    boards: BoardsClient<Endpoint>,
    sender: CopyingClient<Endpoint>,
    receiver: PastingClient<Endpoint>,
}

/// A clipboard: its copy end is in slot 1, its paste end in slot 2.
fn scene() -> Scene {
    let capabilities = MockCapabilities::default();
    let machine = Machine::new(Clipboards::new(capabilities.clone()), capabilities);
    let boards = BoardsClient::new(machine.client(1));
    boards.create(slot(1)).unwrap();
    boards.paste_end(CapabilityAddress(1), slot(2)).unwrap();
    let sender = CopyingClient::new(machine.received(slot(1)));
    let receiver = PastingClient::new(machine.received(slot(2)));
    Scene {
        machine,
        boards,
        sender,
        receiver,
    }
}

fn offer(data: u32) -> Offer {
    Offer {
        from: crate::name("roman"),
        to: crate::name("arabic"),
        data,
        converter: 0,
    }
}

impl Scene {
    /// Copies a page.
    fn offer(&self, page: &MockPage) {
        self.sender.begin(offer(4096)).unwrap();
        let address = self.machine.share(slot(20), page);
        self.sender.page(Part::Data, address).unwrap();
        self.sender.publish().unwrap();
    }

    /// Pastes a page of offer `number`.
    fn paste(&self, number: u32) -> Result<MockPage, CallError<PasteError>> {
        self.receiver.page(number, Part::Data, 0, slot(30))?;
        Ok(self.machine.page(slot(30)).unwrap())
    }
}

fn refused<T>(error: PasteError) -> Result<T, CallError<PasteError>> {
    Err(CallError::Refused(error))
}

#[test]
fn pages_arrive_and_can_only_be_read() {
    let scene = scene();
    assert_eq!(scene.receiver.look(), refused(PasteError::Empty));
    let page = MockPage::default();
    page.write(0, b"XIV").unwrap();
    scene.offer(&page);
    assert_eq!(scene.receiver.look(), Ok((1, offer(4096))));
    let pasted = scene.paste(1).unwrap();
    let mut bytes = [0; 3];
    pasted.read(0, &mut bytes).unwrap();
    assert_eq!(&bytes, b"XIV");
    assert_eq!(pasted.write(0, b"I"), Err(SharedError::Gone));
    page.read(0, &mut bytes).unwrap();
    assert_eq!(&bytes, b"XIV");
}

#[test]
fn the_ends_are_one_way() {
    let scene = scene();
    let unknown = CallError::Protocol(ProtocolError::UnknownInterface);
    let backwards = CopyingClient::new(scene.machine.received(slot(2)));
    assert_eq!(backwards.begin(offer(0)), Err(unknown));
    let peeping = PastingClient::new(scene.machine.received(slot(1)));
    assert_eq!(peeping.look(), Err(unknown));
    for end in [1, 2] {
        let maker = BoardsClient::new(scene.machine.received(slot(end)));
        assert_eq!(maker.create(slot(9)), Err(unknown));
    }
    // And a paste end makes no others.
    let more = scene.boards.paste_end(CapabilityAddress(2), slot(9));
    assert_eq!(more, refused(PasteError::NoClipboard));
}

#[test]
fn the_sender_sees_nothing_of_what_is_pasted() {
    // The same copying, beside a receiver that does all that it can and one that does nothing.
    let answers = |pastes: bool| {
        let scene = scene();
        let mut answers = Vec::new();
        for number in 1..4 {
            let page = MockPage::default();
            answers.push(scene.sender.begin(offer(4096)));
            answers.push(scene.sender.publish());
            let address = scene.machine.share(slot(20), &page);
            answers.push(scene.sender.page(Part::Data, address));
            answers.push(scene.sender.page(Part::Converter, address));
            answers.push(scene.sender.publish());
            if pastes {
                assert!(scene.receiver.look().is_ok());
                assert!(scene.paste(number).is_ok());
                assert_eq!(
                    scene.paste(number + 1).err(),
                    refused::<()>(PasteError::Replaced).err()
                );
            }
        }
        answers
    };
    assert_eq!(answers(true), answers(false));
}

#[test]
fn nothing_but_pages_goes_through() {
    let scene = scene();
    scene.sender.begin(offer(8192)).unwrap();
    // An endpoint of somebody else, and the clipboard's own.
    for number in [77, 1, 2] {
        let sent = scene.sender.page(Part::Data, CapabilityAddress(number));
        assert_eq!(sent, refused(PasteError::NoPage));
    }
    let address = scene.machine.share(slot(20), &MockPage::default());
    scene.sender.page(Part::Data, address).unwrap();
    assert_eq!(scene.sender.publish(), refused(PasteError::Incomplete));
    scene.sender.page(Part::Data, address).unwrap();
    let more = scene.sender.page(Part::Data, address);
    assert_eq!(more, refused(PasteError::OutOfRange));
    scene.sender.publish().unwrap();
    let behind = scene.receiver.page(1, Part::Data, 2, slot(30));
    assert_eq!(behind, refused(PasteError::OutOfRange));
}

#[test]
fn what_is_taken_back_is_gone_for_the_receiver_only() {
    let scene = scene();
    let page = MockPage::default();
    scene.offer(&page);
    let pasted = scene.paste(1).unwrap();
    page.take_back();
    assert_eq!(pasted.read(0, &mut [0]), Err(SharedError::Gone));
    assert_eq!(
        scene.paste(1).err(),
        Some(CallError::Refused(PasteError::TakenBack))
    );
    // The clipboard is as good as before.
    scene.offer(&MockPage::default());
    assert_eq!(
        scene.paste(1).err(),
        Some(CallError::Refused(PasteError::Replaced))
    );
    assert!(scene.paste(2).is_ok());
    scene.boards.remove(CapabilityAddress(1)).unwrap();
    assert_eq!(scene.receiver.look(), Err(CallError::Gone));
    assert_eq!(scene.sender.publish(), Err(CallError::Gone));
}

#[test]
fn everything_is_bounded_and_comes_back() {
    let capabilities = MockCapabilities::default();
    // As many slots as two offers of two pages need.
    capabilities.limit_slots(4);
    let machine = Machine::new(Clipboards::new(capabilities.clone()), capabilities);
    let boards = BoardsClient::new(machine.client(1));
    boards.create(slot(1)).unwrap();
    let sender = CopyingClient::new(machine.received(slot(1)));
    let too_large = sender.begin(offer(4096 * MOST_PAGES as u32 + 1));
    assert_eq!(too_large, refused(PasteError::Full));
    let address = machine.share(slot(20), &MockPage::default());
    for _ in 0..10 {
        sender.begin(offer(8192)).unwrap();
        sender.page(Part::Data, address).unwrap();
        sender.page(Part::Data, address).unwrap();
        sender.publish().unwrap();
    }
    boards.remove(CapabilityAddress(1)).unwrap();
    let made = (0..100).take_while(|_| boards.create(slot(3)).is_ok());
    assert_eq!(made.count(), 32);
}
