//! What pasting does to logs, done to every sample: the same values must come out of what is left.
//!
//! Each damage is done to each sample file; the events of the damaged text are compared, field by field, with those
//! of the sample. `WHICHWAY_WRITE=1 cargo test --test damage` writes docs/damage.md.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use whichway::engine::format::Parsed;
use whichway::engine::model::{Endpoint, Event, Host, NameId};
use whichway::engine::pipeline::{Context, Range, Reader};
use whichway::engine::source::Sample;
use whichway::engine::source::cleanup::start::{self, Start};

/// 1 January 2026.
const NOW: i64 = 1_767_225_600_000_000;
/// Lines of each sample that are used.
const MAX_LINES: usize = 60;

/// Format and all fields of the events of one record.
type Said = (&'static str, String);

#[derive(Clone, PartialEq, Debug)]
struct Seen {
    text: Vec<u8>,
    said: Option<Said>,
}

fn read(text: &str) -> Vec<Seen> {
    read_in(text, usize::MAX)
}

fn read_in(text: &str, size: usize) -> Vec<Seen> {
    read_as(text, size, |events| format!("{events:?}"))
}

/// In chunks of `size`; `tell` says what of the events is compared.
fn read_as(text: &str, size: usize, tell: fn(&[Event]) -> String) -> Vec<Seen> {
    let Ok(context) = Context::survey(&Sample::of(text.as_bytes()), NOW) else {
        return Vec::new();
    };
    let mut reader = Reader::new(&context, Range::whole(0), 0);
    let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let gathered = Arc::clone(&seen);
    reader.tap(Box::new(move |tapped| {
        let said = (tapped.parsed == Parsed::Events)
            .then(|| (tapped.format.unwrap_or(""), tell(tapped.events)));
        gathered.lock().expect("one thread").push(Seen {
            text: tapped.text.to_vec(),
            said,
        });
    }));
    for chunk in text.as_bytes().chunks(size) {
        reader.feed(chunk);
    }
    reader.finish();
    std::mem::take(&mut *gathered_by(&seen))
}

fn gathered_by(seen: &Mutex<Vec<Seen>>) -> std::sync::MutexGuard<'_, Vec<Seen>> {
    seen.lock().expect("one thread")
}

struct Sampled {
    /// Folder and file.
    name: String,
    lines: Vec<String>,
}

/// The project's own samples.
const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");

/// At most `max_lines` of each file in the folders of `folder`.
fn samples(folder: &str, max_lines: usize) -> Vec<Sampled> {
    let mut found = Vec::new();
    for format in std::fs::read_dir(folder).expect("the samples").flatten() {
        let Ok(files) = std::fs::read_dir(format.path()) else {
            continue;
        };
        for file in files.flatten() {
            let path = file.path();
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            // Records of several lines by intention cannot be damaged line by line.
            let is_by_line = !file.contains("several_lines") && !file.contains("multiline");
            if path.extension().is_some_and(|end| end == "log") && is_by_line {
                let bytes = std::fs::read(&path).expect("a sample");
                found.push(Sampled {
                    name: format!("{}/{file}", format.file_name().to_string_lossy()),
                    lines: String::from_utf8_lossy(&bytes)
                        .lines()
                        .filter(|line| !line.is_empty())
                        .take(max_lines)
                        .map(String::from)
                        .collect(),
                });
            }
        }
    }
    found.sort_by(|one, two| one.name.cmp(&two.name));
    found
}

fn each(lines: &[String], change: impl Fn(usize, &str) -> String) -> String {
    let changed: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(nth, line)| change(nth, line))
        .collect();
    changed.join("\n")
}

