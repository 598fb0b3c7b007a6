//! A small dumb static server: files of one folder, right MIME types, no headers that a poor host would not send.
//!
//! The page has to keep its promises on such a host, so the tests use this one.
//! It keeps a log of what was asked of it; "nothing leaves" is read off that log.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};

/// Longest request line or header that is read.
const MAX_LINE_BYTES: u64 = 16 * 1024;
const MAX_HEADERS: usize = 100;

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    /// Path and query, undecoded.
    pub path: String,
    /// 101 when it asked for a WebSocket (which is refused all the same).
    pub status: u16,
}

/// What is served and what was asked; shared by the threads.
struct Site {
    root: PathBuf,
    /// A sub-path the folder is mounted on, "/" or like "/tools/whichway/".
    mount: String,
    /// Pages from memory, for the tests' own use.
    extra: Vec<(String, &'static str, Vec<u8>)>,
    log: Mutex<Vec<Asked>>,
    is_closed: AtomicBool,
}

/// A running server; it stops when dropped.
pub struct Server {
    address: SocketAddr,
    site: Arc<Site>,
}

/// What to serve, before it starts.
pub struct Setup {
    site: Site,
}

impl Setup {
    pub fn folder(root: &Path) -> Self {
        Self {
            site: Site {
                root: root.to_path_buf(),
                mount: "/".to_owned(),
                extra: Vec::new(),
                log: Mutex::default(),
                is_closed: AtomicBool::new(false),
            },
        }
    }

    /// Serves the folder below this path instead of at the top.
    #[must_use]
    pub fn mounted_on(mut self, path: &str) -> Self {
        self.site.mount = format!("/{}/", path.trim_matches('/'));
        self
    }

    /// One more page, from memory; `path` begins with a slash.
    #[must_use]
    pub fn with(mut self, path: &str, mime: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.site.extra.push((path.to_owned(), mime, body.into()));
        self
    }

    /// Starts on a port of this machine only; 0 takes any free one.
    pub fn start(self, port: u16) -> Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| {
            format!("port {port} of this machine is taken; choose another with --port")
        })?;
        let address = listener.local_addr()?;
        let site = Arc::new(self.site);
        let shared = Arc::clone(&site);
        std::thread::spawn(move || accept(&listener, &shared));
        Ok(Server { address, site })
    }
}

impl Server {
    /// Address of the page, with a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.site.mount)
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Everything that was asked so far.
    pub fn log(&self) -> Vec<Asked> {
        self.site
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.site.is_closed.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        TcpStream::connect(self.address).ok();
    }
}

fn accept(listener: &TcpListener, site: &Arc<Site>) {
    for stream in listener.incoming() {
        if site.is_closed.load(Ordering::SeqCst) {
            return;
        }
        if let Ok(stream) = stream {
            let site = Arc::clone(site);
            std::thread::spawn(move || answer(&stream, &site).ok());
        }
    }
}

/// One request, one answer, then the connection is closed: slow and simple.
fn answer(stream: &TcpStream, site: &Site) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream);
    let first = line(&mut reader)?;
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Ok(());
    };
    let mut is_websocket = false;
    let mut body_bytes = 0_u64;
    for _ in 0..MAX_HEADERS {
        let header = line(&mut reader)?.to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        is_websocket |= header.starts_with("upgrade:") && header.contains("websocket");
        if let Some(length) = header.strip_prefix("content-length:") {
            body_bytes = length.trim().parse().unwrap_or(0);
        }
    }
    // A beacon carries a body; leaving it unread would reset the connection under its sender.
    std::io::copy(
        &mut std::io::Read::take(&mut reader, body_bytes.min(1 << 20)),
        &mut std::io::sink(),
    )?;
    let (status, mime, body) = if is_websocket {
        (
            400,
            "text/plain; charset=utf-8",
            b"no WebSocket here\n".to_vec(),
        )
    } else {
        content(site, method, target)
    };
    site.log
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Asked {
            method: method.to_owned(),
            path: target.to_owned(),
            status: if is_websocket { 101 } else { status },
        });
    let reason = match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        400 => "Bad Request",
        404 => "Not Found",
        _ => "Method Not Allowed",
    };
    let mut head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {mime}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\nConnection: close\r\n",
        body.len()
    );
    if status == 301 {
        head = format!("{head}Location: {}\r\n", site.mount);
    }
    let mut out = stream;
    out.write_all(head.as_bytes())?;
    out.write_all(b"\r\n")?;
    if method != "HEAD" {
        out.write_all(&body)?;
    }
    Ok(())
}

