//! Values as JSON text.

use std::cell::RefCell;

use serde::Serialize;

thread_local! {
    /// Encoding into a buffer that has grown already costs one allocation, of the right size.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A buffer larger than this is not kept.
const KEPT: usize = 64 * 1024;

/// The value as JSON text. The buffer is taken out while the value's own code runs, which may encode another value.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Box<str>, serde_json::Error> {
    let mut buffer = BUFFER.take();
    buffer.clear();
    serde_json::to_writer(&mut buffer, value)?;
    let json = String::from_utf8_lossy(&buffer).into();
    if buffer.capacity() <= KEPT {
        BUFFER.set(buffer);
    }
    Ok(json)
}
