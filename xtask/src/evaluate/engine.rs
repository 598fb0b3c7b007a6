//! The engine as anybody can run it: the command line, and what it prints.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::places;

/// The program that was built for this evaluation.
#[derive(Clone, Debug)]
pub struct Engine {
    pub program: PathBuf,
}

/// One session as the engine tells it.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Address and port; `None` where it cannot tell.
    pub initiator: Option<(String, u16)>,
    pub p: f64,
    pub verdict: String,
    pub also: Vec<String>,
    pub cause: Option<(String, f64)>,
    pub tags: Vec<String>,
    pub incident: String,
}

/// What the engine says of one log.
#[derive(Default)]
pub struct Answer {
    pub sessions: Vec<Said>,
    /// For each line, from 0, the session that has it.
    pub by_line: HashMap<u32, u32>,
    /// Incidents whose text admits that an opening by the other side cannot be excluded.
    pub open: std::collections::HashSet<String>,
}

impl Engine {
    pub fn ask(&self, name: &str, text: &[u8]) -> Result<Answer> {
        let folder = places::target().join("tmp");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{name}.log"));
        std::fs::write(&path, text)?;
        let mut answer = Answer::default();
        self.lines(&path, &["sessions", "--lines", "all"], |said| {
            let nth = answer.sessions.len() as u32;
            for line in list(&said["lines"]) {
                if let Some(line) = line["line"].as_u64() {
                    answer.by_line.entry(line as u32 - 1).or_insert(nth);
                }
            }
            answer.sessions.push(session(said));
        })?;
        self.lines(&path, &["incidents"], |incident| {
            let admits = list(&incident["alternatives"])
                .iter()
                .filter_map(Value::as_str)
                .any(|text| text.contains("cannot be excluded"));
            if admits {
                answer.open.insert(text_of(&incident["id"]));
            }
        })?;
        std::fs::remove_file(&path)?;
        Ok(answer)
    }

    fn lines(&self, path: &Path, words: &[&str], mut take: impl FnMut(&Value)) -> Result<()> {
        let mut child = Command::new(&self.program)
            .args(words)
            .arg(path)
            .stdout(Stdio::piped())
            .spawn()
            .context("`whichway` does not start")?;
        let out = child.stdout.take().context("it has no output")?;
        for line in BufReader::with_capacity(1 << 20, out).lines().skip(1) {
            take(&serde_json::from_str(&line?)?);
        }
        ensure!(child.wait()?.success(), "`whichway` failed");
        Ok(())
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn session(said: &Value) -> Said {
    let initiator = said["initiator"]["ip"].as_str().map(|ip| {
        let port = said["initiator"]["port"].as_u64().unwrap_or(0);
        (ip.to_owned(), port as u16)
    });
    let texts = |value: &Value| list(value).iter().map(text_of).collect();
    let cause = said["cause"]["name"].as_str();
    Said {
        initiator,
        p: said["p"].as_f64().unwrap_or(0.0),
        verdict: text_of(&said["verdict"]),
        also: texts(&said["also"]),
        cause: cause.map(|name| (name.to_owned(), said["cause"]["p"].as_f64().unwrap_or(0.0))),
        tags: texts(&said["tags"]),
        incident: text_of(&said["incident"]),
    }
}
