//! The question the product exists for: web servers whose replies a firewall blocks, in the forms people paste them.
//!
//! Eight servers of ours answer visitors from port 80 to random ports above 30000; the log shows only the denied answers.

use std::fmt::Write as _;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// FortiOS 4.x, key=value.
    Old,
    /// FortiOS 5.x and later, key=value.
    New,
    /// Every cell quoted, as the devices' own export writes it.
    Csv,
}

pub const FORMS: [Form; 3] = [Form::Old, Form::New, Form::Csv];

pub const N_SERVERS: usize = 8;

/// `n_denied` blocked replies; with allowed sessions of the same servers in between, or without.
pub fn log(form: Form, n_denied: usize, is_with_allowed: bool) -> String {
    let mut text = String::new();
    for nth in 0..n_denied {
        if is_with_allowed && nth % 4 == 0 {
            line(&mut text, form, nth, true);
        }
        line(&mut text, form, nth, false);
    }
    text
}

fn line(text: &mut String, form: Form, nth: usize, is_allowed: bool) {
    let server = format!("10.0.0.{}", 11 + nth % N_SERVERS);
    let visitor_idx = nth % 200;
    let network = if visitor_idx < 100 {
        "203.0.113"
    } else {
        "198.51.100"
    };
    let visitor = format!("{network}.{}", 10 + visitor_idx % 100);
    let port = 30_000 + (nth * 7919 + if is_allowed { 101 } else { 0 }) % 35_000;
    let time = format!(
        "{:02}:{:02}:{:02}",
        10 + nth / 3600,
        15 + nth / 60 % 40,
        nth % 60
    );
    let (from, to) = if is_allowed {
        ((visitor.as_str(), port), (server.as_str(), 80))
    } else {
        ((server.as_str(), 80), (visitor.as_str(), port))
    };
    let session = 48_210_000 + nth * 2 + usize::from(is_allowed);
    let cells: Vec<(&str, String)> = if form == Form::Old {
        let (subtype, log_id, status, rule) = if is_allowed {
            ("allowed", "0021000002", "accept", 7)
        } else {
            ("violation", "0038000003", "deny", 0)
        };
        let (inside, outside) = (r#""dmz""#, r#""wan1""#);
        let (from_side, to_side) = if is_allowed {
            (outside, inside)
        } else {
            (inside, outside)
        };
        [
            ("date", "2014-02-19".to_owned()),
            ("time", time),
            ("devname", "fw1".to_owned()),
            ("device_id", "FG0000000000000".to_owned()),
            ("log_id", log_id.to_owned()),
            ("type", "traffic".to_owned()),
            ("subtype", subtype.to_owned()),
            (
                "pri",
                if is_allowed { "notice" } else { "warning" }.to_owned(),
            ),
            ("vd", "root".to_owned()),
            ("src", from.0.to_owned()),
            ("srcname", from.0.to_owned()),
            ("src_port", from.1.to_string()),
            ("src_int", from_side.to_owned()),
            ("dst", to.0.to_owned()),
            ("dstname", to.0.to_owned()),
            ("dst_port", to.1.to_string()),
            ("dst_int", to_side.to_owned()),
            ("SN", session.to_string()),
            ("status", status.to_owned()),
            ("policyid", rule.to_string()),
            ("service", format!("{}/tcp", to.1)),
            ("proto", "6".to_owned()),
            ("duration", if is_allowed { "12" } else { "0" }.to_owned()),
            ("sent", if is_allowed { "812" } else { "0" }.to_owned()),
            ("rcvd", if is_allowed { "9224" } else { "0" }.to_owned()),
        ]
        .into()
    } else {
        let quote = |word: &str| {
            if form == Form::Csv {
                word.to_owned()
            } else {
                format!("\"{word}\"")
            }
        };
        let sides = [("dmz", "dmz"), ("wan1", "wan")];
        let [from_side, to_side] = if is_allowed {
            [sides[1], sides[0]]
        } else {
            sides
        };
        [
            ("date", "2024-02-19".to_owned()),
            ("time", time),
            ("devname", quote("fw1")),
            ("devid", quote("FG0000000000000")),
            ("logid", quote("0000000013")),
            ("type", quote("traffic")),
            ("subtype", quote("forward")),
            (
                "level",
                quote(if is_allowed { "notice" } else { "warning" }),
            ),
            ("vd", quote("root")),
            ("srcip", from.0.to_owned()),
            ("srcport", from.1.to_string()),
            ("srcintf", quote(from_side.0)),
            ("srcintfrole", quote(from_side.1)),
            ("dstip", to.0.to_owned()),
            ("dstport", to.1.to_string()),
            ("dstintf", quote(to_side.0)),
            ("dstintfrole", quote(to_side.1)),
            ("sessionid", session.to_string()),
            ("proto", "6".to_owned()),
            ("action", quote(if is_allowed { "close" } else { "deny" })),
            ("policyid", if is_allowed { "7" } else { "0" }.to_owned()),
            (
                "service",
                quote(&if is_allowed {
                    "HTTP".to_owned()
                } else {
                    format!("tcp/{port}")
                }),
            ),
            ("duration", if is_allowed { "12" } else { "0" }.to_owned()),
            ("sentbyte", if is_allowed { "812" } else { "0" }.to_owned()),
            ("rcvdbyte", if is_allowed { "9224" } else { "0" }.to_owned()),
        ]
        .into()
    };
    for (at, (name, value)) in cells.iter().enumerate() {
        match form {
            Form::Csv if at == 0 => write!(text, "\"{name}={value}\""),
            Form::Csv => write!(text, ",\"{name}={value}\""),
            _ if at == 0 => write!(text, "{name}={value}"),
            _ => write!(text, " {name}={value}"),
        }
        .unwrap();
    }
    text.push('\n');
}
