//! Events as JSON Lines: what each line says, in the engine's words. `--all` also names the lines that say nothing.

use super::json::Json;
use super::{endpoint, protocol, time};
use crate::engine::format::Parsed;
use crate::engine::model::{
    Action, Endpoint, Event, FlagsScope, Kind, NameId, Names, SessionTag, StampQuality,
};
use crate::engine::pipeline::Tapped;
use crate::engine::settings::Zone;
use std::io::{self, Write};

/// Prints what a reader's tap sees.
pub struct Events<'z> {
    json: Json,
    zone: &'z Zone,
    /// Also lines without an event.
    with_all_lines: bool,
}

impl<'z> Events<'z> {
    pub fn new(zone: &'z Zone, with_all_lines: bool) -> Events<'z> {
        Events {
            json: Json::default(),
            zone,
            with_all_lines,
        }
    }

    /// `line` is the number of the record's first line in its source, from 0.
    pub fn record(
        &mut self,
        out: &mut dyn Write,
        source: &str,
        line: u64,
        tapped: &Tapped<'_>,
    ) -> io::Result<()> {
        for event in tapped.events {
            self.event(source, line, tapped.format, event, tapped.names);
            self.json.next_line(out)?;
        }
        if self.with_all_lines && tapped.events.is_empty() {
            let (outcome, reason) = match tapped.parsed {
                _ if tapped.is_blank => ("blank", None),
                Parsed::Malformed(reason) => ("malformed", Some(reason.name())),
                Parsed::Foreign => ("foreign", Some("no_format")),
                Parsed::Events | Parsed::Other | Parsed::Header => ("other", None),
            };
            self.json.object(|json| {
                json.field("source").text(source);
                json.field("line").number(line + 1);
                json.field("outcome").text(outcome);
                json.field("reason").maybe(reason, Json::text);
            });
            self.json.next_line(out)?;
        }
        Ok(())
    }

    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.json.flush(out)
    }

    fn event(
        &mut self,
        source: &str,
        line: u64,
        format: Option<&str>,
        event: &Event,
        names: &Names,
    ) {
        let zone = self.zone;
        let is_local = !matches!(
            event.ts.quality,
            StampQuality::Zoned | StampQuality::Uptime | StampQuality::Missing
        );
        let utc = |ts: i64| if is_local { zone.to_utc(ts) } else { ts };
        let name = |json: &mut Json, id: NameId| json.maybe(names.text(id), Json::text);
        let nat = |json: &mut Json, end: Option<Endpoint>| {
            json.maybe(end, |json, end| endpoint(json, end, names));
        };
        self.json.object(|json| {
            json.field("source").text(source);
            json.field("line").number(line + 1);
            json.field("format").maybe(format, Json::text);
            json.field("kind").text(event.kind.name());
            time(
                json.field("ts"),
                (!event.ts.is_missing()).then(|| utc(event.ts.micros)),
            );
            json.field("ts_quality").text(event.ts.quality.name());
            endpoint(json.field("src"), event.src, names);
            endpoint(json.field("dst"), event.dst, names);
            if event.nat_src.is_none() && event.nat_dst.is_none() {
                json.field("nat").null();
            } else {
                json.field("nat").object(|json| {
                    nat(json.field("src"), event.nat_src);
                    nat(json.field("dst"), event.nat_dst);
                });
            }
            protocol(json.field("proto"), event.proto);
            json.field("action").text(event.action.name());
            name(json.field("action_raw"), event.action_raw);
            if event.action == Action::Reset {
                json.field("reset_by")
                    .maybe(event.reset_by.name(), Json::text);
            }
            let flags = (event.flags_scope != FlagsScope::Unknown).then(|| event.flags.letters());
            json.field("flags")
                .maybe(flags, |json, flags| json.text(&flags));
            // Of a single packet its own length is all that went.
            let length = event
                .len
                .filter(|_| event.kind == Kind::Packet)
                .map(u64::from);
            json.field("bytes_f")
                .maybe(event.bytes_f.or(length), Json::number);
            json.field("bytes_r").maybe(event.bytes_r, Json::number);
            json.field("pkts_f").maybe(event.pkts_f, Json::number);
            json.field("pkts_r").maybe(event.pkts_r, Json::number);
            json.field("duration_us")
                .maybe(event.duration_us, Json::number);
            match event.session_id {
                SessionTag::None => json.field("session_id").null(),
                SessionTag::Number(number) => json.field("session_id").text(&number.to_string()),
                SessionTag::Name(id) => name(json.field("session_id"), id),
            }
            json.field("end").maybe(event.end.name(), Json::text);
            json.field("state").maybe(event.state.name(), Json::text);
            name(
                json.field("rule"),
                if event.rule.is_some() {
                    event.rule
                } else {
                    event.rule_name
                },
            );
            name(json.field("device"), event.device);
            name(json.field("app"), event.app);
            time(json.field("ts_start"), event.ts_start.map(utc));
            time(json.field("ts_end"), event.ts_end.map(utc));
            json.field("bytes_total")
                .maybe(event.bytes_total.or(length), Json::number);
            name(json.field("in_if"), event.in_if);
            name(json.field("out_if"), event.out_if);
            name(json.field("in_zone"), event.in_zone);
            name(json.field("out_zone"), event.out_zone);
            json.field("icmp").maybe(event.icmp, |json, icmp| {
                json.object(|json| {
                    json.field("type").number(icmp.kind);
                    json.field("code").number(icmp.code);
                    json.field("id").maybe(icmp.id, Json::number);
                    json.field("inner").maybe(icmp.inner, |json, inner| {
                        json.object(|json| {
                            protocol(json.field("proto"), inner.proto);
                            endpoint(json.field("src"), inner.src, names);
                            endpoint(json.field("dst"), inner.dst, names);
                        });
                    });
                });
            });
            json.field("repeat").number(event.repeat);
            let is_blurred = event.src.host.is_blurred() || event.dst.host.is_blurred();
            let tags = [
                ("implicit", event.implicit),
                ("ambiguous_identity", is_blurred),
            ];
            json.field("tags").list(
                tags.into_iter().filter(|(_, holds)| *holds),
                |json, (tag, _)| json.text(tag),
            );
        });
    }
}
