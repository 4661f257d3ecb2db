// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registry server: services by name. A process sees only the names that its parent let through.
//!
//! ```text
//!   image description           the registry's own names
//!                              ┌───────────────┬──────────────┐
//!                              │ date          │ log.date     │   what is published, by whom
//!                              └───▲────▲──────┴──────▲───────┘
//!   date:   publishes = { date }───┘    │             │
//!   desk:   sees = { time = "date", log = "log.date" }│       a client's own view
//!                       ▲               └─ time  log ─┘
//!                       │ show(time, as "clock")
//!   desk's child:   clock                                     a view that desk derived
//! ```
//!
//! * A *view* ([`View`]) is a capability: a list of names, each of which leads to a name of an older view, and in the end
//!   to one of the registry's own. The first views come from the image description (`[server.names]`). Who holds one
//!   derives further ones, shows them some of its names, under the same names or others, with or without the permission to
//!   publish, and hands them on: to a child as its service `registry`. Several views can show names to the same one. What a
//!   view shows is looked up through all the views above it each time ([`Views`]), so it is never more than was let
//!   through, and what is hidden above is gone below.
//! * A *publication* belongs to the view that it was made through. Nobody else can replace it while it lasts. It ends when
//!   it is withdrawn, when that view ends, and when its object ends: the kernel takes the capabilities of a server that ended
//!   away, the registry's among them, and the registry looks before it says that there is something. A publisher that is
//!   started anew holds the same view and publishes anew; those who used it get [`croft_ipc::CallError::Gone`] and look it
//!   up again. What was looked up stays with who has it, whatever becomes of the name. A registry that ends takes its
//!   publications and derived views with it: publishers have to publish anew.
//! * *Who asks.* An endpoint capability with a badge cannot get another one, so a service that publishes one copy for
//!   everybody could not tell its callers apart. A factory that the registry calls when somebody looks the service up would
//!   let a publisher stop the registry. So a service publishes its endpoint without a badge, for calling only, and each view
//!   gets it with the view's number as the badge ([`Handing::ByCaller`]): exactly what an image description gives, and a
//!   server is the same either way. The number tells the service who asks ([`View::identify`]), and nobody can choose it. The
//!   price is that the service trusts the registry, as it trusts the root task, with its badges. Who does not publishes a
//!   capability of its own ([`Handing::Same`]), say for an object that makes a session for each who asks.
//! * *Who asks pays.* Each client has room for so many derived views ([`DERIVED`]), names in them ([`NAMES`]) and callers
//!   that wait ([`WAITING`] for each view); a derived view counts for the client that it began with. At its start the registry
//!   makes sure that it has memory and slots for all of that, so no client can take another one's.
//! * *Services instead of set-uid programs*: `servers/example-date`.
//!
//! Called by every server that the image description gives it to, and by those that they hand views to. It touches what it is
//! sent and its own container, and calls nobody but its parent and the log.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "client")]
mod client;
mod interface;
mod service;
#[cfg(test)]
mod tests;
mod views;

#[cfg(feature = "client")]
pub use client::{FindError, Found, Names};
pub use interface::{
    Handing, Identity, LIST_LENGTH, NAME_MAX, Name, RegistryError, Shown, View, ViewClient,
    ViewDerive, ViewHide, ViewIdentify, ViewInterface, ViewList, ViewLookUp, ViewPublish,
    ViewRevoke, ViewShow, ViewShowAll, ViewWait, ViewWithdraw,
};
pub use service::{Service, WAITING};
pub use views::{CLIENTS, DERIVED, NAMES, Resolved, Views};
