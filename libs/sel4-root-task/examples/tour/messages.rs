// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages between two threads: in registers, in the buffer, with capabilities, saved replies, signals.

use sel4::init_thread::slot;
use sel4::{
    CPtr, IpcBuffer, MSG_MAX_LENGTH, MessageInfo, MessageInfoBuilder, Result, Word, cap, cap_type,
    with_ipc_buffer, with_ipc_buffer_mut,
};

use crate::objects::{Objects, place};
use crate::threads::Thread;

/// What the echo thread does with a message, by its label.
const ECHO: Word = 0;
const ECHO_IN_BUFFER: Word = 1;
const SUM: Word = 2;

/// Answers every message, with its badge as the label.
extern "C" fn echo(buffer: &mut IpcBuffer, argument: Word) -> ! {
    let endpoint = cap::Endpoint::from_bits(argument);
    let mut request = endpoint.with(&mut *buffer).recv_with_mrs(());
    loop {
        let length = request.info.length();
        let reply = MessageInfo::new(request.badge, 0, 0, length);
        request = match request.info.label() {
            ECHO => endpoint
                .with(&mut *buffer)
                .reply_recv_with_mrs(reply, request.msg, ()),
            // The registers' words go through the buffer too.
            ECHO_IN_BUFFER => {
                buffer.msg_regs_mut()[..4].copy_from_slice(&request.msg);
                let (info, badge) = endpoint.with(&mut *buffer).reply_recv(reply, ());
                let [a, b, c, d, ..] = *buffer.msg_regs();
                sel4::RecvWithMRs {
                    info,
                    badge,
                    msg: [a, b, c, d],
                }
            }
            _ => {
                let sum = request.msg[..length].iter().sum();
                let reply = MessageInfo::new(request.badge, 0, 0, 1);
                endpoint
                    .with(&mut *buffer)
                    .reply_recv_with_mrs(reply, [sum], ())
            }
        };
    }
}

pub fn try_all(objects: &mut Objects) -> Result<()> {
    let endpoint = objects.make::<cap_type::Endpoint>()?;
    let server = Thread::new(objects, echo, endpoint.bits(), CPtr::NULL)?;
    server.run()?;
    let badged = objects.badged(endpoint, 0xb_adca)?;

    // All lengths that fit registers.
    let result = badged.call_with_mrs(MessageInfo::new(SUM, 0, 0, 3), [1, 20, 300]);
    assert_eq!((result.info.label(), result.info.length()), (0xb_adca, 1));
    assert_eq!(result.msg[0], 321);
    let result = badged.call_with_mrs(MessageInfo::new(ECHO, 0, 0, 4), [5, 6, 7, 8]);
    assert_eq!((result.info.length(), result.msg), (4, [5, 6, 7, 8]));
    let result = badged.call_with_mrs(MessageInfo::new(ECHO, 0, 0, 0), ());
    assert_eq!(result.info.length(), 0);

    // Longer ones.
    for label in [ECHO, ECHO_IN_BUFFER] {
        for length in [1, 4, 5, 17, MSG_MAX_LENGTH] {
            with_ipc_buffer_mut(|buffer| {
                for (index, word) in (1..).zip(&mut buffer.msg_regs_mut()[..length]) {
                    *word = index << 32 | length as Word;
                }
            });
            let info = MessageInfoBuilder::default().label(label).length(length);
            let reply = badged.call(info.build());
            assert_eq!((reply.label(), reply.bounded_length()), (0xb_adca, length));
            with_ipc_buffer(|buffer| {
                for (index, word) in (1..).zip(&buffer.msg_regs()[..length]) {
                    assert_eq!(*word, index << 32 | length as Word);
                }
                assert_eq!(buffer.msg_bytes()[..8], buffer.msg_regs()[0].to_ne_bytes());
            });
        }
    }
    server.tcb.tcb_suspend()?;
    try_capabilities(objects)?;
    try_saved_reply(objects)?;
    try_signals(objects)
}

