//! What happened in the tab and its workers: requests, errors, workers that live.

use std::collections::BTreeMap;

use serde_json::Value;

/// One request of the page or a worker, also when the browser refused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub url: String,
    /// `Fetch`, `Image`, `WebSocket`, `Ping` …
    pub kind: String,
    /// Whether a worker asked.
    pub is_workers: bool,
    /// Why the browser did not send it (`csp`), or how it failed.
    pub refused: Option<String>,
}

impl Request {
    /// Whether it would go out of the browser; `blob:` and `data:` do not.
    pub fn is_network(&self) -> bool {
        !["blob:", "data:", "about:"]
            .iter()
            .any(|scheme| self.url.starts_with(scheme))
    }
}

/// A moment; what happened later can be asked for.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    pub(super) requests: usize,
    pub(super) errors: usize,
}

#[derive(Default)]
pub(super) struct Watch {
    /// By the browser's request id and whose it is, in order of arrival through `order`.
    index: BTreeMap<(String, String), usize>,
    requests: Vec<Request>,
    errors: Vec<String>,
    /// Sessions of live workers, oldest first.
    pub(super) workers: Vec<String>,
    pub(super) n_workers_started: usize,
    pub(super) downloads: Vec<String>,
}

impl Watch {
    pub fn mark(&self) -> Mark {
        Mark {
            requests: self.requests.len(),
            errors: self.errors.len(),
        }
    }

    pub fn requests(&self, since: Mark) -> Vec<Request> {
        self.requests
            .get(since.requests..)
            .unwrap_or_default()
            .to_vec()
    }

    pub fn errors(&self, since: Mark) -> Vec<String> {
        self.errors.get(since.errors..).unwrap_or_default().to_vec()
    }

    /// Takes one event of the protocol.
    pub fn note(&mut self, message: &Value) {
        let session = text(&message["sessionId"]);
        let params = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
            "Network.requestWillBeSent" => {
                let url = text(&params["request"]["url"]);
                self.add(&session, params, url, text(&params["type"]));
            }
            "Network.webSocketCreated" => {
                let url = text(&params["url"]);
                self.add(&session, params, url, "WebSocket".to_owned());
            }
            "Network.loadingFailed" => {
                let reason = match params["blockedReason"].as_str() {
                    Some(reason) => reason.to_owned(),
                    None => text(&params["errorText"]),
                };
                self.refuse(&session, params, reason);
            }
            "Network.webSocketFrameError" => {
                let reason = text(&params["errorMessage"]);
                self.refuse(&session, params, reason);
            }
            "Runtime.exceptionThrown" => {
                let details = &params["exceptionDetails"];
                let what = details["exception"]["description"]
                    .as_str()
                    .map_or_else(|| text(&details["text"]), str::to_owned);
                self.errors.push(format!("exception: {what}"));
            }
            "Runtime.consoleAPICalled"
                if params["type"] == "error" || params["type"] == "assert" =>
            {
                let words: Vec<String> = params["args"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|argument| match &argument["value"] {
                        Value::String(text) => text.clone(),
                        Value::Null => text(&argument["description"]),
                        other => other.to_string(),
                    })
                    .collect();
                self.errors.push(format!("console: {}", words.join(" ")));
            }
            "Log.entryAdded" if params["entry"]["level"] == "error" => {
                self.errors.push(format!(
                    "{}: {} {}",
                    text(&params["entry"]["source"]),
                    text(&params["entry"]["text"]),
                    text(&params["entry"]["url"])
                ));
            }
            "Target.attachedToTarget" if params["targetInfo"]["type"] != "page" => {
                self.workers.push(text(&params["sessionId"]));
                self.n_workers_started += 1;
            }
            "Target.detachedFromTarget" => {
                let gone = text(&params["sessionId"]);
                self.workers.retain(|session| *session != gone);
            }
            "Browser.downloadWillBegin" | "Page.downloadWillBegin" => {
                self.downloads.push(text(&params["suggestedFilename"]));
            }
            "Inspector.targetCrashed" => self.errors.push("the tab crashed".to_owned()),
            _ => {}
        }
    }

    fn add(&mut self, session: &str, params: &Value, url: String, kind: String) {
        let is_workers = self.workers.iter().any(|worker| worker == session);
        let key = (session.to_owned(), text(&params["requestId"]));
        self.index.insert(key, self.requests.len());
        self.requests.push(Request {
            url,
            kind,
            is_workers,
            refused: None,
        });
    }

    fn refuse(&mut self, session: &str, params: &Value, reason: String) {
        let key = (session.to_owned(), text(&params["requestId"]));
        if let Some(request) = self
            .index
            .get(&key)
            .and_then(|&at| self.requests.get_mut(at))
        {
            request.refused = Some(reason);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
