use super::CiscoAsa;
use crate::engine::format::{Format, outline};

fn check(message: &str, expected: &str) {
    assert_eq!(outline::outline(&CiscoAsa, message), expected, "{message}");
}
#[test]
fn try_it() {
    for line in std::fs::read_to_string(std::env::var("TRY").unwrap()).unwrap().lines() {
        println!("{line}\n    {}", outline::outline(&CiscoAsa, line));
    }
}
