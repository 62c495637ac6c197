//! An image as a PNG: <https://www.w3.org/TR/png-3/>.

use miniz_oxide::deflate::compress_to_vec_zlib;

/// From red, green and blue of each pixel, row by row from the top.
pub fn encode(pixels: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    // Each row begins with how it is filtered: each byte less the one above it, which is 0 where
    // nothing changes.
    let row = 3 * width as usize;
    let above = std::iter::repeat_n(&0, row).chain(pixels);
    let differences: Vec<u8> = pixels.iter().zip(above).map(|(b, a)| b.wrapping_sub(*a)).collect();
    let filtered: Vec<u8> =
        differences.chunks(row).flat_map(|row| std::iter::once(&2).chain(row)).copied().collect();
    // 8 bits of red, green and blue; deflated, filtered by rows, not interlaced.
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"IDAT", &compress_to_vec_zlib(&filtered, 6));
    chunk(&mut png, *b"IEND", &[]);
    png
}

/// Its length, name and data, and the check of the last two.
fn chunk(png: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let start = png.len();
    png.extend(name);
    png.extend(data);
    png.extend(crc(&png[start..]).to_be_bytes());
}

/// The cyclic redundancy check of ISO 3309.
fn crc(bytes: &[u8]) -> u32 {
    let shifted = |crc: u32, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), shifted))
}
