//! The tab: open an address, ask a question, wait for an answer, look at it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use serde_json::{Value, json};

use super::Browser;
use super::watch::{Mark, Request};
use super::wire::PATIENCE;

/// The selector of a `data-testid`.
pub fn testid(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}

/// What the system prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

/// A User Timing measure.
#[derive(Debug, Clone)]
pub struct Measure {
    pub start_ms: f64,
    pub duration_ms: f64,
    pub detail: Value,
}

/// Memory of the page's own thread, or of all its workers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heap {
    /// JavaScript objects.
    pub objects_bytes: u64,
    /// Array buffers and wasm memory.
    pub buffers_bytes: u64,
}

impl Heap {
    pub fn bytes(self) -> u64 {
        self.objects_bytes + self.buffers_bytes
    }
}

impl Browser {
    /// A protocol call to the tab.
    pub fn call(&self, method: &str, params: Value) -> Result<Value> {
        self.wire.call(Some(&self.tab), method, params)
    }

    /// Opens an address and waits until the document is loaded.
    pub fn open(&self, url: &str) -> Result<()> {
        let answer = self.call("Page.navigate", json!({"url": url}))?;
        if let Some(error) = answer["errorText"].as_str() {
            bail!("{url} does not open: {error}");
        }
        self.wait_for("document.readyState === 'complete'", PATIENCE)
    }

    /// The value of an expression in the page; a promise is awaited, an exception is an error.
    pub fn eval(&self, js: &str) -> Result<Value> {
        self.eval_within(PATIENCE, js)
    }

    pub fn eval_within(&self, patience: Duration, js: &str) -> Result<Value> {
        self.eval_in(&self.tab, patience, js)
    }

    /// The same in every live worker, oldest first.
    pub fn eval_in_workers(&self, js: &str) -> Result<Vec<Value>> {
        let workers = self.wire.state().watch.workers.clone();
        workers
            .iter()
            .map(|worker| self.eval_in(worker, PATIENCE, js))
            .collect()
    }

    fn eval_in(&self, session: &str, patience: Duration, js: &str) -> Result<Value> {
        let mut answer = self
            .wire
            .call_within(
                patience,
                Some(session),
                "Runtime.evaluate",
                json!({
                    "expression": js,
                    "awaitPromise": true,
                    "returnByValue": true,
                    "userGesture": true,
                    // The page's policy holds for what a test says, too.
                    "allowUnsafeEvalBlockedByCSP": false,
                }),
            )
            .with_context(|| format!("asking `{}`", short(js)))?;
        if let Some(details) = answer.get("exceptionDetails") {
            let what = details["exception"]["description"]
                .as_str()
                .or_else(|| details["exception"]["value"].as_str())
                .or_else(|| details["text"].as_str())
                .unwrap_or("an exception");
            bail!("`{}` threw {what}", short(js));
        }
        Ok(answer["result"]["value"].take())
    }

