// SPDX-License-Identifier: MIT OR Apache-2.0
//! The services of the patterns, with what has to be there before chance can reach all of their methods.

use crate::servers::{Target, methods};
use croft_ipc::mock::{Machine, MockCapabilities, slot};
use croft_ipc::{Caller, CapabilityAddress, Deferrable, ReceivedCapability, Server, Transport};
use croft_patterns::collaboration::{
    Agents, Auction, BidsClient, BidsInterface, Factory, MeetingError, MeetingsClient,
    MeetingsInterface,
};
use croft_patterns::identify::{
    DeedsClient, DeedsInterface, IdentifyClient, IdentifyInterface, Registrar,
};
use croft_patterns::paste::{
    BoardsClient, BoardsInterface, Clipboards, CopyingClient, CopyingInterface, Offer, Output,
    OutputClient, OutputError, OutputInterface, Part, PastingClient, PastingInterface,
};
use croft_patterns::power_box::{
    Access, AskClient, AskInterface, DocumentClient, DocumentInterface, IntroductionsClient,
    IntroductionsInterface, PowerBox, Terminal, Typed,
};
use croft_patterns::scene::{NotNow, Scene, SceneClient, SceneInterface};

/// A fresh server of each.
pub fn all() -> Vec<Target> {
    vec![
        registrar(),
        clipboards(),
        Target::serving::<OutputInterface, _>(Sink, MockCapabilities::default()),
        factory(),
        auction(),
        power_box(),
        Target::serving::<SceneInterface, _>(Sink, MockCapabilities::default()),
    ]
}

fn registrar() -> Target {
    let capabilities = MockCapabilities::default();
    let machine = Machine::new(Registrar::new(capabilities.clone()), capabilities);
    let both = [methods::<DeedsInterface>(), methods::<IdentifyInterface>()];
    Target::by_badge("registrar", machine, both.concat())
}

fn clipboards() -> Target {
    let capabilities = MockCapabilities::default();
    let machine = Machine::new(Clipboards::new(capabilities.clone()), capabilities);
    // The ends are the first two objects; the second can only be made with the first.
    let boards = BoardsClient::new(machine.client(1));
    let _ = boards.create(slot(10));
    let _ = boards.paste_end(CapabilityAddress(10), slot(11));
    let three = [
        methods::<BoardsInterface>(),
        methods::<CopyingInterface>(),
        methods::<PastingInterface>(),
    ];
    Target::by_badge("clipboards", machine, three.concat())
}

fn factory() -> Target {
    let capabilities = MockCapabilities::default();
    let factory = Factory::new(capabilities.clone(), NoAgents);
    let both = [
        methods::<MeetingsInterface>(),
        methods::<IdentifyInterface>(),
    ];
    Target::by_badge(
        "factory",
        Machine::new(factory, capabilities),
        both.concat(),
    )
}

fn auction() -> Target {
    let capabilities = MockCapabilities::default();
    let auction = Auction::new(capabilities.clone());
    Target::serving::<BidsInterface, _>(auction, capabilities)
}

fn power_box() -> Target {
    let capabilities = MockCapabilities::default();
    let mut service = PowerBox::new(capabilities.clone(), Yes);
    service.add("file", b"content");
    let machine = Machine::new(service, capabilities);
    // A program is the first object, what it was granted the second.
    let _ = IntroductionsClient::new(machine.client(1)).introduce(name(), slot(10));
    let _ = AskClient::new(machine.received(slot(10))).ask(Access::Write, "");
    machine.server().event(1);
    let three = [
        methods::<IntroductionsInterface>(),
        methods::<AskInterface>(),
        methods::<DocumentInterface>(),
    ];
    Target::by_badge("power box", machine, three.concat())
}

fn name() -> croft_patterns::Name {
    croft_patterns::name("program")
}

/// A user who agrees to everything.
struct Yes;

impl Terminal for Yes {
    fn show(&mut self, _: &str) {}
    fn typed(&mut self) -> Typed {
        Typed {
            bytes: b"1\n".to_vec(),
            end: false,
        }
    }
}

/// Agents that are none.
struct NoAgents;

impl Agents for NoAgents {
    fn make(&mut self, _: &str) -> Result<u64, MeetingError> {
        Ok(1)
    }
    fn seat(&mut self, agent: u64, _: u64) -> Result<CapabilityAddress, MeetingError> {
        Ok(CapabilityAddress(agent))
    }
    fn request_end(&mut self, _: u64) {}
    fn times(&mut self) -> (u64, u64) {
        (0, 1)
    }
    fn alarm(&mut self, _: u64) {}
}

/// Takes everything.
struct Sink;

impl Output for Sink {
    fn write(&mut self, _: Caller, _: &[u8]) -> Result<(), OutputError> {
        Err(OutputError::TooMuch)
    }
}

impl Scene for Sink {
    fn say(&mut self, _: Caller, _: &str) {}
    fn hand(&mut self, _: Caller, _: ReceivedCapability) -> Result<(), NotNow> {
        Err(NotNow)
    }
    fn wait(&mut self, _: Caller) -> Result<Deferrable<()>, NotNow> {
        Ok(croft_ipc::Deferrable::Later)
    }
}

/// Calls every method of every client.
pub fn clients<T: Transport + Copy>(liar: T, number: u64) {
    let address = CapabilityAddress(number);
    let deeds = DeedsClient::new(liar);
    let _ = (deeds.issue("field", slot(1)), deeds.revoke(address));
    let _ = (
        deeds.asker(slot(1)),
        IdentifyClient::new(liar).identify(address),
    );
    let boards = BoardsClient::new(liar);
    let _ = (boards.create(slot(1)), boards.paste_end(address, slot(1)));
    let _ = boards.remove(address);
    let copying = CopyingClient::new(liar);
    let _ = copying.begin(Offer {
        from: name(),
        to: name(),
        data: number as u32,
        converter: number as u32,
    });
    let _ = (copying.page(Part::Data, address), copying.publish());
    let pasting = PastingClient::new(liar);
    let _ = pasting.look();
    let _ = pasting.page(number as u32, Part::Converter, 0, slot(1));
    let _ = OutputClient::new(liar).write(b"bytes");
    let meetings = MeetingsClient::new(liar);
    let _ = meetings.make("auction", slot(1));
    let _ = meetings.enter(address, slot(1));
    let _ = BidsClient::new(liar).bid(number);
    let _ = IntroductionsClient::new(liar).introduce(name(), slot(1));
    let ask = AskClient::new(liar);
    let _ = (ask.ask(Access::Read, "purpose"), ask.take(slot(1)));
    let document = DocumentClient::new(liar);
    let _ = (document.length(), document.write(0, b"bytes"));
    let _ = document.read(0, number as u16, |bytes| bytes.len());
    let scene = SceneClient::new(liar);
    let _ = (scene.say("line"), scene.hand(address), scene.wait());
}
