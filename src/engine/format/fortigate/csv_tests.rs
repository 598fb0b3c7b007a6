//! What each row of a FortiGate table says.

use super::csv::FortiGateCsv;
use crate::engine::format::Field::{Action, Destination, Device, Rule, Service, Source, Time};
use crate::engine::format::outline::outline;
use crate::engine::format::{Field, Format, Parsed, Sink};
use crate::engine::model::{Event, Names, Reason, Stamp, StampQuality, stamp};
use crate::engine::source::{Clock, Record};

fn check(line: &str, expected: &str) {
    assert_eq!(outline(&FortiGateCsv, line), expected, "{line}");
}

/// What became of each line, and the events, one parser for all.
fn read(lines: &[&str]) -> (Vec<Parsed>, Vec<Event>, Names) {
    let (mut names, mut sink) = (Names::default(), Sink::default());
    let mut parser = FortiGateCsv.open(Clock::default());
    let parsed = lines
        .iter()
        .map(|line| parser.parse(&Record::plain(line.as_bytes()), &mut names, &mut sink))
        .collect();
    (parsed, sink.events, names)
}

const QUOTED: &str = "\"date=2024-02-19\",\"time=10:15:02\",\"devname=fw1\",\"logid=0000000013\",\"type=traffic\",\"subtype=forward\",\"srcip=10.1.1.5\",\"srcport=50012\",\"dstip=203.0.113.80\",\"dstport=443\",\"proto=6\",\"action=close\",\"policyid=7\",\"sentbyte=1188\",\"rcvdbyte=9224\",\"duration=116\"";
const BARE: &str = "date=2024-02-19,time=10:15:02,devname=\"fw1\",logid=\"0000000013\",type=\"traffic\",subtype=\"forward\",srcip=10.1.1.5,srcport=50012,dstip=203.0.113.80,dstport=443,proto=6,action=\"close\",policyid=7,msg=\"one, two\",sentbyte=1188,rcvdbyte=9224,duration=116";

#[test]
fn raw_records_of_one_pair_a_cell() {
    let said = "session_end close tcp 10.1.1.5:50012 > 203.0.113.80:443 init=Src end=fin bytes_f=1188 bytes_r=9224 seconds=116 rule=7 raw=close way=Forward/InitiatorSide";
    check(QUOTED, said);
    check(BARE, said);
    check(
        "\"date=2024-02-19\",\"time=10:15:02\",\"logid=0000000007\",\"type=traffic\",\"subtype=forward\",\"srcip=10.0.0.11\",\"srcport=80\",\"dstip=203.0.113.45\",\"dstport=51515\",\"proto=6\",\"action=deny\",\"policyid=0\",\"msg=\"\"no session matched\"\"\"",
        "packet drop tcp 10.0.0.11:80 > 203.0.113.45:51515 state=NoState rule=0 raw=deny way=Forward/PacketAtInterface",
    );
}

#[test]
fn a_header_of_field_names() {
    let lines = [
        "date,time,devname,vd,logid,type,subtype,srcip,srcport,dstip,dstport,proto,action,policyid,sentbyte",
        "2024-02-19,10:15:02,fw1,root,0000000013,traffic,forward,10.1.1.5,50012,203.0.113.80,443,6,close,7,\"1,188\"",
        "2024-02-19,10:15:03,fw1,root,0000000007,traffic,forward,10.0.0.11,80,203.0.113.45,51515,6,deny,0,0",
        "a line of something else",
        "2024-02-19,10:15:02,fw1",
    ];
    let (parsed, events, names) = read(&lines);
    assert_eq!(
        parsed,
        [
            Parsed::Header,
            Parsed::Events,
            Parsed::Events,
            Parsed::Foreign,
            Parsed::Foreign
        ]
    );
    assert_eq!(events[0].bytes_f, Some(1188));
    assert_eq!(events[0].src.text(&names), "10.1.1.5:50012");
    assert_eq!(
        stamp::rfc3339(events[1].ts.micros),
        "2024-02-19T10:15:03.000000Z"
    );
    assert_eq!(events[1].state, crate::engine::model::State::NoState);
}

const PAGE: &str = "Date/Time,Source,Device,Destination,Application Name,Result,Policy";

