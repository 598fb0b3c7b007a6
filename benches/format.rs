//! How long one line takes: `cargo bench --bench format`. Prints nanoseconds a line, MB/s and lines/s for each
//! dialect, its transport header taken off first, and what asking all formats adds to asking the right one.

use std::fmt::Write as _;
use std::time::Instant;
use whichway::engine::format::{FORMATS, Format, Parse, Parsed, Sink, ask};
use whichway::engine::model::Names;
use whichway::engine::source::{Clock, Record, header};

/// Many short rounds, of which the best counts: a few milliseconds pass uninterrupted also where others compute.
const ROUNDS: usize = 60;
const LINES: u32 = 10_000;

/// A line of a dialect; the number makes it differ from others.
type Line = fn(u32) -> String;

/// People paste these most (domain §3).
const TIER_A: [&str; 9] = [
    "fortigate",
    "cisco_asa",
    "cisco_ftd",
    "panos",
    "netfilter",
    "filterlog",
    "windows_firewall",
    "aws_vpcflow",
    "mikrotik",
];
const TIER_A_LINES: f64 = 1e6;
const ALL_LINES: f64 = 250e3;

const CLOCK: Clock = Clock {
    now: 1_800_000_000_000_000,
};

fn main() {
    // `cargo bench --bench format -- 5000`: fewer lines, for a simulator. `-- panos`: one dialect.
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = words.iter().find_map(|word| word.parse().ok());
    let n_lines: u32 = number.unwrap_or(LINES);
    let is_id = |word: &&String| FORMATS.iter().any(|format| format.about().id == **word);
    let only = words.iter().find(is_id);
    println!("Sample logs, over and over:");
    let mut n_slow = 0;
    for format in FORMATS {
        let id = format.about().id;
        if only.is_some_and(|only| only != id) {
            continue;
        }
        let text = sample(*format, n_lines as usize);
        let meant = if TIER_A.contains(&id) {
            TIER_A_LINES
        } else {
            ALL_LINES
        };
        n_slow += usize::from(measure(*format, &text).lines_per_s < meant);
    }
    println!("{n_slow} slower than meant");
    println!("Made lines, each another:");
    let dialects: [(&str, Line); 5] = [
        ("fortigate", fortigate),
        ("fortigate", fortigate_mixed),
        ("fortigate_csv", fortigate_csv),
        ("windows_firewall", windows_firewall),
        ("aws_vpcflow", aws_vpcflow),
    ];
    for (id, line) in dialects {
        let Some(format) = FORMATS.iter().find(|format| format.about().id == id) else {
            continue;
        };
        if only.is_none_or(|only| only == id) {
            let text: String = (0..n_lines).map(|n| line(n) + "\n").collect();
            let alone = measure(*format, text.as_bytes()).seconds;
            let mut asked = f64::MAX;
            let mut again = alone;
            // In turns, so that both have the same machine.
            for _ in 0..4 {
                let mut open = || Box::new(Recognizer::new()) as Box<dyn Read>;
                asked = asked.min(best(text.as_bytes(), &mut open));
                let mut open = || Box::new(Alone(format.open(CLOCK))) as Box<dyn Read>;
                again = again.min(best(text.as_bytes(), &mut open));
            }
            println!("    recognizer {:+.1} %", (asked / again - 1.0) * 100.0);
        }
    }
}

/// Lines of the samples of a dialect, file after file, each again and again. A header comes once, as in a log.
fn sample(format: &dyn Format, n_lines: usize) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(format.about().id);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("a format has samples")
        .map(|file| file.expect("readable").path())
        .collect();
    files.sort();
    let n_lines = n_lines / files.len();
    let mut text: Vec<u8> = Vec::new();
    for file in files {
        let own = std::fs::read(file).expect("readable");
        let mut parser = format.open(CLOCK);
        let (mut names, mut sink) = (Names::default(), Sink::default());
        let mut is_header = |line: &&[u8]| {
            let record = header::split(line, &CLOCK);
            parser.parse(&record, &mut names, &mut sink) == Parsed::Header
        };
        let lines: Vec<&[u8]> = own.trim_ascii_end().split(|byte| *byte == b'\n').collect();
        let (headers, rows): (Vec<&[u8]>, Vec<&[u8]>) = lines.into_iter().partition(&mut is_header);
        let rows = rows.iter().cycle().take(n_lines);
        for line in headers.iter().chain(rows) {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
    }
    text
}

struct Speed {
    seconds: f64,
    lines_per_s: f64,
}

/// The best round, one thread; prints it.
fn measure(format: &'static dyn Format, text: &[u8]) -> Speed {
    let seconds = best(text, &mut || Box::new(Alone(format.open(CLOCK))));
    let n_lines = memchr::memchr_iter(b'\n', text).count() as f64;
    let speed = Speed {
        seconds,
        lines_per_s: n_lines / seconds,
    };
    println!(
        "{:<22} {:>5.0} ns a line of {:>4.0} bytes {:>6.0} MB/s {:>7.2} M lines/s",
        format.about().id,
        seconds * 1e9 / n_lines,
        text.len() as f64 / n_lines,
        text.len() as f64 / seconds / 1e6,
        speed.lines_per_s / 1e6
    );
    speed
}

