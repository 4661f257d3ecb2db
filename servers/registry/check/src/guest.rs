// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client that sees one service under a name of its own, and tries to see more.

use crate::probe::ProbeClient;
use crate::{Finding, list, report, told};
use alloc::format;
use croft_registry::{Handing, Names};
use croft_server::{Process, Slot};

/// Makes its checks, then says that it has.
pub fn run(process: &Process, names: &Names) -> i32 {
    let checks: &[(&str, crate::Check)] = &[
        ("its names", |_, names| list(names)),
        ("a service under a name of its own", uses),
        ("other names", others),
        ("publishing", publishes),
        ("through a derived view", widens),
        ("capabilities that are no views", no_views),
    ];
    let told = report(process, names, checks) && names.publish(process, "done").is_ok();
    // What was published lasts as long as the process.
    let served = process.serve(|_| {
        Ok(croft_ipc::Serving::<crate::ProbeInterface, _>::new(
            crate::Prober::default(),
        ))
    });
    if told { served } else { 1 }
}

fn uses(_: &Process, names: &Names) -> Finding {
    let mine = ProbeClient::connect_to(names, "mine")?;
    Ok(format!("{}", mine.add(1)?))
}

fn others(_: &Process, names: &Names) -> Finding {
    let look_up = |name| told(names.find_now(name));
    Ok(format!("{}; {}", look_up("secret"), look_up("phoenix")))
}

fn publishes(process: &Process, names: &Names) -> Finding {
    let publish = |name| told(names.publish(process, name));
    let withdrawn = told(names.view().withdraw("mine"));
    Ok(format!(
        "{}; {}; {withdrawn}",
        publish("mine"),
        publish("phoenix")
    ))
}

fn widens(process: &Process, names: &Names) -> Finding {
    let view = names.derive(true)?;
    let (own, address) = (names.view(), view.address());
    let unknown = told(own.show(address, "secret", "secret", true));
    own.show(address, "mine", "secret", true)?;
    let derived = Names::new(croft_registry::ViewClient::new(view.endpoint()));
    let published = told(derived.publish(process, "secret"));
    let shown = list(&derived)?;
    own.revoke(address)?;
    Ok(format!(
        "{unknown}; {published}; {shown}; {}",
        told(derived.find_now("secret"))
    ))
}

fn no_views(process: &Process, names: &Names) -> Finding {
    let view = names.view();
    let own = Slot::for_calling(process.service()?)?;
    let foreign = told(view.show(own.address(), "mine", "mine", true));
    let itself = croft_ipc::CapabilityAddress(view.transport().0.bits());
    let widened = told(view.show(itself, "mine", "other", true));
    let published = told(view.publish("done", Handing::Same, itself));
    Ok(format!("{foreign}; {widened}; {published}"))
}
