//! The browser's process: started with an empty profile, ended when dropped.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::wire::Wire;
use crate::setup;

const START: Duration = Duration::from_secs(30);
const END: Duration = Duration::from_secs(5);

const FLAGS: [&str; 14] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A container's /dev/shm is too small for a gigabyte of log.
    "--disable-dev-shm-usage",
    // A tab that is thought hidden would have its timers slowed down.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--remote-debugging-port=0",
];

/// A running browser with one tab.
pub struct Browser {
    child: Child,
    profile: PathBuf,
    pub(super) wire: Wire,
    /// The tab's session.
    pub(super) tab: String,
}

impl Browser {
    /// Starts a browser with an empty tab of 1440 × 900.
    pub fn launch() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let program = setup::chromium()?;
        let profile = std::env::temp_dir().join(format!(
            "whichway-browser-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        std::fs::create_dir_all(&profile)?;
        let mut command = Command::new(&program);
        command
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .with_context(|| format!("{program} does not start"))?;
        match connect(&mut child, &profile) {
            Ok((wire, tab)) => {
                let browser = Self {
                    child,
                    profile,
                    wire,
                    tab,
                };
                browser.set_viewport(1440, 900, 1.0)?;
                Ok(browser)
            }
            Err(error) => {
                child.kill().ok();
                child.wait().ok();
                std::fs::remove_dir_all(&profile).ok();
                Err(error)
            }
        }
    }
}

/// Waits for the port that the browser chose, and attaches to its first tab.
fn connect(child: &mut Child, profile: &Path) -> Result<(Wire, String)> {
    let start = Instant::now();
    let address = loop {
        if let Ok(text) = std::fs::read_to_string(profile.join("DevToolsActivePort"))
            && let Some((port, path)) = text.trim().split_once('\n')
        {
            break format!("ws://127.0.0.1:{port}{path}");
        }
        if let Some(status) = child.try_wait()? {
            bail!("the browser ended while starting ({status})");
        }
        if start.elapsed() > START {
            bail!("the browser opened no debugging port within {START:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let wire = Wire::connect(&address)?;
    let tab = loop {
        let targets = wire.call(None, "Target.getTargets", json!({}))?;
        let found = targets["targetInfos"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|target| target["type"] == "page")
            .and_then(|target| target["targetId"].as_str().map(str::to_owned));
        if let Some(found) = found {
            break found;
        }
        if start.elapsed() > START {
            bail!("the browser opened no tab within {START:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let attached = wire.call(
        None,
        "Target.attachToTarget",
        json!({"targetId": tab, "flatten": true}),
    )?;
    let tab = attached["sessionId"]
        .as_str()
        .context("the tab has no session")?
        .to_owned();
    wire.watch_page(&tab)?;
    Ok((wire, tab))
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked politely it ends its helper processes too; a killed one might leave them.
        self.wire.send(None, "Browser.close", &json!({})).ok();
        let start = Instant::now();
        while start.elapsed() < END {
            if let Ok(Some(_)) = self.child.try_wait() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.child.kill().ok();
        self.child.wait().ok();
        std::fs::remove_dir_all(&self.profile).ok();
    }
}