fn line(reader: &mut BufReader<&TcpStream>) -> Result<String> {
    let mut bytes = Vec::new();
    std::io::Read::take(&mut *reader, MAX_LINE_BYTES).read_until(b'\n', &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn content(site: &Site, method: &str, target: &str) -> (u16, &'static str, Vec<u8>) {
    const TEXT: &str = "text/plain; charset=utf-8";
    let missing = || (404, TEXT, b"not found\n".to_vec());
    if method == "POST" {
        return (204, TEXT, Vec::new());
    }
    if method != "GET" && method != "HEAD" {
        return (405, TEXT, b"only GET and HEAD\n".to_vec());
    }
    let path = target.split(['?', '#']).next().unwrap_or_default();
    if let Some((_, mime, body)) = site.extra.iter().find(|(name, ..)| name == path) {
        return (200, mime, body.clone());
    }
    if format!("{path}/") == site.mount {
        return (301, TEXT, Vec::new());
    }
    let Some(inside) = path.strip_prefix(site.mount.as_str()).and_then(decode) else {
        return missing();
    };
    let mut file = site.root.clone();
    for part in Path::new(&inside).components() {
        match part {
            Component::Normal(name) => file.push(name),
            Component::CurDir => {}
            // `..`, an absolute path or a drive would lead out of the folder.
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return missing(),
        }
    }
    if file.is_dir() {
        file.push("index.html");
    }
    match std::fs::read(&file) {
        Ok(body) => (200, mime_type(&file), body),
        Err(_) => missing(),
    }
}

/// Percent signs resolved; nothing for broken ones, text that is no UTF-8, or a NUL.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push((high * 16 + low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|path| !path.contains(['\0', '\\']))
}

fn mime_type(file: &Path) -> &'static str {
    let end = file
        .extension()
        .map(|end| end.to_string_lossy().to_ascii_lowercase());
    match end.as_deref() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json" | "webmanifest") => "application/json",
        Some("woff2") => "font/woff2",
        Some("txt" | "log" | "md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn get(server: &Server, target: &str) -> String {
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn serves_its_folder_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("whichway-serve-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("site")).unwrap();
        std::fs::write(folder.join("site/index.html"), "hello").unwrap();
        std::fs::write(folder.join("site/a b.wasm"), "\0asm").unwrap();
        std::fs::write(folder.join("secret"), "secret").unwrap();
        let server = Setup::folder(&folder.join("site"))
            .mounted_on("deep/er")
            .with("/floor", "text/html", "floor")
            .start(0)
            .unwrap();
        let check = |target: &str, expected: &[&str]| {
            let answer = get(&server, target);
            for part in expected {
                assert!(answer.contains(part), "{target}: {answer}");
            }
        };
        check("/deep/er/", &["200", "text/html", "hello"]);
        check("/deep/er/?v=1", &["200", "hello"]);
        check("/deep/er", &["301", "Location: /deep/er/"]);
        check("/deep/er/a%20b.wasm", &["200", "application/wasm"]);
        check("/floor", &["200", "floor"]);
        for outside in [
            "/",
            "/index.html",
            "/deep/er/../secret",
            "/deep/er/%2e%2e/secret",
            "/deep/er/..%2fsecret",
            "/deep/er//etc/passwd",
            "/deep/er/%zz",
        ] {
            check(outside, &["404"]);
        }
        let log = server.log();
        assert_eq!(log.len(), 12);
        assert_eq!((log[0].path.as_str(), log[0].status), ("/deep/er/", 200));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
