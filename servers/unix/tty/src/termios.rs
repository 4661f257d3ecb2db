// SPDX-License-Identifier: MIT OR Apache-2.0
//! The settings of a terminal, termios(3), in the kernel's layout.
use unix_abi::linux::general as linux;

/// `struct termios2` of the kernel; `struct termios` is its first part, and the same on x86_64 and aarch64.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Termios {
    /// `c_iflag`.
    pub input: u32,
    /// `c_oflag`.
    pub output: u32,
    /// `c_cflag`.
    pub control: u32,
    /// `c_lflag`.
    pub local: u32,
    /// `c_line`.
    pub line: u8,
    /// `c_cc`: control characters by `V*`; 0 is "none".
    pub characters: [u8; linux::NCCS as usize],
    /// `c_ispeed` in baud.
    pub input_speed: u32,
    /// `c_ospeed` in baud.
    pub output_speed: u32,
}

impl Termios {
    /// `sizeof(struct termios)`: TCGETS, TCSETS.
    pub const SIZE: usize = 36;
    /// `sizeof(struct termios2)`: TCGETS2, TCSETS2.
    pub const SIZE2: usize = 44;

    /// The layout of `struct termios2`; TCGETS copies the first [`Self::SIZE`] bytes of it.
    pub fn to_bytes(&self) -> [u8; Self::SIZE2] {
        let mut out = [0; Self::SIZE2];
        let words = [self.input, self.output, self.control, self.local];
        for (i, word) in words.iter().enumerate() {
            out[4 * i..4 * i + 4].copy_from_slice(&word.to_le_bytes());
        }
        out[16] = self.line;
        out[17..36].copy_from_slice(&self.characters);
        out[36..40].copy_from_slice(&self.input_speed.to_le_bytes());
        out[40..].copy_from_slice(&self.output_speed.to_le_bytes());
        out
    }

    /// A control character by its place (`V*`).
    pub(crate) fn character(&self, index: u32) -> u8 {
        self.characters[index as usize]
    }

    pub(crate) fn has_input(&self, flags: u32) -> bool {
        self.input & flags != 0
    }

    pub(crate) fn has_output(&self, flags: u32) -> bool {
        self.output & flags != 0
    }

    pub(crate) fn has_local(&self, flags: u32) -> bool {
        self.local & flags != 0
    }

    /// What TCSETS gives: the speeds follow from `c_cflag`, or stay as they are in `self`.
    pub fn with_bytes(&self, bytes: &[u8; Self::SIZE]) -> Termios {
        let word = |i: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&bytes[4 * i..4 * i + 4]);
            u32::from_le_bytes(word)
        };
        let mut characters = [0; linux::NCCS as usize];
        characters.copy_from_slice(&bytes[17..36]);
        let control = word(2);
        let input_code = control >> linux::IBSHIFT & linux::CBAUD;
        let output_speed = speed(control & linux::CBAUD).unwrap_or(self.output_speed);
        let input_speed = match input_code {
            0 => output_speed,
            code => speed(code).unwrap_or(self.input_speed),
        };
        Termios {
            input: word(0),
            output: word(1),
            control,
            local: word(3),
            line: bytes[16],
            characters,
            input_speed,
            output_speed,
        }
    }

    /// What TCSETS2 gives.
    pub fn from_bytes2(bytes: &[u8; Self::SIZE2]) -> Termios {
        let mut first = [0; Self::SIZE];
        first.copy_from_slice(&bytes[..Self::SIZE]);
        let word = |at: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&bytes[at..at + 4]);
            u32::from_le_bytes(word)
        };
        let mut termios = Self {
            input_speed: word(36),
            output_speed: word(40),
            ..Self::default()
        };
        termios = termios.with_bytes(&first);
        // With BOTHER the numbers count, else the code in c_cflag does.
        if termios.control >> linux::IBSHIFT & linux::CBAUD == linux::BOTHER {
            termios.input_speed = word(36);
        }
        termios
    }
}

