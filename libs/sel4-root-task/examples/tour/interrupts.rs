// SPDX-License-Identifier: MIT OR Apache-2.0
//! A timer's interrupt, so often that it comes at all moments of the kernel's own work.

use sel4::{Result, cap_type};

use crate::arch::Timer;
use crate::objects::Objects;

pub fn try_all(objects: &mut Objects) -> Result<()> {
    let notification = objects.make::<cap_type::Notification>()?;
    let signal = objects.badged(notification, 8)?;
    let timer = Timer::new(objects)?;
    timer.handler.irq_handler_set_notification(signal)?;
    timer.handler.irq_handler_ack()?;
    for _ in 0..200 {
        timer.start()?;
        assert_eq!(notification.wait(), ((), 8));
        timer.stop()?;
        timer.handler.irq_handler_ack()?;
    }
    timer.handler.irq_handler_clear()
}
