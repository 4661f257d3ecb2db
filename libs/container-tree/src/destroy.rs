// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a container ends.
use crate::container::{Life, NOBODY};
use crate::tree::Tree;
use crate::{ContainerId, Error, Kernel};

/// How far [`Tree::destroy_step`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A chunk was revoked; there is more to do.
    Revoked,
    /// This container is gone; there is more to do.
    Ended(ContainerId),
    /// The container that was to be destroyed is gone, with everything below it.
    Finished,
}

impl Tree {
    /// Begins to destroy a container and all that were derived from it: from now on nothing can be asked of them.
    ///
    /// # Errors
    /// [`Error::Root`], [`Error::NoSuchContainer`]; [`Error::Dying`] if that has begun already.
    pub fn begin_destroy<K>(&mut self, id: ContainerId) -> Result<(), Error<K>> {
        self.living(id)?;
        if id == ContainerId::ROOT {
            return Err(Error::Root);
        }
        let mut next = Some(id);
        while let Some(each) = next {
            self.container_mut(each.0).life = Life::Dying;
            next = self.next_in_walk(id, each);
        }
        Ok(())
    }

    /// Does a bounded part of the work: revokes one chunk of one container that has no children, so other requests
    /// can be answered in between. Call it until it is finished.
    ///
    /// # Errors
    /// [`Error::NoSuchContainer`] if [`Tree::begin_destroy`] was not called; [`Error::Kernel`].
    pub fn destroy_step<K: Kernel>(
        &mut self,
        kernel: &mut K,
        id: ContainerId,
    ) -> Result<Step, Error<K::Error>> {
        match self.containers.get(u32::from(id.0)) {
            Some(container) if container.life == Life::Dying => {}
            _ => return Err(Error::NoSuchContainer),
        }
        let mut leaf = id.0;
        while self.container(leaf).first_child != NOBODY {
            leaf = self.container(leaf).first_child;
        }
        let chunk = self.container(leaf).chunks;
        if chunk != 0 {
            kernel
                .revoke(self.books.slot(chunk))
                .map_err(Error::Kernel)?;
            self.books.forget_parts(chunk);
            self.detach_chunk(leaf, chunk);
            let block = self.books.block_mut(chunk);
            block.serial = block.serial.wrapping_add(1);
            self.release(self.container(leaf).parent, chunk);
            return Ok(Step::Revoked);
        }
        self.account(leaf, |record| {
            record.used = crate::Amount::ZERO;
            record.guaranteed = crate::Amount::ZERO;
        });
        self.remove_record(leaf);
        Ok(if leaf == id.0 {
            Step::Finished
        } else {
            Step::Ended(ContainerId(leaf))
        })
    }

    /// All of it at once.
    ///
    /// # Errors
    /// As for [`Tree::begin_destroy`] and [`Tree::destroy_step`].
    pub fn destroy<K: Kernel>(
        &mut self,
        kernel: &mut K,
        id: ContainerId,
        mut ended: impl FnMut(ContainerId),
    ) -> Result<(), Error<K::Error>> {
        self.begin_destroy(id)?;
        loop {
            match self.destroy_step(kernel, id)? {
                Step::Revoked => {}
                Step::Ended(child) => ended(child),
                Step::Finished => {
                    ended(id);
                    return Ok(());
                }
            }
        }
    }
}
