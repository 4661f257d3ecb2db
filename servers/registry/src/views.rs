// SPDX-License-Identifier: MIT OR Apache-2.0
//! Views of names, without what is behind the names.
//!
//! Each name of a view leads to a name of another, older view, and in the end to one of the registry's own names. It is
//! followed anew at each use: what is taken out of a view is gone from all that show it. Since every step only passes on
//! what the view before it has, and permission to publish only if that has it, no view shows more than those that were
//! shown to it.

use crate::RegistryError;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Bound::{Excluded, Unbounded};

/// How many views can be derived from those of one client at a time.
pub const DERIVED: usize = 8;
/// How many names one client can show to derived views.
pub const NAMES: usize = 32;
/// The most clients: the number of a derived view has 12 bits for client and place.
pub const CLIENTS: usize = (1 << INDEX_BITS) / DERIVED;

const INDEX_BITS: u32 = 12;
const GENERATION_BITS: u32 = 13;
/// Numbers of derived views have this bit; those of a client's own are what the registry's parent gave.
const DERIVED_BIT: u64 = 1 << 25;

/// All views. A view is known by its number, which is the badge of the capability for it. The number of a view that has
/// ended is not used again.
#[derive(Debug, Default)]
pub struct Views {
    views: BTreeMap<u64, View>,
    clients: Vec<Client>,
    /// The registry's own names.
    names: Vec<String>,
    /// How many views there were.
    born: u64,
}

#[derive(Debug)]
struct Client {
    name: String,
    /// How many views each of its places has had.
    generations: [u64; DERIVED],
}

#[derive(Debug)]
struct View {
    /// Whose, as an index.
    client: usize,
    /// The view that it was derived through; none for a client's own.
    parent: Option<u64>,
    /// Of two views the one with the lower number is older.
    born: u64,
    may_derive: bool,
    names: BTreeMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    leads_to: Target,
    publish: bool,
    /// The client that it counts for.
    client: usize,
}

#[derive(Debug)]
enum Target {
    /// A name of the registry's own.
    Own(usize),
    /// A name of another view.
    Shown { view: u64, name: String },
}

/// Where a name leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Which of the registry's own names.
    pub index: usize,
    /// Whether something may be published there.
    pub publish: bool,
}

type Result<T> = core::result::Result<T, RegistryError>;