fn entities(line: &str) -> String {
    line.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Breaks anywhere, as terminals do.
fn hard_wrap(lines: &[String], width: usize) -> String {
    each(lines, |_, line| {
        let characters: Vec<char> = line.chars().collect();
        let pieces: Vec<String> = characters
            .chunks(width)
            .map(|piece| piece.iter().collect())
            .collect();
        pieces.join("\n")
    })
}

/// Breaks at blanks, as mail programs do.
fn soft_wrap(lines: &[String], width: usize) -> String {
    each(lines, |_, line| {
        let (mut out, mut length) = (String::new(), 0);
        for word in line.split(' ') {
            let n_word = word.chars().count();
            if length > 0 && length + 1 + n_word > width {
                out.push('\n');
                length = 0;
            } else if !out.is_empty() {
                out.push(' ');
                length += 1;
            }
            out.push_str(word);
            length += n_word;
        }
        out
    })
}

fn quotes(line: &str) -> String {
    let mut is_open = false;
    line.chars()
        .map(|character| match character {
            '"' => {
                is_open = !is_open;
                if is_open { '“' } else { '”' }
            }
            '\'' => '’',
            other => other,
        })
        .collect()
}

/// Two records on a line, where their beginnings tell them apart.
fn pairs(lines: &[String]) -> Option<String> {
    let is_sure = |line: &String| {
        matches!(
            start::of(line.as_bytes()),
            Some(Start::Priority | Start::Syslog | Start::DateKey | Start::Percent | Start::Json)
        )
    };
    let sure: Vec<&String> = lines.iter().filter(|line| is_sure(line)).collect();
    let same = |pair: &&[&String]| {
        pair.len() == 2 && start::of(pair[0].as_bytes()) == start::of(pair[1].as_bytes())
    };
    let joined: Vec<String> = sure
        .chunks(2)
        .filter(same)
        .map(|pair| format!("{} {}", pair[0], pair[1]))
        .collect();
    (!joined.is_empty()).then(|| joined.join("\n"))
}

/// Two records of traffic on a line, whatever they begin with; other lines stay as they are.
fn any_pairs(lines: &[String]) -> Option<String> {
    let seen = read(&lines.join("\n"));
    let is_traffic = |line: &str| {
        let mut of_line = seen.iter().filter(|seen| seen.text == line.as_bytes());
        of_line.any(|seen| seen.said.is_some())
    };
    let (mut joined, mut open): (Vec<String>, Option<&str>) = (Vec::new(), None);
    for line in lines {
        match open.take() {
            first if !is_traffic(line) => {
                joined.extend(first.map(String::from));
                joined.push(line.clone());
            }
            Some(first) => joined.push(format!("{first} {line}")),
            None => open = Some(line),
        }
    }
    let n_lines = lines.len() - usize::from(open.is_some());
    let is_any = joined.len() < n_lines;
    joined.extend(open.map(String::from));
    is_any.then(|| joined.join("\n"))
}

type Damage = fn(&[String]) -> Option<String>;

const DAMAGES: [(&str, Damage); 19] = [
    ("quoted", |lines| {
        Some(each(lines, |_, line| format!("> {line}")))
    }),
    ("numbered", |lines| {
        Some(each(lines, |nth, line| format!("{}: {line}", nth + 1)))
    }),
    ("grep", |lines| {
        Some(each(lines, |nth, line| {
            format!("/var/log/fw.log:{}:{line}", 3 * nth + 2)
        }))
    }),
    ("compose", |lines| {
        Some(each(lines, |_, line| format!("fw-1  | {line}")))
    }),
    ("fenced", |lines| {
        Some(format!("```text\n{}\n```", lines.join("\n")))
    }),
    ("table cell", |lines| {
        Some(format!(
            "| line |\n|---|\n{}",
            each(lines, |_, line| format!("| {line} |"))
        ))
    }),
    ("HTML", |lines| {
        Some(each(lines, |_, line| format!("{}<br>", entities(line))))
    }),
    ("HTML table", |lines| {
        Some(each(lines, |_, line| {
            format!("<tr><td>{}</td></tr>", entities(line))
        }))
    }),
    ("typographic", |lines| {
        Some(each(lines, |_, line| quotes(line)))
    }),
    ("NBSP", |lines| {
        Some(each(lines, |_, line| line.replace(' ', "\u{a0}")))
    }),
    ("tabs→spaces", |lines| {
        let has_tab = lines.iter().any(|line| line.contains('\t'));
        has_tab.then(|| each(lines, |_, line| line.replace('\t', "    ")))
    }),
    ("two on a line", pairs),
    ("any two on a line", any_pairs),
    ("wrapped 72", |lines| Some(hard_wrap(lines, 72))),
    ("wrapped 80", |lines| Some(hard_wrap(lines, 80))),
    ("wrapped 100", |lines| Some(hard_wrap(lines, 100))),
    ("wrapped 132", |lines| Some(hard_wrap(lines, 132))),
    ("mail 76", |lines| Some(soft_wrap(lines, 76))),
    ("cut", cut),
];

/// The first and the last line of what is not a header lose their outer halves.
fn cut(lines: &[String]) -> Option<String> {
    let seen = read(&lines.join("\n"));
    let n_head = seen
        .iter()
        .take_while(|record| record.said.is_none())
        .count();
    let mut lines = lines.to_vec();
    if n_head + 2 >= lines.len() {
        return None;
    }
    let half = |line: &str| {
        line.char_indices()
            .nth(line.chars().count() / 2)
            .map_or(0, |(at, _)| at)
    };
    let (first, last) = (&lines[n_head], &lines[lines.len() - 1]);
    let (front, back) = (
        first[half(first)..].to_string(),
        last[..half(last)].to_string(),
    );
    let n_lines = lines.len();
    lines[n_head] = front;
    lines[n_lines - 1] = back;
    Some(lines.join("\n"))
}

/// How many of the first said are in the second.
fn n_kept(before: &[Seen], after: &[Seen]) -> usize {
    let mut counts: BTreeMap<&Said, usize> = BTreeMap::new();
    for said in after.iter().filter_map(|seen| seen.said.as_ref()) {
        *counts.entry(said).or_default() += 1;
    }
    let mut n_kept = 0;
    for said in before.iter().filter_map(|seen| seen.said.as_ref()) {
        if let Some(n_left) = counts.get_mut(said).filter(|n_left| **n_left > 0) {
            *n_left -= 1;
            n_kept += 1;
        }
    }
    n_kept
}

/// Everything but which hosts they were: only whether there is one. A device may be called by its address.
fn without_hosts(events: &[Event]) -> String {
    let hidden = events.iter().map(|event| {
        let mut event = *event;
        let hide = |end: Endpoint| {
            let host = if end.host.is_none() {
                Host::NONE
            } else {
                Host::v4(1)
            };
            Endpoint { host, ..end }
        };
        (event.src, event.dst) = (hide(event.src), hide(event.dst));
        // What was translated cannot be told from what it was where both are hidden.
        (event.nat_src, event.nat_dst) = (None, None);
        if let Some(inner) = event.icmp.as_mut().and_then(|icmp| icmp.inner.as_mut()) {
            (inner.src, inner.dst) = (hide(inner.src), hide(inner.dst));
        }
        event.device = NameId::NONE;
        event
    });
    format!("{:?}", hidden.collect::<Vec<Event>>())
}

/// The addresses of IPv4 in a text, replaced by what `mask` makes of each.
fn masked(text: &str, mask: Mask) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._".contains(letter);
    let (mut out, mut rest) = (String::new(), text);
    while !rest.is_empty() {
        let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        let is_address = word.parse::<std::net::Ipv4Addr>().is_ok();
        out.push_str(&if is_address { mask(word) } else { word.into() });
        let next = behind.find(is_part).unwrap_or(behind.len());
        out.push_str(&behind[..next]);
        rest = &behind[next..];
    }
    out
}

