//! An event in one line of text, unknown parts left out, so that a test can say what it expects of a log line.

use super::{Format, Parsed, Sink};
use crate::engine::model::event::Control;
use crate::engine::model::{
    Endpoint, Event, FlagsScope, IfRole, Init, NameId, Names, ResetBy, SessionTag, State, Way,
    proto, stamp,
};
use crate::engine::source::{Clock, header};
use std::fmt::Write;

/// Reads one line as it stands in a file, header and all.
pub fn outline(format: &dyn Format, line: &str) -> String {
    let (mut names, mut sink) = (Names::default(), Sink::default());
    match read(format, line, &mut names, &mut sink) {
        Parsed::Events => {
            assert!(!sink.events.is_empty(), "Events without an event");
            sink.events
                .iter()
                .map(|event| event_text(event, &names))
                .collect::<Vec<_>>()
                .join(" | ")
        }
        other => {
            assert!(sink.events.is_empty(), "{other:?} with an event");
            format!("{other:?}")
        }
    }
}

/// Time, its quality, the device: what `outline` leaves out.
pub fn outline_head(format: &dyn Format, line: &str) -> String {
    let (mut names, mut sink) = (Names::default(), Sink::default());
    assert_eq!(
        read(format, line, &mut names, &mut sink),
        Parsed::Events,
        "{line}"
    );
    let event = &sink.events[0];
    format!(
        "{} {} {}",
        stamp::rfc3339(event.ts.micros),
        event.ts.quality.name(),
        names.or_empty(event.device)
    )
}

fn read(format: &dyn Format, line: &str, names: &mut Names, sink: &mut Sink) -> Parsed {
    let now = stamp::civil(2024, 2, 20, 0, 0, 0, 0).expect("a date");
    let clock = Clock { now };
    format
        .open(clock)
        .parse(&header::split(line.as_bytes(), &clock), names, sink)
}

/// The gloss as `name=value` pairs; every field must lie in the line, in order, and say what it means.
pub fn gloss(format: &dyn Format, line: &str) -> String {
    let spans = format.gloss(line.as_bytes(), None);
    let mut parts = Vec::new();
    let mut last_end = 0;
    for span in &spans {
        assert!(
            span.start >= last_end,
            "{} overlaps the field before it: {line}",
            span.name
        );
        assert!(
            span.start <= span.value_start && span.value_end <= span.end && span.end <= line.len(),
            "{}",
            span.name
        );
        assert!(
            span.meaning.ends_with('.') && span.meaning.len() > 10,
            "{} has no meaning",
            span.name
        );
        parts.push(format!(
            "{}={}",
            span.name,
            &line[span.value_start..span.value_end]
        ));
        last_end = span.end;
    }
    parts.join(" · ")
}

pub fn event_text(event: &Event, names: &Names) -> String {
    let mut text = format!("{} {}", event.kind.name(), event.action.name());
    let end = |end: Endpoint| end.text(names);
    if event.proto != proto::UNKNOWN {
        let _ = write!(text, " {}", proto::name(event.proto));
    }
    if event.src != Endpoint::default() || event.dst != Endpoint::default() {
        let _ = write!(text, " {} > {}", end(event.src), end(event.dst));
    }
    if event.nat_src.is_some() || event.nat_dst.is_some() {
        let side = |side: Option<Endpoint>| side.map_or("-".to_string(), end);
        let _ = write!(
            text,
            " nat({} > {})",
            side(event.nat_src),
            side(event.nat_dst)
        );
    }
    let mut add = |part: String| {
        text.push(' ');
        text.push_str(&part);
    };
    if event.flags_scope != FlagsScope::Unknown {
        add(format!("flags={}", event.flags.letters()));
    }
    if event.init != Init::Unsaid {
        add(format!("init={:?}", event.init));
    }
    if event.state != State::Unsaid {
        add(format!("state={:?}", event.state));
    }
    if let Some(name) = event.end.name() {
        add(format!("end={name}"));
    }
    if event.reset_by != ResetBy::Unknown {
        add(format!("by={:?}", event.reset_by));
    }
    if let Some(icmp) = event.icmp {
        add(format!("icmp={}/{}", icmp.kind, icmp.code));
        if let Some(id) = icmp.id {
            add(format!("icmp_id={id}"));
        }
        if let Some(inner) = icmp.inner {
            add(format!(
                "inner({} {} > {})",
                proto::name(inner.proto),
                end(inner.src),
                end(inner.dst)
            ));
        }
    }
    let numbers = [
        ("seq", event.seq.map(u64::from)),
        ("ip_id", event.ip_id.map(u64::from)),
        ("ttl", event.ttl.map(u64::from)),
        ("len", event.len.map(u64::from)),
        ("bytes_f", event.bytes_f),
        ("bytes_r", event.bytes_r),
        ("pkts_f", event.pkts_f),
        ("pkts_r", event.pkts_r),
        ("bytes", event.bytes_total),
        (
            "seconds",
            event.duration_us.map(|micros| (micros / 1_000_000) as u64),
        ),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            add(format!("{name}={number}"));
        }
    }
    match event.session_id {
        SessionTag::None => {}
        SessionTag::Number(number) => add(format!("id={number}")),
        SessionTag::Name(name) => add(format!("id={}", names.or_empty(name))),
    }
    if event.repeat != 1 {
        add(format!("repeat={}", event.repeat));
    }
    let named = [
        ("vsys", event.vsys),
        ("rule", event.rule),
        ("rule_name", event.rule_name),
        ("raw", event.action_raw),
        ("app", event.app),
        ("in", event.in_if),
        ("out", event.out_if),
        ("in_zone", event.in_zone),
        ("out_zone", event.out_zone),
    ];
    for (name, id) in named {
        if id != NameId::NONE {
            add(format!("{name}={}", names.or_empty(id)));
        }
    }
    for (name, role) in [("in_role", event.in_role), ("out_role", event.out_role)] {
        if role != IfRole::Unsaid {
            add(format!("{name}={role:?}"));
        }
    }
    if event.implicit {
        add("implicit".to_string());
    }
    if event.way != Way::Unsaid {
        add(format!("way={:?}/{:?}", event.way, event.way_basis));
    }
    if event.control != Control::None {
        add(format!("control={:?}", event.control));
    }
    text
}
