//! Whichway opens a firewall log and says which way each connection really went.
#[cfg(feature = "web")]
pub mod app;
#[cfg(feature = "chart")]
pub mod chart;
#[cfg(feature = "cli")]
pub mod cli;
pub mod engine;
#[cfg(feature = "web")]
pub mod worker;