/// Baud for a code in `c_cflag`; `None` if the code says that it stands elsewhere (`BOTHER`).
fn speed(code: u32) -> Option<u32> {
    const SPEEDS: [(u32, u32); 31] = [
        (linux::B0, 0),
        (linux::B50, 50),
        (linux::B75, 75),
        (linux::B110, 110),
        (linux::B134, 134),
        (linux::B150, 150),
        (linux::B200, 200),
        (linux::B300, 300),
        (linux::B600, 600),
        (linux::B1200, 1200),
        (linux::B1800, 1800),
        (linux::B2400, 2400),
        (linux::B4800, 4800),
        (linux::B9600, 9600),
        (linux::B19200, 19200),
        (linux::B38400, 38400),
        (linux::B57600, 57600),
        (linux::B115200, 115_200),
        (linux::B230400, 230_400),
        (linux::B460800, 460_800),
        (linux::B500000, 500_000),
        (linux::B576000, 576_000),
        (linux::B921600, 921_600),
        (linux::B1000000, 1_000_000),
        (linux::B1152000, 1_152_000),
        (linux::B1500000, 1_500_000),
        (linux::B2000000, 2_000_000),
        (linux::B2500000, 2_500_000),
        (linux::B3000000, 3_000_000),
        (linux::B3500000, 3_500_000),
        (linux::B4000000, 4_000_000),
    ];
    SPEEDS
        .iter()
        .find(|&&(known, _)| known == code)
        .map(|&(_, baud)| baud)
}

impl Default for Termios {
    /// What Linux starts a terminal with (`tty_std_termios`).
    fn default() -> Self {
        let mut characters = [0; linux::NCCS as usize];
        for (index, character) in [
            (linux::VINTR, 0x03),
            (linux::VQUIT, 0x1c),
            (linux::VERASE, 0x7f),
            (linux::VKILL, 0x15),
            (linux::VEOF, 0x04),
            (linux::VMIN, 1),
            (linux::VSTART, 0x11),
            (linux::VSTOP, 0x13),
            (linux::VSUSP, 0x1a),
            (linux::VREPRINT, 0x12),
            (linux::VDISCARD, 0x0f),
            (linux::VWERASE, 0x17),
            (linux::VLNEXT, 0x16),
        ] {
            characters[index as usize] = character;
        }
        Termios {
            input: linux::ICRNL | linux::IXON,
            output: linux::OPOST | linux::ONLCR,
            control: linux::B38400 | linux::CS8 | linux::CREAD | linux::HUPCL,
            local: linux::ISIG
                | linux::ICANON
                | linux::ECHO
                | linux::ECHOE
                | linux::ECHOK
                | linux::ECHOCTL
                | linux::ECHOKE
                | linux::IEXTEN,
            line: 0,
            characters,
            input_speed: 38400,
            output_speed: 38400,
        }
    }
}

/// `struct winsize`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct WindowSize {
    /// Lines; 0 if unknown.
    pub rows: u16,
    /// Characters a line; 0 if unknown.
    pub columns: u16,
    /// Width in pixels; 0 if unknown.
    pub x_pixels: u16,
    /// Height in pixels; 0 if unknown.
    pub y_pixels: u16,
}

impl WindowSize {
    /// `sizeof(struct winsize)`.
    pub const SIZE: usize = 8;

    /// The kernel's layout.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let mut out = [0; Self::SIZE];
        let fields = [self.rows, self.columns, self.x_pixels, self.y_pixels];
        for (i, field) in fields.iter().enumerate() {
            out[2 * i..2 * i + 2].copy_from_slice(&field.to_le_bytes());
        }
        out
    }

    /// Reads the kernel's layout.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> WindowSize {
        let field = |i: usize| u16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]]);
        WindowSize {
            rows: field(0),
            columns: field(1),
            x_pixels: field(2),
            y_pixels: field(3),
        }
    }
}