    /// Waits until an expression is true.
    pub fn wait_for(&self, js: &str, patience: Duration) -> Result<()> {
        let end = Instant::now() + patience;
        loop {
            // An error may be that of a document on its way out; only the last one counts.
            let last = self.eval(&format!("!!({js})"));
            if matches!(last, Ok(Value::Bool(true))) {
                return Ok(());
            }
            if Instant::now() > end {
                let errors = self.wire.state().watch.errors(Mark {
                    requests: 0,
                    errors: 0,
                });
                let phase = self.eval("document.documentElement.dataset.phase ?? '(none)'");
                bail!(
                    "`{}` was not true within {patience:?} (last: {last:?}, phase {phase:?}, errors of the page: {errors:#?})",
                    short(js)
                );
            }
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Waits until an element is there and can be seen.
    pub fn wait_for_element(&self, selector: &str, patience: Duration) -> Result<()> {
        let selector = json!(selector);
        self.wait_for(
            &format!("document.querySelector({selector})?.getClientRects().length"),
            patience,
        )
    }

    /// The text of the first element, as a reader sees it.
    pub fn text(&self, selector: &str) -> Result<String> {
        let value = self.eval(&format!(
            "(e => e === null ? null : (e.innerText ?? e.textContent))(document.querySelector({}))",
            json!(selector)
        ))?;
        value
            .as_str()
            .map(str::to_owned)
            .with_context(|| format!("there is no {selector} in the page"))
    }

    /// How many elements fit.
    pub fn count(&self, selector: &str) -> Result<u64> {
        let value = self.eval(&format!(
            "document.querySelectorAll({}).length",
            json!(selector)
        ))?;
        Ok(value.as_u64().unwrap_or(0))
    }

    /// Two frames later: what was set before is on the screen.
    pub fn painted(&self) -> Result<()> {
        self.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")
            .map(drop)
    }

    pub fn mark(&self) -> Mark {
        self.wire.state().watch.mark()
    }

    /// Every request that page and workers made, or tried to make, since the mark.
    pub fn requests(&self, since: Mark) -> Vec<Request> {
        self.settle();
        self.wire.state().watch.requests(since)
    }

    /// Errors on the console, uncaught exceptions, and refusals, of page and workers.
    pub fn errors(&self, since: Mark) -> Vec<String> {
        self.settle();
        self.wire.state().watch.errors(since)
    }

    /// How many workers live.
    pub fn n_workers(&self) -> usize {
        self.wire.state().watch.workers.len()
    }

    /// How many were ever started.
    pub fn n_workers_started(&self) -> usize {
        self.wire.state().watch.n_workers_started
    }

    /// Names of the files that were offered for download.
    pub fn downloads(&self) -> Vec<String> {
        self.wire.state().watch.downloads.clone()
    }

    /// Lets downloads happen, into this folder.
    pub fn download_into(&self, folder: &Path) -> Result<()> {
        self.wire.call(
            None,
            "Browser.setDownloadBehavior",
            json!({"behavior": "allow", "downloadPath": folder, "eventsEnabled": true}),
        )?;
        Ok(())
    }

    /// Events that are already on their way arrive before an answer to a later question does.
    fn settle(&self) {
        self.painted().ok();
        self.eval("1").ok();
    }

    /// User Timing measures of a name, in order.
    pub fn measures(&self, name: &str) -> Result<Vec<Measure>> {
        let value = self.eval(&format!(
            "performance.getEntriesByName({}, 'measure').map(m => [m.startTime, m.duration, m.detail ?? null])",
            json!(name)
        ))?;
        Ok(value
            .as_array()
            .into_iter()
            .flatten()
            .map(|measure| Measure {
                start_ms: measure[0].as_f64().unwrap_or(f64::NAN),
                duration_ms: measure[1].as_f64().unwrap_or(f64::NAN),
                detail: measure[2].clone(),
            })
            .collect())
    }

    /// Tasks of the page longer than 50 ms since the document began: start and length in milliseconds.
    pub fn long_tasks(&self) -> Result<Vec<(f64, f64)>> {
        let value = self.eval("globalThis.__longTasks ?? []")?;
        Ok(value
            .as_array()
            .into_iter()
            .flatten()
            .map(|task| {
                (
                    task[0].as_f64().unwrap_or(f64::NAN),
                    task[1].as_f64().unwrap_or(f64::NAN),
                )
            })
            .collect())
    }

    /// Memory of the page's thread, after a collection.
    pub fn page_heap(&self) -> Result<Heap> {
        self.call("HeapProfiler.collectGarbage", json!({}))?;
        self.heap_of(&self.tab)
    }

    /// Memory of the page's thread as it is, garbage included; cheap enough to sample.
    pub fn page_heap_now(&self) -> Result<Heap> {
        self.heap_of(&self.tab)
    }

    /// Memory of all live workers together.
    pub fn workers_heap(&self) -> Result<Heap> {
        let workers = self.wire.state().watch.workers.clone();
        let mut sum = Heap::default();
        for worker in workers {
            let heap = self.heap_of(&worker)?;
            sum.objects_bytes += heap.objects_bytes;
            sum.buffers_bytes += heap.buffers_bytes;
        }
        Ok(sum)
    }

    fn heap_of(&self, session: &str) -> Result<Heap> {
        let usage = self
            .wire
            .call(Some(session), "Runtime.getHeapUsage", json!({}))?;
        let bytes = |name: &str| usage[name].as_f64().unwrap_or(0.0) as u64;
        Ok(Heap {
            objects_bytes: bytes("usedSize") + bytes("embedderHeapUsedSize"),
            buffers_bytes: bytes("backingStorageSize"),
        })
    }

    pub fn set_viewport(&self, width: u32, height: u32, pixels_per_point: f64) -> Result<()> {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": pixels_per_point, "mobile": false}),
        )?;
        Ok(())
    }

    /// What the system prefers: colours, and motion or none.
    pub fn prefer(&self, theme: Theme, is_motion_reduced: bool) -> Result<()> {
        let scheme = match theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        let motion = if is_motion_reduced {
            "reduce"
        } else {
            "no-preference"
        };
        self.call(
            "Emulation.setEmulatedMedia",
            json!({"features": [
                {"name": "prefers-color-scheme", "value": scheme},
                {"name": "prefers-reduced-motion", "value": motion},
            ]}),
        )?;
        Ok(())
    }

    /// A picture of what can be seen.
    pub fn screenshot(&self, path: &Path) -> Result<()> {
        self.picture(path, &json!({"format": "png"}))
    }

    /// A picture of the whole page, however long.
    pub fn screenshot_of_all(&self, path: &Path) -> Result<()> {
        let size = self.eval(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]",
        )?;
        self.picture(
            path,
            &json!({"format": "png", "captureBeyondViewport": true, "clip":
                {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}}),
        )
    }

    fn picture(&self, path: &Path, params: &Value) -> Result<()> {
        self.painted()?;
        let answer = self.call("Page.captureScreenshot", params.clone())?;
        let data = answer["data"].as_str().context("a picture without data")?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(data)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, bytes)?;
        Ok(())
    }
}

/// The beginning of an expression, for messages.
pub(super) fn short(js: &str) -> String {
    let line = js.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 160 {
        line.chars().take(160).chain("…".chars()).collect()
    } else {
        line
    }
}
