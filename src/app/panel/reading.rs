//! While a log is read: how far, how fast, how long still, and a way out.

use yew::prelude::*;

use crate::app::state::Progress;
use crate::app::words;

pub fn reading(
    progress: Progress,
    has_answer: bool,
    n_workers: u32,
    oncancel: &Callback<()>,
) -> Html {
    let Progress {
        n_bytes_read,
        n_bytes_total,
        seconds,
    } = progress;
    let rate = if seconds > 0.05 {
        n_bytes_read as f64 / seconds
    } else {
        0.0
    };
    let left = (n_bytes_total.saturating_sub(n_bytes_read)) as f64 / rate;
    let so_far = format!(
        "{} of {}",
        words::bytes(n_bytes_read),
        words::bytes(n_bytes_total)
    );
    let speed = if rate > 0.0 && n_bytes_read < n_bytes_total {
        format!(
            "{} a second, about {} left",
            words::bytes(rate as u64),
            words::about_seconds(left)
        )
    } else if n_bytes_read >= n_bytes_total {
        "putting the answer together".to_string()
    } else {
        "starting".to_string()
    };
    let cancel = {
        let oncancel = oncancel.clone();
        Callback::from(move |_: MouseEvent| oncancel.emit(()))
    };
    html! {
        <section class="card reading" data-testid="progress" aria-label="Reading">
            <div class="reading-head">
                <p><strong>{ if has_answer { "Reading on. The answer below is of what was read so far." } else { "Reading the log." } }</strong></p>
                <button type="button" class="button" onclick={cancel} data-testid="cancel">{"Cancel"}</button>
            </div>
            <progress class="progress" max={n_bytes_total.max(1).to_string()} value={n_bytes_read.to_string()} aria-label="Read so far">{so_far.clone()}</progress>
            <p class="soft reading-facts"><span>{so_far}</span><span>{speed}</span>
                if n_workers > 1 { <span class="wide-only">{format!("{} readers", n_workers)}</span> }
            </p>
            <p class="sr-only" role="status">{ announced(n_bytes_read, n_bytes_total) }</p>
        </section>
    }
}

/// A screen reader hears tenths, not every step.
fn announced(read: u64, total: u64) -> String {
    format!("{} percent read", (read * 10 / total.max(1)) * 10)
}