type Mask = fn(&str) -> String;

const MASKS: [(&str, Mask); 2] = [
    ("last number masked", |address| {
        let end = address.rfind('.').unwrap_or(0);
        format!("{}.x", &address[..end])
    }),
    ("addresses masked", |_| "x.x.x.x".into()),
];

/// What a person hides before pasting costs the addresses and nothing else.
fn measure_masks(samples: &[Sampled]) -> Vec<(&'static str, Left)> {
    let measured = MASKS.map(|(name, mask)| {
        let mut left = Left::default();
        for sample in samples {
            let text = sample.lines.join("\n");
            let mut before = read_as(&text, usize::MAX, without_hosts);
            before.retain(|seen| seen.said.is_some());
            if before.is_empty() {
                continue;
            }
            let after = read_as(&masked(&text, mask), usize::MAX, without_hosts);
            left.add(&sample.name, n_kept(&before, &after), before.len());
        }
        (name, left)
    });
    measured.into()
}

/// What is left of all samples under one damage.
#[derive(Default)]
struct Left {
    n_good: usize,
    n_all: usize,
    /// Samples of which less than 99 % came through.
    worst: Vec<String>,
}

impl Left {
    fn add(&mut self, name: &str, n_good: usize, n_all: usize) {
        self.n_good += n_good;
        self.n_all += n_all;
        if n_good * 100 < n_all * 99 {
            self.worst.push(format!("{name} {n_good}/{n_all}"));
        }
    }
}

