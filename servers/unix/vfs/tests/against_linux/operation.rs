// SPDX-License-Identifier: MIT OR Apache-2.0
//! Operations as data, and how they are made up.
use proptest::prelude::*;
use unix_abi::linux::general as c;

/// A path; long ones are shown by their length.
#[derive(Clone)]
pub struct Path(pub Vec<u8>);

impl std::ops::Deref for Path {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.len() {
            0..40 => write!(f, "{:?}", String::from_utf8_lossy(self)),
            length => write!(f, "({length} bytes)"),
        }
    }
}

/// A system call; `slot` stands for a descriptor.
#[derive(Clone, Debug)]
pub enum Operation {
    /// All that follows is done by this user.
    User(usize),
    Umask(u32),
    Mkdir(Path, u32),
    Mknod(Path, u32),
    Symlink(Path, Path),
    Link(Path, Path, bool),
    Unlink(Path),
    Rmdir(Path),
    Rename(Path, Path, u32),
    Open(Path, u32, u32),
    OpenAt(usize, Path, u32, u32),
    Duplicate(usize),
    Close(usize),
    Read(usize, usize),
    Write(usize, usize, u8),
    ReadAt(usize, usize, u64),
    WriteAt(usize, usize, u64, u8),
    Seek(usize, i64, u32),
    SetSize(usize, u64),
    Truncate(Path, u64),
    Allocate(usize, u32, u64, u64),
    CopyRange(usize, u64, usize, u64, usize),
    Stat(Path, bool),
    StatDescriptor(usize),
    SetFlags(usize, u32),
    GetFlags(usize),
    ReadDirectory(usize),
    ChangeMode(Path, u32),
    ChangeModeDescriptor(usize, u32),
    ChangeOwner(Path, Option<u32>, Option<u32>, bool),
    /// Seconds; None leaves it, negative is now.
    SetTimes(Path, Option<i64>, Option<i64>),
    Access(Path, u32),
    ReadLink(Path),
    ChangeDirectory(Path),
    ChangeDirectoryDescriptor(usize),
    WorkingDirectory,
    Pipe,
    Poll(usize),
    PipeSize(usize, u32),
    ReadableBytes(usize),
    Flock(usize, u32),
    /// `F_OFD_SETLK`: kind (`F_RDLCK` …), whence, start, length.
    SetLock(usize, u32, u32, i64, i64),
    /// `F_OFD_GETLK`.
    GetLock(usize, u32, u32, i64, i64),
}

/// What a call gave back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    Nothing,
    Number(u64),
    Bytes(Vec<u8>),
    Names(Vec<(Vec<u8>, u8)>),
    /// `l_type`, `l_start`, `l_len`; the type is that of no lock if there is none in the way.
    Lock(u32, i64, i64),
    Stat {
        mode: u32,
        links: u32,
        uid: u32,
        gid: u32,
        size: u64,
        blocks: u64,
        times: (i64, i64),
    },
    /// The descriptor stands for nothing.
    NoSlot,
}

/// Time stamps from the operations are below this; the clock is above.
pub const CLOCK: i64 = 1_000_000;

fn component() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        30 => prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(|name| name.into()),
        2 => Just(b".".to_vec()),
        3 => Just(b"..".to_vec()),
        1 => Just(b"".to_vec()),
    ]
}

/// Without the privilege to have an own root directory, paths stay below the test's directory.
fn path(privileged: bool) -> BoxedStrategy<Path> {
    let usual = (
        any::<bool>(),
        prop::collection::vec(component(), 1..4),
        0..8u32,
    )
        .prop_map(move |(absolute, mut parts, slash)| {
            if !privileged {
                parts.retain(|part| part != b".." && !part.is_empty());
                parts.insert(0, b".".to_vec());
            }
            let mut path = parts.join(&b'/');
            if absolute && privileged {
                path.insert(0, b'/');
            }
            if slash == 0 {
                path.push(b'/');
            }
            path
        });
    prop_oneof![
        60 => usual,
        1 => Just(Vec::new()),
        1 => Just(vec![b'n'; 255]),
        1 => Just(vec![b'n'; 256]),
        1 => (4090..4100usize).prop_map(|length| {
            let mut path: Vec<u8> = b"./".iter().copied().cycle().take(length - 1).collect();
            path.push(b'a');
            path
        }),
    ]
    .prop_map(Path)
    .boxed()
}

fn mode() -> impl Strategy<Value = u32> {
    prop_oneof![
        4 => Just(0o777u32),
        2 => Just(0o755),
        2 => Just(0o644),
        3 => 0..0o10000u32,
        1 => Just(0o1777),
        1 => Just(0o2775),
        1 => Just(0o6755),
    ]
    .prop_map(|mode| {
        if crate::settings().protects_sticky {
            mode & !c::S_ISVTX
        } else {
            mode
        }
    })
}

