//! Whichway opens a firewall log and says which way each connection really went.
pub mod engine;
