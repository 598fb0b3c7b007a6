//! The tool box.
