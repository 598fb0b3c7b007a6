//! The promise, and how to check it.

use yew::prelude::*;

use crate::app::state::Traffic;
use crate::app::words;

/// `is_long` says what the policy cannot forbid, too.
pub fn privacy(traffic: Traffic, is_locked: bool, is_long: bool) -> Html {
    let Traffic {
        n_requests,
        n_refused,
    } = traffic;
    html! {
        <section class="privacy" data-testid="privacy" aria-label="Privacy">
            if !is_locked {
                <p class="unlocked"><strong>{"This page is not locked."}</strong>
                    {" It was built with the lock switched off, to test the test of the lock. Do not drop a real log here."}</p>
            }
            <p class="promise">
                <strong>{"Your log stays in this tab."}</strong>
                {" After loading, the page told your browser to refuse every further connection, to anywhere, for itself and its helpers. It cannot take that back without a reload."}
            </p>
            <p class="counter" role="status">
                <span class="count">{words::count(u64::from(n_requests))}</span>
                <span>{if n_requests == 1 { "request since the page was locked" } else { "requests since the page was locked" }}
                if n_refused > 0 {
                    {format!("; {} refused by the browser", words::count(u64::from(n_refused)))}
                }
                </span>
            </p>
            <p class="soft">{"Do not take our word for it: turn the network off and drop the log then. Or look at the network panel of your browser's developer tools while you work."}</p>
            if is_long {
                <div class="two">
                    <div>
                        <h4>{"What the policy forbids"}</h4>
                        <ul class="dots">
                            <li>{"requests of any kind: fetch, WebSocket, beacons, event streams"}</li>
                            <li>{"pictures, fonts, styles and scripts from anywhere, this site included"}</li>
                            <li>{"sending forms, and frames"}</li>
                            <li>{"running text as a program"}</li>
                        </ul>
                    </div>
                    <div>
                        <h4>{"What it cannot forbid"}</h4>
                        <ul class="dots">
                            <li>{"Going to another address. No link on this page is made from your log."}</li>
                            <li>{"WebRTC. The program holds no code that uses it; a test looks for it."}</li>
                            <li>{"Extensions of your browser. They see every page you allow them to see."}</li>
                        </ul>
                    </div>
                </div>
                <p class="soft">{"Nothing of a log is stored: no cookies, no local storage, no history. The link you can copy holds the filter and the order of the table; look at it before you pass it on."}</p>
            }
        </section>
    }
}
