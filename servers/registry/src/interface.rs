// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a view offers to who holds a capability for it.

use core::fmt;
use croft_ipc::{
    Caller, CapabilityAddress, Deferrable, NoSlot, ReceivedCapability, data, interface, numbers,
};

/// The longest name in bytes, as in an image description.
pub const NAME_MAX: usize = 31;

/// The most names that one answer of [`View::list`] has.
pub const LIST_LENGTH: usize = 16;

/// A name.
pub type Name = heapless::String<NAME_MAX>;

/// A view: the names that its holder may see. Whether there is something behind a name is another question.
#[interface(number = numbers::REGISTRY, version = 1, name = "registry")]
pub trait View {
    /// What is published under a name now.
    fn look_up(
        &mut self,
        caller: Caller,
        #[max(NAME_MAX)] name: &str,
    ) -> Result<CapabilityAddress, RegistryError>;

    /// Answers when something is published under a name. It may be gone again when it is looked up then. For each view
    /// [`crate::WAITING`] callers can wait at a time.
    fn wait(
        &mut self,
        caller: Caller,
        #[max(NAME_MAX)] name: &str,
    ) -> Result<Deferrable<()>, RegistryError>;

    /// Publishes a capability under a name, until it is withdrawn, or its object or this view ends. What was published
    /// through this same view before is replaced; another view's publication is not.
    fn publish(
        &mut self,
        caller: Caller,
        #[max(NAME_MAX)] name: &str,
        handing: Handing,
        capability: ReceivedCapability,
    ) -> Result<(), RegistryError>;

    /// Takes back what was published through this view. Who looked it up keeps what it has.
    fn withdraw(
        &mut self,
        caller: Caller,
        #[max(NAME_MAX)] name: &str,
    ) -> Result<(), RegistryError>;

    /// The names of this view in alphabetical order: those behind `after`, as many as fit. An empty list is the end.
    fn list(
        &mut self,
        caller: Caller,
        #[max(NAME_MAX)] after: &str,
    ) -> Result<heapless::Vec<Shown, LIST_LENGTH>, RegistryError>;

    /// A new view, which shows nothing yet. It ends with this one. Without `may_derive` no further views can be derived
    /// through it, and it can show its names to no other.
    fn derive(
        &mut self,
        caller: Caller,
        may_derive: bool,
    ) -> Result<CapabilityAddress, RegistryError>;

    /// Lets a derived view see a name of this view, and call it `shown` there. With `publish` it may publish under it, if
    /// this one may. It sees it as long as this one does. Several views can show their names to the same one: so they are
    /// composed.
    fn show(
        &mut self,
        caller: Caller,
        view: ReceivedCapability,
        #[max(NAME_MAX)] name: &str,
        #[max(NAME_MAX)] shown: &str,
        publish: bool,
    ) -> Result<(), RegistryError>;

    /// The same for all names that this view has now, each with `prefix` before it. All or none of them.
    fn show_all(
        &mut self,
        caller: Caller,
        view: ReceivedCapability,
        #[max(NAME_MAX)] prefix: &str,
        publish: bool,
    ) -> Result<(), RegistryError>;

    /// Takes a name out of a view that was derived through this one; what was published through it under that name ends.
    fn hide(
        &mut self,
        caller: Caller,
        view: ReceivedCapability,
        #[max(NAME_MAX)] shown: &str,
    ) -> Result<(), RegistryError>;

    /// Ends a view that was derived through this one, with all that were derived through it, and what was published
    /// through them.
    fn revoke(&mut self, caller: Caller, view: ReceivedCapability) -> Result<(), RegistryError>;

    /// Who calls a service with the badge `number` that it published as [`Handing::ByCaller`].
    fn identify(&mut self, caller: Caller, number: u64) -> Result<Identity, RegistryError>;
}

/// What those who look a name up are handed.
#[data]
#[derive(Copy)]
pub enum Handing {
    /// All of them a copy of what was published. A service that is published so cannot tell its callers apart, unless what
    /// it published is something that makes a session for each who asks.
    Same,
    /// Each a capability with a badge of its own: the number of its view, by which the service tells its callers apart, as it
    /// does with those that an image description gives it. What is published must be an endpoint without a badge; so the
    /// service trusts the registry with all badges.
    ByCaller,
}

/// A name of a view.
#[data]
pub struct Shown {
    /// The name.
    pub name: Name,
    /// Whether the view may publish under it.
    pub publish: bool,
    /// Whether something is published under it now.
    pub there: bool,
}

/// Who holds a view.
#[data]
pub struct Identity {
    /// The client of the registry, by its name in the image.
    pub client: Name,
    /// Whether the view was derived: then the client holds it, or whoever the client gave it to.
    pub derived: bool,
}

/// Why a registry refuses.
#[data]
#[derive(Copy)]
pub enum RegistryError {
    /// This view has no such name.
    NoSuchName,
    /// Nothing is published under this name now.
    NotThere,
    /// This view may not publish under this name, or may not derive.
    NotAllowed,
    /// Something of another view is published under this name, or the derived view has this name already.
    Taken,
    /// To be handed out with a badge for each caller, it must be an endpoint without one.
    Badged,
    /// What came with the request is no view that was derived, or was not derived through this one, or is older than it.
    NoView,
    /// The capability is the registry's own, or vanished on its way.
    NoCapability,
    /// No name: 1 to 31 of `a-z 0-9 - . _`.
    BadName,
    /// There are as many as there can be: derived views or names of one client, or callers that wait of one view.
    Full,
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchName => "this process does not see the name: give it [server.names]",
            Self::NotThere => "nothing is published under the name",
            Self::NotAllowed => "the view does not allow that",
            Self::Taken => "the name is taken",
            Self::Badged => "only an endpoint without a badge can be handed out with one",
            Self::NoView => "not a view that was derived through this one",
            Self::NoCapability => "the capability cannot be published",
            Self::BadName => "no name: 1 to 31 of a-z 0-9 - . _",
            Self::Full => "there are as many as there can be",
        })
    }
}

impl core::error::Error for RegistryError {}

impl From<NoSlot> for RegistryError {
    fn from(_: NoSlot) -> Self {
        Self::Full
    }
}
