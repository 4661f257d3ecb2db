// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files and pipes through system calls.
use super::harness::{DATA, Harness};
use unix_abi::Errno;
use unix_abi::linux::general as linux;
use unix_abi::syscalls::Sysno;
use unix_process::Pid;

const INIT: Pid = Pid::INIT;

#[test]
fn a_file_of_the_archive_is_read() {
    let mut harness = Harness::new();
    assert_eq!(harness.slurp(INIT, "/etc/motd"), "hello\n");
    assert_eq!(harness.open(INIT, "/etc/nothing", 0), Err(Errno::ENOENT));
}

#[test]
fn what_is_written_is_read_again_across_pages() {
    let mut harness = Harness::new();
    let flags = linux::O_RDWR | linux::O_CREAT;
    let fd = harness.open(INIT, "/tmp/file", flags).unwrap();
    let text: Vec<u8> = (0..3000u32).flat_map(|word| word.to_le_bytes()).collect();
    let buffer = harness
        .call(INIT, Sysno::mmap, &[0, 0x4000, 3, 0x22, usize::MAX, 0])
        .unwrap();
    harness.poke(INIT, buffer, &text);
    assert_eq!(
        harness.call(INIT, Sysno::write, &[fd, buffer, text.len()]),
        Ok(text.len())
    );
    assert_eq!(harness.call(INIT, Sysno::lseek, &[fd, 1, 0]), Ok(1));
    let other = harness
        .call(INIT, Sysno::mmap, &[0, 0x4000, 3, 0x22, usize::MAX, 0])
        .unwrap();
    assert_eq!(
        harness.call(INIT, Sysno::read, &[fd, other, 0x4000]),
        Ok(text.len() - 1)
    );
    assert_eq!(harness.peek(INIT, other, text.len() - 1), &text[1..]);
}

#[test]
fn bad_pointers_are_refused() {
    let mut harness = Harness::new();
    let fd = harness.open(INIT, "/etc/motd", 0).unwrap();
    for address in [
        0,
        8,
        usize::MAX - 3,
        0x7fff_ffff_f000,
        0xffff_8000_0000_0000,
    ] {
        assert_eq!(
            harness.call(INIT, Sysno::read, &[fd, address, 8]),
            Err(Errno::EFAULT)
        );
    }
    assert_eq!(
        harness.call(INIT, Sysno::read, &[99, DATA, 8]),
        Err(Errno::EBADF)
    );
}

#[test]
fn a_pipe_blocks_and_wakes() {
    let mut harness = Harness::new();
    harness.call(INIT, Sysno::pipe2, &[DATA, 0]).unwrap();
    let ends = harness.peek(INIT, DATA, 8);
    let (read, write) = (usize::from(ends[0]), usize::from(ends[4]));
    let child = harness.fork(INIT);
    assert_eq!(harness.begin(child, Sysno::read, &[read, DATA, 100]), None);
    harness.poke(INIT, DATA, b"through the pipe");
    assert_eq!(harness.call(INIT, Sysno::write, &[write, DATA, 16]), Ok(16));
    assert_eq!(harness.result(child), Some(Ok(16)));
    assert_eq!(harness.peek(child, DATA, 16), b"through the pipe");
    // The last writer closes: end of file.
    harness.call(child, Sysno::close, &[write]).unwrap();
    assert_eq!(harness.begin(child, Sysno::read, &[read, DATA, 100]), None);
    harness.call(INIT, Sysno::close, &[write]).unwrap();
    assert_eq!(harness.result(child), Some(Ok(0)));
}

#[test]
fn a_large_write_to_a_pipe_goes_on_where_it_stopped() {
    let mut harness = Harness::new();
    harness.call(INIT, Sysno::pipe2, &[DATA, 0]).unwrap();
    let child = harness.fork(INIT);
    let size = 150_000;
    let buffer = harness
        .call(INIT, Sysno::mmap, &[0, size, 3, 0x22, usize::MAX, 0])
        .unwrap();
    assert_eq!(harness.begin(INIT, Sysno::write, &[4, buffer, size]), None);
    let mut total = 0;
    while harness.result(INIT).is_none() {
        total += harness.call(child, Sysno::read, &[3, DATA, 4096]).unwrap();
    }
    assert_eq!(harness.result(INIT), Some(Ok(size)));
    harness.call(INIT, Sysno::close, &[4]).unwrap();
    harness.call(child, Sysno::close, &[4]).unwrap();
    loop {
        match harness.call(child, Sysno::read, &[3, DATA, 4096]).unwrap() {
            0 => break,
            count => total += count,
        }
    }
    assert_eq!(total, size);
}

#[test]
fn output_without_a_terminal_comes_out_of_the_pipes() {
    let mut harness = Harness::new();
    harness.poke(INIT, DATA, b"out\nerr\n");
    assert_eq!(harness.call(INIT, Sysno::write, &[1, DATA, 4]), Ok(4));
    assert_eq!(harness.call(INIT, Sysno::write, &[2, DATA + 4, 4]), Ok(4));
    assert_eq!(harness.world.machine.output, b"out\n");
    assert_eq!(harness.world.machine.error_output, b"err\n");
}

#[test]
fn input_without_a_terminal_goes_through_a_pipe_and_ends() {
    let mut harness = Harness::new();
    assert_eq!(harness.begin(INIT, Sysno::read, &[0, DATA, 100]), None);
    harness.world.machine.input.extend(b"typed");
    harness.world.on_console();
    assert_eq!(harness.result(INIT), Some(Ok(5)));
    harness.world.machine.input.extend(vec![b'x'; 100_000]);
    harness.world.machine.input_ended = true;
    harness.world.on_console();
    let mut total = 0;
    loop {
        match harness.call(INIT, Sysno::read, &[0, DATA, 4096]).unwrap() {
            0 => break,
            count => total += count,
        }
    }
    assert_eq!(total, 100_000);
}

#[test]
fn poll_waits_for_what_it_was_asked() {
    let mut harness = Harness::new();
    harness.call(INIT, Sysno::pipe2, &[DATA, 0]).unwrap();
    let child = harness.fork(INIT);
    let item = [3u32.to_le_bytes(), (linux::POLLIN).to_le_bytes()].concat();
    harness.poke(child, DATA, &item);
    harness.poke(
        child,
        DATA + 16,
        &[[1u8, 0, 0, 0, 0, 0, 0, 0], [0; 8]].concat(),
    );
    assert_eq!(
        harness.begin(child, Sysno::ppoll, &[DATA, 1, DATA + 16, 0, 8]),
        None
    );
    assert!(harness.world.machine.timer.is_some());
    harness.call(INIT, Sysno::write, &[4, DATA, 1]).unwrap();
    assert_eq!(harness.result(child), Some(Ok(1)));
    assert_eq!(harness.peek(child, DATA + 6, 2), [linux::POLLIN as u8, 0]);
    // Nothing more: the time runs out.
    harness
        .call(child, Sysno::read, &[3, DATA + 32, 10])
        .unwrap();
    assert_eq!(
        harness.begin(child, Sysno::ppoll, &[DATA, 1, DATA + 16, 0, 8]),
        None
    );
    harness.world.machine.time += 1_000_000_001;
    harness.world.on_timer();
    assert_eq!(harness.result(child), Some(Ok(0)));
}