fn open_flags() -> impl Strategy<Value = u32> {
    let flag = |flag: u32, weight: u32| {
        (0..10u32).prop_map(move |dice| if dice < weight { flag } else { 0 })
    };
    (
        0..3u32,
        flag(c::O_CREAT, 6),
        flag(c::O_EXCL, 2),
        flag(c::O_TRUNC, 2),
        flag(c::O_APPEND, 2),
        flag(c::O_DIRECTORY, 2),
        flag(c::O_NOFOLLOW, 2),
        flag(c::O_PATH, 1),
    )
        .prop_map(
            |(access, creat, excl, trunc, append, directory, nofollow, path)| {
                // A FIFO without a partner would wait.
                access | creat | excl | trunc | append | directory | nofollow | path | c::O_NONBLOCK
            },
        )
        .prop_flat_map(|flags| {
            prop_oneof![
                12 => Just(flags),
                1 => (1..3u32).prop_map(|access| c::O_TMPFILE | access),
            ]
        })
}

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![6 => 0..300usize, 2 => 4000..4200usize, 2 => 0..20000usize, 1 => 60000..70000usize]
}

fn offset() -> impl Strategy<Value = u64> {
    prop_oneof![
        5 => 0..500u64,
        3 => 4000..4200u64,
        3 => 0..40000u64,
        1 => Just(1 << 40),
        1 => Just(i64::MAX as u64 - 1),
        1 => Just(i64::MAX as u64),
    ]
}

fn whences() -> impl Strategy<Value = u32> {
    prop_oneof![8 => Just(c::SEEK_SET), 1 => Just(c::SEEK_CUR), 1 => Just(c::SEEK_END), 1 => Just(9u32)]
}