/// For each of the damages, in their order.
fn measure(samples: &[Sampled]) -> Vec<Left> {
    let mut left: Vec<Left> = DAMAGES.iter().map(|_| Left::default()).collect();
    for sample in samples {
        let before = read(&sample.lines.join("\n"));
        for ((name, damage), left) in DAMAGES.iter().zip(&mut left) {
            let Some(text) = damage(&sample.lines) else {
                continue;
            };
            let mut wanted: Vec<Seen> = before
                .iter()
                .filter(|seen| seen.said.is_some())
                .cloned()
                .collect();
            // Only what was joined; and not the two lines that were cut.
            if matches!(*name, "two on a line" | "any two on a line" | "cut") {
                wanted.retain(|seen| text.contains(&*String::from_utf8_lossy(&seen.text)));
            }
            if wanted.is_empty() {
                continue;
            }
            let n_good = n_kept(&wanted, &read(&text));
            left.add(&sample.name, n_good, wanted.len());
        }
    }
    left
}

fn named(left: &[Left]) -> impl Iterator<Item = (&'static str, &Left)> {
    DAMAGES.iter().map(|(name, _)| *name).zip(left)
}

fn table<'l>(left: impl IntoIterator<Item = (&'static str, &'l Left)>) -> String {
    let mut table = String::new();
    for (name, left) in left {
        let (n_good, n_all) = (left.n_good, left.n_all);
        let percent = 100.0 * n_good as f64 / n_all.max(1) as f64;
        writeln!(
            table,
            "| {name} | {n_good} of {n_all} | {percent:.1} | {} |",
            left.worst.join(", ")
        )
        .expect("text");
    }
    table
}

#[test]
fn damaged_samples_say_the_same() {
    let samples = samples(OWN, MAX_LINES);
    let (left, masks) = (measure(&samples), measure_masks(&samples));
    let table = table(named(&left).chain(masks.iter().map(|(name, left)| (*name, left))));
    println!("{table}");
    if std::env::var_os("WHICHWAY_WRITE").is_some() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/damage.md");
        std::fs::write(page, ABOUT.replace("TABLE", &table)).expect("writable");
    }
    for ((name, _), left) in DAMAGES.iter().zip(&left) {
        assert!(
            left.n_good * 100 >= left.n_all * floor(name),
            "{name}: {} of {}\n{table}",
            left.n_good,
            left.n_all
        );
        let has_losses = matches!(*name, "mail 76" | "any two on a line" | "cut");
        assert!(has_losses || left.worst.is_empty(), "{name}\n{table}");
    }
    for (name, left) in masks {
        assert!(left.n_good * 100 >= left.n_all * 99, "{name}\n{table}");
    }
}

#[test]
fn whole_samples_are_left_alone() {
    for sample in samples(OWN, usize::MAX) {
        let seen = read(&sample.lines.join("\n"));
        let texts = seen.iter().map(|seen| seen.text.as_slice());
        let lines = sample.lines.iter().map(String::as_bytes);
        assert!(texts.eq(lines), "{}", sample.name);
    }
}

#[test]
fn chunks_do_not_matter_to_what_was_broken() {
    for sample in samples(OWN, 8) {
        for text in [
            hard_wrap(&sample.lines, 80),
            soft_wrap(&sample.lines, 76),
            any_pairs(&sample.lines).unwrap_or_default(),
        ] {
            let whole = read(&text);
            for size in [1, 300] {
                let pieces = read_in(&text, size);
                assert_eq!(pieces, whole, "{} in chunks of {size}", sample.name);
            }
        }
    }
}

/// `WHICHWAY_DAMAGE_DIR` names a folder of folders of other logs; their table is printed and nothing is kept of them.
#[test]
fn other_logs_are_measured_when_named() {
    if let Ok(folder) = std::env::var("WHICHWAY_DAMAGE_DIR") {
        let samples = samples(&folder, 20 * MAX_LINES);
        let (left, masks) = (measure(&samples), measure_masks(&samples));
        let masks = masks.iter().map(|(name, left)| (*name, left));
        println!("{}", table(named(&left).chain(masks)));
    }
}

/// Percent of lines that must stay. docs/damage.md says why some are below 99.
fn floor(damage: &str) -> usize {
    match damage {
        "mail 76" => 95,
        _ => 99,
    }
}

const ABOUT: &str = "# What pasting does to logs, and what is left

