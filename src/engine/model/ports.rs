//! Ports: numbers as logs write them, which of them are services, and what they are called.

/// A decimal number of 1 to 19 digits, nothing else.
pub fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let mut value = 0_u64;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value)
}

/// A port number; `None` when it is not one.
pub fn port(text: &[u8]) -> Option<u16> {
    decimal(text).and_then(|number| u16::try_from(number).ok())
}