/// Sends its argument, a capability, through the endpoint in the argument's slot before it.
extern "C" fn send_capability(buffer: &mut IpcBuffer, argument: Word) -> ! {
    let endpoint = cap::Endpoint::from_bits(argument - 1);
    buffer.caps_or_badges_mut()[0] = argument;
    endpoint
        .with(&mut *buffer)
        .call(MessageInfo::new(3, 0, 1, 0));
    buffer.caps_or_badges_mut()[0] = argument - 1;
    endpoint
        .with(&mut *buffer)
        .call(MessageInfo::new(4, 0, 1, 0));
    crate::threads::wait_forever(buffer, endpoint)
}

fn try_capabilities(objects: &mut Objects) -> Result<()> {
    let endpoint = objects.make::<cap_type::Endpoint>()?;
    let notification = objects.make::<cap_type::Notification>()?;
    // The sender's endpoint and, in the next slot, what it sends.
    let sender = objects.badged(endpoint, 0x55)?;
    let sent = objects.badged(notification, 0x77)?;
    assert_eq!(sent.bits(), sender.bits() + 1);
    let thread = Thread::new(objects, send_capability, sent.bits(), CPtr::NULL)?;
    let received = objects.slot();
    with_ipc_buffer_mut(|buffer| buffer.set_recv_slot(&place(received)));
    thread.run()?;

    let (info, badge) = endpoint.recv(());
    assert_eq!(
        (
            info.label(),
            info.extra_caps(),
            info.caps_unwrapped(),
            badge
        ),
        (3, 1, 0, 0x55)
    );
    received.cast::<cap_type::Notification>().cap().signal();
    assert_eq!(notification.poll(), ((), 0x77));

    // A capability to the endpoint itself arrives as its badge.
    let (info, _) = endpoint.reply_recv(MessageInfo::default(), ());
    assert_eq!(
        (info.label(), info.extra_caps(), info.caps_unwrapped()),
        (4, 1, 1)
    );
    with_ipc_buffer(|buffer| assert_eq!(buffer.caps_or_badges()[0], 0x55));
    thread.tcb.tcb_suspend()
}

/// Calls, and signals the notification in the next slot with what it was told.
extern "C" fn call_once(buffer: &mut IpcBuffer, argument: Word) -> ! {
    let endpoint = cap::Endpoint::from_bits(argument);
    let info = MessageInfo::new(0, 0, 0, 1);
    let reply = endpoint.with(&mut *buffer).call_with_mrs(info, [17]);
    assert_eq!(reply.msg[0], 71);
    cap::Notification::from_bits(argument + 1).signal();
    crate::threads::wait_forever(buffer, endpoint)
}

fn try_saved_reply(objects: &mut Objects) -> Result<()> {
    let endpoint = objects.make::<cap_type::Endpoint>()?;
    let notification = objects.make::<cap_type::Notification>()?;
    let caller = objects.badged(endpoint, 1)?;
    objects.badged(notification, 2)?;
    let thread = Thread::new(objects, call_once, caller.bits(), CPtr::NULL)?;
    thread.run()?;
    let request = endpoint.recv_with_mrs(());
    assert_eq!((request.badge, request.msg[0]), (1, 17));
    let saved = objects.slot();
    place(saved).save_caller()?;
    sel4::r#yield();
    assert_eq!(notification.poll(), ((), 0));
    let reply: cap::Reply = saved.cast().cap();
    reply.send_with_mrs(MessageInfo::new(0, 0, 0, 1), [71]);
    assert_eq!(notification.wait(), ((), 2));
    thread.tcb.tcb_suspend()
}

fn try_signals(objects: &mut Objects) -> Result<()> {
    let endpoint = objects.make::<cap_type::Endpoint>()?;
    let notification = objects.make::<cap_type::Notification>()?;
    let (one, four) = (
        objects.badged(notification, 1)?,
        objects.badged(notification, 4)?,
    );
    one.signal();
    four.signal();
    assert_eq!(notification.wait(), ((), 5));

    // A bound notification's signals end a receive on an endpoint.
    let tcb = slot::TCB.cap();
    tcb.tcb_bind_notification(notification)?;
    four.signal();
    let (_, badge) = endpoint.recv(());
    assert_eq!(badge, 4);
    tcb.tcb_unbind_notification()?;
    Ok(())
}
