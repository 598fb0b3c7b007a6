use super::Netfilter;
use crate::engine::format::{Format, outline};

fn check(line: &str, expected: &str) {
    assert_eq!(outline::outline(&Netfilter, line), expected, "{line}");
}
#[test]
fn try_it() {
    for line in std::fs::read_to_string(std::env::var("TRY").unwrap()).unwrap().lines() {
        println!("{line}\n    {}", outline::outline(&Netfilter, line));
    }
}
