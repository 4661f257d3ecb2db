// SPDX-License-Identifier: MIT OR Apache-2.0
//! One architecture's image, with the test programs in it.
use std::sync::OnceLock;
use std::time::Duration;

use croft_images::{
    Arch, Components, Description, Image, Machine, Outcome, Run, Session, Tree, Workspace,
};

use crate::programs;

/// Where the test programs are in the guest.
pub const PROGRAMS: &str = "/tests/bin";

/// What every boot of an architecture begins with; built at the first use.
#[derive(Debug)]
pub struct System {
    /// The architecture.
    pub arch: Arch,
    workspace: Workspace,
    description: Description,
    components: Components,
    /// The file tree: that of `images/run`, and the test programs.
    pub tree: Tree,
}

impl System {
    /// The system of an architecture.
    ///
    /// # Errors
    /// If it cannot be built; the same for every test that asks.
    pub fn of(arch: Arch) -> Result<&'static System, String> {
        static SYSTEMS: [OnceLock<Result<System, String>>; 2] = [OnceLock::new(), OnceLock::new()];
        SYSTEMS[arch as usize]
            .get_or_init(|| System::build(arch))
            .as_ref()
            .map_err(Clone::clone)
    }

    fn build(arch: Arch) -> Result<System, String> {
        let text = |error: croft_images::Error| error.to_string();
        let workspace = Workspace::find();
        let description = Description::read(&workspace.description("unix")).map_err(text)?;
        let mut tree = Tree::base(&workspace, arch).map_err(text)?;
        for name in programs::compile(&workspace, arch)? {
            let host = programs::compiled(&workspace, arch).join(&name);
            tree.add(&host, &format!("{PROGRAMS}/{name}"))
                .map_err(text)?;
        }
        let components = Components::build(&workspace, arch, false, &description).map_err(text)?;
        Ok(System {
            arch,
            workspace,
            description,
            components,
            tree,
        })
    }

    /// The file tree of `images/run`, with these of the test programs.
    ///
    /// # Errors
    /// If the programs are not there.
    pub fn tree_with(&self, programs: &[&str]) -> croft_images::Result<Tree> {
        let mut tree = Tree::base(&self.workspace, self.arch)?;
        for name in programs {
            let host = programs::compiled(&self.workspace, self.arch).join(name);
            tree.add(&host, &format!("{PROGRAMS}/{name}"))?;
        }
        Ok(tree)
    }

    /// Boots a machine of this kind with this tree, and waits for the end of the run.
    ///
    /// # Errors
    /// If the image cannot be put together, does not fit the machine, or does not end within `limit`.
    pub fn run(
        &self,
        tree: &Tree,
        run: &Run,
        machine: &Machine,
        limit: Duration,
    ) -> croft_images::Result<Outcome> {
        let scratch = self.workspace.output(self.arch);
        let (components, description) = (&self.components, &self.description);
        let image = Image::assemble(&scratch, components, description, tree, run)?;
        Session::run(&image, machine, &[], limit)
    }

    /// Boots a machine with the usual memory and this tree; the run may take `limit`.
    ///
    /// # Errors
    /// If the image cannot be put together or QEMU not be started.
    pub fn boot(&self, tree: &Tree, run: &Run, limit: Duration) -> croft_images::Result<Booted> {
        let scratch = self.workspace.output(self.arch);
        let image = Image::assemble(&scratch, &self.components, &self.description, tree, run)?;
        let session = Session::start(&image, &Machine::default(), limit)?;
        Ok(Booted {
            session,
            _image: image,
        })
    }
}

/// A machine that runs.
#[derive(Debug)]
pub struct Booted {
    /// The test's end of it.
    pub session: Session,
    /// Keeps the image's files.
    _image: Image,
}
