//! Tests of tables of any origin.

use super::*;
use crate::engine::format::outline;

/// The outcomes of all lines, one text each.
fn read(text: &str) -> Vec<String> {
    let mut parser = GenericCsv.open(Clock::default());
    let (mut names, mut sink) = (Names::default(), Sink::default());
    let lines = text.lines().map(|line| {
        sink.events.clear();
        match parser.parse(&Record::plain(line.as_bytes()), &mut names, &mut sink) {
            Parsed::Events => sink
                .events
                .iter()
                .map(|event| outline::event_text(event, &names))
                .collect::<Vec<_>>()
                .join(" | "),
            other => format!("{other:?}"),
        }
    });
    lines.collect()
}

#[test]
fn short_headings_of_nfdump() {
    assert_eq!(
        read(
            "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out\n2024-02-19 10:15:03,2024-02-19 10:15:03,0.000,203.0.113.9,192.0.2.20,51022,22,TCP,......S.,0,0,1,60,0,0,1,2"
        ),
        [
            "Header",
            "flow_bi unknown tcp 203.0.113.9:51022 > 192.0.2.20:22 flags=S bytes_f=60 bytes_r=0 pkts_f=1 pkts_r=0 seconds=0 in=1 out=2"
        ]
    );
}

#[test]
fn tables_of_all_kinds() {
    assert_eq!(
        read(
            "Zeit;Aktion;Quelle;Quellport;Ziel;Zielport;Protokoll\n19.02.2024 10:15:02;Blockiert;10.0.0.11;443;203.0.113.45;51515;TCP"
        ),
        [
            "Header",
            "packet drop tcp 10.0.0.11:443 > 203.0.113.45:51515 raw=Blockiert"
        ]
    );
    assert_eq!(
        read(
            "Date,Time,Client IP,Server IP,Port,Protocol,Verdict\n2/19/2024,10:15:02,10.0.0.11,203.0.113.45,443,6,Allowed\n2/19/2024,10:15:02,10.0.0.11,203.0"
        ),
        [
            "Header",
            "packet allow tcp 10.0.0.11 > 203.0.113.45:443 init=SrcWeak raw=Allowed",
            "Malformed(FieldCount)"
        ]
    );
    assert_eq!(
        read(
            "src_ip      src_port  dst_ip        dst_port  proto\n10.0.0.11   443       203.0.113.45  51515     tcp"
        ),
        [
            "Header",
            "packet unknown tcp 10.0.0.11:443 > 203.0.113.45:51515"
        ]
    );
    assert_eq!(
        read(
            "source,destination,service,bytes sent,bytes received,duration,rule,reason\n\"10.0.0.11 (web)\",192.0.2.1:99,tcp/443,\"1,234\",0,0:01:02,7,no session matched"
        ),
        [
            "Header",
            "flow_bi unknown tcp 10.0.0.11 > 192.0.2.1:99 state=NoState bytes_f=1234 bytes_r=0 seconds=62 rule=7"
        ]
    );
    assert_eq!(
        read(
            "Heure\tAction\tAdresse source\tPort source\tAdresse destination\tPort destination\n2024-02-19 10:15:02\tRefusé\t10.0.0.11\t443\taaa.bbb.ccc.6\t51515"
        ),
        [
            "Header",
            "packet drop 10.0.0.11:443 > aaa.bbb.ccc.6:51515 raw=Refusé"
        ]
    );
}

#[test]
fn objects_with_the_same_names() {
    assert_eq!(
        read(
            "{\"@timestamp\":\"2024-02-19T10:15:02Z\",\"source\":{\"ip\":\"10.0.0.11\",\"port\":443},\"destination\":{\"ip\":\"203.0.113.45\",\"port\":51515},\"network\":{\"transport\":\"tcp\"},\"event\":{\"action\":\"denied\"}}"
        ),
        ["packet drop tcp 10.0.0.11:443 > 203.0.113.45:51515 raw=denied"]
    );
    assert_eq!(
        read("{\"msg\":\"10.0.0.1 talks to 10.0.0.2\"}"),
        ["Foreign"]
    );
    assert_eq!(
        read("{\"src\":\"10.0.0.1\",\"dst\":\"10.0.0.2\""),
        ["Foreign"]
    );
}

