//! How an answer is set: plain text for a terminal, Markdown for a ticket, a document that opens anywhere.

use super::clean::visible;
use std::fmt::Write as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Text,
    Markdown,
    /// One file that loads nothing and runs nothing.
    Html,
}

/// Letters of a line of text.
const WIDTH: usize = 96;
/// The page's own colors; the document adds how it is set.
const TOKENS: &str = include_str!("../../../style/tokens.css");
const SHEET: &str = "\
body{margin:0 auto;max-width:60rem;padding:2rem 1.25rem 4rem;background:var(--bg);color:var(--ink);font:var(--text)/1.55 var(--font)}\
h1{font-size:1.5rem;line-height:1.3;margin:0 0 .75rem}\
h2{font-size:1.125rem;line-height:1.35;margin:0 0 .5rem}\
h3{font-size:var(--small);color:var(--soft);margin:1rem 0 .25rem}\
section{background:var(--card);border:1px solid var(--line);border-radius:var(--round);padding:1.25rem;margin:1.25rem 0}\
p{margin:.25rem 0 .5rem;overflow-wrap:anywhere}\
ul{margin:.25rem 0;padding-left:1.25rem}\
li{margin:.25rem 0;overflow-wrap:anywhere}\
code{font:var(--small) var(--mono);background:var(--sunk);padding:.1em .35em;border-radius:var(--round-small)}\
pre{margin:.25rem 0 .5rem;padding:.5rem .75rem;background:var(--sunk);border-radius:var(--round-small);font:var(--small)/1.5 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere}\
svg{display:block;max-width:100%;height:auto;margin:.75rem 0}\
@media print{:root{color-scheme:light}body{padding:0}section{break-inside:avoid}}";

pub struct Page {
    text: String,
    style: Style,
    /// Elements that are open, innermost last.
    open: Vec<&'static str>,
}

impl Page {
    pub fn new(style: Style) -> Page {
        Page {
            text: String::new(),
            style,
            open: Vec::new(),
        }
    }

    pub fn title(&mut self, text: &str) {
        let text = visible(text);
        match self.style {
            Style::Markdown => self.line(&["# ", &escaped(&text), "\n"]),
            Style::Text => {
                self.wrapped("", "", &text);
                self.text.push('\n');
            }
            Style::Html => {
                let text = entities(&text);
                self.line(&[
                    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
                    "<meta name=\"viewport\" content=\"width=device-width\">\n",
                    // What is quoted from a log must not become a program, whatever happens to this file.
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
                    "<title>",
                    &text,
                    "</title>\n<style>\n",
                    TOKENS,
                    SHEET,
                    "\n</style>\n</head>\n<body>\n<h1>",
                    &text,
                    "</h1>",
                ]);
            }
        }
    }

    pub fn heading(&mut self, text: &str) {
        match self.style {
            Style::Markdown => self.line(&["\n## ", &escaped(text), "\n"]),
            Style::Text => self.line(&["\n", text]),
            Style::Html => {
                self.close(0);
                self.open("section");
                self.element("h2", text);
            }
        }
    }

    pub fn label(&mut self, text: &str) {
        match self.style {
            Style::Markdown => self.line(&["\n**", text, "**\n"]),
            Style::Text => self.line(&["  ", text, ":"]),
            Style::Html => {
                self.close(1);
                self.element("h3", text);
            }
        }
    }

    pub fn paragraph(&mut self, text: &str) {
        match self.style {
            Style::Markdown => self.line(&[&escaped(text), "\n"]),
            Style::Text => self.wrapped("  ", "  ", text),
            Style::Html => {
                self.close(1);
                self.element("p", text);
            }
        }
    }

    pub fn item(&mut self, text: &str) {
        match self.style {
            Style::Markdown => self.line(&["- ", &escaped(text)]),
            Style::Text => self.wrapped("  - ", "    ", text),
            Style::Html => {
                self.open_list();
                self.element("li", text);
            }
        }
    }

    /// Commands to run at a place one after the other, or nothing to run there.
    pub fn check(&mut self, place: &str, commands: &[String], why: &str) {
        if commands.is_empty() {
            return self.item(&format!("{place}: {why}"));
        }
        match self.style {
            Style::Text => {
                self.item(&format!("{place}: {why}"));
                for command in commands {
                    self.line(&["        ", command]);
                }
            }
            Style::Markdown => {
                self.line(&["- ", &escaped(place), ": ", &escaped(why), "\n"]);
                for command in commands {
                    // A block of code by its indent: no letter of a command can end it.
                    self.line(&["      ", command]);
                }
                self.text.push('\n');
            }
            Style::Html => {
                self.open_list();
                self.line(&["<li>", &entities(place), ": ", &coded(why)]);
                self.line(&["<pre>", &entities(&commands.join("\n")), "</pre></li>"]);
            }
        }
    }

    /// SVG, as it is.
    pub fn picture(&mut self, svg: &str) {
        self.close(1);
        self.text.push_str(svg);
    }

    pub fn finish(mut self) -> String {
        if self.style == Style::Html {
            self.close(0);
            self.line(&["</body>\n</html>"]);
        }
        self.text
    }

    fn line(&mut self, parts: &[&str]) {
        self.text.extend(parts.iter().copied());
        self.text.push('\n');
    }

    fn element(&mut self, name: &str, text: &str) {
        self.line(&["<", name, ">", &entities(text), "</", name, ">"]);
    }

    fn open(&mut self, name: &'static str) {
        self.line(&["<", name, ">"]);
        self.open.push(name);
    }

    fn open_list(&mut self) {
        if self.open.last() != Some(&"ul") {
            self.open("ul");
        }
    }

    /// Closes elements until so many are open.
    fn close(&mut self, n_open: usize) {
        while self.open.len() > n_open {
            let name = self.open.pop().unwrap_or_default();
            self.line(&["</", name, ">"]);
        }
    }

    fn wrapped(&mut self, first: &str, other: &str, text: &str) {
        let mut line = first.to_string();
        let mut is_empty = true;
        for word in text.split_whitespace() {
            if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                let _ = writeln!(self.text, "{line}");
                line = other.to_string();
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        let _ = writeln!(self.text, "{line}");
    }
}

/// Markdown's own letters, and the start of HTML, as text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(
            letter,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '!'
        ) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Entities, and what stands between back-ticks as code.
fn coded(text: &str) -> String {
    let parts = text.split('`').collect::<Vec<_>>();
    if parts.len().is_multiple_of(2) {
        return entities(text);
    }
    let mut out = String::with_capacity(text.len());
    for (at, part) in parts.iter().enumerate() {
        match at {
            0 => {}
            at if at.is_multiple_of(2) => out.push_str("</code>"),
            _ => out.push_str("<code>"),
        }
        out.push_str(&entities(part));
    }
    out
}
