//! Where things are: everything is found from the manifest, never from the current folder.

use std::path::{Path, PathBuf};

/// The root of the house, with the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    // What Cargo says now comes before what it said at compile time: a target folder can be shared or moved.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let is_root = |folder: &&Path| folder.join("xtask").join("Cargo.toml").is_file();
    manifest
        .ancestors()
        .find(is_root)
        .expect("xtask lives one folder below the root")
        .to_path_buf()
}

/// Where builds and everything else that may be deleted go.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Trunk and the wasm-bindgen command line, of the versions this project needs.
pub fn tools() -> PathBuf {
    target().join("tools")
}

/// The finished page.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Pictures that the browser tests leave behind.
pub fn screenshots() -> PathBuf {
    target().join("screenshots")
}

/// Generated logs; some are a gigabyte.
pub fn bench() -> PathBuf {
    target().join("bench")
}

/// Log lines written by us, one folder a format.
pub fn samples() -> PathBuf {
    root().join("samples")
}