/// Seconds that the fastest round took.
fn best(text: &[u8], open: &mut dyn FnMut() -> Box<dyn Read>) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let mut reader = open();
        let mut names = Names::default();
        let mut sink = Sink::default();
        let started = Instant::now();
        let mut rest = text;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            reader.read(&header::split(&rest[..end], &CLOCK), &mut names, &mut sink);
            std::hint::black_box(&sink.events);
            sink.events.clear();
            rest = &rest[end + 1..];
        }
        best = best.min(started.elapsed().as_secs_f64());
    }
    best
}

trait Read {
    fn read(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink);
}

/// One format is asked.
struct Alone(Box<dyn Parse>);

impl Read for Alone {
    fn read(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) {
        self.0.parse(record, names, sink);
    }
}

/// All are asked, as the reader does.
struct Recognizer {
    parsers: Vec<Box<dyn Parse>>,
    last: usize,
}

impl Recognizer {
    fn new() -> Recognizer {
        Recognizer {
            parsers: FORMATS.iter().map(|format| format.open(CLOCK)).collect(),
            last: 0,
        }
    }
}

impl Read for Recognizer {
    fn read(&mut self, record: &Record<'_>, names: &mut Names, sink: &mut Sink) {
        ask(&mut self.parsers, &mut self.last, record, names, sink);
    }
}

/// The same keys in every line.
fn fortigate(n: u32) -> String {
    let (a, b) = (
        n.wrapping_mul(2_654_435_761) >> 8 & 0xff_ffff,
        n.wrapping_mul(40_503) & 0x7fff,
    );
    format!(
        "date=2024-02-19 time=10:{:02}:{:02} devname=\"fw1\" devid=\"FG0000000000000\" eventtime=17083377{:02}123456789 tz=\"+0000\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" srcip=10.{}.{}.{} srcport={} srcintf=\"port12\" srcintfrole=\"lan\" dstip=203.0.113.{} dstport=443 dstintf=\"wan1\" dstintfrole=\"wan\" sessionid={} proto=6 action=\"close\" policyid={} policytype=\"policy\" service=\"HTTPS\" trandisp=\"noop\" duration={} sentbyte={} rcvdbyte={} sentpkt=17 rcvdpkt=16 appcat=\"unscanned\"",
        n / 60 % 60,
        n % 60,
        n % 100,
        a >> 16,
        a >> 8 & 255,
        a & 255,
        32768 + b,
        n % 256,
        100_000 + n,
        n % 9,
        n % 300,
        n,
        n * 3
    )
}

/// Denies, pings, translated and local connections between the usual ones: the keys change from line to line.
fn fortigate_mixed(n: u32) -> String {
    let mut line = fortigate(n);
    match n.wrapping_mul(2_654_435_761) >> 29 {
        0 => {
            line =
                line.replace("action=\"close\"", "action=\"deny\"") + " msg=\"no session matched\"";
        }
        1 => line = line.replace(
            "trandisp=\"noop\"",
            "trandisp=\"snat\" transip=198.51.100.2 transport=22011 appid=1 app=\"HTTPS.BROWSER\"",
        ),
        2 => {
            line = line
                .replace("proto=6", "proto=1")
                .replace("srcport=", "identifier=");
        }
        3 => line = line.replace("subtype=\"forward\"", "subtype=\"local\""),
        4 => {
            let _ = write!(
                line,
                " utmaction=\"allow\" countapp=1 srcmac=\"02:00:00:00:00:{:02x}\" utmref=65500-742",
                n & 255
            );
        }
        _ => {}
    }
    line
}

fn fortigate_csv(n: u32) -> String {
    let cells: Vec<String> = fortigate(n)
        .split(' ')
        .map(|pair| format!("\"{}\"", pair.replace('"', "")))
        .collect();
    cells.join(",")
}

fn windows_firewall(n: u32) -> String {
    format!(
        "2024-02-19 10:{:02}:{:02} DROP TCP 203.0.113.{} 192.0.2.10 443 {} 40 A 123456789 987654321 12345 - - - RECEIVE",
        n / 60 % 60,
        n % 60,
        n % 256,
        49152 + n % 16384
    )
}

fn aws_vpcflow(n: u32) -> String {
    format!(
        "2 123456789012 eni-0a1b2c3d4e5f60718 203.0.113.{} 10.0.1.11 {} 443 6 {} {} 1708337700 1708337758 ACCEPT OK",
        n % 256,
        32768 + n % 32768,
        n % 99,
        n % 9999
    )
}
