//! FortiGate records as tables: what the web interface and FortiAnalyzer export.
//!
//! Samples  `"date=2024-02-19","time=10:15:02","devname=fw1",…` — raw records, one pair a cell
//!          `date=2024-02-19,time=10:15:02,devname="fw1",…` — the same from `set format csv`
//!          `date,time,srcip,srcport,dstip,dstport,action,…` — a header of field names, then rows
//!          `Date/Time,Source,Device,Destination,Application Name,Result,Policy` — the titles of the web page
//! Fields   As in the key=value dialect; titles are translated to the same keys first.
//! Quirks   `Result` holds a verdict or two sizes (`✔ 1.23 kB / 4.56 kB` is sent / received). Exports of the web
//!          page may have no ports; then they are unknown.
//! Spec     <https://docs.fortinet.com/document/fortigate/7.4.0/administration-guide/954635>

use super::reading::{self, Look, Reading};
use super::words::{self, Key};
use crate::engine::format::{About, Field, Format, Parse, Parsed, Sink, Span};
use crate::engine::model::{Host, Names, Reason, Stamp};
use crate::engine::source::csv::{Delimiter, cells, is_open};
use crate::engine::source::find::find;
use crate::engine::source::keyvalue::{Code, Keys, Values};
use crate::engine::source::record::Head;
use crate::engine::source::time::{self, DayOrder};
use crate::engine::source::{Clock, Record};

pub struct FortiGateCsv;

static ABOUT: About = About {
    id: "fortigate_csv",
    title: "FortiGate and FortiAnalyzer tables (CSV)",
    spec: "https://docs.fortinet.com/document/fortigate/7.4.0/administration-guide/954635",
    example: "\"date=2024-02-19\",\"time=10:15:02\",\"devname=fw1\",\"logid=0000000013\",\"type=traffic\",\"subtype=forward\",\"srcip=10.1.1.5\",\"srcport=50012\",\"dstip=203.0.113.80\",\"dstport=443\",\"proto=6\",\"action=close\",\"policyid=7\",\"sentbyte=1188\",\"rcvdbyte=9224\",\"duration=116\"",
    device: super::DEVICE,
};

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Column {
    Key(Key),
    /// Date and time in one cell.
    Moment,
    /// An address, perhaps with a port, or with a name before or behind it.
    Source,
    Destination,
    /// A verdict or two sizes.
    Outcome,
    /// Sent and received.
    Sizes,
    /// A number, a name, or both.
    Rule,
    Unread,
}