Each damage is done to every sample file (at most 60 lines of each; records that are several lines by intention are left out).
The events of the damaged text are compared with those of the sample: format and all fields must be equal.
The last column names the samples of which less than 99 % came through.

`WHICHWAY_WRITE=1 cargo test --test damage` makes this page again; without the variable the test only checks that nothing became worse.
With `WHICHWAY_DAMAGE_DIR=FOLDER cargo test --test damage -- --nocapture other_logs` the same is measured on other logs, one folder a format.

| damage | records that say the same | % | where records are lost |
|---|---:|---:|---|
TABLE
The damages: a mail's `> `; line numbers; `grep -n` over a path; the prefix of docker-compose; a Markdown fence; a Markdown table of one column; HTML entities with `<br>`; an HTML table of one column; typographic quotes; no-break spaces for blanks; four blanks for a tab; two records on a line, where their beginnings tell them apart, and any two records of traffic that follow each other; cut at 72, 80, 100 and 132 columns as a terminal does; broken between words at 76 columns as a mail program does; the first record without its first half and the last without its second.

## What cannot be undone, and why

- **How broken text is put together.** Rows that reach the width of the longest one, or whose next word would not have fitted, may go on. The formats are asked: where the joined rows are a record of a dialect and the rows alone are not, the text was broken there. So one record is enough, and a whole record that is exactly as long as the width does not swallow the next one, if that looks like the beginning of another and a dialect knows both.
- **What stays open.** Where no dialect of its own knows the joined text (tables whose columns nobody named, lines read by a guess, rows under a header), only lengths and beginnings tell. A record that nobody knows and that is exactly as long as the width takes the next row with it, unless that begins like a record. A single break between words is believed only where the first row alone is no traffic.
- **Two records on a line** are separated where a header begins again and both sides have an address or are known to a dialect; where one dialect reads traffic on either side, at the place where it reads most; where the line's first word comes again and one dialect knows both sides; where the cells of a row begin again, as many and of the same kinds; and where a note by hand has said what became of it and an address or a time follows. A record that quotes a packet is left alone. What stays together: records of two dialects, and a record behind one that no dialect knows.
- **Broken between words.** Blanks that stood in a row are lost at the break, and with them empty columns of tables; a tab is no place to break at, so long words stick out.
- **Masks** (`203.0.113.x`, `x.x.x.x`) cost the addresses; everything else but translations is compared. What is lost with them: that an end is the firewall's own address, which SonicWall shows by writing it twice, and a few notes that only addresses tell apart.
- **A cut front or end** costs the record that was cut. Traces of several lines a packet lose the packet.
";

/// A number that is the same in every run.
fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for at in (1..items.len()).rev() {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        items.swap(at, (seed >> 33) as usize % (at + 1));
    }
}

#[test]
fn a_log_of_all_formats_is_read_line_by_line() {
    let mut lines: Vec<(String, Said)> = Vec::new();
    for sample in samples(OWN, MAX_LINES) {
        // What is of its format when it stands alone, too, needs no header.
        let whole = read(&sample.lines.join("\n"));
        for line in &sample.lines {
            let seen = whole.iter().find(|seen| seen.text == line.as_bytes());
            if let Some((format, events)) = seen.and_then(|seen| seen.said.clone())
                && let [
                    Seen {
                        said: Some((alone, _)),
                        ..
                    },
                ] = read(line).as_slice()
                && *alone == format
            {
                lines.push((line.clone(), (format, events)));
            }
        }
    }
    lines.sort();
    lines.dedup_by(|one, two| one.0 == two.0);
    shuffle(&mut lines, 42);
    let text: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
    let mut formats: BTreeMap<Vec<u8>, &str> = BTreeMap::new();
    for seen in read(&text.join("\n")) {
        if let Some((format, _)) = seen.said {
            formats.insert(seen.text, format);
        }
    }
    let wrong: Vec<String> = lines
        .iter()
        .filter(|(line, said)| formats.get(line.as_bytes()) != Some(&said.0))
        .map(|(line, said)| format!("{} not {:?}: {line}", said.0, formats.get(line.as_bytes())))
        .collect();
    println!("{} of {} lines", lines.len() - wrong.len(), lines.len());
    assert!(
        wrong.len() * 1000 <= lines.len(),
        "{} of {}\n{}",
        wrong.len(),
        lines.len(),
        wrong.join("\n")
    );
}
