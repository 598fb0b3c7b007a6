//! What the browser tests share: a finished page on a dumb static server, and a browser that looks at it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use xtask::browser::Browser;
use xtask::places;
use xtask::serve::{Server, Setup};

pub type Result<T = ()> = anyhow::Result<T>;

/// How long a machine with other work to do may take for what usually takes a moment.
pub const SOON: Duration = Duration::from_secs(20);

/// One browser at a time: some tests measure, and all are slower side by side.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file in a folder of this test run, gone with the next clean-up of the machine.
pub fn scratch(name: &str) -> PathBuf {
    let folder = places::target().join("browser-scratch");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

/// The page in a browser, not yet touched.
pub struct Visit {
    // Dropped in this order: the browser first, then what it talks to, then the turn.
    pub browser: Browser,
    pub server: Server,
    _turn: MutexGuard<'static, ()>,
}

impl Visit {
    /// Opens the finished page and waits until it has booted.
    pub fn new() -> Result<Self> {
        let visit = Self::blank(Setup::folder(&dist()))?;
        visit.boot(&visit.server.url())?;
        Ok(visit)
    }

    /// A server and a browser that has opened nothing yet.
    pub fn blank(setup: Setup) -> Result<Self> {
        let turn = turn();
        Ok(Self {
            server: setup.start(0)?,
            browser: Browser::launch()?,
            _turn: turn,
        })
    }

    /// The same browser, a fresh document.
    pub fn again(self) -> Result<Self> {
        self.browser.open("about:blank")?;
        self.boot(&self.server.url())?;
        Ok(self)
    }

    pub fn boot(&self, url: &str) -> Result {
        self.browser.open(url)?;
        self.browser.wait_for(
            "document.documentElement.dataset.phase === 'empty' && document.querySelector('[data-testid=dropzone]')",
            SOON,
        )?;
        self.browser.painted()
    }

    /// What the page says of the last opening, once it has: `{bytes, lines, events, sessions, workers}`.
    pub fn opened(&self) -> Result<Value> {
        self.ready()?;
        // Measured after the paint, so a moment after the phase.
        self.browser
            .wait_for("performance.getEntriesByName('whichway:open').length", SOON)?;
        let measure = self.browser.measures("whichway:open")?.pop();
        Ok(measure.expect("waited for it").detail)
    }

    /// Waits for the finished report.
    pub fn ready(&self) -> Result {
        self.browser.wait_for(
            "document.documentElement.dataset.phase === 'ready'",
            SOON * 3,
        )?;
        self.browser.painted()
    }
}

/// The finished page, which somebody must have built.
pub fn dist() -> PathBuf {
    let dist = places::dist();
    assert!(
        dist.join("index.html").is_file(),
        "there is no dist/; `cargo xtask test` builds it first"
    );
    dist
}

/// A copy of a folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::remove_dir_all(to).ok();
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
