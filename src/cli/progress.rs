//! How far reading is, on standard error.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Counts bytes for all readers; a thread of its own says how many.
pub struct Progress {
    shared: Arc<Shared>,
    teller: Option<JoinHandle<()>>,
}

struct Shared {
    n_bytes: AtomicU64,
    is_done: AtomicBool,
}

const EVERY: Duration = Duration::from_millis(200);

impl Progress {
    /// `total` is 0 where nobody knows it.
    pub fn start(is_shown: bool, total: u64) -> Progress {
        let shared = Arc::new(Shared {
            n_bytes: AtomicU64::new(0),
            is_done: AtomicBool::new(false),
        });
        let teller = is_shown.then(|| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || tell(&shared, total))
        });
        Progress { shared, teller }
    }

    pub fn add(&self, n_bytes: usize) {
        self.shared
            .n_bytes
            .fetch_add(n_bytes as u64, Ordering::Relaxed);
    }

    pub fn stop(self) {
        self.shared.is_done.store(true, Ordering::Relaxed);
        if let Some(teller) = self.teller {
            teller.thread().unpark();
            let _ = teller.join();
        }
    }
}

fn tell(shared: &Shared, total: u64) {
    let start = Instant::now();
    let mut err = std::io::stderr();
    // A terminal gets one line that changes; a file gets lines.
    let (before, after) = if err.is_terminal() {
        ("\r", "")
    } else {
        ("", "\n")
    };
    loop {
        let is_done = shared.is_done.load(Ordering::Relaxed);
        let n_bytes = shared.n_bytes.load(Ordering::Relaxed);
        let seconds = start.elapsed().as_secs_f64().max(0.001);
        let mega = |n: u64| n as f64 / 1e6;
        let rate = mega(n_bytes) / seconds;
        let text = match (n_bytes * 100).checked_div(total) {
            Some(percent) => format!(
                "{:3} %  {:.1} of {:.1} MB  {rate:.0} MB/s",
                percent.min(100),
                mega(n_bytes),
                mega(total)
            ),
            None => format!("{:.1} MB  {rate:.0} MB/s", mega(n_bytes)),
        };
        let _ = write!(err, "{before}{text}{after}");
        let _ = err.flush();
        if is_done {
            let _ = if err.is_terminal() {
                writeln!(err)
            } else {
                Ok(())
            };
            return;
        }
        std::thread::park_timeout(EVERY);
    }
}
