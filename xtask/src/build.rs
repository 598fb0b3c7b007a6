//! `dist/`: the finished page, which works from any static host and any sub-path.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::{places, policy, run, serve, setup, weigh};

/// Builds the page with everything it needs installed.
pub fn build() -> Result<()> {
    setup::page()?;
    ensure!(
        places::root().join("index.html").is_file(),
        "there is no index.html in the root of the house yet"
    );
    let start = Instant::now();
    // Offline: Trunk must use the tools on PATH and never fetch any by itself.
    let mut trunk = run::command("trunk");
    trunk
        .args([
            "build",
            "--release",
            "--offline",
            "--public-url",
            "./",
            "--dist",
        ])
        .arg(places::dist())
        // Trunk reads NO_COLOR as a switch and stops at the usual value 1.
        .env_remove("NO_COLOR")
        .env("TRUNK_SKIP_VERSION_CHECK", "true");
    run::show(&mut trunk)?;
    // Trunk.toml runs this as a hook as well, for a bare `trunk build`; here it only checks what the hook did.
    policy::complete(&places::dist())?;
    println!(
        "dist/ is ready after {:.0} s: {}. Put it on any static host, at any path.",
        start.elapsed().as_secs_f64(),
        weigh::weigh(&places::dist())?
    );
    Ok(())
}

/// Trunk's hook: completes the page in the folder where Trunk assembles it.
pub fn post_build() -> Result<()> {
    let staging = std::env::var_os("TRUNK_STAGING_DIR")
        .context("post-build is called by Trunk, which sets TRUNK_STAGING_DIR")?;
    policy::complete(staging.as_ref())
}

/// Builds, then serves on this machine until interrupted.
pub fn serve(port: u16) -> Result<()> {
    build()?;
    let server = serve::Setup::folder(&places::dist()).start(port)?;
    println!("\nWhichway is at {} (Ctrl+C ends it)", server.url());
    loop {
        std::thread::sleep(Duration::from_hours(1));
    }
}