/// Titles without case, blanks and punctuation.
const TITLES: &[(&str, Column)] = &[
    ("datetime", Column::Moment),
    ("itime", Column::Moment),
    ("timestamp", Column::Moment),
    ("logtime", Column::Moment),
    ("absolutedatetime", Column::Moment),
    ("date", Column::Key(Key::Date)),
    ("time", Column::Key(Key::Time)),
    ("timezone", Column::Key(Key::Zone)),
    ("source", Column::Source),
    ("sourceip", Column::Source),
    ("sourceaddress", Column::Source),
    ("sourceport", Column::Key(Key::SourcePort)),
    ("sourceinterface", Column::Key(Key::SourceInterface)),
    ("srcinterface", Column::Key(Key::SourceInterface)),
    ("sourceinterfacerole", Column::Key(Key::SourceRole)),
    ("destination", Column::Destination),
    ("destinationip", Column::Destination),
    ("destinationaddress", Column::Destination),
    ("destinationport", Column::Key(Key::DestinationPort)),
    (
        "destinationinterface",
        Column::Key(Key::DestinationInterface),
    ),
    ("dstinterface", Column::Key(Key::DestinationInterface)),
    (
        "destinationinterfacerole",
        Column::Key(Key::DestinationRole),
    ),
    ("sourcenatip", Column::Key(Key::NatSource)),
    ("natsourceip", Column::Key(Key::NatSource)),
    ("sourcenatport", Column::Key(Key::NatSourcePort)),
    ("natsourceport", Column::Key(Key::NatSourcePort)),
    ("destinationnatip", Column::Key(Key::NatDestination)),
    ("natdestinationip", Column::Key(Key::NatDestination)),
    ("destinationnatport", Column::Key(Key::NatDestinationPort)),
    ("natdestinationport", Column::Key(Key::NatDestinationPort)),
    ("protocol", Column::Key(Key::Protocol)),
    ("protocolnumber", Column::Key(Key::Protocol)),
    ("service", Column::Key(Key::Service)),
    ("application", Column::Key(Key::App)),
    ("applicationname", Column::Key(Key::App)),
    ("result", Column::Outcome),
    ("action", Column::Outcome),
    ("policyaction", Column::Outcome),
    ("sentreceived", Column::Sizes),
    ("bytessentreceived", Column::Sizes),
    ("sentbytes", Column::Key(Key::Sent)),
    ("bytessent", Column::Key(Key::Sent)),
    ("receivedbytes", Column::Key(Key::Received)),
    ("bytesreceived", Column::Key(Key::Received)),
    ("sentpackets", Column::Key(Key::SentPackets)),
    ("receivedpackets", Column::Key(Key::ReceivedPackets)),
    ("policy", Column::Rule),
    ("policyid", Column::Rule),
    ("policyname", Column::Key(Key::PolicyName)),
    ("firewallpolicy", Column::Rule),
    ("sessionid", Column::Key(Key::Session)),
    ("duration", Column::Key(Key::Duration)),
    ("devicename", Column::Key(Key::DevName)),
    ("device", Column::Key(Key::DevName)),
    ("deviceid", Column::Key(Key::DevId)),
    ("virtualdomain", Column::Key(Key::Vdom)),
    ("vdom", Column::Key(Key::Vdom)),
    ("logid", Column::Key(Key::LogId)),
    ("type", Column::Key(Key::Kind)),
    ("subtype", Column::Key(Key::Subtype)),
    ("message", Column::Key(Key::Message)),
    ("logdescription", Column::Key(Key::LogDesc)),
];

impl Format for FortiGateCsv {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, clock: Clock) -> Box<dyn Parse> {
        Box::new(Parser {
            clock,
            table: None,
            bare: Keys::new(words::code_of, b','),
            known: Vec::new(),
            values: Values::default(),
            cell_text: Vec::new(),
            reading: Reading::default(),
        })
    }

    fn gloss(&self, text: &[u8], header: Option<&[u8]>) -> Vec<Span> {
        match shape(text) {
            Some(Shape::QuotedPairs) => gloss_quoted(text),
            Some(Shape::BarePairs) => {
                let mut spans = Vec::new();
                Keys::new(words::code_of, b',').walk(text, 0, |pair| {
                    spans.push(span_of_pair(
                        text,
                        (pair.key_start, pair.key_end),
                        (pair.value_start, pair.value_end),
                        pair.end,
                    ));
                });
                spans
            }
            None => header
                .and_then(Table::of)
                .map_or_else(Vec::new, |table| table.gloss(text)),
        }
    }
}

struct Parser {
    clock: Clock,
    table: Option<Table>,
    bare: Keys,
    /// The key at each cell of the last line of quoted pairs.
    known: Vec<(Vec<u8>, Code)>,
    values: Values,
    /// The values of a row one behind the other, without doubled quotes.
    cell_text: Vec<u8>,
    reading: Reading,
}

