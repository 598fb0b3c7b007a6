//! The DevTools socket: one thread reads answers and events, any thread may write.
//!
//! Sessions are "flattened": page and workers share the socket, a message says whose it is.

use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};

use super::watch::Watch;

/// How long an answer may take unless the caller says otherwise.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A screenshot of a long page travels in one message.
const MAX_MESSAGE_BYTES: usize = 256 << 20;

/// What the reading thread knows.
#[derive(Default)]
pub(super) struct State {
    answers: Vec<(u64, Value)>,
    pub(super) watch: Watch,
    is_closed: bool,
}

struct Shared {
    state: Mutex<State>,
    news: Condvar,
    out: Mutex<(u64, WebSocket<TcpStream>)>,
}

pub(super) struct Wire(Arc<Shared>);

impl Wire {
    pub fn connect(address: &str) -> Result<Self> {
        let host = address
            .trim_start_matches("ws://")
            .split('/')
            .next()
            .unwrap_or_default();
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES));
        let second = stream.try_clone()?;
        let (reader, _) = tungstenite::client::client_with_config(address, stream, Some(config))
            .map_err(|error| {
                anyhow::anyhow!("the browser refused its debugging socket: {error}")
            })?;
        // Two ends over one connection: reading must not keep anybody from writing.
        let writer = WebSocket::from_raw_socket(second, Role::Client, Some(config));
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            news: Condvar::new(),
            out: Mutex::new((0, writer)),
        });
        let wire = Self(Arc::clone(&shared));
        std::thread::spawn(move || read(reader, &Self(shared)));
        Ok(wire)
    }

    /// Sends without waiting; returns the number that the answer will carry.
    pub fn send(&self, session: Option<&str>, method: &str, params: &Value) -> Result<u64> {
        let mut out = self.0.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.0 += 1;
        let id = out.0;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        out.1
            .send(Message::text(message.to_string()))
            .context("the browser is gone")?;
        Ok(id)
    }

    /// Sends and waits for the answer.
    pub fn call(&self, session: Option<&str>, method: &str, params: Value) -> Result<Value> {
        self.call_within(PATIENCE, session, method, params)
    }

    pub fn call_within(
        &self,
        patience: Duration,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Value> {
        let id = self.send(session, method, &params)?;
        let end = Instant::now() + patience;
        let mut state = self.state();
        loop {
            if let Some(at) = state
                .answers
                .iter()
                .position(|(answered, _)| *answered == id)
            {
                let (_, mut answer) = state.answers.remove(at);
                if let Some(error) = answer.get("error") {
                    bail!(
                        "{method}: {}",
                        error["message"].as_str().unwrap_or("failed")
                    );
                }
                return Ok(answer["result"].take());
            }
            if state.is_closed {
                bail!("{method}: the browser is gone");
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("{method}: no answer within {patience:?}");
            }
            state = self
                .0
                .news
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Turns on everything that is recorded about the tab, and about workers from their first instruction.
    pub fn watch_page(&self, session: &str) -> Result<()> {
        for method in [
            "Page.enable",
            "Runtime.enable",
            "Network.enable",
            "Log.enable",
        ] {
            self.call(Some(session), method, json!({}))?;
        }
        self.call(Some(session), "Target.setAutoAttach", auto_attach())?;
        // Long tasks are only seen by an observer that is there from the start.
        self.call(
            Some(session),
            "Page.addScriptToEvaluateOnNewDocument",
            json!({"source": LONG_TASKS}),
        )?;
        self.call(
            Some(session),
            "Emulation.setFocusEmulationEnabled",
            json!({"enabled": true}),
        )?;
        Ok(())
    }

    /// The same for a worker, which stands still until it is told to run.
    fn watch_worker(&self, session: &str) -> Result<()> {
        for (method, params) in [
            ("Runtime.enable", json!({})),
            ("Network.enable", json!({})),
            ("Target.setAutoAttach", auto_attach()),
            ("Runtime.runIfWaitingForDebugger", json!({})),
        ] {
            self.send(Some(session), method, &params)?;
        }
        Ok(())
    }
}

const LONG_TASKS: &str = "
    globalThis.__longTasks = [];
    new PerformanceObserver(list => {
        for (const task of list.getEntries()) __longTasks.push([task.startTime, task.duration]);
    }).observe({type: 'longtask', buffered: true});
";

fn auto_attach() -> Value {
    json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true})
}

fn read(mut socket: WebSocket<TcpStream>, wire: &Wire) {
    while let Ok(message) = socket.read() {
        let Message::Text(text) = message else {
            continue;
        };
        let Ok(message) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        if let Some(id) = message["id"].as_u64() {
            let mut state = wire.state();
            state.answers.push((id, message));
            // Answers to calls that nobody waits for would pile up.
            let surplus = state.answers.len().saturating_sub(1000);
            state.answers.drain(..surplus);
        } else {
            if message["method"] == "Target.attachedToTarget"
                && let Some(session) = message["params"]["sessionId"].as_str()
                && message["params"]["targetInfo"]["type"] != "page"
            {
                wire.watch_worker(session).ok();
            }
            wire.state().watch.note(&message);
        }
        wire.0.news.notify_all();
    }
    wire.state().is_closed = true;
    wire.0.news.notify_all();
}
