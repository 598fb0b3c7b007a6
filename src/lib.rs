//! Whichway opens a firewall log and says which way each connection really went.
pub mod engine;
#[cfg(feature = "web")]
pub mod app;
#[cfg(feature = "web")]
pub mod worker;
#[cfg(feature = "chart")]
pub mod chart;
#[cfg(feature = "cli")]
pub mod cli;
