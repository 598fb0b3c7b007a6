//! How long one line takes: `cargo bench --bench format`. Prints nanoseconds a line and MB/s for each dialect.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::Instant;
use whichway::engine::format::{FORMATS, Sink};
use whichway::engine::model::Names;
use whichway::engine::source::{Clock, Record};

const ROUNDS: usize = 7;

/// A line of a dialect; the number makes it differ from others.
type Line = fn(u32) -> String;

fn main() {
    // `cargo bench --bench format -- 5000`: fewer lines, for a simulator.
    let n_lines: u32 = std::env::args()
        .find_map(|word| word.parse().ok())
        .unwrap_or(200_000);
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
        let mut text = String::new();
        for n in 0..n_lines {
            text.push_str(&line(n));
            text.push('\n');
        }
        let mut best = f64::MAX;
        let mut events = 0;
        for _ in 0..ROUNDS {
            let mut parser = format.open(Clock::default());
            let mut names = Names::default();
            let mut sink = Sink::default();
            events = 0;
            let started = cpu_seconds();
            let mut rest = text.as_bytes();
            while let Some(end) = memchr::memchr(b'\n', rest) {
                parser.parse(&Record::plain(&rest[..end]), &mut names, &mut sink);
                events += sink.events.len();
                sink.events.clear();
                rest = &rest[end + 1..];
            }
            best = best.min(cpu_seconds() - started);
        }
        let ns = best * 1e9 / f64::from(n_lines);
        println!(
            "{id}: {ns:.0} ns a line of {} bytes, {:.0} MB/s, {events} events",
            text.len() / n_lines as usize,
            text.len() as f64 / best / 1e6
        );
    }
}

/// Time this process had on a processor; other programs on the machine do not count. Elsewhere than on Linux the
/// wall clock has to do.
fn cpu_seconds() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()))
        .map_or_else(
            || START.get_or_init(Instant::now).elapsed().as_secs_f64(),
            |ns| ns / 1e9,
        )
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