impl Views {
    /// A client of the registry with its own view: what it calls a name, the registry's name for that, and whether it may
    /// publish under it.
    ///
    /// # Errors
    /// [`RegistryError::Full`] if there are [`CLIENTS`], [`RegistryError::Taken`] if a number or a name is there twice,
    /// [`RegistryError::BadName`].
    pub fn add_client<'a>(
        &mut self,
        number: u64,
        client: &str,
        names: impl Iterator<Item = (&'a str, &'a str, bool)>,
    ) -> Result<()> {
        if self.clients.len() == CLIENTS || number >= DERIVED_BIT {
            return Err(RegistryError::Full);
        }
        if self.views.contains_key(&number) {
            return Err(RegistryError::Taken);
        }
        let mut entries = BTreeMap::new();
        for (shown, name, publish) in names {
            check(shown)?;
            check(name)?;
            let known = self.names.iter().position(|own| own == name);
            let index = known.unwrap_or_else(|| {
                self.names.push(name.to_string());
                self.names.len() - 1
            });
            let entry = Entry {
                leads_to: Target::Own(index),
                publish,
                client: self.clients.len(),
            };
            if entries.insert(shown.to_string(), entry).is_some() {
                return Err(RegistryError::Taken);
            }
        }
        let view = View {
            client: self.clients.len(),
            parent: None,
            born: 0,
            may_derive: true,
            names: entries,
        };
        self.views.insert(number, view);
        self.clients.push(Client {
            name: client.to_string(),
            generations: [0; DERIVED],
        });
        Ok(())
    }

    /// How many clients there are.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// How many names the registry has.
    #[must_use]
    pub fn names(&self) -> usize {
        self.names.len()
    }

    /// Whether there is a view of that number.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        self.views.contains_key(&number)
    }

    /// The client that a view belongs to, and whether it was derived.
    #[must_use]
    pub fn identity(&self, number: u64) -> Option<(&str, bool)> {
        let view = self.views.get(&number)?;
        Some((&self.clients[view.client].name, view.parent.is_some()))
    }

    /// Where a name of a view leads; `None` if the view has no such name.
    #[must_use]
    pub fn resolve(&self, view: u64, name: &str) -> Option<Resolved> {
        let (mut view, mut name, mut publish) = (view, name, true);
        // Each view leads to an older one.
        loop {
            let entry = self.views.get(&view)?.names.get(name)?;
            publish &= entry.publish;
            match &entry.leads_to {
                Target::Own(index) => {
                    let index = *index;
                    return Some(Resolved { index, publish });
                }
                Target::Shown {
                    view: next,
                    name: its,
                } => (view, name) = (*next, its),
            }
        }
    }

    /// The names of a view behind `after`, in alphabetical order.
    pub fn list(&self, view: u64, after: &str) -> impl Iterator<Item = (&str, Resolved)> {
        let names = self.views.get(&view).map(|view| &view.names);
        let behind = names
            .into_iter()
            .flat_map(move |names| names.range::<str, _>((Excluded(after), Unbounded)));
        behind.filter_map(move |(name, _)| Some((name.as_str(), self.resolve(view, name)?)))
    }

    /// Whether a view may publish under that name of the registry's own, whatever it calls it.
    #[must_use]
    pub fn may_publish(&self, view: u64, index: usize) -> bool {
        let there = Resolved {
            index,
            publish: true,
        };
        self.list(view, "").any(|(_, resolved)| resolved == there)
    }

    /// A new view that shows nothing; its number.
    ///
    /// # Errors
    /// [`RegistryError::NotAllowed`], [`RegistryError::Full`].
    pub fn derive(&mut self, through: u64, may_derive: bool) -> Result<u64> {
        let parent = self.deriving(through)?;
        let client = parent.client;
        let number = |place, generation| {
            DERIVED_BIT | generation << INDEX_BITS | (client * DERIVED + place) as u64
        };
        let generations = &mut self.clients[client].generations;
        let free = generations
            .iter_mut()
            .enumerate()
            .find(|(place, generation)| {
                // The last view of a place is the one of the generation before.
                let taken =
                    **generation > 0 && self.views.contains_key(&number(*place, **generation - 1));
                !taken && **generation < 1 << GENERATION_BITS
            });
        let (place, generation) = free.ok_or(RegistryError::Full)?;
        let number = number(place, *generation);
        *generation += 1;
        self.born += 1;
        let view = View {
            client,
            parent: Some(through),
            born: self.born,
            may_derive,
            names: BTreeMap::new(),
        };
        self.views.insert(number, view);
        Ok(number)
    }

    /// Shows a name of one view in another.
    ///
    /// # Errors
    /// As [`crate::View::show`].
    pub fn show(
        &mut self,
        through: u64,
        into: u64,
        name: &str,
        shown: &str,
        publish: bool,
    ) -> Result<()> {
        let client = self.may_show(through, into, 1)?;
        self.resolve(through, name)
            .ok_or(RegistryError::NoSuchName)?;
        self.check_new(into, shown)?;
        self.insert(
            into,
            shown,
            Target::Shown {
                view: through,
                name: name.to_string(),
            },
            publish,
            client,
        );
        Ok(())
    }

    /// Shows all names of one view in another, each with a prefix.
    ///
    /// # Errors
    /// As [`crate::View::show_all`]; then none is shown.
    pub fn show_all(&mut self, through: u64, into: u64, prefix: &str, publish: bool) -> Result<()> {
        let names: Vec<String> = self
            .list(through, "")
            .map(|(name, _)| name.to_string())
            .collect();
        let client = self.may_show(through, into, names.len())?;
        let shown = |name: &String| alloc::format!("{prefix}{name}");
        for name in &names {
            self.check_new(into, &shown(name))?;
        }
        for name in names {
            let shown = shown(&name);
            self.insert(
                into,
                &shown,
                Target::Shown {
                    view: through,
                    name,
                },
                publish,
                client,
            );
        }
        Ok(())
    }

    /// Takes a name out of a derived view.
    ///
    /// # Errors
    /// [`RegistryError::NoView`], [`RegistryError::NoSuchName`].
    pub fn hide(&mut self, through: u64, view: u64, shown: &str) -> Result<()> {
        if !self.descends(view, through) {
            return Err(RegistryError::NoView);
        }
        let hidden = self
            .views
            .get_mut(&view)
            .and_then(|view| view.names.remove(shown));
        hidden.map(drop).ok_or(RegistryError::NoSuchName)
    }

    /// Ends a derived view, and all that were derived through it.
    ///
    /// # Errors
    /// [`RegistryError::NoView`].
    pub fn revoke(&mut self, through: u64, view: u64) -> Result<()> {
        if !self.descends(view, through) {
            return Err(RegistryError::NoView);
        }
        let numbers = self.views.keys().copied();
        let ends: Vec<u64> = numbers
            .filter(|number| *number == view || self.descends(*number, view))
            .collect();
        self.views.retain(|number, _| !ends.contains(number));
        for view in self.views.values_mut() {
            view.names.retain(|_, entry| {
                !matches!(&entry.leads_to, Target::Shown { view, .. } if ends.contains(view))
            });
        }
        Ok(())
    }

    /// Whether a view was derived through another one, or through one that was, and so on.
    #[must_use]
    pub fn descends(&self, view: u64, ancestor: u64) -> bool {
        let parent = |number: u64| self.views.get(&number).and_then(|view| view.parent);
        let mut next = parent(view);
        while let Some(number) = next {
            if number == ancestor {
                return true;
            }
            next = parent(number);
        }
        false
    }

    /// A view that others may come out of.
    fn deriving(&self, view: u64) -> Result<&View> {
        let view = self.views.get(&view).ok_or(RegistryError::NoView)?;
        view.may_derive
            .then_some(view)
            .ok_or(RegistryError::NotAllowed)
    }

    /// The client that so many more names in `into` count for.
    fn may_show(&self, through: u64, into: u64, count: usize) -> Result<usize> {
        let source = self.deriving(through)?;
        let into = self.views.get(&into).ok_or(RegistryError::NoView)?;
        if into.parent.is_none() || into.born <= source.born {
            return Err(RegistryError::NoView);
        }
        let derived = self.views.values().filter(|view| view.parent.is_some());
        let entries = derived.flat_map(|view| view.names.values());
        let used = entries
            .filter(|entry| entry.client == source.client)
            .count();
        if used + count > NAMES {
            return Err(RegistryError::Full);
        }
        Ok(source.client)
    }

    fn check_new(&self, into: u64, shown: &str) -> Result<()> {
        check(shown)?;
        match self.views.get(&into) {
            Some(view) if view.names.contains_key(shown) => Err(RegistryError::Taken),
            _ => Ok(()),
        }
    }

    fn insert(&mut self, into: u64, shown: &str, leads_to: Target, publish: bool, client: usize) {
        let entry = Entry {
            leads_to,
            publish,
            client,
        };
        if let Some(view) = self.views.get_mut(&into) {
            view.names.insert(shown.to_string(), entry);
        }
    }
}

/// Checks a name's length and characters.
fn check(name: &str) -> Result<()> {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
    if (1..=crate::NAME_MAX).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(RegistryError::BadName)
}

#[cfg(test)]
mod tests;