impl Parse for Parser {
    fn parse(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) -> Parsed {
        let text = record.body;
        match shape(text) {
            Some(Shape::QuotedPairs) => {
                self.read_quoted(text);
                let look = Look {
                    text: &self.cell_text,
                    values: &self.values,
                    is_whole: !is_open(text),
                };
                if !reading::is_ours(&look) {
                    return Parsed::Foreign;
                }
                self.reading.read(&look, &record.head, names, sink)
            }
            Some(Shape::BarePairs) => {
                let is_whole = self.bare.read(text, 0, &mut self.values);
                let look = Look {
                    text,
                    values: &self.values,
                    is_whole,
                };
                if !reading::is_ours(&look) {
                    return Parsed::Foreign;
                }
                self.reading.read(&look, &record.head, names, sink)
            }
            None => self.parse_row(text, &record.head, names, sink),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `"key=value","key=value"`
    QuotedPairs,
    /// `key=value,key="value"`
    BarePairs,
}

/// Which spelling of pairs a line has, if any. Says no quickly: most lines asked are not ours.
fn shape(text: &[u8]) -> Option<Shape> {
    let first = *text.first()?;
    if first == b'"' {
        let end = memchr::memchr(b'"', &text[1..])? + 1;
        let is_pair =
            memchr::memchr(b'=', &text[1..end]).is_some() && text.get(end + 1) == Some(&b',');
        return (is_pair && has_anchor(text)).then_some(Shape::QuotedPairs);
    }
    // A pair that ends at a comma before any blank.
    let window = &text[..text.len().min(64)];
    let comma = memchr::memchr(b',', window)?;
    let is_pair = memchr::memchr(b'=', &window[..comma]).is_some()
        && memchr::memchr(b' ', &window[..comma]).is_none();
    (is_pair && has_anchor(text)).then_some(Shape::BarePairs)
}

fn has_anchor(text: &[u8]) -> bool {
    let anchors: [&[u8]; 4] = [b"subtype=", b"policyid=", b"logid=", b"log_id="];
    anchors.iter().any(|anchor| find(text, anchor).is_some())
}

impl Parser {
    fn read_quoted(&mut self, text: &[u8]) {
        self.values.clear();
        self.cell_text.clear();
        for (i, cell) in cells(text, Delimiter::Byte(b',')).enumerate() {
            let content = cell.text();
            let Some(equals) = memchr::memchr(b'=', &content) else {
                continue;
            };
            let (key, value) = (&content[..equals], &content[equals + 1..]);
            let code = match self.known.get(i) {
                Some((known, code)) if known.as_slice() == key => *code,
                _ => {
                    let code = words::code_of(key);
                    if i < 256 {
                        self.known
                            .resize_with(self.known.len().max(i + 1), Default::default);
                        self.known[i] = (key.to_vec(), code);
                    }
                    code
                }
            };
            if code != 0 {
                put(&mut self.cell_text, &mut self.values, code, unquoted(value));
            }
        }
    }

    fn parse_row(
        &mut self,
        text: &[u8],
        head: &Head<'_>,
        names: &mut Names,
        sink: &mut Sink,
    ) -> Parsed {
        if looks_like_header(text)
            && let Some(table) = Table::of(text)
        {
            self.table = Some(table);
            return Parsed::Header;
        }
        let Some(table) = &self.table else {
            return Parsed::Foreign;
        };
        self.values.clear();
        self.cell_text.clear();
        let mut row = Row {
            text: &mut self.cell_text,
            values: &mut self.values,
            moment: None,
            clock: &self.clock,
        };
        let mut n_cells = 0;
        let mut has_moment = false;
        for cell in cells(text, table.delimiter) {
            if let Some(column) = table.columns.get(n_cells) {
                row.read(*column, &cell.text());
                has_moment |= *column == Column::Moment && row.moment.is_some();
            }
            n_cells += 1;
        }
        let moment = row.moment;
        let look = Look {
            text: &self.cell_text,
            values: &self.values,
            is_whole: !is_open(text),
        };
        let is_address = |key| {
            look.get(key)
                .is_some_and(|value| Host::parse(value).is_some())
        };
        let is_row = has_moment
            || look.has(Key::Date)
            || is_address(Key::Source)
            || is_address(Key::Destination);
        // A last empty cell is often left out, or one added by a delimiter at the end of the line.
        if n_cells.abs_diff(table.columns.len()) > 1 || n_cells < 2 {
            let begins_like_one = has_moment && is_address(Key::Source);
            return match (look.is_whole, begins_like_one) {
                (false, true) => Parsed::Malformed(Reason::Cut),
                (true, true) => Parsed::Malformed(Reason::FieldCount),
                _ => Parsed::Foreign,
            };
        }
        if !is_row {
            return Parsed::Foreign;
        }
        let head = Head {
            stamp: moment.unwrap_or(head.stamp),
            ..*head
        };
        self.reading.read(&look, &head, names, sink)
    }
}

/// A header row: names of columns, no numbers of machines.
fn looks_like_header(text: &[u8]) -> bool {
    let first = text.trim_ascii_start().first().copied().unwrap_or(b' ');
    (first.is_ascii_alphabetic() || matches!(first, b'"' | b'#' | 0xef))
        && memchr::memchr(b'=', text).is_none()
}

/// The columns that a header names.
struct Table {
    delimiter: Delimiter,
    titles: Vec<String>,
    columns: Vec<Column>,
}

impl Table {
    /// `None` unless the names are those of a FortiGate.
    fn of(header: &[u8]) -> Option<Table> {
        let delimiter = [b',', b'\t', b';', b'|']
            .into_iter()
            .max_by_key(|byte| memchr::memchr_iter(*byte, header).count())
            .map(Delimiter::Byte)?;
        let titles: Vec<String> = cells(header, delimiter)
            .map(|cell| {
                String::from_utf8_lossy(&cell.text())
                    .trim_start_matches(['\u{feff}', '#'])
                    .trim()
                    .to_string()
            })
            .collect();
        if titles.len() < 4 {
            return None;
        }
        let columns: Vec<Column> = titles.iter().map(|title| column_of(title)).collect();
        let has = |column: Column| columns.contains(&column);
        let is_source =
            |column: &Column| matches!(column, Column::Source | Column::Key(Key::Source));
        let is_destination =
            |column: &Column| matches!(column, Column::Destination | Column::Key(Key::Destination));
        if !columns.iter().any(is_source) || !columns.iter().any(is_destination) {
            return None;
        }
        let named = |name: &str| titles.iter().any(|title| title == name);
        // Field names of FortiOS beside the addresses, or the titles of its web page.
        let field_names = ["srcip", "dstip"].iter().all(|name| named(name))
            && [
                "policyid", "logid", "devid", "devname", "vd", "srcintf", "subtype", "sentbyte",
                "trandisp",
            ]
            .iter()
            .any(|name| named(name));
        let old_names = named("device_id") && named("src") && named("dst");
        let page = has(Column::Moment)
            && titles.iter().any(|title| title == "Date/Time")
            && (has(Column::Outcome) || has(Column::Sizes) || has(Column::Rule))
            && [
                "result",
                "policyid",
                "policy",
                "applicationname",
                "sentreceived",
                "securityaction",
                "securityevents",
            ]
            .iter()
            .any(|name| titles.iter().any(|title| normal(title) == *name));
        (field_names || old_names || page).then_some(Table {
            delimiter,
            titles,
            columns,
        })
    }

    fn gloss(&self, text: &[u8]) -> Vec<Span> {
        let spans = cells(text, self.delimiter)
            .zip(self.titles.iter().zip(&self.columns))
            .map(|(cell, (title, column))| {
                let (field, meaning) = column.gloss(title);
                Span {
                    start: cell.start,
                    end: cell.end(),
                    value_start: cell.start,
                    value_end: cell.end(),
                    name: title.clone(),
                    field,
                    meaning,
                }
            });
        spans.collect()
    }
}

fn normal(title: &str) -> String {
    title
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

fn column_of(title: &str) -> Column {
    let normal = normal(title);
    // A field name first: `time` means the same in both lists, `action` is a plain word only in the raw records.
    if let Some(word) = words::find(title.as_bytes())
        && word.key != Key::Other
        && word.key != Key::Foreign
    {
        return Column::Key(word.key);
    }
    TITLES
        .iter()
        .find(|(known, _)| *known == normal)
        .map_or(Column::Unread, |(_, column)| *column)
}

impl Column {
    fn gloss(self, title: &str) -> (Field, &'static str) {
        match self {
            Column::Key(key) => words::find(title.as_bytes())
                .or_else(|| words::WORDS.iter().find(|word| word.key == key))
                .map_or((Field::Detail, ""), |word| (word.field, word.meaning)),
            Column::Moment => (
                Field::Time,
                "Day and time. For a finished connection: when it ended.",
            ),
            Column::Source => (Field::Source, words::SOURCE),
            Column::Destination => (Field::Destination, words::DESTINATION),
            Column::Outcome => (
                Field::Action,
                "What happened. `Deny` was blocked; a tick or two sizes were let through: sent by the opener / received.",
            ),
            Column::Sizes => (
                Field::Bytes,
                "Sent by the side that opened the connection / received by it.",
            ),
            Column::Rule => (Field::Rule, words::POLICY),
            Column::Unread => (Field::Detail, words::UNKNOWN),
        }
    }
}

/// The values of one row under way.
struct Row<'r> {
    text: &'r mut Vec<u8>,
    values: &'r mut Values,
    moment: Option<Stamp>,
    clock: &'r Clock,
}

impl Row<'_> {
    fn put(&mut self, key: Key, value: &[u8]) {
        put(self.text, self.values, key.code(), value);
    }

    fn read(&mut self, column: Column, cell: &[u8]) {
        let cell = cell.trim_ascii();
        if cell.is_empty() || cell == b"-" {
            return;
        }
        match column {
            Column::Unread => {}
            Column::Moment => {
                self.moment =
                    time::any(cell, self.clock, DayOrder::MonthFirst).map(|(stamp, _)| stamp);
            }
            Column::Key(key) if is_count(key) => {
                let plain: Vec<u8> = cell
                    .iter()
                    .copied()
                    .filter(|byte| !matches!(byte, b',' | b' ' | b'\''))
                    .collect();
                match size(cell) {
                    Some(bytes) if !plain.iter().all(u8::is_ascii_digit) => {
                        self.put(key, bytes.to_string().as_bytes());
                    }
                    _ => self.put(key, &plain),
                }
            }
            Column::Key(key) => self.put(key, cell),
            Column::Source => self.end(cell, Key::Source, Key::SourcePort),
            Column::Destination => self.end(cell, Key::Destination, Key::DestinationPort),
            Column::Outcome => self.outcome(cell),
            Column::Sizes => self.sizes(cell),
            Column::Rule => self.rule(cell),
        }
    }

    /// `10.1.1.5`, `10.1.1.5:443`, `pc7 (10.1.1.5)`, `10.1.1.5 (pc7)`.
    fn end(&mut self, cell: &[u8], address: Key, port: Key) {
        let parts = cell
            .split(|byte| matches!(byte, b' ' | b'(' | b')' | b',' | b'@'))
            .filter(|part| !part.is_empty());
        for part in parts {
            if Host::parse(part).is_some() {
                return self.put(address, part);
            }
            if let Some(colon) = memchr::memrchr(b':', part)
                && Host::parse(&part[..colon]).is_some()
            {
                self.put(address, &part[..colon]);
                return self.put(port, &part[colon + 1..]);
            }
        }
        self.put(address, cell);
    }

    /// `Deny: policy violation`, `✔ 1.23 kB / 4.56 kB`, `close`.
    fn outcome(&mut self, cell: &[u8]) {
        let ticked = cell.starts_with("✔".as_bytes()) || cell.starts_with("✓".as_bytes());
        let crossed = ["✘", "✖", "🚫", "⛔"]
            .iter()
            .any(|mark| cell.starts_with(mark.as_bytes()));
        let letters = cell
            .iter()
            .position(u8::is_ascii_alphanumeric)
            .map_or(&[][..], |at| &cell[at..]);
        let (word, rest) = match letters
            .iter()
            .position(|byte| matches!(byte, b':' | b'(' | b' '))
        {
            Some(at) => (&letters[..at], letters[at + 1..].trim_ascii()),
            None => (letters, &[][..]),
        };
        let word = word.to_ascii_lowercase();
        self.sizes(letters);
        if crossed
            || matches!(
                word.as_slice(),
                b"deny" | b"denied" | b"blocked" | b"block" | b"drop" | b"dropped"
            )
        {
            self.put(Key::Action, b"deny");
            let why = rest.strip_suffix(b")").unwrap_or(rest);
            if !why.is_empty() {
                self.put(Key::Message, why);
            }
        } else if ticked || word.first().is_some_and(u8::is_ascii_digit) {
            self.put(Key::Action, b"accept");
        } else if !word.is_empty() {
            self.sizes(rest.strip_suffix(b")").unwrap_or(rest));
            self.put(Key::Action, &word);
        }
    }

    /// `1.23 kB / 4.56 kB`
    fn sizes(&mut self, cell: &[u8]) {
        let Some(slash) = memchr::memchr(b'/', cell) else {
            return;
        };
        if let (Some(sent), Some(received)) = (size(&cell[..slash]), size(&cell[slash + 1..])) {
            self.put(Key::Sent, sent.to_string().as_bytes());
            self.put(Key::Received, received.to_string().as_bytes());
        }
    }

    /// `7`, `7 (to the internet)`, `to the internet (7)`, `Implicit Deny`.
    fn rule(&mut self, cell: &[u8]) {
        let open = memchr::memchr(b'(', cell).unwrap_or(cell.len());
        let before = cell[..open].trim_ascii();
        let inside = cell.get(open + 1..).unwrap_or_default().trim_ascii();
        let inside = inside.strip_suffix(b")").unwrap_or(inside);
        let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        let (number, name) = if is_number(before) {
            (before, inside)
        } else if is_number(inside) {
            (inside, before)
        } else if before.eq_ignore_ascii_case(b"implicit deny") {
            (&b"0"[..], before)
        } else {
            (&[][..], cell)
        };
        if !number.is_empty() {
            self.put(Key::Policy, number);
        }
        if !name.is_empty() {
            self.put(Key::PolicyName, name);
        }
    }
}

fn put(text: &mut Vec<u8>, values: &mut Values, code: Code, value: &[u8]) {
    let start = text.len();
    text.extend_from_slice(value);
    values.put(code, start, text.len());
}

fn is_count(key: Key) -> bool {
    matches!(
        key,
        Key::Sent
            | Key::Received
            | Key::SentPackets
            | Key::ReceivedPackets
            | Key::SentDelta
            | Key::ReceivedDelta
            | Key::Duration
    )
}

/// Bytes of `1.23 kB`, `12 B`, `1,234`. Units count by 1000 or 1024 in different versions; 1024 is older and commoner.
fn size(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text.trim_ascii()).ok()?;
    let at = text
        .find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '.' | ','))
        .unwrap_or(text.len());
    let (number, unit) = (text[..at].replace(',', ""), text[at..].trim());
    let number: f64 = number.parse().ok()?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" | "bytes" | "byte" => 1.0,
        "kb" | "kib" | "k" => 1024.0,
        "mb" | "mib" | "m" => 1_048_576.0,
        "gb" | "gib" | "g" => 1_073_741_824.0,
        "tb" | "tib" | "t" => 1_099_511_627_776.0,
        _ => return None,
    };
    let bytes = number * factor;
    (bytes.is_finite() && (0.0..1e18).contains(&bytes)).then_some(bytes as u64)
}

fn unquoted(value: &[u8]) -> &[u8] {
    value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""))
        .unwrap_or(value)
}

fn span_of_pair(text: &[u8], key: (usize, usize), value: (usize, usize), end: usize) -> Span {
    let name = String::from_utf8_lossy(&text[key.0..key.1]).into_owned();
    let (field, meaning) = words::gloss(name.as_bytes());
    Span {
        start: key.0,
        end,
        value_start: value.0,
        value_end: value.1,
        name,
        field,
        meaning,
    }
}

fn gloss_quoted(text: &[u8]) -> Vec<Span> {
    let pairs = cells(text, Delimiter::Byte(b',')).filter_map(|cell| {
        let equals = memchr::memchr(b'=', cell.raw)?;
        let mut value = (cell.start + equals + 1, cell.end());
        while value.1 > value.0 + 1 && text[value.0] == b'"' && text[value.1 - 1] == b'"' {
            value = (value.0 + 1, value.1 - 1);
        }
        Some(span_of_pair(
            text,
            (cell.start, cell.start + equals),
            value,
            cell.end(),
        ))
    });
    pairs.collect()
}
