// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `#[interface]` makes, called over a transport of the test's own.

use croft_ipc::*;

/// Why the sample refuses.
#[data]
enum Error {
    TooLarge { at_most: u64 },
    Odd,
}

#[data]
#[derive(Copy)]
struct Shape {
    bytes: u64,
    slots: u32,
    radix: u8,
    client: bool,
}

#[data]
struct Input<'a> {
    #[serde(borrow)]
    bytes: Bytes<'a, 900>,
    end: bool,
}

/// All kinds of methods.
#[interface(number = 201, version = 3, recorded = false)]
trait Sample {
    /// Twice as much.
    fn double(&mut self, number: u64) -> Result<u64, Error>;
    fn shape(&mut self, shape: Shape, first: u64, last: u64) -> Shape;
    fn nothing(&mut self);
    fn long(&mut self, numbers: [u64; 8]) -> u64;
    fn write(
        &mut self,
        caller: Caller,
        channel: Option<u8>,
        #[max(900)] bytes: &[u8],
    ) -> Result<(), Error>;
    fn read(&mut self, at_most: u16) -> Result<Input<'_>, Error>;
    #[max(64)]
    fn name(&mut self, #[max(64)] add: &str) -> &str;
    #[method(20)]
    fn keep(&mut self, capability: ReceivedCapability) -> Result<u64, Error>;
    fn open(&mut self, how: u8) -> Result<CapabilityAddress, Error>;
    fn both(&mut self, one: ReceivedCapability) -> Result<(CapabilityAddress, u64), Error>;
    fn wait(&mut self, version: u64) -> Result<Deferrable<u64>, Error>;
}

#[derive(Default)]
struct Server {
    bytes: Vec<u8>,
    name: String,
    badge: u64,
}

impl Sample for Server {
    fn double(&mut self, number: u64) -> Result<u64, Error> {
        number.checked_mul(2).ok_or(Error::TooLarge {
            at_most: u64::MAX / 2,
        })
    }
    fn shape(&mut self, shape: Shape, first: u64, last: u64) -> Shape {
        Shape {
            bytes: shape.bytes + last - first,
            client: !shape.client,
            ..shape
        }
    }
    fn nothing(&mut self) {}
    fn long(&mut self, numbers: [u64; 8]) -> u64 {
        numbers.iter().sum()
    }
    fn write(&mut self, caller: Caller, channel: Option<u8>, bytes: &[u8]) -> Result<(), Error> {
        self.badge = caller.badge;
        self.bytes.extend(channel);
        self.bytes.extend(bytes);
        Ok(())
    }
    fn read(&mut self, at_most: u16) -> Result<Input<'_>, Error> {
        let length = self.bytes.len().min(at_most.into());
        let bytes = Bytes::new(&self.bytes[..length]).map_err(|_| Error::Odd)?;
        Ok(Input {
            bytes,
            end: length == self.bytes.len(),
        })
    }
    fn name(&mut self, add: &str) -> &str {
        self.name.push_str(add);
        &self.name
    }
    fn keep(&mut self, capability: ReceivedCapability) -> Result<u64, Error> {
        match capability {
            ReceivedCapability::Own { badge } => Ok(badge),
            _ => Err(Error::Odd),
        }
    }
    fn open(&mut self, how: u8) -> Result<CapabilityAddress, Error> {
        Ok(CapabilityAddress(how.into()))
    }
    fn both(&mut self, _: ReceivedCapability) -> Result<(CapabilityAddress, u64), Error> {
        Ok((CapabilityAddress(5), 6))
    }
    fn wait(&mut self, version: u64) -> Result<Deferrable<u64>, Error> {
        Ok(if version == 0 {
            Deferrable::Later
        } else {
            Deferrable::Now(version)
        })
    }
}

type Endpoint = mock::MockEndpoint<Serving<SampleInterface, Server>>;

fn machine() -> (
    mock::Machine<Serving<SampleInterface, Server>>,
    SampleClient<Endpoint>,
) {
    let machine = mock::Machine::serving::<SampleInterface>(Server::default());
    let client = SampleClient::new(machine.client(42));
    (machine, client)
}

