// SPDX-License-Identifier: MIT OR Apache-2.0
//! Has text as run lengths, and a converter for it. Hands both over without knowing to whom, or whether somebody is there.

use crate::{Result, parent, say};
use alloc::format;
use alloc::vec;
use croft_ipc::{CallError, CapabilityAddress, SharedMemory};
use croft_patterns::name;
use croft_patterns::paste::{CopyingClient, Offer, Part, PasteError};
use croft_process::handover::slot;
use croft_server::{Process, SharedPage};

pub fn run(process: &Process, text: &str) -> Result {
    let clipboard = CopyingClient::connect(process)?;
    let page = SharedPage::new()?;
    page.write(0, text.as_bytes())?;
    let converter = process.frames("converter")?;
    clipboard.begin(Offer {
        from: name("run-lengths"),
        to: name("text"),
        data: text.len() as u32,
        converter: converter.length as u32,
    })?;
    // Something that is no page would be a way back, or to somebody else.
    let own_endpoint = process.service()?.bits();
    for no_page in [own_endpoint, slot::PARENT, slot::CNODE, slot::TCB] {
        let refused = clipboard.page(Part::Data, CapabilityAddress(no_page));
        if refused != Err(CallError::Refused(PasteError::NoPage)) {
            return Err(format!("no page, and no error: {refused:?}").into());
        }
    }
    // With all rights, as it is: the clipboard passes on only what can be read.
    let data = page.address().ok_or("a new page is this process' own")?;
    clipboard.page(Part::Data, data)?;
    for slot in (converter.first_slot..).take(converter.length.div_ceil(4096) as usize) {
        clipboard.page(Part::Converter, CapabilityAddress(slot))?;
    }
    clipboard.publish()?;
    parent().wait()?;
    let mut now = vec![0; text.len()];
    page.read(0, &mut now)?;
    let (_, heard) = process.service()?.nb_recv(());
    let (same, silent) = (now == text.as_bytes(), heard == 0);
    say(
        process,
        format!("my page is as it was: {same}, and I heard nothing: {silent}"),
    );
    Ok(())
}