#[test]
fn the_titles_of_the_web_page() {
    let lines = [
        PAGE,
        "2024-02-19 10:15:02,10.0.0.11,fw1,203.0.113.45,tcp/51515,Deny: policy violation,Implicit Deny",
        "2024-02-19 10:15:02,pc7 (10.1.1.5),fw1,203.0.113.80 (www.example.com),HTTPS,\"✔ 1.5 kB / 2,048 B\",out (7)",
        "2024-02-19 10:15:02,10.1.1.5:50012,fw1,203.0.113.80:443,HTTPS,Accept,7",
    ];
    let (parsed, events, names) = read(&lines);
    assert_eq!(
        parsed,
        [
            Parsed::Header,
            Parsed::Events,
            Parsed::Events,
            Parsed::Events
        ]
    );
    assert_eq!(
        events[0].ts,
        Stamp::new(1_708_337_702_000_000, StampQuality::AssumedZone, 1_000_000)
    );
    let said: Vec<String> = events
        .iter()
        .map(|event| {
            format!(
                "{} {} {} {:?} {}",
                event.src.text(&names),
                event.dst.text(&names),
                event.action.name(),
                event.bytes_f.zip(event.bytes_r),
                names.or_empty(event.rule)
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "10.0.0.11 203.0.113.45 drop None 0",
            "10.1.1.5 203.0.113.80 allow Some((1536, 2048)) 7",
            "10.1.1.5:50012 203.0.113.80:443 allow None 7",
        ]
    );
    assert!(events[0].implicit);
    assert_eq!(names.or_empty(events[1].rule_name), "out");
}

#[test]
fn other_tables_are_not_ours() {
    for line in [
        "time,src,dst,sport,dport,proto,action",
        "Zeit;Aktion;Quelle;Quellport;Ziel;Zielport;Protokoll",
        "Date/Time,Source,Destination,Port",
        "srcaddr dstaddr srcport dstport",
        "2024-02-19 10:15:02,10.0.0.11,fw1,203.0.113.45,tcp/51515,Deny: policy violation,Implicit Deny",
        "1,2024/02/19 10:15:02,0000000000,TRAFFIC,end,1,2024/02/19 10:15:02,10.1.1.5,203.0.113.80",
        "a=1,b=2,c=3",
        "\"a=1\",\"b=2\"",
        "date=2024-02-19 time=10:15:02 devid=FG0 logid=0000000013 type=traffic subtype=forward srcip=10.0.0.1 dstip=10.0.0.2 msg=\"a, b\"",
    ] {
        check(line, "Foreign");
    }
}

#[test]
fn broken_rows_say_why() {
    check(
        &QUOTED.replace("\"dstip=203.0.113.80\",", ""),
        "Malformed(NoAddress)",
    );
    check(
        &BARE[..BARE.find("dstip").expect("dstip")].replace("srcport=50012,", "srcintf=\"por"),
        "Malformed(Cut)",
    );
    let (parsed, ..) = read(&[PAGE, "2024-02-19 10:15:02,10.0.0.11,fw1"]);
    assert_eq!(parsed[1], Parsed::Malformed(Reason::FieldCount));
    let (parsed, ..) = read(&[PAGE, "2024-02-19 10:15:02,10.0.0.11,fw1,\"203.0.1"]);
    assert_eq!(parsed[1], Parsed::Malformed(Reason::Cut));
}

#[test]
fn the_gloss_names_every_cell() {
    for line in [QUOTED, BARE] {
        let spans = FortiGateCsv.gloss(line.as_bytes(), None);
        assert_eq!(spans.len(), line.matches('=').count());
        for span in &spans {
            assert!(
                line[span.start..span.end].starts_with(&format!("{}=", span.name)),
                "{}",
                span.name
            );
            assert!(!line[span.value_start..span.value_end].contains('"'));
        }
    }
    let row = "2024-02-19 10:15:02,10.0.0.11,fw1,203.0.113.45,tcp/51515,Deny: policy violation,Implicit Deny";
    let spans = FortiGateCsv.gloss(row.as_bytes(), Some(PAGE.as_bytes()));
    let fields: Vec<Field> = spans.iter().map(|span| span.field).collect();
    assert_eq!(
        fields,
        [Time, Source, Device, Destination, Service, Action, Rule]
    );
    assert_eq!(
        &row[spans[5].value_start..spans[5].value_end],
        "Deny: policy violation"
    );
    assert!(FortiGateCsv.gloss(row.as_bytes(), None).is_empty());
}

#[test]
fn any_cut_of_a_line_is_survived() {
    let (mut names, mut sink) = (Names::default(), Sink::default());
    let mut parser = FortiGateCsv.open(Clock::default());
    let row = "2024-02-19 10:15:02,pc7 (10.1.1.5),fw1,203.0.113.80 (x),HTTPS,\"✔ 1.5 kB / 2,048 B\",out (7)";
    for line in [PAGE, QUOTED, BARE, row, PAGE, row] {
        for end in 0..line.len() {
            parser.parse(
                &Record::plain(&line.as_bytes()[..end]),
                &mut names,
                &mut sink,
            );
            parser.parse(
                &Record::plain(&line.as_bytes()[end..]),
                &mut names,
                &mut sink,
            );
            FortiGateCsv.gloss(&line.as_bytes()[end..], Some(PAGE.as_bytes()));
        }
    }
}
