//! `whichway formats`: ids, titles, examples.

use crate::engine::format::FORMATS;
use crate::engine::share::SCHEMA;
use crate::engine::share::clean::visible;
use crate::engine::share::json::Json;
use std::io::{self, Write};

pub fn print(out: &mut dyn Write, as_json: bool) -> io::Result<()> {
    if as_json {
        let mut json = Json::default();
        json.object(|json| {
            json.field("schema").number(SCHEMA);
            json.field("formats").list(FORMATS, |json, format| {
                let about = format.about();
                json.object(|json| {
                    json.field("id").text(about.id);
                    json.field("title").text(about.title);
                    json.field("spec").text(about.spec);
                    json.field("example").text(about.example);
                });
            });
        });
        return json.end_line(out);
    }
    for format in FORMATS {
        let about = format.about();
        writeln!(
            out,
            "{}\n  {}\n  {}\n  {}\n",
            about.id,
            about.title,
            about.spec,
            visible(about.example)
        )?;
    }
    Ok(())
}