#[test]
fn words_travel() {
    let (_, client) = machine();
    assert_eq!(client.double(21), Ok(42));
    let too_large = Error::TooLarge {
        at_most: u64::MAX / 2,
    };
    assert_eq!(client.double(1 << 63), Err(CallError::Refused(too_large)));
    let shape = Shape {
        bytes: 1,
        slots: 2,
        radix: 3,
        client: true,
    };
    let other = Shape {
        bytes: 9,
        client: false,
        ..shape
    };
    assert_eq!(client.shape(shape, 1, 9), Ok(other));
    assert_eq!(client.nothing(), Ok(()));
}

#[test]
fn longer_messages_travel() {
    let (machine, client) = machine();
    assert_eq!(client.long([1; 8]), Ok(8));
    assert_eq!(client.write(Some(b'#'), b"heather"), Ok(()));
    assert_eq!(machine.server().state.badge, 42);
    let read = client.read(4, |input| (input.bytes.to_vec(), input.end));
    assert_eq!(read, Ok((b"#hea".to_vec(), false)));
    assert_eq!(client.name("a", |name| name.to_owned()), Ok("a".into()));
    assert_eq!(client.name("ä", |name| name.to_owned()), Ok("aä".into()));
}

#[test]
fn what_is_too_long_is_not_sent() {
    let (machine, client) = machine();
    let too_long = Err(CallError::Protocol(ProtocolError::TooLong));
    assert_eq!(client.write(None, &[0; 901]), too_long);
    // What the server gives is cut off by the same rule.
    machine.server().state.bytes = vec![7; 1000];
    assert_eq!(
        client.read(1000, |_| ()),
        Err(CallError::Refused(Error::Odd))
    );
    machine.server().state.name = "x".repeat(65);
    assert_eq!(
        client.name("", |_| ()),
        Err(CallError::Protocol(ProtocolError::TooLong))
    );
}

#[test]
fn capabilities_travel() {
    let (machine, client) = machine();
    assert_eq!(
        client.open(3, mock::slot(9)),
        Ok(ReceivedCapability::InSlot)
    );
    let _ = machine.received(mock::slot(9));
    // One that is not the server's own.
    assert_eq!(
        client.keep(CapabilityAddress(77)),
        Err(CallError::Refused(Error::Odd))
    );
    // The server minted nothing: the badge in the slot is 0.
    assert_eq!(client.keep(CapabilityAddress(9)), Ok(0));
    let both = client.both(CapabilityAddress(9), mock::slot(10));
    assert_eq!(both, Ok((ReceivedCapability::InSlot, 6)));
    // Without the capability that it needs, the method is not called.
    let label = Label::of::<SampleInterface>(SampleKeep::NUMBER).to_bits();
    let (outgoing, bytes) = machine.client(1).raw(label, &[], None).unwrap();
    assert_eq!(outgoing.label.status(), Some(Status::Protocol));
    assert_eq!(bytes[0], ProtocolError::CapabilityMissing.code());
}

#[test]
fn an_empty_slot_is_gone_and_so_is_who_never_answers() {
    let (machine, client) = machine();
    let nobody = SampleClient::new(machine.received(mock::slot(1)));
    assert_eq!(nobody.double(1), Err(CallError::Gone));
    assert_eq!(client.wait(5), Ok(5));
    assert_eq!(client.wait(0), Err(CallError::Gone));
}

#[test]
fn the_description_says_how_each_method_travels() {
    let find = |name: &str| {
        let mut methods = SampleInterface::METHODS.iter();
        methods.find(|method| method.name == name).unwrap()
    };
    assert_eq!((find("double").number, find("name").number), (1, 7));
    assert_eq!((find("keep").number, find("open").number), (20, 21));
    assert_eq!(find("double").in_registers, (true, true));
    assert_eq!(find("shape").in_registers, (true, true));
    assert_eq!(find("shape").max_size, (32, 16));
    assert_eq!(find("long").in_registers, (false, true));
    assert_eq!(find("read").in_registers, (true, false));
    assert_eq!(find("keep").in_registers, (false, true));
    assert_eq!(
        find("write").signature,
        "(channel: Option<u8>, bytes: &[u8]) -> () or Error"
    );
    assert_eq!(SampleInterface::NAME, "sample");
}
