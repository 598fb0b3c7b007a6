//! (being built)
use crate::engine::dataset::Dataset;
pub fn decide(_data: &mut Dataset) {}