#[test]
fn what_is_no_table_is_foreign() {
    for text in [
        "packets from client to server are dropped",
        "source and destination of the traffic",
        "date=2024-02-19 time=10:15:02 srcip=10.0.0.1 dstip=unknown",
        "#Fields: date time action protocol src-ip dst-ip src-port dst-port",
        "10.0.0.11,443,203.0.113.45,51515",
        "a,b,c",
        "",
    ] {
        assert!(
            read(text).iter().all(|parsed| parsed == "Foreign"),
            "{text}: {:?}",
            read(text)
        );
    }
    let rows = read(
        "source,destination,action\n10.0.0.1,10.0.0.2,deny\ndate=2024-02-19 srcip=1,b,c\nsource,destination,action\n,10.0.0.2,deny\nx",
    );
    assert_eq!(
        rows,
        [
            "Header",
            "packet drop 10.0.0.1 > 10.0.0.2 raw=deny",
            "Foreign",
            "Other",
            "Malformed(NoAddress)",
            "Foreign"
        ]
    );
}

#[test]
fn pairs_of_unnamed_dialects() {
    let ends = "10.1.1.5:50012 > 203.0.113.80:443";
    for (text, expected) in [
        (
            "%%01POLICY/6/POLICYPERMIT(l):vsys=public, protocol=6, source-ip=10.1.1.5, source-port=50012, destination-ip=203.0.113.80, destination-port=443",
            format!("packet allow tcp {ends} raw=%%01POLICY/6/POLICYPERMIT(l):vsys=public,"),
        ),
        (
            "%%01SECLOG/6/SESSION_TEARDOWN(l):IPVer=4,Protocol=tcp,SourceIP=10.1.1.5,DestinationIP=203.0.113.80,SourcePort=50012,DestinationPort=443,SendPkts=21,SendBytes=2135,RcvPkts=18,RcvBytes=1534",
            format!(
                "flow_bi close tcp {ends} bytes_f=2135 bytes_r=1534 pkts_f=21 pkts_r=18 raw=%%01SECLOG/6/SESSION_TEARDOWN(l):IPVer=4,"
            ),
        ),
        (
            "2024-02-19T10:15:04+0000 accessLog, sentOctets=1758, recvdOctets=5976, action=allow, sourceIPv4Address=10.1.1.5, destinationIPv4Address=203.0.113.80, sourceTransportPort=50012, destinationTransportPort=443, protocolIdentifier=6",
            format!("flow_bi allow tcp {ends} bytes_f=1758 bytes_r=5976 raw=allow"),
        ),
        (
            "orig;src;s_port;dst;service;proto;action\n192.0.2.1;10.1.1.5;50012;203.0.113.80;443;tcp;drop",
            format!("packet drop tcp {ends} raw=drop"),
        ),
    ] {
        assert_eq!(read(text).last(), Some(&expected), "{text}");
    }
}

#[test]
fn times_of_one_and_two_cells() {
    let stamp = |text: &str| {
        let mut parser = GenericCsv.open(Clock::default());
        let (mut names, mut sink) = (Names::default(), Sink::default());
        for line in text.lines() {
            parser.parse(&Record::plain(line.as_bytes()), &mut names, &mut sink);
        }
        sink.events
            .first()
            .map(|event| crate::engine::model::stamp::rfc3339(event.ts.micros))
    };
    let expected = Some("2024-03-04T10:15:02.000000Z".to_string());
    assert_eq!(
        stamp("date,time,source,destination\n3/4/2024,10:15:02,10.0.0.1,10.0.0.2"),
        expected
    );
    assert_eq!(
        stamp("Datum;Uhrzeit;Quelle;Ziel\n4.3.2024;10:15:02;10.0.0.1;10.0.0.2"),
        expected
    );
    assert_eq!(
        stamp("heure;origine;destination;protocole\n04/03/2024 10:15:02;10.0.0.1;10.0.0.2;tcp"),
        expected
    );
    assert_eq!(
        stamp("time,source,destination\n1709547302,10.0.0.1,10.0.0.2"),
        expected
    );
}

#[test]
fn cells_are_glossed_by_their_headings() {
    let header = b"Zeit;Aktion;Quelle;Ziel".as_slice();
    let row = b"19.02.2024 10:15:02;Blockiert;10.0.0.11;203.0.113.45".as_slice();
    let spans = GenericCsv.gloss(row, Some(header));
    assert_eq!(spans.len(), 4);
    assert_eq!(
        (
            spans[2].name.as_str(),
            &row[spans[2].value_start..spans[2].value_end]
        ),
        ("Quelle", b"10.0.0.11".as_slice())
    );
    let object = b"{\"src_ip\":\"10.0.0.11\", \"dst_port\": 443}".as_slice();
    let spans = GenericCsv.gloss(object, None);
    let values: Vec<&[u8]> = spans
        .iter()
        .map(|span| &object[span.value_start..span.value_end])
        .collect();
    assert_eq!(values, [b"10.0.0.11".as_slice(), b"443"]);
}
