//! The worker's end: it becomes a reader or the engine by the first thing it is asked.

use std::cell::RefCell;
use std::collections::VecDeque;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, PromiseRejectionEvent};

use super::protocol::{Ask, Tell};
use super::reader;
use super::room::Room;

thread_local! {
    /// Questions wait here while one is being answered, so that each is answered on what the ones before it left.
    static QUEUE: RefCell<(VecDeque<Ask>, bool)> = const { RefCell::new((VecDeque::new(), false)) };
    static ROOM: RefCell<Option<Room>> = const { RefCell::new(None) };
}

fn scope() -> Option<DedicatedWorkerGlobalScope> {
    js_sys::global().dyn_into().ok()
}

/// True in a worker, false in a page.
pub fn is_worker() -> bool {
    scope().is_some()
}

/// Listens for questions. Never returns anything to the caller; everything goes by message.
pub fn run() {
    let Some(scope) = scope() else { return };
    std::panic::set_hook(Box::new(|info| {
        tell(&Tell::Crashed {
            message: info.to_string(),
        });
    }));
    // An error inside an awaited call never reaches the page's `onerror`.
    let rejected =
        Closure::<dyn FnMut(PromiseRejectionEvent)>::new(|event: PromiseRejectionEvent| {
            event.prevent_default();
            tell(&Tell::Crashed {
                message: thrown(&event.reason()),
            });
        });
    scope
        .add_event_listener_with_callback("unhandledrejection", rejected.as_ref().unchecked_ref())
        .ok();
    rejected.forget();

    let inbox = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        match serde_wasm_bindgen::from_value::<Ask>(event.data()) {
            Ok(Ask::Panic) => panic!("asked to stop by a test"),
            // In the middle of what is being answered.
            Ok(Ask::Rest { ms }) => reader::rest(ms),
            Ok(ask) => enqueue(ask),
            Err(error) => tell(&Tell::Crashed {
                message: format!("a question was not understood: {error}"),
            }),
        }
    });
    scope.set_onmessage(Some(inbox.as_ref().unchecked_ref()));
    inbox.forget();
    tell(&Tell::Hello);
}

fn enqueue(ask: Ask) {
    let is_idle = QUEUE.with_borrow_mut(|(queue, is_busy)| {
        queue.push_back(ask);
        !std::mem::replace(is_busy, true)
    });
    if is_idle {
        spawn_local(async {
            while let Some(ask) = QUEUE.with_borrow_mut(|(queue, is_busy)| {
                let ask = queue.pop_front();
                *is_busy = ask.is_some();
                ask
            }) {
                // Taken out while it works: an answer may have to wait for a file.
                let mut room = ROOM.take().unwrap_or_default();
                room.answer(ask).await;
                ROOM.set(Some(room));
            }
        });
    }
}

/// Says something to the page. Bulk moves; it is not copied.
pub fn tell(tell: &Tell) {
    if let (Some(scope), Ok(message)) = (scope(), serde_wasm_bindgen::to_value(tell)) {
        scope
            .post_message_with_transfer(&message, &tell.bulk())
            .ok();
    }
}

/// What a thrown value says.
pub fn thrown(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "no reason given".into())
}

/// Outside of a browser, in tests, any number will do.
#[cfg(not(target_arch = "wasm32"))]
pub fn seed() -> u64 {
    1
}

/// A random number that nobody who wrote the log could know.
#[cfg(target_arch = "wasm32")]
pub fn seed() -> u64 {
    let mut bytes = [0_u8; 8];
    if let Some(crypto) = scope().and_then(|scope| scope.crypto().ok()) {
        crypto.get_random_values_with_u8_array(&mut bytes).ok();
    }
    u64::from_le_bytes(bytes)
}
