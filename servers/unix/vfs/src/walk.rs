// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a path to a place (path_resolution(7)).
use crate::inode::Kind;
use crate::permission::SEARCH;
use crate::{Base, Caller, FileType, Follow, Link, Place, Vfs};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};

/// How many symbolic links one walk may follow.
const MAX_LINKS: u32 = 40;

/// The last component of a path, when it is not looked up yet.
pub(crate) enum Last<'a> {
    /// A name in the directory where the walk stands.
    Name(Cow<'a, [u8]>),
    /// `.`: the walk stands there.
    Dot,
    /// `..`: the walk stands there.
    DotDot,
    /// Nothing but slashes.
    Root,
}

/// The text of a symbolic link that is being walked.
enum Text<'a> {
    Borrowed(&'a [u8]),
    /// A synthetic link's, and how much of it is done.
    Owned(Vec<u8>, usize),
}

impl Text<'_> {
    fn rest(&self) -> &[u8] {
        match self {
            Text::Borrowed(text) => text,
            Text::Owned(text, done) => &text[*done..],
        }
    }
}

fn trim_slashes(path: &[u8]) -> &[u8] {
    let slashes = path.iter().take_while(|&&byte| byte == b'/').count();
    &path[slashes..]
}

/// A walk in progress.
pub(crate) struct Walk<'a> {
    vfs: &'a Vfs,
    caller: &'a Caller<'a>,
    /// Where it stands.
    pub place: Place,
    /// What is left of the caller's path.
    path: &'a [u8],
    /// What is left of the links on the way, the current one last.
    texts: Vec<Text<'a>>,
    links: u32,
    /// A slash came behind the last component: it has to be a directory.
    pub trailing_slash: bool,
}

impl<'a> Walk<'a> {
    /// Begins a walk.
    pub fn new(vfs: &'a Vfs, caller: &'a Caller<'a>, base: Base, path: &'a [u8]) -> Result<Self> {
        if path.is_empty() {
            return Err(Errno::ENOENT);
        }
        if path.len() >= c::PATH_MAX as usize {
            return Err(Errno::ENAMETOOLONG);
        }
        let place = if path[0] == b'/' {
            caller.directories.root
        } else {
            let place = vfs.base_place(caller, base)?;
            if base != Base::Working && !vfs.is_directory(caller, place)? {
                return Err(Errno::ENOTDIR);
            }
            place
        };
        let (texts, links, trailing_slash) = (Vec::new(), 0, false);
        Ok(Self {
            vfs,
            caller,
            place,
            path,
            texts,
            links,
            trailing_slash,
        })
    }

    /// Goes to the directory that the last component is in, and gives that component.
    pub fn reach_last(&mut self) -> Result<Last<'a>> {
        loop {
            let Some((name, is_last)) = self.next_component() else {
                return Ok(Last::Root);
            };
            self.vfs.check_permission(self.caller, self.place, SEARCH)?;
            match &*name {
                b"." if is_last => return Ok(Last::Dot),
                b"." => {}
                b".." => {
                    self.place = self.vfs.parent(self.caller, self.place)?;
                    if is_last {
                        return Ok(Last::DotDot);
                    }
                }
                _ if is_last => return Ok(Last::Name(name)),
                _ => {
                    let place = self.vfs.lookup(self.caller, self.place, &name)?;
                    self.step(place)?;
                }
            }
        }
    }

    /// Goes on to what the path leads to.
    pub fn reach_end(&mut self, follow: Follow) -> Result<Place> {
        loop {
            let Last::Name(name) = self.reach_last()? else {
                return Ok(self.place);
            };
            let place = self.vfs.lookup(self.caller, self.place, &name)?;
            let file_type = self.vfs.file_type(self.caller, place)?;
            let follow = follow == Follow::Last || self.trailing_slash;
            if follow && file_type == Some(FileType::Symlink) {
                if self.follow(place)? {
                    continue;
                }
            } else {
                self.place = place;
            }
            if self.trailing_slash && !self.vfs.is_directory(self.caller, self.place)? {
                return Err(Errno::ENOTDIR);
            }
            return Ok(self.place);
        }
    }

    /// Steps to a component in the middle of the path.
    fn step(&mut self, place: Place) -> Result<()> {
        match self.vfs.file_type(self.caller, place)? {
            Some(FileType::Directory) => self.place = place,
            Some(FileType::Symlink) => {
                if !self.follow(place)? && !self.vfs.is_directory(self.caller, self.place)? {
                    return Err(Errno::ENOTDIR);
                }
            }
            _ => return Err(Errno::ENOTDIR),
        }
        Ok(())
    }

    /// Follows a symbolic link: true if there is a text to walk now, false if it was a magic one
    /// and the walk already stands where it leads.
    pub fn follow(&mut self, link: Place) -> Result<bool> {
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err(Errno::ELOOP);
        }
        let text = match link {
            Place::Synthetic(_, node) => match self.caller.synthetic.read_link(node)? {
                Link::Path(path) => Text::Owned(path, 0),
                Link::Place(place) => {
                    self.place = place;
                    return Ok(false);
                }
                Link::Description(description) => {
                    let description = self.vfs.descriptions.get(description.0 as usize);
                    self.place = description.ok_or(Errno::ENOENT)?.place;
                    return Ok(false);
                }
            },
            _ => match self
                .vfs
                .inode_at(link)
                .map(|inode| &self.vfs.inode(inode).kind)
            {
                Some(Kind::Symlink(target)) => Text::Borrowed(target),
                _ => return Err(Errno::EINVAL),
            },
        };
        if text.rest().is_empty() {
            return Err(Errno::ENOENT);
        }
        if text.rest()[0] == b'/' {
            self.place = self.caller.directories.root;
        }
        self.texts.push(text);
        Ok(true)
    }

    /// Takes the next component off, and tells whether it is the last one.
    fn next_component(&mut self) -> Option<(Cow<'a, [u8]>, bool)> {
        loop {
            let Some(text) = self.texts.last_mut() else {
                let (name, rest) = Self::split(self.path)?;
                let path = trim_slashes(rest);
                self.path = path;
                self.trailing_slash |= path.is_empty() && !rest.is_empty();
                return Some((Cow::Borrowed(name), path.is_empty()));
            };
            let (name, rest) = match text {
                Text::Borrowed(text) => {
                    let Some((name, rest)) = Self::split(text) else {
                        self.texts.pop();
                        continue;
                    };
                    *text = trim_slashes(rest);
                    (Cow::Borrowed(name), (text.is_empty(), rest.is_empty()))
                }
                Text::Owned(text, done) => {
                    let Some((name, rest)) = Self::split(&text[*done..]) else {
                        self.texts.pop();
                        continue;
                    };
                    let left = trim_slashes(rest).len();
                    *done = text.len() - left;
                    (Cow::Owned(name.to_vec()), (left == 0, rest.is_empty()))
                }
            };
            let (text_ends, no_slash) = rest;
            if text_ends {
                self.texts.pop();
            }
            let outer_ends = self.texts.iter().all(|text| text.rest().is_empty());
            let is_last = text_ends && outer_ends && self.path.is_empty();
            self.trailing_slash |= is_last && !no_slash;
            return Some((name, is_last));
        }
    }

    /// The first component of a path, and what comes behind it from the slash on.
    fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
        let path = trim_slashes(path);
        if path.is_empty() {
            return None;
        }
        let end = path
            .iter()
            .position(|&byte| byte == b'/')
            .unwrap_or(path.len());
        Some(path.split_at(end))
    }
}
