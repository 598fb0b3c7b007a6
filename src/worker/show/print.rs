//! Documents, from the same functions that the command line prints with.

use super::Open;
use crate::chart;
use crate::engine::share::{answer, csv, incidents, report, sessions, summary};
use crate::engine::summary::filter::Filter;
use crate::engine::summary::{matching, summarize};
use crate::worker::protocol::Document;

impl Open {
    /// The text of a document; a filter that cannot be understood shows everything.
    pub fn print(&self, kind: Document, filter: &str) -> String {
        let (data, index) = (&self.data, &self.index);
        let filter = Filter::parse(filter).unwrap_or_default();
        let list = || matching(data, index, &filter).into_list();
        let mut out = Vec::new();
        let written = match kind {
            Document::Report => report::write(&mut out, data, index, &filter),
            Document::Sessions => {
                sessions::write(&mut out, data, list(), sessions::Options::default())
            }
            Document::Summary => summary::write(&mut out, data, &summarize(data, index, &filter)),
            Document::Incidents => incidents::write(&mut out, data, &data.incidents),
            Document::Markdown => {
                answer::write(&mut out, data, index, &filter, answer::Style::Markdown)
            }
            Document::Html => {
                let besides = answer::Besides {
                    draw: Some(&chart::pictures),
                    ..answer::Besides::default()
                };
                answer::write_with(&mut out, data, index, &filter, answer::Style::Html, besides)
            }
            Document::Csv => csv::write(&mut out, data, index, &list()),
        };
        written.expect("memory takes all that is written");
        String::from_utf8(out)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}
