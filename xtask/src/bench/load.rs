//! One gigabyte dropped on the page: does it answer early, stay responsive, tell the truth, and stop when told.

use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::median;
use crate::browser::{Browser, Measure, testid};
use crate::generate::Log;
use crate::serve::Server;

const PATIENCE: Duration = Duration::from_mins(4);
/// From the page's first paint to the drop.
pub(super) const BEFORE_DROP: Duration = Duration::from_millis(2_500);
const BOOT: Duration = Duration::from_secs(20);

/// Bar 6 of issue 2.
const FIRST_MS: f64 = 500.0;
const TASK_MS: f64 = 50.0;
const CANCEL_MS: f64 = 100.0;
const HEAP_BYTES: f64 = 100e6;

/// Notes when the phase changes and when cancel is clicked, on the page's own clock.
const NOTES: &str = "(() => {
    globalThis.__phases = [];
    new MutationObserver(() => __phases.push([document.documentElement.dataset.phase, performance.now()]))
        .observe(document.documentElement, {attributes: true, attributeFilter: ['data-phase']});
    addEventListener('click', () => { globalThis.__clicked = performance.now(); }, true);
    return 1;
})()";

/// What one drop of a log showed.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub first_ms: f64,
    pub open_ms: f64,
    /// The longest task of the page between drop and answer; 0 when none was over 50 ms.
    pub task_ms: f64,
    pub cancel_ms: f64,
    /// The highest seen while reading.
    pub heap_bytes: f64,
    /// How many different values of progress were seen, all rising and none over the size.
    pub n_progress: f64,
}

impl Load {
    pub const HEAD: &'static str =
        " first ms   open ms  longest task ms  cancel ms  page heap MB  progress steps";

    pub fn row(&self) -> String {
        format!(
            "{:>9.0} {:>9.0} {:>16.0} {:>10.0} {:>13.1} {:>15.0}",
            self.first_ms,
            self.open_ms,
            self.task_ms,
            self.cancel_ms,
            self.heap_bytes / 1e6,
            self.n_progress
        )
    }

    pub fn median(loads: &[Self]) -> Self {
        let of = |pick: fn(&Self) -> f64| median(loads.iter().map(pick).collect());
        Self {
            first_ms: of(|load| load.first_ms),
            open_ms: of(|load| load.open_ms),
            task_ms: of(|load| load.task_ms),
            cancel_ms: of(|load| load.cancel_ms),
            heap_bytes: of(|load| load.heap_bytes),
            n_progress: of(|load| load.n_progress),
        }
    }

    /// The bars that are not held, each allowed `times` its value.
    pub fn missed(&self, times: f64) -> Vec<String> {
        [
            ("first partial answer, ms", self.first_ms, FIRST_MS),
            ("longest task of the page, ms", self.task_ms, TASK_MS),
            ("cancel, ms", self.cancel_ms, CANCEL_MS),
            ("page heap, bytes", self.heap_bytes, HEAP_BYTES),
        ]
        .into_iter()
        .filter(|(_, value, bar)| value.is_nan() || *value > bar * times)
        .map(|(name, value, bar)| format!("{name}: {value:.0}, at most {:.0}", bar * times))
        .collect()
    }
}

/// Drops the file, watches until the answer is there, then drops it again and cancels on the way.
pub fn load(browser: &Browser, server: &Server, log: &Log) -> Result<Load> {
    let path = &log.file()?;
    let bytes = std::fs::metadata(path)?.len() as f64;
    boot(browser, server)?;
    let mark = browser.mark();
    // A person needs longer to drag a file there. Meanwhile the page rehearses, and the browser translates.
    std::thread::sleep(BEFORE_DROP);
    let begin = now(browser)?;
    browser.drop_files(&testid("dropzone"), &[path])?;
    let mut heap_bytes = 0.0_f64;
    let mut seen = Vec::new();
    let start = Instant::now();
    while phase(browser)? != "ready" {
        ensure!(
            phase(browser)? != "failed",
            "the page failed: {:?}",
            browser.errors(mark)
        );
        ensure!(start.elapsed() < PATIENCE, "no answer within {PATIENCE:?}");
        heap_bytes = heap_bytes.max(browser.page_heap_now()?.bytes() as f64);
        if let Some(value) = progress(browser)?
            && seen.last() != Some(&value)
        {
            seen.push(value);
        }
        std::thread::sleep(Duration::from_millis(40));
    }
    browser.painted()?;
    ensure!(
        seen.is_sorted() && seen.iter().all(|part| (0.0..=1.0).contains(part)),
        "progress does not rise from 0 to 1: {seen:?}"
    );
    heap_bytes = heap_bytes.max(browser.page_heap()?.bytes() as f64);
    let end = now(browser)?;
    let task_ms = browser
        .long_tasks()?
        .into_iter()
        .filter(|(start, _)| (begin..end).contains(start))
        .map(|(_, length)| length)
        .fold(0.0, f64::max);
    let open = measured(browser, "whichway:open")?;
    ensure!(
        open.detail["bytes"].as_f64() == Some(bytes),
        "the page read {} bytes of {bytes}",
        open.detail["bytes"]
    );
    // The whole log was understood: a page that reads fast because it reads nothing is no answer.
    let lines = n_lines(path)?;
    ensure!(
        open.detail["lines"].as_u64() == Some(lines),
        "the page counted {} lines of {lines}",
        open.detail["lines"]
    );
    ensure!(
        open.detail["sessions"].as_u64() >= Some(log.sessions),
        "the page found {} sessions of {}",
        open.detail["sessions"],
        log.sessions
    );
    let first_ms = measured(browser, "whichway:first")?.duration_ms;
    let errors = browser.errors(mark);
    ensure!(errors.is_empty(), "errors while reading: {errors:?}");
    Ok(Load {
        first_ms,
        open_ms: open.duration_ms,
        task_ms,
        cancel_ms: cancel(browser, server, path)?,
        heap_bytes,
        n_progress: seen.len() as f64,
    })
}

