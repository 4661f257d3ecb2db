// SPDX-License-Identifier: MIT OR Apache-2.0
//! A Rust program with the standard library, without threads. It prints the same wherever it runs.
use std::collections::{BTreeMap, HashMap};
use std::env;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::panic;
use std::process::{self, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

fn main() -> io::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    println!("arguments {arguments:?}");
    if arguments.first().is_some_and(|first| first == "child") {
        let mut input = String::new();
        io::stdin().read_to_string(&mut input)?;
        eprintln!("the child got {input:?} and GREETING={:?}", env::var("GREETING"));
        process::exit(42);
    }
    println!("own name {:?}", env::current_exe()?.file_name());
    println!("unset variable {:?}", env::var("SURELY_NOT_SET"));

    // Its keys are hashed with random numbers of the system.
    let mut words = HashMap::new();
    for word in "the quick fox and the lazy dog and the end".split(' ') {
        *words.entry(word).or_insert(0) += 1;
    }
    println!("words {:?}", words.into_iter().collect::<BTreeMap<_, _>>());

    files()?;
    children()?;
    time();

    panic::set_hook(Box::new(|_| {}));
    let caught = panic::catch_unwind(|| {
        let empty: [u8; 0] = [];
        let index = env::args().count();
        empty[index]
    });
    println!("panic caught: {}", caught.is_err());
    process::exit(7);
}

fn files() -> io::Result<()> {
    fs::create_dir_all("tree/deep/deeper")?;
    fs::write("tree/text", "first\nsecond\nthird\n")?;
    let lines: Vec<_> = BufReader::new(File::open("tree/text")?)
        .lines()
        .collect::<io::Result<_>>()?;
    println!("lines {lines:?}");
    let mut file = OpenOptions::new().read(true).write(true).open("tree/text")?;
    file.seek(SeekFrom::Start(6))?;
    file.write_all(b"SECOND")?;
    file.set_len(13)?;
    println!("changed {:?}", fs::read_to_string("tree/text")?);
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    file.set_modified(old)?;
    println!("time kept: {}", file.metadata()?.modified()? == old);
    fs::copy("tree/text", "tree/copy")?;
    fs::rename("tree/copy", "tree/deep/copy")?;
    fs::hard_link("tree/text", "tree/deep/hard")?;
    let mut names: Vec<_> = fs::read_dir("tree/deep")?
        .map(|entry| entry.map(|entry| (entry.file_name(), entry.metadata().unwrap().len() == 13)))
        .collect::<io::Result<_>>()?;
    names.retain(|(name, _)| name != OsStr::new("deeper"));
    names.sort();
    println!("names {names:?}");
    println!("canonical: {}", fs::canonicalize("tree/deep/../text")?.ends_with("tree/text"));
    let missing = File::open("tree/missing").map(drop).map_err(|error| error.kind());
    println!("missing {missing:?} {}", missing == Err(ErrorKind::NotFound));
    println!("not empty {:?}", fs::remove_dir("tree").map_err(|error| error.raw_os_error()));
    fs::remove_dir_all("tree")?;
    println!("removed {}", !fs::exists("tree")?);
    Ok(())
}

fn children() -> io::Result<()> {
    println!("true {:?}", Command::new("/bin/true").status()?.code());
    let output = Command::new("/bin/sh").args(["-c", "echo out; echo err >&2; exit 3"]).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    println!("sh {:?} {out:?} {error:?}", output.status.code());
    let mut child = Command::new(env::current_exe()?)
        .arg("child")
        .env("GREETING", "hello")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().unwrap().write_all(b"some input")?;
    let output = child.wait_with_output()?;
    println!("child {:?} {}", output.status.code(), text(&output.stderr).trim_end());
    let missing = Command::new("/no/such/program").spawn().map(drop);
    println!("missing {:?}", missing.map_err(|error| error.kind()));
    Ok(())
}

fn time() {
    let begun = Instant::now();
    std::thread::sleep(Duration::from_millis(20));
    println!("slept {}", begun.elapsed() >= Duration::from_millis(20));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    println!("after 2020 {}", now.is_ok_and(|time| time.as_secs() > 1_577_836_800));
}
