//! Readers that do what files and networks do.

use std::io::{self, Read, Seek, SeekFrom};

/// Bytes one at a time, with interruptions in between.
pub struct Trickle<'a>(pub &'a [u8], pub bool);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let some = buffer.len().min(1);
        self.0.read(&mut buffer[..some])
    }
}

/// Bytes, and then an error.
pub struct Broken<'a>(pub &'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(io::Error::other("the disk is gone")),
            some => Ok(some),
        }
    }
}

/// A beginning, and what a rule says behind it: as long as it says, and in no memory. Counts what is read.
pub struct Long<'a> {
    pub beginning: &'a [u8],
    pub behind: fn(u64) -> u8,
    pub length: u64,
    pub at: u64,
    pub read: u64,
}

impl<'a> Long<'a> {
    pub fn new(beginning: &'a [u8], behind: fn(u64) -> u8, length: u64) -> Self {
        Self { beginning, behind, length, at: 0, read: 0 }
    }
}

impl Read for Long<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let begins = self.at;
        for byte in buffer {
            if self.at == self.length {
                break;
            }
            let place = usize::try_from(self.at).unwrap();
            let begins = self.beginning.len() as u64;
            *byte = self
                .beginning
                .get(place)
                .copied()
                .unwrap_or_else(|| (self.behind)(self.at - begins));
            self.at += 1;
        }
        self.read += self.at - begins;
        Ok(usize::try_from(self.at - begins).unwrap())
    }
}

impl Seek for Long<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(to) => Some(to),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
