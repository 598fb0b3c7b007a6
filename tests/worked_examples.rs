//! The worked examples of the specification, from lines to verdicts.

use whichway::engine::dataset::{Dataset, SourceInfo};
use whichway::engine::pipeline::{Context, Range, Reader, conclude};
use whichway::engine::settings::Settings;

fn run(text: &str) -> Dataset {
    let mut reader = Reader::new(&Context { now: 1_767_225_600_000_000, ..Context::default() }, Range::whole(0), 1);
    reader.feed(text.as_bytes());
    let sources = vec![SourceInfo { name: "test.log".into(), ..SourceInfo::default() }];
    conclude(reader.finish().part, &Settings::default(), sources)
}

fn show(data: &Dataset) {
    println!("{:?} ours {:?}", data.tally, data.roles.ours);
    for session in &data.sessions {
        let (a, b) = session.ends(data);
        println!(
            "{} -> {} side {:?} score {} tier {} p {} {:?} {:?} pkt {:?} facts {:x} events {} tries {} orphans {}",
            a.text(&data.names), b.text(&data.names), session.side, session.score, session.tier, session.p_milli(),
            session.band(), session.direction, session.packet_direction, session.facts.0, session.n_events, session.tries, session.n_orphans
        );
        for term in whichway::engine::judge::evidence(data, session) {
            println!("    {} {} {:?}", term.id, term.weight, term.toward);
        }
    }
}

#[test]
fn e1_one_denied_line_without_flags() {
    let data = run("date=2024-02-19 time=10:15:02 devname=fw1 device_id=FG0 log_id=0038000003 type=traffic subtype=violation pri=warning vd=root src=10.0.0.11 src_port=80 src_int=\"dmz\" dst=203.0.113.45 dst_port=51515 dst_int=\"wan1\" SN=1 status=deny policyid=0 proto=6 duration=0 sent=0 rcvd=0\n");
    show(&data);
    assert_eq!(data.sessions.len(), 1);
    assert_eq!(data.sessions[0].score, -350);
}

#[test]
fn e3_idle_timeout_with_retries() {
    let mut text = String::from(
        "Feb 19 2024 09:00:00 fw1 : %ASA-6-302013: Built inbound TCP connection 771 for outside:203.0.113.45/51515 (203.0.113.45/51515) to dmz:10.0.0.11/443 (192.0.2.11/443)\n\
         Feb 19 2024 10:02:10 fw1 : %ASA-6-302014: Teardown TCP connection 771 for outside:203.0.113.45/51515 to dmz:10.0.0.11/443 duration 1:02:10 bytes 48211 Conn-timeout\n",
    );
    for second in ["05:00", "05:01", "05:03", "05:07", "05:15"] {
        text.push_str(&format!("Feb 19 2024 10:{second} fw1 : %ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 203.0.113.45/51515 flags PSH ACK  on interface dmz\n"));
    }
    let data = run(&text);
    show(&data);
    assert_eq!(data.sessions.len(), 1);
    assert_eq!(data.sessions[0].n_orphans, 5);
}