fn lock_start() -> impl Strategy<Value = i64> {
    prop_oneof![20 => 0..40i64, 2 => -40..40i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

fn lock_length() -> impl Strategy<Value = i64> {
    prop_oneof![20 => 0..20i64, 4 => -20..20i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

fn rename_flags() -> impl Strategy<Value = u32> {
    prop_oneof![
        6 => Just(0),
        2 => Just(c::RENAME_NOREPLACE),
        2 => Just(c::RENAME_EXCHANGE),
        1 => Just(c::RENAME_EXCHANGE | c::RENAME_NOREPLACE),
    ]
}

fn time() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![Just(None), Just(Some(-1)), (0..1000i64).prop_map(Some)]
}

fn id() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![
        Just(None),
        Just(Some(0)),
        Just(Some(1000)),
        Just(Some(1001))
    ]
}

fn names(privileged: bool) -> BoxedStrategy<Operation> {
    let path = || path(privileged);
    let kinds = vec![c::S_IFIFO, c::S_IFREG, c::S_IFSOCK, c::S_IFDIR];
    prop_oneof![
        6 => (path(), mode()).prop_map(|(p, m)| Operation::Mkdir(p, m)),
        2 => (path(), prop::sample::select(kinds), mode())
            .prop_map(|(p, kind, m)| Operation::Mknod(p, kind | m)),
        4 => (path(), path()).prop_map(|(t, p)| Operation::Symlink(t, p)),
        4 => (path(), path(), any::<bool>()).prop_map(|(o, n, f)| Operation::Link(o, n, f)),
        4 => path().prop_map(Operation::Unlink),
        3 => path().prop_map(Operation::Rmdir),
        8 => (path(), path(), rename_flags()).prop_map(|(o, n, f)| Operation::Rename(o, n, f)),
        2 => path().prop_map(Operation::ReadLink),
        2 => path().prop_map(Operation::ChangeDirectory),
        1 => Just(Operation::WorkingDirectory),
        1 => (0..0o1000u32).prop_map(Operation::Umask),
    ]
    .boxed()
}

fn attributes(privileged: bool) -> BoxedStrategy<Operation> {
    let path = || path(privileged);
    prop_oneof![
        3 => (path(), any::<bool>()).prop_map(|(p, f)| Operation::Stat(p, f)),
        2 => (path(), mode()).prop_map(|(p, m)| Operation::ChangeMode(p, m)),
        2 => (path(), id(), id(), any::<bool>())
            .prop_map(|(p, u, g, f)| Operation::ChangeOwner(p, u, g, f)),
        3 => (path(), time(), time()).prop_map(|(p, a, m)| Operation::SetTimes(p, a, m)),
        2 => (path(), 0..8u32).prop_map(|(p, m)| Operation::Access(p, m)),
        1 => (path(), offset()).prop_map(|(p, s)| Operation::Truncate(p, s)),
        3 => (0..3usize).prop_map(Operation::User),
    ]
    .boxed()
}

fn descriptors(privileged: bool) -> BoxedStrategy<Operation> {
    let path = || path(privileged);
    let slot = || 0..6usize;
    let whence = 0..5u32;
    let relative = prop_oneof![
        -400..400i64,
        -5000..20000i64,
        Just(i64::MAX),
        Just(i64::MIN)
    ];
    let keep = c::FALLOC_FL_KEEP_SIZE;
    let modes = vec![
        0,
        keep,
        keep | c::FALLOC_FL_PUNCH_HOLE,
        c::FALLOC_FL_ZERO_RANGE,
    ];
    let locks = vec![c::LOCK_SH, c::LOCK_EX, c::LOCK_UN];
    let small = || 0..50000u64;
    prop_oneof![
        12 => (path(), open_flags(), mode()).prop_map(|(p, f, m)| Operation::Open(p, f, m)),
        4 => (slot(), path(), open_flags(), mode())
            .prop_map(|(s, p, f, m)| Operation::OpenAt(s, p, f, m)),
        2 => slot().prop_map(Operation::Duplicate),
        2 => slot().prop_map(Operation::Close),
        8 => (slot(), length()).prop_map(|(s, l)| Operation::Read(s, l)),
        10 => (slot(), length(), any::<u8>()).prop_map(|(s, l, b)| Operation::Write(s, l, b)),
        4 => (slot(), length(), offset()).prop_map(|(s, l, o)| Operation::ReadAt(s, l, o)),
        5 => (slot(), length(), offset(), any::<u8>())
            .prop_map(|(s, l, o, b)| Operation::WriteAt(s, l, o, b)),
        4 => (slot(), relative, whence).prop_map(|(s, o, w)| Operation::Seek(s, o, w)),
        3 => (slot(), offset()).prop_map(|(s, l)| Operation::SetSize(s, l)),
        3 => (slot(), prop::sample::select(modes), small(), small())
            .prop_map(|(s, m, o, l)| Operation::Allocate(s, m, o, l)),
        2 => (slot(), small(), slot(), small(), length())
            .prop_map(|(f, o, t, p, l)| Operation::CopyRange(f, o, t, p, l)),
        3 => slot().prop_map(Operation::StatDescriptor),
        1 => (slot(), any::<bool>()).prop_map(|(s, append)| {
            Operation::SetFlags(s, c::O_NONBLOCK | if append { c::O_APPEND } else { 0 })
        }),
        1 => slot().prop_map(Operation::GetFlags),
        3 => slot().prop_map(Operation::ReadDirectory),
        1 => (slot(), mode()).prop_map(|(s, m)| Operation::ChangeModeDescriptor(s, m)),
        1 => slot().prop_map(Operation::ChangeDirectoryDescriptor),
        2 => Just(Operation::Pipe),
        2 => slot().prop_map(Operation::Poll),
        1 => (slot(), 0..=1u32 << 20).prop_map(|(s, l)| Operation::PipeSize(s, l)),
        1 => slot().prop_map(Operation::ReadableBytes),
        2 => (slot(), prop::sample::select(locks)).prop_map(|(s, o)| Operation::Flock(s, o)),
        5 => (slot(), 0..3u32, whences(), lock_start(), lock_length())
            .prop_map(|(s, k, w, a, l)| Operation::SetLock(s, k, w, a, l)),
        2 => (slot(), 0..2u32, whences(), lock_start(), lock_length())
            .prop_map(|(s, k, w, a, l)| Operation::GetLock(s, k, w, a, l)),
    ]
    .boxed()
}

/// Sequences of operations.
pub fn operations(privileged: bool) -> impl Strategy<Value = Vec<Operation>> {
    let any = prop_oneof![
        5 => names(privileged),
        2 => attributes(privileged),
        6 => descriptors(privileged),
    ];
    (prop::collection::vec(any, 1..80), 0..5u32).prop_map(|(operations, dice)| {
        if dice == 0 {
            operations.into_iter().flat_map(watch_times).collect()
        } else {
            operations
        }
    })
}

/// An operation between calls that set the times of some files and look at them again, so that
/// each change of a time shows.
fn watch_times(operation: Operation) -> Vec<Operation> {
    let watched = [".", "a", "b", "c", "a/a", "a/b"].map(|path| Path(path.into()));
    let set = watched
        .clone()
        .map(|path| Operation::SetTimes(path, Some(300), Some(200)));
    let look = watched.map(|path| Operation::Stat(path, true));
    set.into_iter().chain([operation]).chain(look).collect()
}
