//! The normal day with its port census, and how a log differs from another one, as parts of a JSON document.

use super::json::Json;
use super::{protocol, time};
use crate::engine::detect::census::PortRow;
use crate::engine::model::stamp::SECOND;
use crate::engine::model::{Micros, ports};
use crate::engine::normal::profile::{Count, Subject};
use crate::engine::normal::{Changes, Day, Remark};

/// `normal`: talkers, who did most in each hour, services offered, ports that outsiders
/// try, what stands out.
pub fn normal(json: &mut Json, day: &Day, census: &[PortRow], remarks: &[Remark]) {
    json.field("normal").object(|json| {
        seconds(json.field("covered_seconds"), day.covered_us);
        json.field("talkers").list(&day.talkers, |json, row| {
            json.object(|json| {
                json.field("host").text(&row.host);
                json.field("sessions").number(row.n);
                json.field("refused").number(row.n_refused);
                json.field("n_targets").number(row.n_targets);
                json.field("services")
                    .list(&row.services, |json, (number, port, n)| {
                        json.object(|json| {
                            service(json, (*number, *port));
                            json.field("sessions").number(n);
                        });
                    });
                json.field("n_services").number(row.n_services);
                json.field("bytes_sent").maybe(row.bytes_sent, Json::number);
                json.field("bytes_received")
                    .maybe(row.bytes_received, Json::number);
                time(json.field("first"), row.first);
                time(json.field("last"), row.last);
            });
        });
        json.field("n_talkers").number(day.n_talkers);
        seconds(json.field("slot_seconds"), day.slot_us);
        json.field("slots").list(&day.slots, |json, slot| {
            json.object(|json| {
                time(json.field("start"), Some(slot.start));
                json.field("sessions").number(slot.n);
                json.field("top").list(&slot.top, |json, (host, n)| {
                    json.object(|json| {
                        json.field("host").text(host);
                        json.field("sessions").number(n);
                    });
                });
            });
        });
        json.field("offers").list(&day.offers, |json, row| {
            json.object(|json| {
                json.field("host").text(&row.host);
                service(json, (row.proto, row.port));
                json.field("from_internet").number(row.n_outside);
                json.field("from_inside").number(row.n_inside);
                json.field("n_clients").number(row.n_clients);
                time(json.field("first"), row.first);
                time(json.field("last"), row.last);
            });
        });
        json.field("n_offers").number(day.n_offers);
        json.field("census").list(census, |json, row| {
            json.object(|json| {
                service(json, (row.proto, row.port));
                let standing = ports::standing(row.proto, row.port);
                json.field("standing").text(standing.name());
                json.field("hits").text(row.kind());
                json.field("n_sources").number(row.n_sources);
                json.field("n_targets").number(row.n_targets);
                json.field("sessions").number(row.n_sessions);
                json.field("n_openings").number(row.n_openings);
                json.field("n_answers").number(row.n_answers);
                json.field("n_resets").number(row.n_resets);
                time(json.field("first"), Some(row.first));
                time(json.field("last"), Some(row.last));
                json.field("note").maybe(row.note, Json::text);
            });
        });
        json.field("remarks").list(remarks, |json, remark| {
            json.object(|json| {
                json.field("detector").text(&remark.detector);
                json.field("sentence").text(&remark.sentence);
                json.field("sessions").number(remark.n_sessions);
                json.field("filter").text(&remark.filter);
            });
        });
    });
}

/// `changes`, and what they were compared with.
pub fn changes(json: &mut Json, changes: &Changes) {
    json.field("changes").list(&changes.list, |json, change| {
        json.object(|json| {
            json.field("change").text(change.how.name());
            subject(json, &change.subject);
            count(json.field("now"), change.now);
            count(json.field("baseline"), change.before);
            json.field("p_log10")
                .decimal(-i64::from(change.surprise), 3);
            json.field("sentence").text(&change.sentence);
        });
    });
    json.field("baseline").object(|json| {
        json.field("headline").text(&changes.headline());
        seconds(json.field("covered_seconds"), changes.covered_us[1]);
        seconds(json.field("now_covered_seconds"), changes.covered_us[0]);
        json.field("sessions").number(changes.n_sessions[1]);
        json.field("compared").number(changes.n_compared);
        json.field("beyond").number(changes.n_beyond);
        json.field("limits")
            .list(&changes.limits, |json, limit| json.text(limit));
    });
}

fn subject(json: &mut Json, subject: &Subject) {
    json.field("about").text(subject.kind.name());
    let host = (!subject.host.is_empty()).then_some(subject.host.as_str());
    json.field("host").maybe(host, Json::text);
    if let Some(of) = subject.service {
        service(json, of);
    } else {
        for field in ["proto", "port", "service"] {
            json.field(field).null();
        }
    }
}

fn service(json: &mut Json, (number, port): (u8, u16)) {
    protocol(json.field("proto"), number);
    json.field("port")
        .maybe((port > 0).then_some(port), Json::number);
    json.field("service")
        .maybe(ports::service_name(number, port), Json::text);
}

fn count(json: &mut Json, count: Count) {
    json.object(|json| {
        json.field("sessions").number(count.n);
        json.field("refused").number(count.n_refused);
    });
}

/// Null where a log has no times.
fn seconds(json: &mut Json, length_us: Micros) {
    json.maybe((length_us > 0).then_some(length_us / SECOND), Json::number);
}
