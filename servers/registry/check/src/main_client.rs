// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client that uses what the registry has, and ends the run.

use crate::probe::ProbeClient;
use crate::{Finding, list, report, told};
use alloc::format;
use croft_console::ConsoleClient;
use croft_ipc::{Label, Method, Text, encode, words_of};
use croft_registry::{NAME_MAX, Names, ViewClient, ViewInterface, ViewWait};
use croft_server::Process;
use sel4::MessageInfoBuilder;

/// Makes its checks.
pub fn run(process: &Process, names: &Names) -> i32 {
    let checks: &[(&str, crate::Check)] = &[
        ("its names", |_, names| list(names)),
        ("a publisher that comes late", late),
        ("who calls", who),
        ("what a derived view shows", derived),
        ("a publisher that dies", dies),
        ("messages of nobody who waits", nobody_waits),
        ("its names at the end", |_, names| list(names)),
    ];
    let told = report(process, names, checks);
    let finished =
        ConsoleClient::connect(process).map(|console| console.finish(i32::from(!told) as u8));
    i32::from(!matches!(finished, Ok(Ok(()))))
}

fn late(process: &Process, names: &Names) -> Finding {
    let now = told(names.find_now("late"));
    // Who waits for this has a lower priority: it goes on when this program waits.
    names.publish(process, "go")?;
    let late = ProbeClient::connect_to(names, "late")?;
    Ok(format!("{now}; {}", late.add(2)?))
}

fn who(_: &Process, names: &Names) -> Finding {
    let badge = ProbeClient::connect_to(names, "late")?.badge()?;
    let same = ProbeClient::connect_to(names, "phoenix")?.badge()? == badge;
    let identity = names.view().identify(badge)?;
    Ok(format!(
        "{}, derived: {}, same for all: {same}",
        identity.client, identity.derived
    ))
}

fn derived(process: &Process, names: &Names) -> Finding {
    let view = names.derive(false)?;
    names.view().show(view.address(), "late", "service", true)?;
    let child = Names::new(ViewClient::new(view.endpoint()));
    let shown = list(&child)?;
    let service = ProbeClient::connect_to(&child, "service")?;
    let identity = names.view().identify(service.badge()?)?;
    let others = told(child.find_now("late"));
    let published = told(child.publish(process, "service"));
    let further = told(child.derive(true));
    names.view().revoke(view.address())?;
    let revoked = told(child.find_now("service"));
    Ok(format!(
        "{shown}; {}, derived: {}; {others}; {published}; {further}; {revoked}; {}",
        identity.client,
        identity.derived,
        service.add(1)?
    ))
}

fn dies(_: &Process, names: &Names) -> Finding {
    let phoenix = ProbeClient::connect_to(names, "phoenix")?;
    let mut sums = format!("{}", phoenix.add(40)?);
    for _ in 0..2 {
        // It dies while this program waits for its answer.
        let died = told(phoenix.die());
        names.find_again(phoenix.transport())?;
        sums += &format!("; {died}; {}", phoenix.add(2)?);
    }
    Ok(sums)
}

/// Requests to be told of a name, by who does not wait for the answer, take no place from those who do.
fn nobody_waits(_: &Process, names: &Names) -> Finding {
    let registry = names.view().transport().0;
    let text = Text::<NAME_MAX>::new("done").map_err(|_| "too long")?;
    let mut bytes = [0; 32];
    let length = encode(&(text,), &mut bytes)?;
    let label = Label::of::<ViewInterface>(ViewWait::NUMBER).to_bits();
    let info = MessageInfoBuilder::default()
        .label(label)
        .length(length.div_ceil(8))
        .build();
    for _ in 0..10 {
        registry.send_with_mrs(info, words_of(&bytes));
    }
    // The guest has a lower priority.
    let now = told(names.find_now("done"));
    let done = ProbeClient::connect_to(names, "done")?;
    Ok(format!("{now}; {}", done.add(3)?))
}