/// Milliseconds from the click on Cancel until the page has stopped reading.
fn cancel(browser: &Browser, server: &Server, path: &Path) -> Result<f64> {
    boot(browser, server)?;
    browser.eval(NOTES)?;
    browser.drop_files(&testid("dropzone"), &[path])?;
    let start = Instant::now();
    while progress(browser)?.is_none_or(|part| part < 0.05) {
        ensure!(
            phase(browser)? != "ready",
            "the file was read before it could be cancelled"
        );
        ensure!(
            start.elapsed() < PATIENCE,
            "no progress within {PATIENCE:?}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    let n_gone = || browser.n_workers_started() - browser.n_workers();
    let (n_workers, n_gone_before) = (browser.n_workers(), n_gone());
    browser.click(&testid("cancel"))?;
    browser.wait_for(
        "globalThis.__clicked && document.documentElement.dataset.phase !== 'reading'",
        BOOT,
    )?;
    let ms = browser
        .eval(
            "__phases.find(([phase, at]) => at >= __clicked && phase !== 'reading')[1] - __clicked",
        )?
        .as_f64()
        .context("cancel changed no phase")?;
    // The page has let go of its readers; the browser tells of it when it comes to it. The page starts new ones for
    // the next log, so those that are gone are counted, not those that are there.
    let stopped = Instant::now();
    while n_gone() == n_gone_before && stopped.elapsed() < BOOT {
        browser.eval("new Promise(done => setTimeout(done, 50))")?;
    }
    ensure!(
        n_gone() > n_gone_before,
        "cancel left all {n_workers} workers running"
    );
    Ok(ms)
}

/// The last measure of a name; it is taken after the paint, so a moment after the phase.
pub(super) fn measured(browser: &Browser, name: &str) -> Result<Measure> {
    browser.wait_for(
        &format!("performance.getEntriesByName('{name}').length"),
        BOOT,
    )?;
    browser
        .measures(name)?
        .pop()
        .with_context(|| format!("the page measured no {name}"))
}

fn n_lines(path: &Path) -> Result<u64> {
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    let mut lines = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(lines),
            n => {
                lines += buffer[..n]
                    .iter()
                    .fold(0, |sum, byte| sum + u64::from(*byte == b'\n'));
            }
        }
    }
}

/// Opens the page afresh.
pub(super) fn boot(browser: &Browser, server: &Server) -> Result<()> {
    browser.open("about:blank")?;
    browser.open(&server.url())?;
    browser.wait_for(
        &format!(
            "document.documentElement.dataset.phase === 'empty' && document.querySelector('{}')",
            testid("dropzone")
        ),
        BOOT,
    )?;
    browser.painted()
}

pub(super) fn wait_until_ready(browser: &Browser, patience: Duration) -> Result<()> {
    browser.wait_for(
        "['ready', 'failed'].includes(document.documentElement.dataset.phase)",
        patience,
    )?;
    ensure!(
        phase(browser)? == "ready",
        "the page failed: {:?}",
        browser.text(&testid("error"))
    );
    Ok(())
}

fn phase(browser: &Browser) -> Result<String> {
    let phase = browser.eval("document.documentElement.dataset.phase")?;
    Ok(phase.as_str().unwrap_or_default().to_owned())
}

/// The part of the bytes that the page says it has read, from 0 to 1.
fn progress(browser: &Browser) -> Result<Option<f64>> {
    let value = browser.eval(&format!(
        "(() => {{
            const element = document.querySelector('{0} progress, progress{0}');
            return element && element.value / element.max;
        }})()",
        testid("progress")
    ))?;
    Ok(match value {
        Value::Null => None,
        value => value.as_f64(),
    })
}

fn now(browser: &Browser) -> Result<f64> {
    browser
        .eval("performance.now()")?
        .as_f64()
        .context("a clock that gives no number")
}
